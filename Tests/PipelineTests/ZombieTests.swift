import Foundation
import Kafka
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Processes that sleep while another takes over, and then go on as if nothing had happened.
@Suite struct `Zombies` {
  /// Another cluster may allow no shorter session.
  private static func timeouts(_ scene: Scene) -> [String] {
    ["--session-timeout", scene.hasOwnBroker ? "1000" : "6000", "--transaction-timeout", scene.hasOwnBroker ? "1500" : "8000"]
  }

  /// How often a step of a worker was refused: by its producer's epoch, or by the group it is no longer a member of.
  private static func refusals(_ process: WickProcess) -> Int {
    process.errors.split(separator: "\n").count { $0.contains("\"level\":\"warning\"") && $0.contains("\"worker\":0") }
  }

  @Test func `a worker that slept past its session and its transaction commits nothing`() throws {
    var random = SeededGenerator.forTest("zombie workers")
    var effort = Effort("zombie workers", quick: 3)
    let (scene, source, capture, sql) = try Self.scene(&random)
    let more = Self.timeouts(scene) + ["--commit-interval", "200"]
    var workers: [WickProcess] = []
    func start(_ name: String) throws -> WickProcess { try scene.start(scene.queries(sql, more + ["--instance", name])) }
    for name in ["a", "b"] { workers.append(try start(name)) }
    let ingest = try scene.start(scene.ingest(source, ["--rate", Effort.isSoak ? "20" : "1000"]))
    let reader = try CommittedReader(scene, queries: Scene.underFire.map(\.name))
    try scene.wait(for: "commits") { try scene.progress().contains { $0.committed > 0 } }
    var fenced = 0
    while effort.goesOn(), ingest.exitCode == nil {
      let victim = Int.random(in: 0...1, using: &random)
      let before = Self.refusals(workers[victim])
      Blocking.pause(milliseconds: Int.random(in: 0...200, using: &random))
      workers[victim].send(SIGSTOP)
      let ends = try scene.progress().map(\.end)
      // Both timeouts must have passed for this: its partitions are another's, and its transaction is no longer in the way.
      try scene.wait(for: "a successor", seconds: 90) {
        try zip(scene.progress(), ends).allSatisfy { $0.committed >= $1 }
      }
      workers[victim].send(SIGCONT)
      let reacts =
        (try? scene.wait(for: "the zombie", seconds: 2) {
          workers[victim].exitCode != nil || Self.refusals(workers[victim]) > before
        }) != nil
      if reacts { fenced += 1 }
      if let code = workers[victim].exitCode {
        #expect(code == 69, "\(workers[victim].errors)")
        workers[victim] = try start(victim == 0 ? "a" : "b")
      }
    }
    // The others learned from the group that their partitions were lost before they tried to commit.
    #expect(fenced > 0 || effort.rounds < 10, "no zombie of \(effort.rounds) was refused")
    for process in workers + [ingest] { process.send(SIGTERM) }
    for process in workers + [ingest] {
      let code = process.wait(seconds: 60)
      // The last zombie may be told to end when it has just learned that it is one.
      #expect(code == 0 || code == 69 && process.errors.contains("\"recovery\":\"fenced\""), "\(process.errors)")
    }
    try scene.settle(source, sql)
    try reader.finish()
    try scene.expectExact(capture, sql)
    effort.report(
      tried: effort.rounds, unit: "zombies", seed: random.seed, remark: "\(fenced) refused, the others had lost their partitions")
  }

