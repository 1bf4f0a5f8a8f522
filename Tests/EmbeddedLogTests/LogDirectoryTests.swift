import Foundation
import Synchronization
import Testing

@testable import EmbeddedKafka

@Suite struct LogDirectoryTests {
  let folder: TemporaryFolder
  let clock = ManualClock()

  init() throws { folder = try TemporaryFolder() }

  private func open() throws(LogError) -> LogDirectory {
    try LogDirectory(path: folder.path + "/data", defaults: LogConfig(), clock: clock.read, disk: FaultyDisk())
  }

  private let one = TopicPartition(topic: "trades.raw", partition: 1)

  @Test func `topics, their ids, settings and records survive a restart`() throws {
    var directory: LogDirectory? = try open()
    let topic = try #require(try directory?.createTopic("trades.raw", partitions: 3, overrides: ["retention.ms": "5000"]))
    #expect(topic.config.retentionMs == 5000)
    _ = try directory?.log(one)?.append(batch(2))
    _ = try directory?.addPartitions("trades.raw", total: 4)
    _ = try directory?.setOverrides("trades.raw", ["cleanup.policy": "compact"])
    let before = directory?.topics
    try directory?.close()
    directory = nil
    let again = try open()
    #expect(again.topics == before)
    #expect(again.topic("trades.raw")?.id == topic.id)
    #expect(again.topic("trades.raw")?.config.cleanupPolicy == [.compact])
    #expect(again.logs.count == 4)
    #expect(again.log(one)?.logEndOffset == 2)
    #expect(again.log(one)?.recovery.wasClean == true)
    #expect(again.log(one)?.config.cleanupPolicy == [.compact])
  }

  @Test func `a second broker on the folder is refused`() throws {
    let directory = try open()
    #expect(failure { () throws(LogError) in _ = try open() }?.reason == .locked)
    try directory.close()
  }

  @Test func `names, partition counts and settings are checked`() throws {
    let directory = try open()
    for name in ["", ".", "..", "a/b", "a b", "ä", String(repeating: "x", count: 250)] {
      #expect(failure { () throws(LogError) in _ = try directory.createTopic(name, partitions: 1) }?.kafkaErrorCode == 17)
    }
    #expect(failure { () throws(LogError) in _ = try directory.createTopic("a", partitions: 0) }?.kafkaErrorCode == 37)
    let unknown = failure { () throws(LogError) in
      _ = try directory.createTopic("a", partitions: 1, overrides: ["no.such": "1"])
    }
    #expect(unknown?.kafkaErrorCode == 40)
    _ = try directory.createTopic("a", partitions: 1)
    #expect(failure { () throws(LogError) in _ = try directory.createTopic("a", partitions: 1) }?.kafkaErrorCode == 36)
    #expect(failure { () throws(LogError) in _ = try directory.addPartitions("a", total: 1) }?.kafkaErrorCode == 37)
    #expect(failure { () throws(LogError) in try directory.deleteTopic("b") }?.kafkaErrorCode == 3)
  }

  @Test func `a deleted topic is gone with its records, and may come again empty`() throws {
    let directory = try open()
    let first = try directory.createTopic("trades.raw", partitions: 2)
    let log = try #require(directory.log(one))
    _ = try log.append(batch(2))
    try directory.deleteTopic("trades.raw")
    #expect(directory.topics.isEmpty && directory.log(one) == nil)
    #expect(failure { () throws(LogError) in _ = try log.append(batch(1)) }?.reason == .closed)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/data").sorted() == [".lock", "topics"])
    let second = try directory.createTopic("trades.raw", partitions: 2)
    #expect(second.id != first.id)
    #expect(directory.log(one)?.logEndOffset == 0)
  }

  @Test func `an interrupted creation is taken back and an interrupted deletion finished`() throws {
    var directory: LogDirectory? = try open()
    _ = try directory?.createTopic("a", partitions: 1)
    _ = try directory?.createTopic("b", partitions: 1)
    try directory?.close()
    directory = nil
    let topics = folder.path + "/data/topics/"
    try FileManager.default.moveItem(atPath: topics + "a.json", toPath: topics + "a.creating")
    try FileManager.default.moveItem(atPath: topics + "b.json", toPath: topics + "b.deleting")
    #expect(try open().topics.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/data").sorted() == [".lock", "topics"])
  }

  @Test func `a lost or damaged description is refused, and no record is removed for it`() throws {
    var directory: LogDirectory? = try open()
    _ = try directory?.createTopic("a", partitions: 1)
    try directory?.close()
    directory = nil
    let file = URL(fileURLWithPath: folder.path + "/data/topics/a.json")
    let good = try Data(contentsOf: file)
    for index in good.indices {
      var bad = good
      bad[index] ^= 1
      try bad.write(to: file)
      #expect(failure { () throws(LogError) in _ = try open() }?.reason == .corruptLog)
    }
    try FileManager.default.removeItem(at: file)
    #expect(failure { () throws(LogError) in _ = try open() }?.reason == .corruptLog)
    try good.write(to: file)
    #expect(try open().topics.count == 1)
  }

  @Test func `appends anywhere are signalled with their partition`() throws {
    let directory = try open()
    _ = try directory.createTopic("trades.raw", partitions: 2)
    let seen = Mutex<[TopicPartition]>([])
    directory.onAppend = { key in seen.withLock { $0.append(key) } }
    _ = try directory.log(one)?.append(batch(1))
    _ = try directory.createTopic("b", partitions: 1)
    _ = try directory.log(TopicPartition(topic: "b", partition: 0))?.append(batch(1))
    #expect(seen.withLock { $0 } == [one, TopicPartition(topic: "b", partition: 0)])
  }

  @Test func `every described setting can be given back`() throws {
    var config = LogConfig()
    config.flush = .interval(milliseconds: 250)
    config.cleanupPolicy = [.compact, .delete]
    let settings = Dictionary(uniqueKeysWithValues: config.describe().map { ($0.name, $0.value) })
    #expect(try LogConfig().applying(settings) == config)
  }
}
