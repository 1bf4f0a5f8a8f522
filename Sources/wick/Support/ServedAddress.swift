import Serve

/// Where the HTTP server listens.
struct ServedAddress {
  static let standard = "127.0.0.1:8088"

  private let address: HostPort
  var host: String { address.host }
  var port: Int { address.port }
  /// Whether nobody asked for this one.
  var isDefault = false

  /// - Parameter flag: the option it was given with.
  init(_ text: String, _ flag: String) throws { address = try HostPort(text, flag) }

  /// Beside everything else on one machine; nil for `off`.
  init?(embedded text: String?) throws {
    guard text != "off" else { return nil }
    try self.init(text ?? Self.standard, "--serve")
    isDefault = text == nil
    guard QueryServer.isLoopback(host) else {
      throw Failure(.usage, "wick up serves this machine alone; for others start wick serve beside it.")
    }
  }

  func check(isInsecure: Bool, hasKeys: Bool) throws {
    guard !QueryServer.isLoopback(host) else { return }
    guard isInsecure else {
      let open = hasKeys ? "keys would go there unencrypted" : "nobody is asked for a key there (--keys)"
      throw Failure(
        .usage,
        "\(host) is reached by other machines, and \(open); listen at 127.0.0.1 behind a proxy with TLS, or add --insecure if that is meant."
      )
    }
  }

  func url(port: Int) -> String { "http://\(address.text(port: port))" }
}
