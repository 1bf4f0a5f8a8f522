/// Any failure of the storage half of the broker, with the error code that a client is answered.
package struct LogError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What to do about it.
  package enum Reason: Equatable, Sendable {
    /// The batch is not acceptable; the code says why.
    case batch(BatchError.Reason)
    /// Outside of [log start, log end]; seek.
    case offsetOutOfRange
    /// Not the next sequence number: abort, or start a new producer.
    case outOfOrderSequence
    /// An epoch older than the one known: the producer is fenced.
    case invalidProducerEpoch
    /// Not allowed in the state of the producer's transaction.
    case invalidTransactionState
    /// A marker from a coordinator that has been replaced.
    case coordinatorFenced
    /// The disk failed or is full, nothing was stored; for a full disk the same call succeeds once there is space.
    case storage
    /// Stored bytes are damaged where no crash can have damaged them; restore the file or start with the damage cut off.
    case corruptLog
    /// A topic of this name exists.
    case topicExists
    /// No such topic or partition.
    case unknownTopic
    /// Not a legal name of a topic.
    case invalidTopic
    /// Not a legal number of partitions.
    case invalidPartitions
    /// An unknown or impossible topic setting.
    case invalidConfig
    /// Another process holds the data folder.
    case locked
    /// The log has been closed or deleted.
    case closed
  }

  package var reason: Reason
  /// One sentence that says what to do, without record contents.
  package var message: String
  /// The `errno` where a system call failed, otherwise 0.
  package var errno: Int32 = 0

  var kafkaErrorCode: Int16 {
    switch reason {
    case .batch(let reason): BatchError(reason: reason, message: "").kafkaErrorCode
    case .offsetOutOfRange: 1
    case .outOfOrderSequence: 45
    case .invalidProducerEpoch: 47
    case .invalidTransactionState: 48
    case .coordinatorFenced: 52
    case .storage, .corruptLog, .locked, .closed: 56
    case .topicExists: 36
    case .unknownTopic: 3
    case .invalidTopic: 17
    case .invalidPartitions: 37
    case .invalidConfig: 40
    }
  }

  package var description: String { message }

  package init(_ reason: Reason, _ message: String, errno: Int32 = 0) {
    self.reason = reason
    self.message = message
    self.errno = errno
  }

  init(_ error: BatchError) {
    self.init(.batch(error.reason), error.message)
  }
}
