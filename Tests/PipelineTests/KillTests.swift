import Foundation
import TestSupport
import Testing

/// `kill -9` at random moments of every process, over and over, while trades are replayed: what is in the tables afterwards is
/// what would have been there without.
@Suite struct `Killing processes at random moments` {
  private static let queries = [
    CandleQuery.second, .minute, CandleQuery(name: "strict", size: "1 SECOND", grace: "0 SECONDS"),
  ]

  @Test func `fifty-six kills change nothing`() throws {
    var random = SeededGenerator.forTest("fifty-six kills change nothing")
    let scene = try Scene()
    let (source, capture) = try Self.capture(scene, &random)
    let sql = try scene.writeSQL(Self.queries)
    let supervisor = Supervisor()
    if scene.hasOwnBroker {
      scene.broker?.kill9()
      try supervisor.supervise(.broker) { try scene.startBrokerProcess() }
    }
    // Slow enough to outlast the kills: each of them costs ingest a moment too.
    try supervisor.supervise(.ingest) { try scene.start(scene.ingest(source, ["--rate", "1700"])) }
    try supervisor.supervise(.queries) { try scene.start(scene.queries(sql)) }
    try supervisor.supervise(.sink) { try scene.start(scene.sink(sql)) }
    let roles = Supervisor.Role.allCases.filter { $0 != .broker || scene.hasOwnBroker }
    let victims = roles.flatMap { Array(repeating: $0, count: 56 / roles.count + 1) }.shuffled(using: &random)
    for victim in victims {
      try supervisor.watch(seconds: Double.random(in: 0.05...0.75, using: &random))
      _ = try supervisor.kill(victim)
    }
    print(
      "kills: \(supervisor.kills.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
    )
    try supervisor.stopAll()
    for exit in supervisor.exits { print("ended by itself: \(exit.role) with \(exit.code)") }
    let brought = try scene.trades().count
    print("rows in the table of trades when the kills were over: \(brought) of \(capture.rows.count)")
    #expect(brought > 0 && brought < capture.rows.count, "the kills did not meet the pipeline at work")
    #expect(supervisor.kills.values.reduce(0, +) >= 50)
    for role in roles { #expect(supervisor.kills[role, default: 0] >= 8, "\(role)") }
    // Losing the broker for a while is survived, or said to be just that.
    for exit in supervisor.exits where exit.code != 0 {
      #expect(exit.code == 69, "\(exit.role): \(exit.errors)")
    }
    try settle(scene, source, sql)
    try check(scene, capture, sql)
  }

  private func settle(_ scene: Scene, _ source: String, _ sql: String) throws {
    try scene.succeed(scene.ingest(source))
    try scene.succeed(scene.queries(sql, ["--until-end", "--final"]))
    try scene.succeed(scene.sink(sql, ["--until-end"]))
  }

  private func check(_ scene: Scene, _ capture: Capture, _ sql: String) throws {
    expectSame(try scene.trades(), capture.trades, "trades")
    let partitions = try scene.partitions()
    func judged(_ width: Int64, _ grace: Int64) -> (onTime: [Capture.Row], late: [Capture.Row]) {
      capture.judged(widthMillis: width, graceMillis: grace) { partitions[$0] ?? "" }
    }
    for (name, width, grace) in [("1s", 1000, 2000), ("1m", 60_000, 10_000), ("strict", 1000, 0)] as [(String, Int64, Int64)] {
      let (onTime, late) = judged(width, grace)
      expectSame(try scene.candles(name), Capture.candles(onTime, widthMillis: width), "candles of \(name)")
      expectSame(try scene.late(name), late.map(\.identity), "late records of \(name)")
    }
    for table in ["bronze.trades", "silver.candles", "bronze.late"] {
      let origins = try scene.origins(table)
      #expect(Set(origins).count == origins.count, "\(table) holds a record twice")
    }
    // On a cluster of others, the audit tells of theirs too.
    if scene.hasOwnBroker { try scene.succeed(scene.verify(sql)) }
  }

  /// Recorded trades where there are any, otherwise made-up ones.
  private static func capture(_ scene: Scene, _ random: inout SeededGenerator) throws -> (path: String, Capture) {
    guard Recorded.folder != nil else {
      let capture = Capture.random(51_000, &random)
      return (try scene.write("trades.csv", capture.text), capture)
    }
    let capture = try Capture(text: try Recorded.text("trades-mixed.csv.gz"))
    return (Recorded.path("trades-mixed.csv.gz"), capture)
  }
}
