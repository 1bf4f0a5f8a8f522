import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Whom `wick serve` lets in, as a process.
@Suite(.enabled(if: Curl.isInstalled, "needs curl and openssl")) struct `Who may, as a process` {
  @Test func `it does not start where strangers could ask or listen, nor with files that are wrong`() throws {
    let scene = try Scene(startsBroker: false)
    let certificates = try TestCertificates()
    let (pair, other) = (try certificates.selfSigned("server"), try certificates.selfSigned("other"))
    let keys = scene.path("keys.json")
    try scene.succeed(["serve", "keys", "add", "me", "--keys", keys])
    let issuer = try TokenIssuer(certificates)
    let tls = ["--tls-cert", pair.certificate, "--tls-key", pair.key]
    func refused(_ more: [String], _ code: Int32, _ reason: String, at address: String = "0.0.0.0:0") throws {
      let finished = try scene.run(["serve", "sql", "--listen", address] + more)
      #expect(finished.code == code && finished.complaints.count == 1, "\(more): \(finished.code) \(finished.errors)")
      #expect(finished.complaints.first?.contains(reason) ?? false, "\(more): \(finished.errors)")
    }
    try refused([], 64, "--keys")
    try refused(["--insecure"], 64, "--keys")
    try refused(tls, 64, "--keys")
    try refused(["--keys", keys], 64, "--tls-cert")
    try refused(["--jwt-keys", issuer.keys, "--jwt-audience", "wick"], 64, "--tls-cert")
    try refused(["--keys", keys, "--tls-cert", pair.certificate], 64, "--tls-key")
    try refused(["--keys", keys, "--tls-key", pair.key], 64, "--tls-cert")
    let local = "127.0.0.1:0"
    try refused(["--tls-cert", pair.certificate, "--tls-key", other.key], 65, "is not that of", at: local)
    try refused(["--tls-cert", scene.path("none"), "--tls-key", other.key], 65, "cannot be read", at: local)
    try refused(["--jwt-keys", issuer.keys], 64, "--jwt-audience", at: local)
    try refused(["--jwt-audience", "wick"], 64, "--jwt-keys", at: local)
    try refused(["--jwt-keys", keys, "--jwt-audience", "wick"], 65, "kty", at: local)
    try refused(["--jwt-keys", scene.path("none"), "--jwt-audience", "wick"], 65, "cannot be read", at: local)
    try refused(["--keys", scene.path("none")], 65, "wick serve keys add", at: local)
  }

  @Test func `over TLS keys and tokens let in, a new certificate is taken at SIGHUP, and no log line holds a secret`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let certificates = try TestCertificates()
    let (pair, next) = (try certificates.selfSigned("server"), try certificates.selfSigned("next"))
    let keys = scene.path("keys.json")
    let key = try scene.succeed(["serve", "keys", "add", "me", "--role", "operator", "--keys", keys]).output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let issuer = try TokenIssuer(certificates)
    let (process, address) = try scene.serve(
      sql,
      [
        "--listen", "0.0.0.0:0", "--tls-cert", pair.certificate, "--tls-key", pair.key, "--keys", keys, "--jwt-keys", issuer.keys,
        "--jwt-audience", "wick", "--jwt-issuer", "https://issuer.example.com",
      ], environment: ["WICK_LOG": "trace"])
    #expect(address.hasPrefix("https://0.0.0.0:"))
    let port = try #require(address.split(separator: ":").last.map(String.init))
    let server = Curl(url: "https://127.0.0.1:\(port)", root: pair.certificate)
    let (reader, late, wrong) = (try issuer.token("reader"), try issuer.token("reader", seconds: -3600), "wick_forged-secret")
    for (path, bearer, status) in [
      ("/", nil, 200), ("/healthz", nil, 200), ("/metrics", nil, 401), ("/v1/stats", nil, 401), ("/v1/stats", key, 200),
      ("/v1/stats", reader, 200), ("/metrics", reader, 200), ("/v1/stats", late, 401), ("/v1/stats", wrong, 401),
      ("/v1/stats", reader.dropLast(8) + "AAAAAAAA", 401), ("/v1/stats?symbol=\(wrong)", key, 400),
    ] {
      #expect(try server.status(path, bearer: bearer) == status, "\(path) \(bearer ?? "")")
    }
    #expect(try server.status("/ksql", bearer: reader, body: #"{"ksql":"SHOW QUERIES;"}"#) == 403)
    #expect(try server.status("/ksql", bearer: key, body: #"{"ksql":"SHOW QUERIES;"}"#) == 200)
    // The page's own requests come from its own address, and no page of another scheme is that.
    #expect(try server.status("/v1/stats", bearer: reader, origin: server.url) == 200)
    #expect(try server.status("/v1/stats", bearer: reader, origin: "http://127.0.0.1:\(port)") == 403)
    // Plain HTTP is not answered.
    #expect(try Curl(url: "http://127.0.0.1:\(port)", root: pair.certificate).status("/healthz") == 0)
    for (from, to) in [(next.certificate, pair.certificate), (next.key, pair.key)] {
      try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
    }
    #expect(try server.status("/healthz") == 0)
    try FileManager.default.removeItem(atPath: keys)
    let renewed = try scene.succeed(["serve", "keys", "add", "me", "--keys", keys]).output
      .trimmingCharacters(in: .whitespacesAndNewlines)
    process.send(SIGHUP)
    try scene.wait(for: "the new certificate") { process.errors.contains("have been read again") }
    #expect(try server.status("/v1/stats", bearer: renewed) == 200)
    #expect(try server.status("/v1/stats", bearer: key) == 401)
    try "{}".write(toFile: keys, atomically: true, encoding: .utf8)
    process.send(SIGHUP)
    try scene.wait(for: "a refusal") { process.errors.contains("what was in force goes on") }
    #expect(try server.status("/v1/stats", bearer: renewed) == 200)
    process.send(SIGTERM)
    #expect(process.wait(seconds: 60) == 0, "\(process.errors)")
    let said = process.output + process.errors
    #expect(said.contains("answering at"))
    let secrets =
      [key, renewed, reader, late, wrong].map { String($0.suffix(12)) } + [
        try #require(
          try String(contentsOfFile: next.key, encoding: .utf8).split(separator: "\n").dropFirst().first.map(String.init))
      ]
    for secret in secrets { #expect(!said.contains(secret), "\(secret)") }
  }

  @Test(.enabled(if: PrometheusServer.isInstalled, "prometheus is not installed (Debian: prometheus)"))
  func `Prometheus, as it is delivered, reads the metrics of a service that asks for keys`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let keys = scene.path("keys.json")
    let key = try scene.write("prometheus.key", scene.succeed(["serve", "keys", "add", "prometheus", "--keys", keys]).output)
    let (process, address) = try scene.serve(sql, ["--listen", "127.0.0.1:0", "--keys", keys])
    let target = address.dropFirst("http://".count)
    var text = try String(contentsOf: Project.folder.appendingPathComponent("governance/prometheus.yml"), encoding: .utf8)
    for (from, to) in [
      ("serve:8088", String(target)), ("/run/secrets/wick_metrics_key", key), ("scrape_interval: 15s", "scrape_interval: 1s"),
      ("  - prometheus_rules.yml\n", ""),
    ] {
      try #require(text.contains(from))
      text = text.replacingOccurrences(of: from, with: to)
    }
    let prometheus = try PrometheusServer(scene, configuration: text)
    #expect(prometheus.wait { prometheus.value("up{job=\"wick-serve\"}") == 1 }, "\(prometheus.errors)")
    process.send(SIGTERM)
    #expect(process.wait(seconds: 60) == 0, "\(process.errors)")
  }
}

/// Someone else's client of HTTP.
struct Curl {
  static var isInstalled: Bool {
    [path, TestCertificates.openssl].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
  }
  private static let path = "/usr/bin/curl"

  var url: String
  /// The certificate that it trusts.
  var root: String

  /// 0 where nothing was answered.
  func status(_ path: String, bearer: String? = nil, body: String? = nil, origin: String? = nil) throws -> Int {
    var arguments = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "60", "--cacert", root]
    if let bearer { arguments += ["-H", "Authorization: Bearer \(bearer)"] }
    if let origin { arguments += ["-H", "Origin: \(origin)"] }
    if let body { arguments += ["--data", body] }
    return Int(try OtherProgram.run(Self.path, arguments + [url + path]).output) ?? 0
  }
}
