import Foundation
import Simulation
import Testing

@Suite struct SimulationTests {
  // The same histories in every run, so that a red build means a change; `wick-simulate` and WICK_SIMULATION_START search elsewhere.
  @Test func `exactly once holds in four hundred histories`() {
    let start = ProcessInfo.processInfo.environment["WICK_SIMULATION_START"].flatMap(UInt64.init) ?? 1
    let found = Simulation.firstViolation(from: start, count: 400)
    #expect(found == nil, "seed \(found?.seed ?? 0): \(found?.violation ?? "")")
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

  @Test(arguments: RegressionSeeds.bites) func `a mistake is found`(_ fault: SimulationFault, _ histories: Int) {
    #expect(Simulation.firstViolation(count: histories, faults: [fault]) != nil)
  }
}
