import Foundation
import FoundationNetworking
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What an operator sees: processes with `--metrics`, and alerts in a real Prometheus.
@Suite struct `Metrics of processes` {
  private static let installed: Comment = "prometheus is not installed (Debian: prometheus): alerts are not raised for real"

  private func address(_ process: WickProcess) throws -> String {
    guard process.waitFor("/metrics"),
      let line = process.output.split(separator: "\n").first(where: { $0.hasPrefix("metrics") }),
      let address = line.split(separator: " ").last?.dropFirst("http://".count).dropLast("/metrics".count)
    else { throw Scene.Broken(description: "no metrics: \(process.output)\(process.errors)") }
    return String(address)
  }

  private func served(_ server: WickProcess) throws -> String {
    guard server.waitFor("answering at"),
      let line = server.output.split(separator: "\n").first(where: { $0.hasPrefix("answering at") })
    else { throw Scene.Broken(description: "no answers: \(server.output)\(server.errors)") }
    return String(line.dropFirst("answering at http://".count))
  }

  private let here = ["--metrics", "127.0.0.1:0"]

  @Test(.enabled(if: PrometheusServer.isInstalled && !Scene.isForeign, installed))
  func `a planted audit violation, a stopped ingest, candles served late and a stopped sink each raise their alert`() throws {
    let scene = try Scene(alone: true)
    let sql = try scene.writeSQL([.second])
    let ingest = try scene.start(scene.ingest("sim", ["--rate", "500"] + here))
    let queries = try scene.start(scene.queries(sql, here))
    let sink = try scene.start(scene.sink(sql, here))
    let server = try scene.start(["serve", sql, "--listen", "127.0.0.1:0"] + scene.connection)
    // Windows of hours become seconds, and waiting times a second.
    let rules = try scene.succeed(["governance", "rules", "governance/slo.yml", "--scale", "0.004"]).output
    let prometheus = try PrometheusServer(
      scene,
      targets: [
        "wick-ingest": try address(ingest), "wick-run": try address(queries), "wick-sink": try address(sink),
        "wick-serve": try served(server),
      ],
      rules: try scene.write("rules.yml", rules))
    let watched: Set = ["WickAuditViolation", "WickIngestStopped", "WickSinkStopped", "WickQueriesStopped", "WickAuditUnwatched"]

    let isQuiet = prometheus.wait {
      prometheus.value("sum(wick_audit_rows_total > 3) * sum(wick_lake_rows_total > 0)") != nil
        && prometheus.value("sum(rate(wick_ingest_trades_total[5s]) > 0)") != nil
        && prometheus.value("sum(rate(wick_served_candle_seconds_count[5s])) > 0") != nil
        && prometheus.value("wick_slo:bad:ratio{slo=\"candle_freshness\"} == 0") != nil
        && prometheus.firing()?.isDisjoint(with: watched) == true
    }
    #expect(isQuiet, "\(prometheus.firing() ?? []) \(prometheus.errors) \(sink.errors)")

    // A row of the past once more: its records would count twice.
    let past = try #require(try scene.records(scene.auditTopic).first)
    try scene.send(past, to: scene.auditTopic, partition: past.partition)
    #expect(prometheus.wait { prometheus.firing()?.contains("WickAuditViolation") == true }, "\(prometheus.errors)")
    #expect(prometheus.firing()?.contains("WickSinkStopped") == false)

    // Trades of a year long past, in series of their own: served as soon as ever, and yet too late.
    var random = SeededGenerator.forTest("old trades")
    let old = try scene.write("old.csv", Capture.random(5000, symbols: ["OLDUSDT"], &random).text)
    let late = try scene.start(scene.ingest(old, ["--rate", "200"]))
    let burns = #"ALERTS{alertname="WickBudgetBurns",slo="candle_freshness",alertstate="firing",window="1h"}"#
    #expect(prometheus.wait { prometheus.value(burns) != nil }, "\(prometheus.errors) \(late.errors) \(server.errors)")
    late.send(SIGTERM)

    ingest.kill9()
    #expect(prometheus.wait { prometheus.firing()?.contains("WickIngestStopped") == true }, "\(prometheus.errors)")
    #expect(prometheus.firing()?.contains("WickSinkStopped") == false)

    sink.kill9()
    #expect(prometheus.wait { prometheus.firing()?.contains("WickSinkStopped") == true }, "\(prometheus.errors)")
    #expect(prometheus.firing()?.contains("WickQueriesStopped") == false)
    queries.kill9()
  }

