import Foundation
import JSON
import Kafka
import SQL
import Streams
import Testing

@testable import Serve

@Suite struct `What the control topic says` {
  private static let files = [
    SQLFile(
      name: "a.sql",
      text: """
        CREATE STREAM t (k STRING KEY, v INT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON');
        CREATE TABLE a AS SELECT k, COUNT(*) AS n FROM t WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k EMIT FINAL;
        CREATE TABLE b AS SELECT k, SUM(v) AS n FROM t WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k EMIT FINAL;
        """)
  ]

  private func record(_ statement: String) -> ControlRecord { ControlRecord(id: statement, statement: statement) }

  private func state(_ statements: String...) throws -> ControlState {
    var state = try ControlState(files: Self.files)
    for statement in statements { try state.apply(record(statement)) }
    return state
  }

  @Test func `Queries of the files run as one application, those of the prompt as one each`() throws {
    let state = try state("CREATE STREAM c AS SELECT * FROM t WHERE v > 0;", "CREATE STREAM d AS SELECT * FROM c;")
    let wanted = Supervisor.wanted(state, "app")
    #expect(
      wanted.mapValues { $0.map(\.id) } == ["app": ["CTAS_A", "CTAS_B"], "app-CSAS_C": ["CSAS_C"], "app-CSAS_D": ["CSAS_D"]])
  }

  @Test func `PAUSE, RESUME and TERMINATE concern what they name`() throws {
    var state = try state("CREATE STREAM c AS SELECT * FROM t;", "PAUSE CSAS_C;")
    #expect(Supervisor.wanted(state, "app").keys.sorted() == ["app"])
    try state.apply(record("PAUSE ALL;"))
    #expect(Supervisor.wanted(state, "app").isEmpty)
    try state.apply(record("RESUME csas_c;"))
    #expect(Supervisor.wanted(state, "app").keys.sorted() == ["app-CSAS_C"])
    try state.apply(record("TERMINATE CSAS_C;"))
    try state.apply(record("RESUME ALL;"))
    #expect(Supervisor.wanted(state, "app").keys.sorted() == ["app"])
    #expect(state.session.catalog.sources["C"] != nil)
    try state.apply(record("DROP STREAM c;"))
    #expect(state.session.catalog.sources["C"] == nil)
  }

  @Test(arguments: [
    "TERMINATE CTAS_A;", "PAUSE CTAS_A;", "PAUSE CSAS_NONE;", "CREATE STREAM t (v INT) WITH (KAFKA_TOPIC = 't');",
    "DROP STREAM t;", "CREATE STREAM x AS SELECT nothing FROM t;", "nonsense",
  ])
  func `A record that contradicts what there is changes nothing`(_ statement: String) throws {
    var state = try state()
    let before = (state.queries, state.session.catalog)
    #expect(throws: (any Error).self) { try state.apply(record(statement)) }
    #expect(state.queries == before.0)
    #expect(state.session.catalog == before.1)
  }

  @Test func `Records hold the settings and variables of their statement, and nothing else of a user`() throws {
    let record = ControlRecord(
      id: "1", statement: "CREATE STREAM ${n} (k STRING KEY, v INT) WITH (KAFKA_TOPIC = '${n}');",
      properties: ["ksql.persistence.default.format.value": "JSON"], variables: ["N": "s'1"])
    #expect(ControlRecord(record.bytes) == record)
    #expect(ControlRecord([1, 2]) == nil)
    var state = try state()
    #expect(throws: (any Error).self) { try state.apply(record) }
    var sound = record
    sound.variables = ["N": "s1"]
    try state.apply(sound)
    #expect(state.session.catalog.sources["S1"]?.valueFormat == .json)
    #expect(state.session.settings == SQLSettings())
    #expect(state.session.variables.isEmpty)
  }
}

@Suite struct `What late records tell` {
  @Test func `The GRACE that keeps enough is the lateness of the last record that may not be lost`() {
    func grace(_ counted: Int64, _ lateness: [Int64]) -> Int64? {
      LatenessReport(counted: counted, lateness: lateness, grace: 2000).graceKeeping()
    }
    #expect(grace(0, []) == nil)
    #expect(grace(1000, []) == 2000)
    // One of a thousand may be lost: the latest.
    #expect(grace(1000, [9000]) == 2000)
    #expect(grace(1000, [9000, 5000, 3000]) == 5000)
    #expect(grace(999, [9000, 5000, 3000]) == 9000)
    #expect(grace(3000, [9000, 8000, 7000, 6000, 5000]) == 6000)
  }

  @Test func `Classes of the histogram hold their upper end`() {
    let report = LatenessReport(counted: 10, lateness: [1, 100, 101, 1000, 60_000, 90_000_000], grace: 0)
    #expect(report.histogram.map(\.bound) == [100, 1000, 60_000, .max])
    #expect(report.histogram.map(\.count) == [2, 2, 1, 1])
    #expect(LatenessReport.label(60_000) == "≤ 1 min")
    #expect(LatenessReport.label(.max) == "> 1 d")
  }
}

