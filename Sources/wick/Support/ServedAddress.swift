import Serve

/// Where the HTTP server listens.
struct ServedAddress {
  static let standard = "127.0.0.1:8088"

  private let address: HostPort
  var host: String { address.host }
  var port: Int { address.port }
  /// Whether nobody asked for this one.
  var isDefault = false
  private let isEncrypted: Bool

  /// - Parameters:
  ///   - flag: the option it was given with.
  ///   - isEncrypted: whether TLS is spoken there.
  init(_ text: String, _ flag: String, isEncrypted: Bool = false) throws {
    address = try HostPort(text, flag)
    self.isEncrypted = isEncrypted
  }

  /// Beside everything else on one machine; nil for `off`.
  init?(embedded text: String?) throws {
    guard text != "off" else { return nil }
    try self.init(text ?? Self.standard, "--serve")
    isDefault = text == nil
    guard QueryServer.isLoopback(host) else {
      throw Failure(.usage, "wick up serves this machine alone; for others start wick serve beside it.")
    }
  }

  func url(port: Int) -> String { "\(isEncrypted ? "https" : "http")://\(address.text(port: port))" }
}
