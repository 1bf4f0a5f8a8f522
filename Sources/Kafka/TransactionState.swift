/// What a transactional producer may do next: a pure state machine over the outcomes of its calls.
///
/// ```
/// new ──init──▶ ready ──begin──▶ open ──commit──▶ ready
///                                 │ └──abort───▶ ready
///                  (abort needed) ▼
///                              mustAbort ──abort──▶ ready
/// any ──fatal, fenced, unknown outcome──▶ spent (for ever)
/// open, mustAbort ──commit or abort, a connection having been lost meanwhile──▶ outdated (for ever)
/// ```
struct TransactionState: Equatable {
  enum Phase: String { case new, ready, open, mustAbort, spent, outdated }
  enum Call: String { case initialise, begin, send, sendOffsets, commit, abort }

  private(set) var phase = Phase.new

  /// Whether `call` is legal now; otherwise the reason for people.
  func objection(to call: Call) -> String? {
    let isAllowed =
      switch (call, phase) {
      case (.initialise, .new), (.begin, .ready), (.send, .open), (.sendOffsets, .open), (.commit, .open): true
      case (.abort, .open), (.abort, .mustAbort): true
      default: false
      }
    if isAllowed { return nil }
    return switch phase {
    case .spent: "this producer's last outcome is unknown or fatal; it must be replaced"
    case .outdated: "a connection was lost in the last transaction, of which requests may come late; replace the producer"
    default: "not allowed when \(phase.rawValue)"
    }
  }

  mutating func succeeded(_ call: Call) {
    switch call {
    case .initialise, .commit, .abort: phase = .ready
    case .begin: phase = .open
    case .send, .sendOffsets: break
    }
  }

  /// A connection was lost while the transaction that has just ended was open. What librdkafka sent again may arrive a second
  /// time, in the midst of the next transaction, which the protocol cannot tell from the last one as long as the epoch is the
  /// same (KAFKA-17754, KIP-890).
  mutating func lostConnection() {
    if phase == .ready { phase = .outdated }
  }

  mutating func failed(_ call: Call, _ recovery: KafkaError.Recovery) {
    switch recovery {
    case .fenced, .rebuild, .fatal: phase = .spent
    case .abortAndReplay: phase = phase == .new ? .spent : .mustAbort
    // A refused or unavailable record leaves a transaction that lacks it: only aborting is right.
    case .badInput, .unavailable, .retrySameCall:
      switch call {
      case .send, .sendOffsets: phase = .mustAbort
      case .initialise, .commit, .abort: phase = .spent
      case .begin: break
      }
    }
  }
}
