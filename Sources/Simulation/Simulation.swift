/// A search for orders of events that break exactly-once: seeded histories of the real engine, checkpoint protocol, broker
/// and ledger in one thread, over a simulated disk, clock and network.
public enum Simulation {
  /// What became of one history.
  public struct Outcome: Sendable {
    public var seed: UInt64
    /// The first violation; nil for none.
    public var violation: String?
    public var steps: Int
    public var commits: Int
    public var records: Int
    public var rare: RareStates
    /// What happened, line by line, where it was asked for.
    public var trace: [String]
  }

  /// Runs one history. The same seed gives the same history.
  public static func run(
    seed: UInt64, faults: Set<SimulationFault> = [], tracing: Bool = false
  ) -> Outcome {
    let world = SimulatedWorld(seed: seed, faults: faults, isTracing: tracing)
    world.run()
    return Outcome(
      seed: seed, violation: world.failure, steps: world.steps, commits: world.commits,
      records: world.acknowledged.count, rare: world.rare, trace: world.log)
  }

  /// The first of some seeds that ends in a violation.
  public static func firstViolation(
    from start: UInt64 = 1, count: Int, faults: Set<SimulationFault> = []
  ) -> Outcome? {
    for offset in 0..<UInt64(count) {
      let outcome = run(seed: start &+ offset, faults: faults)
      if outcome.violation != nil { return outcome }
    }
    return nil
  }
}
