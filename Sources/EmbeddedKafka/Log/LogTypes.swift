/// What a reader may see.
enum IsolationLevel: Sendable {
  /// Up to the high watermark, aborted transactions included.
  case uncommitted
  /// Up to the last stable offset; aborted transactions are listed for the client to skip.
  case committed
}

/// What an append did.
struct AppendResult: Equatable, Sendable {
  /// Offset of the first record; for a duplicate, the one that the original got.
  var baseOffset: Int64
  var lastOffset: Int64
  /// Milliseconds since 1970, or -1 where the topic keeps the producer's timestamps (always, here).
  var logAppendTimeMs: Int64 = -1
  var logStartOffset: Int64
  /// The batch had been stored by an earlier attempt and was not stored again.
  var duplicate: Bool
}

/// A transaction whose records a reader of committed data must skip.
struct AbortedTransaction: Equatable, Sendable {
  var producerID: Int64
  var firstOffset: Int64
}

/// Part of a log, as a fetch returns it.
struct FetchSlice: Sendable {
  /// Whole batches, the first of which holds the offset asked for.
  var bytes: [UInt8]
  var highWatermark: Int64
  var lastStableOffset: Int64
  var logStartOffset: Int64
  /// Sorted by first offset; empty for uncommitted reads.
  var abortedTransactions: [AbortedTransaction]
  /// The offset after the last batch returned; the offset asked for where none is.
  var nextOffset: Int64
}

/// A transaction that has records here but no marker yet.
struct OpenTransaction: Equatable, Sendable {
  var producerID: Int64
  var producerEpoch: Int16
  var firstOffset: Int64
}

/// What is known of a producer in one partition, for DescribeProducers (KIP-664).
struct ProducerInfo: Equatable, Sendable {
  var producerID: Int64
  var producerEpoch: Int16
  /// -1 where it has written nothing in this epoch.
  var lastSequence: Int32
  /// Milliseconds since 1970.
  var lastTimestampMs: Int64
  /// -1 before the first marker.
  var coordinatorEpoch: Int32
  /// Nil where no transaction is open.
  var currentTransactionFirstOffset: Int64?
}

/// An offset found by time.
struct TimestampedOffset: Equatable, Sendable {
  var offset: Int64
  var timestampMs: Int64
}

/// What an open did to make the log whole.
struct RecoveryReport: Equatable, Sendable {
  /// The log was closed in order, nothing was scanned.
  var wasClean = true
  /// Bytes cut off the last segment after its last whole batch.
  var truncatedBytes = 0
  /// Segments whose batches were read and summed again.
  var scannedSegments = 0
}

/// What to do with damage that no crash explains.
enum CorruptionPolicy: Sendable {
  /// Refuse to open, naming file and offset.
  case refuse
  /// Cut the log off there, losing what follows.
  case truncate
}
