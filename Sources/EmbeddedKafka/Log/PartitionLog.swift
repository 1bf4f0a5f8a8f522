/// skeleton
final class PartitionLog: @unchecked Sendable {
  let topicPartition: TopicPartition
  let directory: String
  var recovery: RecoveryReport { fatalError() }
  var config: LogConfig { get { fatalError() } set { fatalError() } }
  /// Called after every append and move of the last stable offset, outside of the lock, on the thread that caused it.
  var onAppend: (@Sendable () -> Void)? { get { fatalError() } set { fatalError() } }

  init(
    directory: String, topicPartition: TopicPartition, config: LogConfig, clock: @escaping @Sendable () -> Int64,
    corruption: CorruptionPolicy = .refuse
  ) throws(LogError) {
    self.directory = directory
    self.topicPartition = topicPartition
  }

  var logStartOffset: Int64 { fatalError() }
  var highWatermark: Int64 { fatalError() }
  var lastStableOffset: Int64 { fatalError() }
  var logEndOffset: Int64 { fatalError() }
  var leaderEpoch: Int32 { fatalError() }
  var sizeInBytes: Int64 { fatalError() }

  func append(batch: UnsafeRawBufferPointer, transactionOngoing: Bool) throws(LogError) -> AppendResult { fatalError() }
  func appendControl(
    commit: Bool, producerID: Int64, producerEpoch: Int16, coordinatorEpoch: Int32
  ) throws(LogError) -> AppendResult { fatalError() }
  func appendInternal(
    records: [(key: [UInt8]?, value: [UInt8]?)], timestampMs: Int64
  ) throws(LogError) -> AppendResult { fatalError() }
  func read(
    from offset: Int64, maxBytes: Int, isolation: IsolationLevel, minOneBatch: Bool
  ) throws(LogError) -> FetchSlice { fatalError() }
  /// Reads all records from an offset to the high watermark; control batches and markers are skipped by the caller (header.isControl).
  func replay(from offset: Int64, _ body: (BatchHeader, [Record]) throws(LogError) -> Void) throws(LogError) { fatalError() }
  func offset(forTimestamp timestampMs: Int64) throws(LogError) -> TimestampedOffset? { fatalError() }
  func maxTimestampOffset() throws(LogError) -> TimestampedOffset? { fatalError() }
  func endOffset(forLeaderEpoch epoch: Int32) -> (epoch: Int32, offset: Int64) { fatalError() }
  func openTransactions() -> [OpenTransaction] { fatalError() }
  func producerStates() -> [ProducerInfo] { fatalError() }
  func deleteRecords(before offset: Int64) throws(LogError) -> Int64 { fatalError() }
  func applyRetention(nowMs: Int64) throws(LogError) -> Int { fatalError() }
  func compact(nowMs: Int64) throws(LogError) { fatalError() }
  func flush() throws(LogError) { fatalError() }
  func close() throws(LogError) { fatalError() }
  static func delete(directory: String) throws(LogError) { fatalError() }
}
