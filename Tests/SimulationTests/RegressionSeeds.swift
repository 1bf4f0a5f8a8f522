import Simulation

enum RegressionSeeds {
  /// Seeds of histories that once ended in a violation. They stay.
  static let all: [UInt64] = [
    // The sink reads one segment at a time and needs several rounds to reach the end.
    1831,
    // The wall clock goes back by an hour: an abandoned transaction stayed open for as long.
    2776,
    // A member the group had given up read offsets before, and state after, its successor's commit.
    6576,
  ]

  /// Mistakes that must be found within so many histories from seed 1 on.
  static let bites: [(SimulationFault, Int)] = [
    (.forgetsIdentities, 200), (.forgetsFrontier, 200), (.keepsProducerAfterUnknownCommit, 400), (.ignoresGeneration, 400),
    (.leavesOutOffsets, 20), (.readsUncommittedState, 200), (.skipsReplay, 100), (.liesAboutSync, 100), (.ignoresLedger, 200),
    (.forgetsOwnSwap, 200), (.sinksUncommitted, 100),
  ]
}
