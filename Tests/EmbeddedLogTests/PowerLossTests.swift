import Simulation
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct PowerLossTests {
  private let clock = ManualClock()

  private func open(_ disk: MemoryDisk, _ always: Bool) throws(LogError) -> PartitionLog {
    var config = LogConfig()
    config.segmentBytes = 700
    config.indexIntervalBytes = 150
    config.retentionBytes = 3000
    config.flush = always ? .always : .interval(milliseconds: 100)
    return try PartitionLog(
      directory: "/data/t-0", topicPartition: TopicPartition(topic: "t", partition: 0), config: config, clock: clock.read,
      disk: disk)
  }

  /// Values by offset, with what each must be.
  private func check(_ log: PartitionLog, _ sent: [String], acknowledged: Int) throws {
    #expect(log.logEndOffset >= acknowledged)
    #expect(log.logEndOffset <= sent.count)
    #expect(try values(log, from: log.logStartOffset) == Array(sent[Int(log.logStartOffset)..<Int(log.logEndOffset)]))
  }

  @Test(arguments: [true, false])
  func `after a loss of power nothing acknowledged is missing, nothing is torn, and the log opens`(always: Bool) throws {
    var generator = SeededGenerator.forTest("power loss, fsync always \(always)")
    var effort = Effort("power loss, one log, fsync always \(always)", quick: 40)
    var losses = 0
    while effort.goesOn() {
      var disk = MemoryDisk()
      var log = try open(disk, always)
      var sent: [String] = []
      var durable = 0
      var sequence = Int32(0)
      var last: (bytes: [UInt8], base: Int64)?
      for step in 0..<120 {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<15:
          let bytes = batch(2, pid: 1, epoch: 0, sequence: sequence, tag: "s\(step)")
          let result = try log.append(bytes)
          try #require(Int(result.baseOffset) == sent.count)
          sent += ["s\(step)-0", "s\(step)-1"]
          sequence += 2
          last = (bytes, result.baseOffset)
          if always { durable = sent.count }
        case 15:
          clock.advance(100)
          try log.flushIfDue(nowMs: clock.now)
          durable = sent.count
        case 16:
          _ = try log.applyRetention(nowMs: clock.now)
        case 17:
          try log.close()
          durable = sent.count
          log = try open(disk, always)
          #expect(log.recovery.wasClean)
        case 18:
          // The process dies, the machine does not: what the next one finds and shows must be on the disk by then.
          log = try open(disk, always)
          #expect(log.logEndOffset == sent.count)
          durable = sent.count
        default:
          for _ in 0..<3 {
            try check(try open(disk.afterPowerLoss(&generator), always), sent, acknowledged: durable)
            losses += 1
          }
          disk = disk.afterPowerLoss(&generator)
          log = try open(disk, always)
          try check(log, sent, acknowledged: durable)
          losses += 1
          // What was not durable may be gone; the producer would send it again, here it is forgotten.
          sent = Array(sent[..<Int(log.logEndOffset)])
          sequence = (log.producerStates().first?.lastSequence ?? -1) + 1
          durable = sent.count
          if let last, last.base + 2 <= log.logEndOffset { #expect(try log.append(last.bytes).baseOffset == last.base) }
        }
      }
    }
    effort.report(tried: losses, unit: "torn states", seed: generator.seed)
  }

  /// The power goes between any two changes of an append, a roll, a compaction, a closing or an opening.
  @Test func `a compacted log keeps the last acknowledged value of each key, wherever the power goes`() throws {
    var generator = SeededGenerator.forTest("power loss in compaction")
    var effort = Effort("power loss, compacted log", quick: 60)
    var losses = 0
    while effort.goesOn() {
      var disk = MemoryDisk()
      var log = try openCompacted(disk)
      var known: [Int: Int] = [:]
      var next = 0
      for _ in 0..<6 {
        disk.fail(after: Int.random(in: 0..<200, using: &generator))
        var doubt: (key: Int, value: Int)?
        while doubt == nil, !disk.hasFailed {
          next += 1
          let key = Int.random(in: 0..<5, using: &generator)
          if let _ = try? log.append(keyed(key, next)) { known[key] = next } else { doubt = (key, next) }
          if next % 12 == 0 { try? log.compact(nowMs: clock.now) }
          if next % 50 == 0 {
            try? log.close()
            if let again = try? openCompacted(disk) { log = again }
          }
        }
        let (before, lost) = (known, disk)
        for _ in 0..<4 {
          disk = lost.afterPowerLoss(&generator)
          log = try openCompacted(disk)
          known = before
          let table = try lastValues(log)
          if let doubt, table[doubt.key] == doubt.value { known[doubt.key] = doubt.value }
          try #require(table == known)
          losses += 1
        }
      }
    }
    effort.report(tried: losses, unit: "torn states", seed: generator.seed)
  }

  private func keyed(_ key: Int, _ value: Int) -> [UInt8] {
    var builder = RecordBatchBuilder()
    builder.append(key: [UInt8(key)], value: Array("\(value)".utf8), timestampMs: 5)
    return builder.finish()
  }

  private func openCompacted(_ disk: MemoryDisk) throws(LogError) -> PartitionLog {
    var config = LogConfig()
    config.segmentBytes = 400
    config.indexIntervalBytes = 100
    config.cleanupPolicy = [.compact]
    config.minCleanableDirtyRatio = 0
    return try PartitionLog(
      directory: "/data/c-0", topicPartition: TopicPartition(topic: "c", partition: 0), config: config, clock: clock.read,
      disk: disk)
  }

  private func lastValues(_ log: PartitionLog) throws -> [Int: Int] {
    var table: [Int: Int] = [:]
    try log.replay(from: log.logStartOffset) { _, records in
      for record in records {
        table[Int(record.key?.first ?? 0)] = Int(String(decoding: record.value ?? [], as: UTF8.self))
      }
    }
    return table
  }
}
