import Contracts
import CrashPoints
import Kafka
import Logging
import SQL

/// One consumer, one transactional producer, and the tasks of the partitions assigned to it, on one thread.
///
/// The worker carries out what `CheckpointProtocol` decides and reports what came of it; it decides nothing about commits
/// itself.
final class Worker {
  let context: RunContext
  let number: Int
  let logger: Logger
  let consumer: Consumer
  let reader: ChangelogReader
  let sinks: [String: SinkWriter]
  let batch: RecordBatch
  var producer: TransactionalProducer?
  var permit: CommitPermit?
  var machine: CheckpointProtocol
  var tasks: [TopicPartition: PartitionTask] = [:]
  /// The tasks by `RecordView.topic` and partition, so that records find theirs without hashing a name.
  var taskTable: [[PartitionTask?]] = []
  /// The failure behind the last `failed` event.
  var lastError: (any Error)?
  /// Whether the group has handed out partitions, perhaps none to this worker, and they are still its own.
  var isAssigned = false
  /// Whether partitions are being given up: then there is nothing to replay.
  var isLeaving = false
  var processedSinceCommit = 0
  var lastCommit = ContinuousClock.now
  var lastFinishCheck = ContinuousClock.now
  var hasToldOfWaiting = false
  var silentEnds = SilentEnds()
  var audit = AvroRecordWriter()
  let meters = WorkerMeters()
  /// When the steps of the commit under way began.
  var commitBegan = ContinuousClock.now

  init(_ context: RunContext, number: Int) throws {
    self.context = context
    self.number = number
    var logger = context.configuration.logger
    logger[metadataKey: "worker"] = .stringConvertible(number)
    logger[metadataKey: "application"] = "\(context.configuration.application)"
    self.logger = logger
    batch = RecordBatch(capacity: context.configuration.pollRecords)
    machine = CheckpointProtocol(failureLimit: context.configuration.failureLimit)
    consumer = try Consumer(
      context.consumerConfiguration(worker: number), .init(groupID: context.configuration.application))
    reader = try ChangelogReader(
      context.configuration.kafka, patience: context.configuration.transactionTimeout + .seconds(30))
    var sinks: [String: SinkWriter] = [:]
    for binding in context.sinks { sinks[binding.plan.id] = try SinkWriter(binding, store: context.store) }
    self.sinks = sinks
  }

  /// Runs until stopped or finished.
  ///
  /// - Returns: why it ended; nil for an orderly end, with everything committed.
  func run() throws -> CheckpointStop? {
    defer { abandon() }
    if let stop = drive(.start) { return stop }
    try consumer.subscribe(
      context.sourceTopics, onAssign: { [unowned self] in try assigned(&$0) },
      onRevoke: { [unowned self] in try revoked($0, lost: $1) })
    while !context.stop.isStopped {
      if let stop = try turn() { return stop }
      if try isFinished() { break }
    }
    if let stop = drive(.due) { return stop }
    try consumer.close()
    return stopReason
  }

  /// One round: read, process, commit when it is time.
  private func turn() throws -> CheckpointStop? {
    do {
      try consumer.poll(into: batch, timeout: pollTimeout())
    } catch {
      if let stop = stopReason { return stop }
      if let stop = drive(failing(error)) { return stop }
      return nil
    }
    if let stop = stopReason { return stop }
    if batch.count > 0, let stop = takeBatch() { return stop }
    if let stop = holdAndRelease() { return stop }
    if let stop = closeWhereDue() { return stop }
    guard isCommitDue else { return nil }
    return drive(.due)
  }

  /// Set when a hook inside a poll has driven the protocol to its end.
  var stopReason: CheckpointStop? {
    if case .stopped(let reason) = machine.phase { return reason }
    return nil
  }

  private func pollTimeout() -> Duration {
    let rest = context.configuration.commitInterval - lastCommit.duration(to: .now)
    return machine.isOpen ? max(.zero, min(rest, .milliseconds(100))) : .milliseconds(50)
  }

  private var isCommitDue: Bool {
    guard machine.isOpen else { return false }
    return processedSinceCommit >= context.configuration.commitRecords
      || lastCommit.duration(to: .now) >= context.configuration.commitInterval
      || tasks.values.contains { $0.hasReachedTarget && !$0.isFinished }
  }

  private func takeBatch() -> CheckpointStop? {
    if let stop = drive(.work) { return stop }
    // Beginning may have failed and been followed by a replay: these records will come again.
    guard machine.phase == .open, let producer else { return nil }
    do {
      sortIntoTasks()
      let rejects = RejectWriter(producer: producer)
      CrashPoint.hit("checkpoint.records")
      for task in tasks.values where !task.pending.isEmpty {
        processedSinceCommit += try task.process(batch, with: rejects)
      }
      CrashPoint.hit("checkpoint.records", .after)
      return nil
    } catch {
      return drive(failing(error))
    }
  }

  private func sortIntoTasks() {
    let records = batch.records
    for index in records.indices {
      let record = records[index]
      // Those of a task that waits for tables are read again when these are there.
      guard let task = task(of: record), !task.isHeld else { continue }
      // What lies past the target is for another run.
      if let target = task.target, record.offset >= target { continue }
      task.pending.append(Int32(truncatingIfNeeded: index))
    }
  }

  private func task(of record: RecordView) -> PartitionTask? {
    let (topic, partition) = (Int(record.topic), Int(record.partition))
    guard topic < taskTable.count, partition < taskTable[topic].count else { return nil }
    return taskTable[topic][partition]
  }

  func indexTasks() {
    taskTable = []
    for task in tasks.values {
      let topic = Int(consumer.topicIndex(task.partition.topic))
      let partition = Int(task.partition.partition)
      while taskTable.count <= topic { taskTable.append([]) }
      while taskTable[topic].count <= partition { taskTable[topic].append(nil) }
      taskTable[topic][partition] = task
    }
  }

  /// Remembers an error and turns it into an event.
  func failing(_ error: any Error) -> CheckpointEvent {
    lastError = error
    let recovery = KafkaError.Recovery.of(error)
    logger.warning(
      "a step failed", metadata: ["error": "\(StreamsError.wrapping(error))", "recovery": "\(recovery.rawValue)"])
    return .failed(recovery)
  }

  /// Drops everything at once; what is not committed is aborted by whoever comes next. Does nothing after an orderly end.
  private func abandon() {
    batch.clear()
    tasks = [:]
    context.board.giveUp(worker: number)
    producer?.close()
    producer = nil
    do {
      try consumer.close(leavingGroup: false)
      try reader.close()
    } catch {
      logger.warning("a worker did not close cleanly", metadata: ["error": "\(StreamsError.wrapping(error))"])
    }
  }
}
