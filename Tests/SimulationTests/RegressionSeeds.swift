import Simulation

enum RegressionSeeds {
  /// Seeds of histories that once ended in a violation. They stay, although a changed generator makes other histories of them:
  /// what a mistake looked like is kept for good by the fault of `SimulationFault` that plants it again.
  static let all: [UInt64] = [
    // The sink reads one segment at a time and needs several rounds to reach the end.
    1831,
    // The wall clock goes back by an hour: an abandoned transaction stayed open for as long (`timesByWallClock`).
    2776,
    // A member the group had given up read offsets before, and state after, its successor's commit (`readsOffsetsOnce`).
    6576,
    // The disk failed while a group's assignment was stored and nobody noticed before the faults were over: the history went on
    // with a broker that should have been dead.
    611, 110_471, 14_775,
    // The broker died of a request whose connection was about to be lost: its client repeated it twice, and the second copy ended the
    // transaction that followed. The simulated producer now goes by the rule of the real one (`beginsAfterLostConnection`).
    101_933_399_433_498,
  ]

  /// Mistakes that must be found within so many histories from seed 1 on: some five times what it takes from other seeds.
  static let bites: [(SimulationFault, Int)] = [
    (.countsCopies, 20), (.acceptsLate, 20), (.skipsRestore, 20), (.forgetsIdentities, 20), (.forgetsFrontier, 120),
    (.readsOffsetsOnce, 15_000), (.ignoresEpoch, 4000), (.keepsProducerAfterUnknownCommit, 4000), (.assumesCommitted, 1000),
    (.ignoresGeneration, 100), (.leavesOutOffsets, 20), (.readsUncommittedState, 40), (.skipsReplay, 20),
    (.ignoresStableEnd, 20), (.ignoresAborted, 20), (.timesByWallClock, 500), (.liesAboutSync, 20), (.ignoresLedger, 60),
    (.forgetsOwnSwap, 60), (.sinksUncommitted, 20), (.beginsAfterLostConnection, 4000),
  ]
}