  @Test func `a bounded run tells what it did, and answers nothing but its two pages`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    var random = SeededGenerator.forTest("metrics")
    let capture = Capture.random(3000, &random)
    var text = capture.text.split(separator: "\n")
    text.insert("no trade", at: 2)
    let path = try scene.write("trades.csv", text.joined(separator: "\n") + "\n")
    let up = try scene.start(
      [
        "up", "--source", path, "--data-dir", scene.data, "--listen", "127.0.0.1:0", "--registry-listen", "127.0.0.1:0",
        "--serve", "off",
      ] + here)
    let address = try address(up)
    // The source has ended, and everything is where it belongs.
    try #require(up.waitFor("stay up", seconds: 120), "\(up.output)\(up.errors)")
    let lines = Set(try get("http://\(address)/metrics").split(separator: "\n").map(String.init))
    for line in [
      "wick_ingest_trades_total 3000", "wick_ingest_rejects_total{reason=\"field_count\"} 1", "wick_ingest_source_ended 1",
      "wick_stream_records_total 3000", "wick_lake_table_rows{table=\"bronze.trades\"} 3000",
      "wick_lake_table_rows{table=\"bronze.invalid\"} 1", "wick_audit_violations_total 0",
    ] {
      #expect(lines.contains(line), "\(line) is not among \(lines.filter { $0.hasPrefix(line.prefix(18)) })")
    }
    if Promtool.isInstalled {
      #expect(try Promtool.run(["check", "metrics"], input: lines.sorted().joined()).code != 0, "promtool objects to nothing")
      let checked = try Promtool.run(["check", "metrics"], input: try get("http://\(address)/metrics"))
      #expect(checked.code == 0, "\(checked.output)")
    }
    #expect(try get("http://\(address)/healthz") == "ok\n")
    #expect(throws: (any Error).self) { try get("http://\(address)/secret") }
    up.send(SIGTERM)
    #expect(up.wait(seconds: 60) == 0)
  }

  private func get(_ url: String) throws -> String {
    String(decoding: try Data(contentsOf: #require(URL(string: url))), as: UTF8.self)
  }

  @Test func `a server counts its answers by route and status, and unknown paths together`() throws {
    let scene = try Scene(alone: true)
    let server = try scene.start(["serve", try scene.writeSQL([.second]), "--listen", "127.0.0.1:0"] + scene.connection)
    try #require(server.waitFor("answering at"), "\(server.errors)")
    let line = try #require(server.output.split(separator: "\n").first { $0.hasPrefix("answering at") })
    let url = String(line.dropFirst("answering at ".count))
    for path in ["info", "info", "no/such/path", "neither", "healthz"] {
      _ = try Tool.run("/usr/bin/curl", ["-s", "\(url)/\(path)"])
    }
    let lines = Set(try get("\(url)/metrics").split(separator: "\n").map(String.init))
    let counted = lines.filter { $0.hasPrefix("wick_http_requests_total") }
    #expect(
      counted == [
        "wick_http_requests_total{route=\"/info\",status=\"200\"} 2",
        "wick_http_requests_total{route=\"other\",status=\"404\"} 2",
      ])
    #expect(lines.contains("wick_http_request_seconds_count{route=\"/info\"} 2"))
  }

  @Test func `a bad address is refused before anything is started`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    let finished = try scene.run(["ingest", "--source", "sim", "--metrics", "9464"])
    #expect(finished.code == 64)
    #expect(finished.complaints == ["--metrics takes HOST:PORT, not 9464."])
  }
}
