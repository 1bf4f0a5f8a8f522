import CrashPoints
import Foundation

/// All partitions below one data folder.
///
/// `topics/<name>.json` describes a topic, `<topic>-<partition>/` holds its logs, `.lock` keeps other processes out.
/// A topic exists once its description does: creating and deleting are marked by a file beside it first, so that a crash
/// in between is finished at the next start.
///
/// Safe to use from any thread; all calls are synchronous and may block on the disk.
final class LogDirectory: @unchecked Sendable {
  let path: String
  let disk: any Disk
  let defaults: LogConfig
  let clock: @Sendable () -> Int64
  /// Guarded by `changes`; nil once closed.
  private var folderLock: (any AnyObject & Sendable)?
  private let lock = LogLock()
  /// Serialises creation, change and deletion, which must not hold `lock` while they use the disk.
  private let changes = LogLock()
  /// Guarded by `lock`.
  private var metadata: [String: TopicMetadata] = [:]
  private var opened: [TopicPartition: PartitionLog] = [:]
  private var signal: (@Sendable (TopicPartition) -> Void)?

  /// Opens everything in a folder, creating it where there is none.
  ///
  /// - Parameters:
  ///   - defaults: settings of topics without their own.
  ///   - clock: milliseconds since 1970.
  init(
    path: String, defaults: LogConfig, clock: @escaping @Sendable () -> Int64, disk: any Disk = PosixDisk(),
    corruption: CorruptionPolicy = .refuse
  ) throws(LogError) {
    self.path = path
    self.disk = disk
    self.defaults = defaults
    self.clock = clock
    try disk.createDirectory("\(path)/topics")
    folderLock = try disk.lock("\(path)/.lock")
    try finishInterrupted()
    for name in try disk.list("\(path)/topics").sorted() where name.hasSuffix(".json") {
      try load("\(path)/topics/\(name)", corruption)
    }
    try refuseOrphans()
  }

  /// Sorted by name.
  var topics: [TopicMetadata] { locked { metadata.values.sorted { $0.name < $1.name } } }

  func topic(_ name: String) -> TopicMetadata? { locked { metadata[name] } }

  func log(_ topicPartition: TopicPartition) -> PartitionLog? { locked { opened[topicPartition] } }

  /// Sorted by topic and partition.
  var logs: [PartitionLog] { locked { opened.sorted { $0.key < $1.key }.map(\.value) } }

  /// The first failure that ended a log's use; only opening the folder again can help.
  var storageFailure: LogError? { logs.lazy.compactMap(\.storageFailure).first }

  /// Set on every log, present and future: called after any append or move of a last stable offset, outside of locks.
  var onAppend: (@Sendable (TopicPartition) -> Void)? {
    get { locked { signal } }
    set {
      let all = locked {
        signal = newValue
        return Array(opened.values)
      }
      for log in all { connect(log, newValue) }
    }
  }

  /// Creates a topic with empty logs.
  ///
  /// - Throws: `.topicExists`, `.invalidTopic`, `.invalidPartitions`, `.invalidConfig`, `.storage`.
  func createTopic(
    _ name: String, partitions: Int32, overrides: [String: String] = [:]
  ) throws(LogError) -> TopicMetadata {
    changes.lock()
    defer { changes.unlock() }
    try TopicMetadata.checkName(name)
    guard topic(name) == nil else { throw LogError(.topicExists, "topic \(name) exists") }
    guard (1...10_000).contains(partitions) else { throw LogError(.invalidPartitions, "a topic has 1 to 10000 partitions") }
    let topic = TopicMetadata(
      name: name, id: UUID(), partitionCount: partitions, overrides: overrides, config: try defaults.applying(overrides))
    let mark = "\(path)/topics/\(name).creating"
    try disk.replace(mark, with: try topic.encoded(), durable: true)
    CrashPoint.hit("log.topic.create")
    do throws(LogError) {
      try openLogs(topic, from: 0, .refuse)
      try disk.rename(mark, to: file(name))
      try disk.syncDirectory("\(path)/topics")
    } catch {
      // The mark stays, so that a new attempt or the next start clears away what was made.
      forgetLogs(topic)
      throw error
    }
    CrashPoint.hit("log.topic.create", .after)
    locked { metadata[name] = topic }
    return topic
  }

  /// Adds empty partitions.
  func addPartitions(_ name: String, total: Int32) throws(LogError) -> TopicMetadata {
    changes.lock()
    defer { changes.unlock() }
    var topic = try existing(name)
    guard total > topic.partitionCount, total <= 10_000 else {
      throw LogError(
        .invalidPartitions, "topic \(name) has \(topic.partitionCount) partitions; the total can only grow, up to 10000")
    }
    let first = topic.partitionCount
    topic.partitionCount = total
    // Described before they exist: opening creates what is missing.
    try store(topic)
    try openLogs(topic, from: first, .refuse)
    locked { metadata[name] = topic }
    return topic
  }

  /// Replaces the topic's overrides; they hold at once.
  func setOverrides(_ name: String, _ overrides: [String: String]) throws(LogError) -> TopicMetadata {
    changes.lock()
    defer { changes.unlock() }
    var topic = try existing(name)
    topic.overrides = overrides
    topic.config = try defaults.applying(overrides)
    try store(topic)
    locked { metadata[name] = topic }
    for partition in 0..<topic.partitionCount {
      log(TopicPartition(topic: name, partition: partition))?.config = topic.config
    }
    return topic
  }

