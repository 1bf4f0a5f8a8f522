import Foundation
import Simulation
import TestSupport
import Testing

@Suite struct SimulationTests {
  private static let threads = min(ProcessInfo.processInfo.activeProcessorCount, 4)

  // New histories in every run: what holds in thousands of runs is worth more than what held in one. The seed is printed.
  @Test func `exactly once holds in every history, and the rare states are reached`() {
    let given = ProcessInfo.processInfo.environment["WICK_SIMULATION_START"].flatMap(UInt64.init)
    let start = given ?? UInt64.random(in: 1...(1 << 48))
    print("start seed of the simulation: \(start) (replay with WICK_SIMULATION_START=\(start))")
    var effort = Effort("simulated histories", quick: 40)
    var search = SimulationSearch(from: start, threads: Self.threads)
    while search.violation == nil, effort.goesOn() { search.run(500) }
    if let found = search.violation {
      Issue.record(
        "seed \(found.seed): \(found.violation ?? ""); replay with: swift run wick-simulate --seeds 1 --start \(found.seed)")
    } else {
      #expect(search.rare.missing.isEmpty, "never reached from seed \(start) on: \(search.rare.missing)")
    }
    print("reached: \(search.rare.description)")
    let remark = "\(search.steps) steps, \(search.commits) commits, \(search.records) records"
    effort.report(tried: search.histories, unit: "histories", seed: start, remark: remark)
  }

  @Test(arguments: RegressionSeeds.all) func `a history that once failed holds`(_ seed: UInt64) {
    let outcome = Simulation.run(seed: seed)
    #expect(outcome.violation == nil)
  }

  @Test func `a seed gives the same history again`() {
    let first = Simulation.run(seed: 8, tracing: true)
    let second = Simulation.run(seed: 8, tracing: true)
    #expect(first.commits > 0)
    #expect(first.trace == second.trace)
  }

  @Test func `threads change nothing about the histories`() {
    var (one, two) = (SimulationSearch(from: 1, threads: 1), SimulationSearch(from: 1, threads: 2))
    one.run(60)
    two.run(60)
    #expect(one.digest == two.digest)
    #expect(one.rare.description == two.rare.description)
  }

  @Test func `every planted mistake has a budget`() {
    #expect(Set(RegressionSeeds.bites.map(\.0)) == Set(SimulationFault.allCases))
  }

  @Test(arguments: RegressionSeeds.bites) func `a mistake is found`(_ fault: SimulationFault, _ histories: Int) {
    var search = SimulationSearch(from: 1, threads: Self.threads, faults: [fault])
    search.run(histories)
    #expect(search.violation != nil)
  }
}
