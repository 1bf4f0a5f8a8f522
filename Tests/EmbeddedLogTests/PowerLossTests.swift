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
    for _ in 0..<40 {
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
          disk = disk.afterPowerLoss(&generator)
          log = try open(disk, always)
          try check(log, sent, acknowledged: durable)
          // What was not durable may be gone; the producer would send it again, here it is forgotten.
          sent = Array(sent[..<Int(log.logEndOffset)])
          sequence = (log.producerStates().first?.lastSequence ?? -1) + 1
          durable = sent.count
          if let last, last.base + 2 <= log.logEndOffset { #expect(try log.append(last.bytes).baseOffset == last.base) }
        }
      }
    }
  }
}
