import TestSupport
import Testing

/// The machine loses its power while the sink commits: what it did to its files is recorded once, and every moment of it is a state
/// to begin from.
@Suite struct `Loss of power under the sink` {
  @Test func `the lake is whole after a loss of power at any moment, holds all that was committed, and is completed`() throws {
    var random = SeededGenerator.forTest("power loss of the sink")
    let lake = try SinkDisk(&random)
    var effort = Effort("power loss, sink and catalog", quick: 2)
    var states = 0
    var torn = 0
    while effort.goesOn() {
      let run = effort.rounds % 2
      var disk = try lake.record(run)
      let commits = disk.commits(toLogOf: "catalog.db")
      // GRDB opens a database with a transaction of its own that changes nothing, before anything is asked of it.
      #expect(
        commits.made > 1 && commits.unsynced.allSatisfy { $0 == 0 }, "run \(run): \(commits): power could take commits back")
      repeat {
        // Most states lie between two syncs, and few of the moments differ: some are enough for a round.
        let isLast = disk.made == disk.calls.count
        guard isLast || Int.random(in: 0..<6, using: &random) == 0 else { continue }
        for _ in 0..<(isLast ? 20 : 2) {
          let what = "run \(run), power lost after call \(disk.made) of \(disk.calls.count)"
          if try disk.losePower(into: lake.scene.lake, &random) > 0 { torn += 1 }
          states += 1
          let rows = try lake.rowsAfterPowerLoss(what)
          #expect(rows >= lake.rowsBefore[run], "\(what): rows of before are gone")
          if isLast { #expect(rows == lake.rowsAfter, "\(what): rows of a commit that was made are gone") }
          if Int.random(in: 0..<60, using: &random) == 0 { try lake.settle(what) }
        }
      } while try disk.step()
    }
    effort.report(
      tried: states, unit: "states", seed: random.seed, remark: "\(torn) of them with something lost, in \(effort.rounds) runs")
  }
}
