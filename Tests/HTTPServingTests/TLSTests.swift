import Foundation
import HTTPServing
import TestSupport
import Testing

@Suite(.enabled(if: SecureServer.hasTools, "needs curl and openssl")) struct `TLS` {
  @Test(arguments: ["--tlsv1.2", "--tlsv1.3"])
  func `a client that trusts the root is answered, with the whole chain`(version: String) throws {
    let certificates = try TestCertificates()
    let (pair, root) = try certificates.chain("server")
    let server = try SecureServer(pair)
    let good = try server.curl(["--cacert", root, version, "--tls-max", String(version.suffix(3))])
    #expect(good.code == 0 && good.output == "hello", "\(good)")
    // 60: the certificate is not one that the client knows.
    #expect(try server.curl([]).code == 60)
    let sent = try server.client(["-showcerts", "-CAfile", root, "-verify_return_error"])
    #expect(sent.output.contains("Verify return code: 0") && sent.output.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
  }

  @Test(arguments: ["-tls1", "-tls1_1"]) func `versions before 1.2 are refused`(version: String) throws {
    let certificates = try TestCertificates()
    let server = try SecureServer(certificates.selfSigned("server"))
    let old = try server.client([version, "-cipher", "ALL:@SECLEVEL=0"])
    #expect(old.code != 0 && old.output.contains("protocol version"), "\(old.output)")
    #expect(try server.client(["-tls1_2"]).code == 0)
  }

  @Test func `who speaks no TLS is cut off, and others are answered meanwhile`() throws {
    let certificates = try TestCertificates()
    let pair = try certificates.selfSigned("server")
    var limits = HTTPLimits()
    limits.idleMilliseconds = 2000
    let server = try SecureServer(pair, limits: limits)
    // Some who say nothing, and one who begins a handshake and goes no further.
    let silent = try (0..<50).map { _ in try RawClient(port: server.port) }
    let slow = try RawClient(port: server.port)
    slow.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
    for text in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u{0}\u{1}\u{2} nonsense\r\n\r\n", String(repeating: "x", count: 100_000)]
    {
      let plain = try RawClient(port: server.port)
      plain.send(Array(text.utf8))
      let answer = plain.readToEnd()
      #expect(!String(decoding: answer, as: UTF8.self).contains("hello"))
    }
    #expect(try server.curl(["--cacert", pair.certificate]).output == "hello")
    for client in silent + [slow] { _ = client.readToEnd() }
    #expect(try server.curl(["--cacert", pair.certificate]).output == "hello")
  }

  @Test func `a certificate is replaced while the server runs, and a wrong one is not taken`() throws {
    let certificates = try TestCertificates()
    let old = try certificates.selfSigned("old")
    let new = try certificates.selfSigned("new")
    let used = TestCertificates.Pair(certificate: certificates.path("used.pem"), key: certificates.path("used.key"))
    func use(_ certificate: TestCertificates.Pair, _ key: TestCertificates.Pair) throws {
      for (from, to) in [(certificate.certificate, used.certificate), (key.key, used.key)] {
        try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
      }
    }
    try use(old, old)
    let server = try SecureServer(used)
    #expect(try server.curl(["--cacert", old.certificate]).code == 0)
    try use(new, old)
    #expect(throws: TLSIdentityError.self) { try server.identity.reload() }
    #expect(try server.curl(["--cacert", old.certificate]).code == 0)
    try use(new, new)
    try server.identity.reload()
    #expect(try server.curl(["--cacert", new.certificate]).output == "hello")
    #expect(try server.curl(["--cacert", old.certificate]).code == 60)
  }
}

@Suite(.enabled(if: SecureServer.hasTools, "needs curl and openssl")) struct `Certificates and their keys` {
  private func error(_ certificate: String, _ key: String) -> String {
    do throws(TLSIdentityError) {
      _ = try TLSIdentity(.init(certificates: certificate, key: key))
      return ""
    } catch { return error.description }
  }

  @Test func `what is wrong with the files is said, and how to mend it`() throws {
    let certificates = try TestCertificates()
    let (one, other) = (try certificates.selfSigned("one"), try certificates.selfSigned("other"))
    #expect(error(one.certificate, one.key).isEmpty)
    #expect(error(certificates.path("none.pem"), one.key).contains("none.pem"))
    #expect(error(one.certificate, certificates.path("none.key")).contains("none.key"))
    #expect(error(one.certificate, other.key).contains("is not that of"))
    #expect(error(one.key, one.key).contains("no certificate"))
    #expect(error(one.certificate, one.certificate).contains("no private key"))
    #expect(error(certificates.folder.path, one.key).contains("cannot be read"))
    let encrypted = certificates.path("encrypted.key")
    try certificates.openssl(["pkey", "-in", one.key, "-aes256", "-passout", "pass:secret", "-out", encrypted])
    #expect(error(one.certificate, encrypted).contains("openssl pkey"))
    let rsa = certificates.path("rsa.key")
    try certificates.openssl(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", rsa])
    #expect(error(one.certificate, rsa).contains("is not that of"))
    let broken = certificates.path("broken.pem")
    for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", String(repeating: "x", count: 2 << 20)] {
      try text.write(toFile: broken, atomically: true, encoding: .utf8)
      #expect(!error(broken, one.key).isEmpty)
    }
  }

  @Test func `a certificate whose time is not now is pointed out`() throws {
    let certificates = try TestCertificates()
    let pair = try certificates.selfSigned("server")
    let identity = try TLSIdentity(.init(certificates: pair.certificate, key: pair.key))
    let now = Int64(Date().timeIntervalSince1970) * 1000
    #expect(identity.warning(now: now) == nil)
    #expect(identity.warning(now: now + 3 * 86_400_000)?.contains("has expired") ?? false)
    #expect(identity.warning(now: now - 86_400_000)?.contains("not valid yet") ?? false)
  }
}
