/// A safety rule that the harness breaks on purpose, to show that the simulation would find the mistake.
public enum SimulationFault: String, CaseIterable, Sendable {
  /// Copies of a trade count as well.
  case countsCopies
  /// Windows stay open for longer than their grace.
  case acceptsLate
  /// State is not read back.
  case skipsRestore
  /// Deduplication's memory is not restored.
  case forgetsIdentities
  /// Stream time and frontier are not restored.
  case forgetsFrontier
  /// State is taken for that of the offsets read before it, although they may have moved meanwhile.
  case readsOffsetsOnce
  /// The coordinator takes requests of old epochs for current ones.
  case ignoresEpoch
  /// After a commit of unknown outcome the worker goes on with the same producer.
  case keepsProducerAfterUnknownCommit
  /// A commit of unknown outcome is taken for a success.
  case assumesCommitted
  /// Staged offsets are not checked against the group's generation.
  case ignoresGeneration
  /// Offsets are not part of the transaction.
  case leavesOutOffsets
  /// State is read back past the last stable offset, aborted records included.
  case readsUncommittedState
  /// After an abort the worker keeps its memory.
  case skipsReplay
  /// Readers of committed records are not held back at the last stable offset.
  case ignoresStableEnd
  /// Readers of committed records are not told which transactions were aborted.
  case ignoresAborted
  /// Time-outs go by the wall clock, which jumps.
  case timesByWallClock
  /// The disk says that it has synced, and has not.
  case liesAboutSync
  /// The sink commits without asking whether its range begins where the ledger ends.
  case ignoresLedger
  /// The sink takes a swap of unknown outcome for a failure, without looking for its own commit.
  case forgetsOwnSwap
  /// The sink reads past the last stable offset, aborted records included.
  case sinksUncommitted
  /// A producer that lost a connection in a transaction begins another one in the same epoch: what it repeated may arrive a second time
  /// in the midst of that one (KAFKA-17754).
  case beginsAfterLostConnection
}
