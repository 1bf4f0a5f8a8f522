/// Where a server listens, as options give it: HOST:PORT, an IPv6 address in brackets.
struct HostPort {
  /// Without brackets.
  let host: String
  /// 0 for a free one.
  let port: Int

  /// - Parameter flag: the option it was given with.
  init(_ text: String, _ flag: String) throws {
    guard let colon = text.lastIndex(of: ":"), colon > text.startIndex, let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { throw Failure(.usage, "\(flag) takes HOST:PORT, not \(text).") }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    (self.host, self.port) = (host, port)
  }

  /// As clients are told it.
  func text(port: Int) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
