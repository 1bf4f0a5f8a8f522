import Simulation

enum RegressionSeeds {
  /// Seeds of histories that once ended in a violation. They stay.
  static let all: [UInt64] = [
    // The sink reads one segment at a time and needs several rounds to reach the end.
    1831
  ]

  /// For each mistake, the first seed from 1 on that shows it.
  static let bites: [(SimulationFault, UInt64)] = [
    (.forgetsIdentities, 8), (.forgetsFrontier, 24), (.keepsProducerAfterUnknownCommit, 72), (.ignoresGeneration, 465),
    (.leavesOutOffsets, 1), (.readsUncommittedState, 10), (.skipsReplay, 11), (.liesAboutSync, 3), (.ignoresLedger, 30),
    (.forgetsOwnSwap, 15), (.sinksUncommitted, 6),
  ]
}
