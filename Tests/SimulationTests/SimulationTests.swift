import Simulation
import TestSupport
import Testing

@Suite struct SimulationTests {
  @Test func `exactly once holds in histories nobody thought of`() {
    var random = SeededGenerator.forTest("simulation")
    let start = random.next() >> 1
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
