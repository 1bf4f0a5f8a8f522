import Testing

@testable import Serve

@Suite struct `Where a server may listen` {
  /// Whether other machines reach it, whether it asks for keys, speaks TLS, or need not: and whether it may start.
  @Test(arguments: [
    ("127.0.0.1", false, false, false, true), ("127.0.0.1", true, true, true, true), ("::1", false, false, false, true),
    ("localhost", false, false, false, true), ("127.9.9.9", false, false, false, true),
    ("0.0.0.0", false, false, false, false), ("0.0.0.0", false, false, true, false), ("0.0.0.0", false, true, false, false),
    ("0.0.0.0", false, true, true, false), ("0.0.0.0", true, false, false, false), ("0.0.0.0", true, false, true, true),
    ("0.0.0.0", true, true, false, true), ("0.0.0.0", true, true, true, true),
    ("::", true, false, false, false), ("::", true, false, true, true), ("10.0.0.7", true, true, false, true),
    ("10.0.0.7", false, true, false, false), ("wick.example.com", true, false, false, false),
    ("127.0.0.1.example.com", false, true, true, false), ("0", false, true, true, false),
    ("::ffff:127.0.0.1", false, true, true, false),
  ])
  func `is decided by who is let in and how`(host: String, closed: Bool, encrypted: Bool, insecure: Bool, may: Bool) {
    let refusal = ListenRule(isClosed: closed, isEncrypted: encrypted, isInsecure: insecure).refusal(host: host)
    #expect((refusal == nil) == may, "\(refusal ?? "")")
    guard let refusal else { return }
    #expect(refusal.hasPrefix(host))
    #expect(refusal.contains("--keys") == !closed)
    #expect(refusal.contains("--tls-cert") == (!encrypted && !insecure))
  }
}
