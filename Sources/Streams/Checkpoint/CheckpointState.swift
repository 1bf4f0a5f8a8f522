import Kafka

/// Where a worker stands between two commits.
///
/// ```
///              initialised            work, begun            due
///   cold ───────────────────▶ idle ───────────────▶ open ─────────▶ outputs ─▶ state ─▶ offsets ─▶ sealed
///    ▲  ▲                      ▲ ▲                                                                   │ authorise
///    │  │ rebuild              │ └────────────────────────── committed ───────────────────────── committing
///    │  │                      │ replayed
///    │  └──────── aborting ─▶ replaying            any ── fenced, fatal, too many failures ──▶ stopped
///    │   abort fails  ▲ aborted
///    └────────────────┴── any failure after begin
/// ```
public enum CheckpointPhase: Hashable, Sendable {
  /// There is no usable producer. With `replay`, the tasks' memory holds effects that were not committed.
  case cold(replay: Bool)
  /// No transaction is open, and memory equals what is committed.
  case idle
  /// A transaction was asked for.
  case beginning
  /// Records are processed; what they cause beside candles is sent as it arises.
  case open
  /// Candles and audit rows are being sent.
  case outputs
  /// Changed state is being sent to the changelog.
  case state
  /// Offsets are being staged with the group's metadata.
  case offsets
  /// Everything is in the transaction: the only phase that grants the right to commit.
  case sealed
  /// The right to commit was taken.
  case committing
  case aborting
  /// Nothing of the failed transaction counts; tasks are rebuilt from the changelog and offsets go back.
  case replaying
  case stopped(CheckpointStop)
}

/// Why a worker ends.
public enum CheckpointStop: String, Hashable, Sendable {
  /// Another instance has taken its place: drop everything and perhaps join again as a new worker.
  case fenced
  /// Nothing the worker does helps.
  case fatal
  /// It failed `failureLimit` times in a row.
  case exhausted
}

/// What has happened.
public enum CheckpointEvent: Hashable, Sendable {
  /// The worker starts.
  case start
  /// The producer has fenced its predecessor and has a new epoch.
  case initialised
  /// There is something to process or to send.
  case work
  case begun
  /// A commit is due: by time, by number of records, because partitions go, or because the run ends.
  case due
  case outputsSent
  case stateSent
  case offsetsSent
  case committed
  case aborted
  /// All assigned tasks stand at their committed offsets again.
  case replayed
  /// The partitions were given away without asking: nothing uncommitted may be committed any more.
  case lost
  /// The call of the last action failed, and this is what to do about it.
  case failed(KafkaError.Recovery)
}

/// What to do next. Its outcome comes back as an event.
public enum CheckpointAction: Hashable, Sendable {
  /// Make a new producer, after destroying the old one if there is one, and initialise it. Then `initialised`.
  case initialise
  /// Begin a transaction. Then `begun`.
  case begin
  /// Go on reading and processing. Then `work` or `due`.
  case proceed
  /// Send candles and audit rows. Then `outputsSent`.
  case sendOutputs
  /// Send changed state. Then `stateSent`.
  case sendState
  /// Stage the offsets. Then `offsetsSent`.
  case sendOffsets
  /// Take the right with `authorise()` and commit with it. Then `committed`.
  case commit
  /// Abort the transaction. Then `aborted`.
  case abort
  /// Rebuild every assigned task from the changelog and go back to the committed offsets. Then `replayed`.
  case replay
  /// Close producer and consumer without another word to the cluster, and end.
  case stop(CheckpointStop)
}

/// The right to commit one checkpoint: given out only when outputs, state and offsets are in the transaction, and consumed by
/// the commit.
public struct CommitAuthority: ~Copyable {
  /// Counts the worker's commits, from 1.
  public let checkpoint: UInt64

  init(checkpoint: UInt64) { self.checkpoint = checkpoint }
}