@Suite struct `Workers and the control topic` {
  private static let sql = """
    CREATE STREAM trades (symbol STRING KEY, price DOUBLE)
      WITH (KAFKA_TOPIC = '{N}-trades', VALUE_FORMAT = 'JSON', KEY_FORMAT = 'KAFKA');
    CREATE TABLE counts WITH (VALUE_FORMAT = 'JSON', KEY_FORMAT = 'KAFKA', KAFKA_TOPIC = '{N}-counts', LATE_TOPIC = '{N}-late') AS
      SELECT symbol, COUNT(*) AS n FROM trades WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 0 SECONDS) GROUP BY symbol EMIT FINAL;
    """

  private func states(_ server: TestServer) async throws -> [String: String] {
    let queries = try await server.ksql("SHOW QUERIES;").json.arrayValue?.first?["queries"]?.arrayValue ?? []
    return Dictionary(queries.map { ($0["id"]?.stringValue ?? "", $0["state"]?.stringValue ?? "") }) { $1 }
  }

  private func wait(_ server: TestServer, for expected: [String: String]) async throws {
    var seen: [String: String] = [:]
    for _ in 0..<20_000 where seen != expected { seen = try await states(server) }
    #expect(seen == expected)
  }

  @Test func `A query of the prompt is run, paused, resumed and ended by the worker, and its state is what the group says`()
    async throws
  {
    let server = try await TestServer.start(Self.sql, topics: ["trades": 1])
    try await server.produce("trades", (1...6).map { (.text("A"), "{\"price\": \($0)}", Int64($0) * 30_000) })
    var configuration = StreamsConfiguration(
      kafka: try TestServer.kafka(), application: server.name, commitInterval: .milliseconds(20),
      auditTopic: "\(server.name)-audit",
      // A static member would be counted until its session timeout.
      hasStaticMembership: false, logger: TestServer.quiet)
    configuration.callTimeout = .seconds(20)
    let text = Self.sql.replacingOccurrences(of: "{N}", with: server.name)
    let log = ControlLog(
      configuration.kafka, topic: "\(server.name)-control",
      initial: try ControlState(files: [SQLFile(name: "w", text: text)]))
    let stop = StopHandle()
    let supervisor = Supervisor(configuration, log: log, schemas: server.schemas)
    let worker = BlockingThread(name: "worker") {
      try log.open()
      return try supervisor.run(stop: stop)
    }
    try await wait(server, for: ["CTAS_COUNTS": "RUNNING"])
    let created = try await server.ksql(
      "CREATE STREAM twice WITH (KAFKA_TOPIC = '\(server.name)-twice') AS SELECT symbol, price * 2 AS p FROM trades;",
      [.init("streamsProperties", ["ksql.persistence.default.format.value": "JSON"])])
    #expect(created.status == 200)
    #expect(try created.json.arrayValue?.first?["commandStatus"]?["queryId"] == "CSAS_TWICE")
    try await wait(server, for: ["CTAS_COUNTS": "RUNNING", "CSAS_TWICE": "RUNNING"])
    let rows = try await server.queryStream(
      "SELECT p FROM twice EMIT CHANGES LIMIT 6;", properties: ["auto.offset.reset": "earliest"])
    #expect(rows.lines.dropFirst() == ["[2.0]", "[4.0]", "[6.0]", "[8.0]", "[10.0]", "[12.0]"])
    #expect(try await server.ksql("PAUSE CSAS_TWICE;").status == 200)
    try await wait(server, for: ["CTAS_COUNTS": "RUNNING", "CSAS_TWICE": "PAUSED"])
    #expect(try await server.ksql("RESUME CSAS_TWICE;").status == 200)
    try await wait(server, for: ["CTAS_COUNTS": "RUNNING", "CSAS_TWICE": "RUNNING"])
    #expect(try await server.ksql("TERMINATE CTAS_COUNTS;").status == 400)
    #expect(try await server.ksql("TERMINATE CSAS_TWICE;").status == 200)
    try await wait(server, for: ["CTAS_COUNTS": "RUNNING"])
    let explained = try await server.ksql("EXPLAIN CTAS_COUNTS;").json.arrayValue?.first?["queryDescription"]
    #expect(explained?["partitions"]?.arrayValue?.first?["streamTime"] == 180_000)
    #expect(explained?["partitions"]?.arrayValue?.first?["openWindows"] == 1)
    stop.stop()
    _ = try await worker.value
    log.close()
    try await wait(server, for: ["CTAS_COUNTS": "UNRESPONSIVE"])
    try await server.stop()
  }
}