  /// Removes a topic and its records. Readers and writers of its logs get `.closed`.
  func deleteTopic(_ name: String) throws(LogError) {
    changes.lock()
    defer { changes.unlock() }
    let topic = try existing(name)
    let mark = "\(path)/topics/\(name).deleting"
    try disk.rename(file(name), to: mark)
    try disk.syncDirectory("\(path)/topics")
    CrashPoint.hit("log.topic.delete")
    locked { metadata[name] = nil }
    forgetLogs(topic)
    try removeLogs(topic)
    try disk.remove(mark)
    CrashPoint.hit("log.topic.delete", .after)
  }

  /// Flushes the logs whose flush interval is over; for a thread of the caller's, every 100 ms or so.
  ///
  /// - Throws: the first failure, after all logs had their turn.
  func flushDue(nowMs: Int64) throws(LogError) {
    try each { log throws(LogError) in try log.flushIfDue(nowMs: nowMs) }
  }

  /// Retention, compaction and expiry of producers on all logs; for a thread of the caller's, every minute or so.
  ///
  /// - Throws: the first failure, after all logs had their turn.
  func maintain(nowMs: Int64) throws(LogError) {
    try each { log throws(LogError) in
      _ = try log.applyRetention(nowMs: nowMs)
      try log.compact(nowMs: nowMs)
    }
  }

  /// Closes all logs in order and gives the folder up. Idempotent.
  func close() throws(LogError) {
    changes.lock()
    defer { changes.unlock() }
    try each { log throws(LogError) in try log.close() }
    folderLock = nil
  }

  private func each(_ body: (PartitionLog) throws(LogError) -> Void) throws(LogError) {
    var first: LogError?
    for log in logs {
      do throws(LogError) { try body(log) } catch {
        // A topic deleted meanwhile is no failure.
        if error.reason != .closed { first = first ?? error }
      }
    }
    if let first { throw first }
  }

  private func existing(_ name: String) throws(LogError) -> TopicMetadata {
    guard let topic = topic(name) else { throw LogError(.unknownTopic, "there is no topic \(name)") }
    return topic
  }

  private func locked<T>(_ body: () -> T) -> T {
    lock.lock()
    defer { lock.unlock() }
    return body()
  }

  private func connect(_ log: PartitionLog, _ signal: (@Sendable (TopicPartition) -> Void)?) {
    let topicPartition = log.topicPartition
    guard let signal else {
      log.onAppend = nil
      return
    }
    log.onAppend = { signal(topicPartition) }
  }

  private func file(_ name: String) -> String { "\(path)/topics/\(name).json" }

  private func folder(_ topicPartition: TopicPartition) -> String { "\(path)/\(topicPartition)" }

  private func store(_ topic: TopicMetadata) throws(LogError) {
    CrashPoint.hit("log.topic.change")
    try disk.replace(file(topic.name), with: try topic.encoded(), durable: true)
    CrashPoint.hit("log.topic.change", .after)
  }

  private func openLogs(_ topic: TopicMetadata, from first: Int32, _ corruption: CorruptionPolicy) throws(LogError) {
    for partition in first..<topic.partitionCount {
      let key = TopicPartition(topic: topic.name, partition: partition)
      let log = try PartitionLog(
        directory: folder(key), topicPartition: key, config: topic.config, clock: clock, disk: disk, corruption: corruption)
      connect(log, onAppend)
      locked { opened[key] = log }
    }
  }

  private func forgetLogs(_ topic: TopicMetadata) {
    let removed = locked {
      (0..<topic.partitionCount).compactMap { opened.removeValue(forKey: TopicPartition(topic: topic.name, partition: $0)) }
    }
    for log in removed { log.abandon() }
  }

  private func removeLogs(_ topic: TopicMetadata) throws(LogError) {
    for partition in 0..<topic.partitionCount {
      try PartitionLog.delete(directory: folder(TopicPartition(topic: topic.name, partition: partition)), disk: disk)
    }
    try disk.syncDirectory(path)
  }

  private func load(_ file: String, _ corruption: CorruptionPolicy) throws(LogError) {
    guard let bytes = try disk.contents(file), let topic = try TopicMetadata(bytes, defaults: defaults) else {
      throw LogError(.corruptLog, "\(file) is damaged; restore it")
    }
    locked { metadata[topic.name] = topic }
    try openLogs(topic, from: 0, corruption)
  }

  /// Takes back creations and goes through with deletions that a crash interrupted.
  private func finishInterrupted() throws(LogError) {
    for name in try disk.list("\(path)/topics") {
      let mark = "\(path)/topics/\(name)"
      if name.hasSuffix(".tmp") { try disk.remove(mark) }
      guard name.hasSuffix(".creating") || name.hasSuffix(".deleting") else { continue }
      guard let bytes = try disk.contents(mark), let topic = try TopicMetadata(bytes, defaults: defaults) else {
        throw LogError(.corruptLog, "\(mark) is damaged; remove it together with the folders of its topic")
      }
      try removeLogs(topic)
      try disk.remove(mark)
    }
  }

  /// A partition's folder without a topic means that a description was lost: its records must not be taken for garbage.
  private func refuseOrphans() throws(LogError) {
    for name in try disk.list(path).sorted() {
      guard let dash = name.lastIndex(of: "-"), let partition = Int32(name[name.index(after: dash)...]), partition >= 0 else {
        continue
      }
      guard log(TopicPartition(topic: String(name[..<dash]), partition: partition)) == nil else { continue }
      throw LogError(.corruptLog, "\(path)/\(name) belongs to no topic; restore its file in \(path)/topics, or remove the folder")
    }
  }
}
