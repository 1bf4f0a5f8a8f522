/// States of which a search is worth little if it never reaches them. Histories count them, so that a generator grown too tame
/// shows.
public enum RareState: Int, CaseIterable, Sendable {
  // The network.
  case requestRepeated, requestArrivedLate, commitHeld, lateCommitTookEffect, commitOfUnknownOutcome
  // The broker.
  case killedAmidStep, powerLost, writeLost, writeTorn, transactionTimedOut, offsetsUndecided, endHeldUp
  case abortedRecordsSkipped
  // Workers and their group.
  case workerFenced, offsetsRefused, epochRaised, rebalanceInTransaction, lostInTransaction, zombieResumed, stateRestored
  case offsetsMovedAmidRestore
  // The sink.
  case swapConflict, swapOfUnknownOutcome, ownSwapFound, lateSwapLanded, sinkFenced
  // Records and time.
  case windowClosed, windowClosedOnIdle, duplicate, late, partlyLate, future, badTime, undecodable, nullKey
  case clockWentBack, longHistory
}

/// How often each was reached.
public struct RareStates: Sendable {
  private var counts = [Int](repeating: 0, count: RareState.allCases.count)

  public init() {}

  public subscript(_ state: RareState) -> Int {
    get { counts[state.rawValue] }
    set { counts[state.rawValue] = newValue }
  }

  public mutating func add(_ other: RareStates) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// Those never reached.
  public var missing: [RareState] { RareState.allCases.filter { self[$0] == 0 } }

  /// `name count`, in the order of declaration.
  public var description: String { RareState.allCases.map { "\($0) \(self[$0])" }.joined(separator: ", ") }
}
