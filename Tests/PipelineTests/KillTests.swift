import Foundation
import TestSupport
import Testing

/// `kill -9` at random moments of every process, over and over, while trades are replayed: what is in the tables afterwards is
/// what would have been there without.
@Suite struct `Killing processes at random moments` {
  /// What is killed at a time.
  private static let alone: [[Supervisor.Role]] = Supervisor.Role.allCases.map { [$0] }
  private static let together: [[Supervisor.Role]] = [
    [.broker, .queries], [.broker, .ingest], [.ingest, .queries], [.queries, .sink], Supervisor.Role.allCases,
  ]

  @Test func `kills of one process, and of several at once, change nothing`() throws {
    var random = SeededGenerator.forTest("kills")
    var effort = Effort("kill -9 at random moments", quick: 1)
    let times = RecoveryTimes()
    var kills: [Supervisor.Role: Int] = [:]
    while effort.goesOn() {
      for (role, count) in try round(&random, times) { kills[role, default: 0] += count }
      let text = kills.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      print("kills: \(text); \(times.summary)")
    }
    effort.report(
      tried: kills.values.reduce(0, +), unit: "kills", seed: random.seed, remark: "\(effort.rounds) rounds; \(times.summary)")
  }

  /// Trades through the whole pipeline while it is shot at; gives the number of kills.
  private func round(_ random: inout SeededGenerator, _ times: RecoveryTimes) throws -> [Supervisor.Role: Int] {
    let scene = try Scene()
    let (source, capture) = try Self.capture(scene, &random)
    let sql = try scene.writeSQL(Scene.underFire)
    let supervisor = Supervisor(times: times)
    if scene.hasOwnBroker {
      scene.broker?.kill9()
      try supervisor.supervise(.broker) { try scene.startBrokerProcess() }
    }
    // Slow enough to outlast the kills: each of them costs ingest a moment too.
    try supervisor.supervise(.ingest) { try scene.start(scene.ingest(source, ["--rate", "1700"])) }
    try supervisor.supervise(.queries) { try scene.start(scene.queries(sql)) }
    try supervisor.supervise(.sink) { try scene.start(scene.sink(sql)) }
    let reader = try CommittedReader(scene, queries: Scene.underFire.map(\.name), times: times)
    for victims in Self.victims(scene, &random) {
      try supervisor.watch(seconds: Double.random(in: 0.05...0.75, using: &random))
      try supervisor.kill(victims)
    }
    try supervisor.stopAll()
    times.stopped()
    try expectFire(scene, supervisor, capture)
    try scene.settle(source, sql)
    try reader.finish()
    try scene.expectExact(capture, sql)
    return supervisor.kills
  }

  private static func victims(_ scene: Scene, _ random: inout SeededGenerator) -> [[Supervisor.Role]] {
    let all = alone.flatMap { Array(repeating: $0, count: 12) } + together + together.suffix(1)
    return all.map { $0.filter { $0 != .broker || scene.hasOwnBroker } }.filter { !$0.isEmpty }.shuffled(using: &random)
  }

  private func expectFire(_ scene: Scene, _ supervisor: Supervisor, _ capture: Capture) throws {
    for exit in supervisor.exits { print("ended by itself: \(exit.role) with \(exit.code)") }
    let brought = try scene.trades().count
    print("rows in the table of trades when the kills were over: \(brought) of \(capture.rows.count)")
    #expect(brought > 0 && brought < capture.rows.count, "the kills did not meet the pipeline at work")
    #expect(supervisor.kills.values.reduce(0, +) >= (scene.hasOwnBroker ? 60 : 45))
    for role in Supervisor.Role.allCases where role != .broker || scene.hasOwnBroker {
      #expect(supervisor.kills[role, default: 0] >= 8, "\(role)")
    }
    // Losing the broker for a while is survived, or said to be just that.
    for exit in supervisor.exits where exit.code != 0 {
      #expect(exit.code == 69, "\(exit.role): \(exit.errors)")
    }
  }

  /// Recorded trades where there are any, otherwise made-up ones.
  static func capture(_ scene: Scene, _ random: inout SeededGenerator) throws -> (path: String, Capture) {
    guard Recorded.folder != nil else {
      let capture = Capture.random(51_000, &random)
      return (try scene.write("trades.csv", capture.text), capture)
    }
    let capture = try Capture(text: try Recorded.text("trades-mixed.csv.gz"))
    return (Recorded.path("trades-mixed.csv.gz"), capture)
  }
}
