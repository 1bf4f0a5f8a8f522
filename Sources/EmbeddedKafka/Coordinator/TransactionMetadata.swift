/// Where a transactional id stands (TransactionMetadata of Apache Kafka 3.9; the raw values are those of its log).
enum TransactionState: Int8, Sendable, CaseIterable {
  case empty = 0
  case ongoing = 1
  case prepareCommit = 2
  case prepareAbort = 3
  case completeCommit = 4
  case completeAbort = 5
  case dead = 6
  case prepareEpochFence = 7

  /// The name that DescribeTransactions and ListTransactions use.
  var name: String {
    switch self {
    case .empty: "Empty"
    case .ongoing: "Ongoing"
    case .prepareCommit: "PrepareCommit"
    case .prepareAbort: "PrepareAbort"
    case .completeCommit: "CompleteCommit"
    case .completeAbort: "CompleteAbort"
    case .dead: "Dead"
    case .prepareEpochFence: "PrepareEpochFence"
    }
  }

  /// The outcome is decided and durable, and the markers are still to be written.
  var isPrepared: Bool { self == .prepareCommit || self == .prepareAbort }
}

/// All that is known of one transactional id; one durable record of `__transaction_state` holds it.
struct TransactionMetadata: Equatable, Sendable {
  /// "None yet" of an epoch.
  static let noEpoch: Int16 = -1
  /// From this epoch on a producer id is used up: the next epoch could only be used for fencing.
  static let exhaustedEpoch = Int16.max - 1

  var transactionalID: String
  var producerID: Int64
  var producerEpoch: Int16 = noEpoch
  /// Id and epoch before the last bump, so that a repeated InitProducerId is recognised (KIP-360).
  var lastProducerID: Int64 = -1
  var lastProducerEpoch: Int16 = noEpoch
  var timeoutMs: Int32
  var state = TransactionState.empty
  var partitions: Set<TopicPartition> = []
  /// Milliseconds since 1970; -1 where no transaction is open.
  var startMs: Int64 = -1
  var lastUpdateMs: Int64 = -1
}
