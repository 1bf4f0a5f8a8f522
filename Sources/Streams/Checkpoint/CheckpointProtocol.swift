import Kafka

/// The order of things by which results, state and offsets become visible all together or not at all.
///
/// Pure: it decides, and a worker carries out. Each event yields the next action; an event that does not fit the phase is a
/// bug in the worker and stops it (`fatal`), since going on might commit half a checkpoint.
///
/// The rules:
/// 1. Nothing is sent outside a transaction, and a commit comes only after outputs, state and offsets, in that order.
/// 2. After any failure between `begun` and `committed` the tasks' memory is ahead of what is committed, so a replay comes
///    before the next transaction.
/// 3. A commit or abort of unknown outcome (`rebuild`) ends the producer. A new one is initialised, which settles the old
///    transaction, before state is read back: only then do changelog and committed offsets stand still (KAFKA-17754).
/// 4. A fenced worker sends nothing more, not even an abort.
/// 5. Failures in a row are counted; a commit forgives them.
public struct CheckpointProtocol: Sendable {
  public private(set) var phase: CheckpointPhase = .cold(replay: false)
  /// Failures since the last commit.
  public private(set) var failures = 0
  /// Commits so far.
  public private(set) var checkpoints: UInt64 = 0
  private let failureLimit: Int

  /// - Parameter failureLimit: failures in a row after which the worker stops.
  public init(failureLimit: Int) { self.failureLimit = failureLimit }

  /// Whether a transaction is open, so that results may be sent.
  public var isOpen: Bool {
    switch phase {
    case .open, .outputs, .state, .offsets, .sealed: true
    default: false
    }
  }

  /// Takes in what has happened and says what to do next.
  public mutating func handle(_ event: CheckpointEvent) -> CheckpointAction {
    switch event {
    case .failed(let recovery): return fail(recovery)
    case .lost: return lose()
    default: break
    }
    guard let (next, action) = step(event) else { return stop(.fatal) }
    if event == .committed {
      checkpoints += 1
      failures = 0
    }
    phase = next
    return action
  }

  /// Gives out the right to commit, once, when everything is in the transaction; otherwise nil.
  public mutating func authorise() -> CommitAuthority? {
    guard phase == .sealed else { return nil }
    phase = .committing
    return CommitAuthority(checkpoint: checkpoints + 1)
  }

  private func step(_ event: CheckpointEvent) -> (CheckpointPhase, CheckpointAction)? {
    switch (phase, event) {
    case (.cold, .start): (phase, .initialise)
    case (.cold(let replay), .initialised): replay ? (.replaying, .replay) : (.idle, .proceed)
    case (.idle, .work): (.beginning, .begin)
    case (.idle, .due), (.idle, .replayed): (.idle, .proceed)
    case (.beginning, .begun), (.open, .work): (.open, .proceed)
    case (.open, .due): (.outputs, .sendOutputs)
    case (.outputs, .outputsSent): (.state, .sendState)
    case (.state, .stateSent): (.offsets, .sendOffsets)
    case (.offsets, .offsetsSent): (.sealed, .commit)
    case (.committing, .committed): (.idle, .proceed)
    case (.aborting, .aborted): (.replaying, .replay)
    case (.replaying, .replayed): (.idle, .proceed)
    default: nil
    }
  }

  private mutating func fail(_ recovery: KafkaError.Recovery) -> CheckpointAction {
    if case .stopped(let reason) = phase { return .stop(reason) }
    failures += 1
    switch recovery {
    case .fenced: return stop(.fenced)
    case .fatal, .badInput: return stop(.fatal)
    case .retrySameCall, .abortAndReplay, .unavailable, .rebuild:
      if failures > failureLimit { return stop(.exhausted) }
    }
    switch phase {
    case .cold:
      return .initialise
    case .idle where recovery != .rebuild:
      // Nothing was open: a failed read leaves memory as it is.
      return .proceed
    case .beginning where recovery == .abortAndReplay, .open where recovery != .rebuild, .outputs where recovery != .rebuild,
      .state where recovery != .rebuild, .offsets where recovery != .rebuild, .sealed where recovery != .rebuild,
      .committing where recovery == .abortAndReplay:
      phase = .aborting
      return .abort
    case .replaying where recovery != .rebuild:
      return .replay
    default:
      phase = .cold(replay: true)
      return .initialise
    }
  }

  private mutating func lose() -> CheckpointAction {
    switch phase {
    case .open, .outputs, .state, .offsets, .sealed:
      phase = .aborting
      return .abort
    case .stopped(let reason): return .stop(reason)
    default: return .proceed
    }
  }

  private mutating func stop(_ reason: CheckpointStop) -> CheckpointAction {
    phase = .stopped(reason)
    return .stop(reason)
  }
}