  @Test func `an ingest that slept while another read its source sends nothing`() throws {
    var random = SeededGenerator.forTest("zombie ingests")
    var effort = Effort("zombie ingests", quick: 3)
    let (scene, source, capture, sql) = try Self.scene(&random)
    func start() throws -> WickProcess { try scene.start(scene.ingest(source, ["--rate", Effort.isSoak ? "20" : "1000"])) }
    // With what is not committed yet: the zombie's own last transaction may become visible when it has been stopped.
    func sent() throws -> Int64 { try scene.written() }
    var current = try start()
    var fenced = 0
    try scene.wait(for: "trades") { try sent() > 0 }
    while effort.goesOn(), current.exitCode == nil {
      Blocking.pause(milliseconds: Int.random(in: 0...200, using: &random))
      let zombie = current
      zombie.send(SIGSTOP)
      let before = try sent()
      current = try start()
      try scene.wait(for: "trades of a successor") { try sent() > before + 100 || current.exitCode != nil }
      zombie.send(SIGCONT)
      let code = zombie.wait(seconds: 60)
      #expect(code == 69, "\(zombie.errors)")
      #expect(
        Finished(code: 0, output: "", errors: zombie.errors).complaints.last?.contains("fenced") ?? false, "\(zombie.errors)")
      if code == 69 { fenced += 1 }
    }
    current.send(SIGTERM)
    #expect(current.wait(seconds: 60) == 0, "\(current.errors)")
    try scene.settle(source, sql)
    try scene.expectExact(capture, sql)
    effort.report(tried: effort.rounds, unit: "zombies", seed: random.seed, remark: "\(fenced) fenced")
  }

  @Test func `a sink that slept at any point of its work, while another did it, adds nothing`() throws {
    var random = SeededGenerator.forTest("zombie sinks")
    let lake = try SinkDisk(&random)
    let points = Sweep.points([try lake.calls(0), try lake.calls(1)]) { _ in [.stop] }
    var effort = Effort("zombie sinks, stopped at each file change", quick: 4)
    var fenced = 0
    for point in points.shuffled(using: &random) where effort.goesOn() {
      let disk = try lake.prepare(point.run)
      let zombie = try lake.scene.start(
        lake.scene.sink(lake.sql, ["--until-end"]), environment: disk.environment(.stop, at: point.number))
      guard zombie.waitUntilStopped() else { continue }
      let other = try lake.scene.start(lake.scene.sink(lake.sql, ["--until-end"]))
      // One that sleeps with the catalog's lock in hand keeps others waiting.
      _ = other.wait(seconds: 4)
      zombie.send(SIGCONT)
      for process in [other, zombie] {
        guard let code = process.wait(seconds: 60) else {
          throw Scene.Broken(description: "\(point): a sink did not end: \(process.errors)")
        }
        #expect([0, 69].contains(code), "\(point): \(process.errors)")
      }
      #expect(zombie.exitCode == 0 || other.exitCode == 0, "\(point): \(zombie.errors) \(other.errors)")
      if zombie.exitCode == 69 { fenced += 1 }
      try lake.settle("\(point)")
    }
    effort.report(
      tried: effort.rounds, unit: "points of \(points.count)", seed: random.seed, remark: "\(fenced) fenced")
  }

  @Test func `a worker whose transactional id is taken from it comes back, or says why it does not`() throws {
    var random = SeededGenerator.forTest("hijacks")
    var effort = Effort("hijacked transactional ids", quick: 3)
    let (scene, source, capture, sql) = try Self.scene(&random)
    let supervisor = Supervisor()
    try supervisor.supervise(.ingest) { try scene.start(scene.ingest(source, ["--rate", Effort.isSoak ? "20" : "1000"])) }
    try supervisor.supervise(.queries) { try scene.start(scene.queries(sql, ["--commit-interval", "200"])) }
    let reader = try CommittedReader(scene, queries: Scene.underFire.map(\.name))
    func done() throws -> Int64 { try scene.progress().map(\.committed).reduce(0, +) }
    while effort.goesOn() {
      let before = try done()
      try scene.wait(for: "commits") {
        try supervisor.watch(seconds: 0.02)
        return try done() > before
      }
      let hijacker = try TransactionalProducer(scene.kafka, transactionalID: "\(scene.mark)wick-main-0")
      try hijacker.initialise()
      hijacker.close()
    }
    let last = try done()
    try scene.wait(for: "commits after the last") {
      try supervisor.watch(seconds: 0.02)
      return try done() > last
    }
    try supervisor.stopAll()
    for exit in supervisor.exits where exit.code != 0 {
      #expect(exit.code == 69, "\(exit.role): \(exit.errors)")
      #expect(exit.errors.contains("Another instance runs as"), "\(exit.role): \(exit.errors)")
    }
    try scene.settle(source, sql)
    try reader.finish()
    try scene.expectExact(capture, sql)
    effort.report(
      tried: effort.rounds, unit: "hijacks", seed: random.seed, remark: "\(supervisor.exits.count) ended the worker")
  }

  private static func scene(_ random: inout SeededGenerator) throws -> (Scene, source: String, Capture, sql: String) {
    let scene = try Scene()
    var capture = Capture.random(Effort.isSoak ? 100_000 : 20_000, &random)
    // Enough of them that every worker has some.
    let symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "BNBUSDT", "LTCUSDT", "DOTUSDT"]
    for index in capture.rows.indices {
      capture.rows[index].symbol = symbols[index % symbols.count]
      capture.rows[index].id = Int64(1000 + index)
    }
    let source = try scene.write("trades.csv", capture.text)
    return (scene, source, capture, try scene.writeSQL(Scene.underFire))
  }
}
