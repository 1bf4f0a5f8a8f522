import Simulation
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct DamageTests {
  private let clock = ManualClock()
  private let disk = MemoryDisk()

  private func open() throws(LogError) -> PartitionLog {
    var config = LogConfig()
    config.segmentBytes = 600
    config.indexIntervalBytes = 100
    return try PartitionLog(
      directory: "/data/t-0", topicPartition: TopicPartition(topic: "t", partition: 0), config: config, clock: clock.read,
      disk: disk)
  }

  /// Damages any file and demands: refused, or whole again, or a beginning of what was there; never other records,
  /// never a trap.
  @Test(arguments: [false, true])
  func `whatever byte is damaged or missing, no wrong record is served`(clean: Bool) throws {
    var generator = SeededGenerator.forTest("damaged files, closed in order \(clean)")
    let log = try open()
    for step in Int32(0)..<14 {
      _ = try log.append(
        batch(2, pid: 1, epoch: 0, sequence: step * 2, transactional: true, tag: "r\(step)"), transactionOngoing: true)
      if step % 3 == 2 {
        _ = try log.appendControl(commit: step % 2 == 0, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
      }
    }
    let all = try values(log)
    let dump = StateDump(log)
    if clean { try log.close() }
    let original = disk.files
    var refused = 0
    var effort = Effort("damaged log files, closed in order \(clean)", quick: 1500)
    while effort.goesOn() {
      var files = original
      damage(&files, &generator)
      disk.files = files
      if try judge(all, dump) { refused += 1 }
    }
    #expect(refused > 0 && refused < effort.rounds)
    effort.report(tried: effort.rounds, unit: "damaged states", seed: generator.seed, remark: "\(refused) refused")
  }

  /// True where the log was refused.
  private func judge(_ all: [String], _ dump: StateDump) throws -> Bool {
    var reopened: PartitionLog?
    if let refusal = failure({ () throws(LogError) in reopened = try open() }) {
      #expect(refusal.reason == .corruptLog, "\(refusal)")
      return true
    }
    let log = try #require(reopened)
    var served: [String] = []
    let interrupted = failure { () throws(LogError) in served = try values(log) }
    #expect(interrupted == nil || interrupted?.reason == .corruptLog, "\(String(describing: interrupted))")
    #expect(all.starts(with: served))
    guard log.logEndOffset == dump.end else { return false }
    #expect(StateDump(log).aborted == dump.aborted)
    #expect(StateDump(log).producers == dump.producers)
    return false
  }
}

/// Removes, cuts, overwrites or flips something somewhere.
func damage(_ files: inout [String: [UInt8]], _ generator: inout SeededGenerator) {
  let names = files.keys.sorted()
  let name = names[Int.random(in: 0..<names.count, using: &generator)]
  guard var bytes = files[name], !bytes.isEmpty else { return }
  let index = Int.random(in: 0..<bytes.count, using: &generator)
  switch Int.random(in: 0..<4, using: &generator) {
  case 0: files[name] = nil
  case 1: files[name] = Array(bytes[..<index])
  case 2:
    for zeroed in index..<min(bytes.count, index + 50) { bytes[zeroed] = 0 }
    files[name] = bytes
  default:
    bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    files[name] = bytes
  }
}
