import Foundation
import TestSupport
import Testing

/// SIGKILL at every call that changes a file, in the middle of every write: after a restart everything is there once.
///
/// A soak goes through all of them; otherwise some are drawn.
@Suite struct `Killing at each change of a file` {
  @Test func `the broker`() throws {
    var random = SeededGenerator.forTest("broker sweep")
    let counted = try BrokerDisk()
    #expect(try counted.run().objections == [])
    let points = Sweep.kills([try counted.disk.calls()])
    var effort = Effort("kill at each file change of the broker", quick: 10)
    var missed = 0
    for point in points.shuffled(using: &random) where effort.goesOn() {
      let disk = try BrokerDisk()
      do {
        let outcome = try disk.run(point.fault, at: point.number)
        let last = try disk.disk.calls().last
        #expect(outcome.objections == [], "\(point), the last call was \(last.map(String.init) ?? "none")")
        if outcome.exits.isEmpty { missed += 1 }
        for exit in outcome.exits where exit.code != -SIGKILL {
          Issue.record("\(point): the broker ended with \(exit.code): \(exit.errors)")
        }
      } catch { Issue.record("\(point): \(error)") }
    }
    #expect(missed <= effort.rounds / 4, "\(missed) of \(effort.rounds) runs ended before they were killed")
    effort.report(
      tried: effort.rounds, unit: "points of \(points.count)", seed: random.seed, remark: "\(missed) not reached")
  }

  @Test func `the sink`() throws {
    var random = SeededGenerator.forTest("sink sweep")
    let lake = try SinkDisk(&random)
    let points = Sweep.kills([try lake.calls(0), try lake.calls(1)])
    var effort = Effort("kill at each file change of the sink", quick: 10)
    var missed = 0
    for point in points.shuffled(using: &random) where effort.goesOn() {
      let disk = try lake.prepare(point.run)
      let finished = try lake.sink(disk.environment(point.fault, at: point.number))
      // The last calls of a run may not come in another.
      if finished.code == 0 { missed += 1 }
      #expect([0, -SIGKILL].contains(finished.code), "\(point): \(finished.errors)")
      try lake.settle("\(point)")
    }
    #expect(missed <= effort.rounds / 4, "\(missed) of \(effort.rounds) runs ended before they were killed")
    try lake.scene.succeed(lake.scene.verify(lake.sql))
    effort.report(
      tried: effort.rounds, unit: "points of \(points.count)", seed: random.seed, remark: "\(missed) not reached")
  }
}
