import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The parts of a running broker: logs, coordinators, parked fetches and the threads that work on them.
final class BrokerCore: Sendable {
  static let nodeID: Int32 = 0
  static let offsetsTopic = "__consumer_offsets"
  static let transactionsTopic = "__transaction_state"

  let configuration: EmbeddedBroker.Configuration
  let logs: LogDirectory
  let workers: NIOThreadPool
  let clock: BrokerClock
  let logger: Logger
  let clusterID: String
  let producerIDs: ProducerIDAllocator
  let transactions: TransactionCoordinator
  let offsets: OffsetStore
  let groups: GroupCoordinator
  let purgatory: FetchPurgatory
  let dynamicDefaults = Mutex<[String: String]>([:])
  /// The address given to clients, known once the port is.
  let advertised = Mutex<(host: String, port: Int32)>(("", 0))
  /// When topics were created in this process, by the clock that only goes forward; kept only where `habits` ask for it.
  let createdMs = Mutex<[String: Int64]>([:])
  let startedMs: Int64
  private let onFailure: @Sendable (BrokerError) -> Void
  private let complaints = Mutex<(said: [String: Int64], hasFailed: Bool)>(([:], false))
  /// Serialises creation and deletion of topics.
  let topicLock = Mutex<Void>(())

  /// Opens the data directory and brings coordinators and groups back to where they were.
  ///
  /// - Parameter onFailure: called once, on a worker thread, when a log cannot go on until the broker is started again.
  convenience init(
    _ configuration: EmbeddedBroker.Configuration, clock: BrokerClock, logger: Logger,
    onFailure: @escaping @Sendable (BrokerError) -> Void = { _ in }
  ) throws(BrokerError) {
    let directory = configuration.dataDirectory
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw BrokerError(.dataDirectoryNotWritable, "data directory \(directory) cannot be created; choose another")
    }
    guard access(directory, W_OK | X_OK) == 0 else {
      throw BrokerError(
        .dataDirectoryNotWritable, "data directory \(directory) is not writable; choose another or change its owner")
    }
    try self.init(configuration, disk: PosixDisk(), clock: clock, logger: logger, onFailure: onFailure)
  }

  /// As the other, on a disk whose folders are there.
  init(
    _ configuration: EmbeddedBroker.Configuration, disk: any Disk, clock: BrokerClock, logger: Logger,
    onFailure: @escaping @Sendable (BrokerError) -> Void = { _ in }
  ) throws(BrokerError) {
    let directory = configuration.dataDirectory
    self.configuration = configuration
    self.onFailure = onFailure
    self.clock = clock
    self.logger = logger
    startedMs = clock.monotonicMs()
    let workers = NIOThreadPool(numberOfThreads: configuration.workerThreads)
    self.workers = workers
    do throws(LogError) {
      let logs = try LogDirectory(path: directory, defaults: try configuration.logDefaults, clock: clock.nowMs, disk: disk)
      self.logs = logs
      offsets = OffsetStore(log: try Self.internalLog(Self.offsetsTopic, logs), clock: clock)
      let transactionLog = try Self.internalLog(Self.transactionsTopic, logs)
      do throws(BrokerError) {
        clusterID = try ClusterID.loadOrCreate(in: directory, disk)
        producerIDs = try ProducerIDAllocator(path: directory + "/producer-ids", disk: disk)
      } catch {
        try? logs.close()
        throw LogError(.storage, error.message)
      }
      let offsets = offsets
      transactions = TransactionCoordinator(
        log: transactionLog, producerIDs: producerIDs, maxTimeoutMs: configuration.transactionMaxTimeoutMs,
        markersLateMs: configuration.habits.markersLateMs, clock: clock, logger: logger
      ) { (partition, commit, metadata) throws(LogError) in
        try Self.writeMarker(partition, commit, metadata, logs, offsets)
      }
      groups = GroupCoordinator(
        offsets: offsets, initialDelayMs: configuration.groupInitialRebalanceDelayMs, clock: clock, logger: logger)
      purgatory = FetchPurgatory(workers: workers)
      try offsets.load()
      try transactions.load()
      try transactions.raiseEpochs(logs.logs)
      try transactions.finishPrepared { partition, producerID in
        logs.log(partition)?.openTransactions().contains { $0.producerID == producerID } ?? false
      }
      try transactions.abortOrphans(logs.logs)
    } catch {
      throw BrokerError(error, directory: directory)
    }
    groups.load()
    let purgatory = purgatory
    logs.onAppend = { purgatory.wake($0) }
  }

  /// A topic of the broker's own with one compacted partition; created when it does not exist.
  static func internalLog(_ name: String, _ logs: LogDirectory) throws(LogError) -> PartitionLog {
    if logs.topic(name) == nil {
      _ = try logs.createTopic(name, partitions: 1, overrides: ["cleanup.policy": "compact"])
    }
    guard let log = logs.log(TopicPartition(topic: name, partition: 0)) else {
      throw LogError(.unknownTopic, "internal topic \(name) has no partition 0")
    }
    return log
  }

  private static func writeMarker(
    _ partition: TopicPartition, _ commit: Bool, _ metadata: TransactionMetadata, _ logs: LogDirectory, _ offsets: OffsetStore
  ) throws(LogError) -> Bool {
    if partition.topic == offsetsTopic {
      try offsets.mark(
        commit: commit, producerID: metadata.producerID, producerEpoch: metadata.producerEpoch, coordinatorEpoch: 0)
      return true
    }
    guard let log = logs.log(partition) else { return false }
    _ = try log.appendControl(
      commit: commit, producerID: metadata.producerID, producerEpoch: metadata.producerEpoch, coordinatorEpoch: 0)
    return true
  }

  static func isInternal(_ topic: String) -> Bool { topic == offsetsTopic || topic == transactionsTopic }

  /// Time-outs of sessions and transactions; called every few dozen milliseconds on a worker thread.
  func tick() {
    groups.tick()
    transactions.tick()
    let nowMs = clock.nowMs()
    do throws(LogError) {
      try logs.flushDue(nowMs: nowMs)
    } catch {
      complain(error)
    }
    endIfFailed()
  }

  /// Says what the disk refused; the same only once in ten seconds, since clients repeat what failed.
  func complain(_ error: LogError) {
    guard error.reason == .storage else { return }
    let nowMs = clock.monotonicMs()
    let isNew = complaints.withLock { complaints in
      if let last = complaints.said[error.message], nowMs - last < 10_000 { return false }
      if complaints.said.count > 1000 { complaints.said = [:] }
      complaints.said[error.message] = nowMs
      return true
    }
    if isNew { logger.error("the disk refused a write", metadata: ["error": "\(error)"]) }
  }

  /// After a failed fsync nothing would be accepted any more. As Kafka does with its only log directory, better to end,
  /// and let recovery find out at the next start what the disk has.
  private func endIfFailed() {
    guard let failure = logs.storageFailure ?? logs.disk.syncFailure else { return }
    let isFirst = complaints.withLock { complaints in
      defer { complaints.hasFailed = true }
      return !complaints.hasFailed
    }
    guard isFirst else { return }
    logger.critical("a log cannot go on", metadata: ["error": "\(failure)"])
    onFailure(BrokerError(failure, directory: configuration.dataDirectory))
  }

  /// Retention and compaction; called every few minutes on a worker thread.
  func maintain() {
    do throws(LogError) {
      try logs.maintain(nowMs: clock.nowMs())
    } catch {
      logger.error("log maintenance failed", metadata: ["error": "\(error)"])
    }
  }
}
