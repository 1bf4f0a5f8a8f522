import Foundation
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct RecoveryTests {
  let folder: TemporaryFolder
  let clock = ManualClock()

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.path + "/t-0/" + name }

  private func change(_ name: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    body(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  private func files(_ suffix: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path + "/t-0").filter { $0.hasSuffix(suffix) }.sorted()
  }

  @Test func `a torn tail is cut off after the last whole batch and the leader epoch rises`() throws {
    let size = batch(2).count
    for torn in [1, 12, 60, 61, size - 1] {
      let name = "torn-\(torn)"
      let log = try openLog(folder, clock, name: name)
      for _ in 0..<3 { _ = try log.append(batch(2)) }
      let file = folder.path + "/\(name)/00000000000000000000.log"
      let handle = try #require(FileHandle(forWritingAtPath: file))
      try handle.truncate(atOffset: UInt64(2 * size + torn))
      let again = try openLog(folder, clock, name: name)
      #expect(again.logEndOffset == 4)
      #expect(again.recovery == RecoveryReport(wasClean: false, truncatedBytes: torn, scannedSegments: 1))
      #expect(again.leaderEpoch == 1)
      #expect(again.endOffset(forLeaderEpoch: 0) == (0, 4))
      #expect(try again.append(batch(1)).baseOffset == 4)
      #expect(again.endOffset(forLeaderEpoch: 1) == (1, 5))
      #expect(again.endOffset(forLeaderEpoch: 2) == (-1, -1))
      #expect(try values(again).count == 5)
    }
  }

  @Test func `a clean start scans nothing, keeps the epoch and goes on`() throws {
    let log = try openLog(folder, clock)
    _ = try log.append(batch(2, pid: 1, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    try log.close()
    #expect(failure { () throws(LogError) in _ = try log.append(batch(1)) }?.reason == .closed)
    let again = try openLog(folder, clock)
    #expect(again.recovery == RecoveryReport())
    #expect(again.leaderEpoch == 0)
    #expect(again.openTransactions() == [OpenTransaction(producerID: 1, producerEpoch: 0, firstOffset: 0)])
    #expect(again.lastStableOffset == 0)
    _ = try again.append(batch(1))
    #expect(try files("clean-shutdown").isEmpty)
  }

  @Test func `a clean marker that outlived later appends is not believed`() throws {
    try openLog(folder, clock).close()
    // Never appended to: nothing to say about it, so there is no marker either way.
    let log = try openLog(folder, clock)
    _ = try log.append(batch(1))
    try log.close()
    let marker = try Data(contentsOf: URL(fileURLWithPath: path("clean-shutdown")))
    let next = try openLog(folder, clock)
    _ = try next.append(batch(1))
    try marker.write(to: URL(fileURLWithPath: path("clean-shutdown")))
    #expect(try !openLog(folder, clock).recovery.wasClean)
  }

  @Test func `damage in a segment that is not the last is refused with file and byte, or cut off on demand`() throws {
    let log = try openLog(folder, clock, { $0.segmentBytes = 500 })
    for _ in 0..<12 { _ = try log.append(batch(2)) }
    let segments = try files(".log")
    try #require(segments.count > 2)
    let size = batch(2).count
    try change(segments[0]) { $0[size + 70] ^= 1 }
    for name in try files("index") { try FileManager.default.removeItem(atPath: path(name)) }
    let refused = failure { () throws(LogError) in _ = try openLog(folder, clock, { $0.segmentBytes = 500 }) }
    #expect(refused?.reason == .corruptLog)
    #expect(refused?.message.contains("\(segments[0]) is damaged at byte \(size) (wrong checksum)") == true)
    let cut = try openLog(folder, clock, { $0.segmentBytes = 500 }, corruption: .truncate)
    #expect(cut.logEndOffset == 2)
    #expect(try values(cut) == ["v-0", "v-1"])
    #expect(try files(".log").count == 1)
    #expect(try cut.append(batch(1)).baseOffset == 2)
  }

  @Test func `damage below what was synced in the last segment is refused`() throws {
    let log = try openLog(folder, clock)
    for _ in 0..<4 { _ = try log.append(batch(2)) }
    try log.close()
    let next = try openLog(folder, clock)
    for _ in 0..<2 { _ = try next.append(batch(2)) }
    try change("00000000000000000000.log") { $0[100] ^= 1 }
    #expect(failure { () throws(LogError) in _ = try openLog(folder, clock) }?.reason == .corruptLog)
    try change("00000000000000000000.log") { $0[100] ^= 1 }
    // Past the recovery point it is a torn write.
    try change("00000000000000000000.log") { $0[$0.count - 1] ^= 1 }
    #expect(try openLog(folder, clock).logEndOffset == 10)
  }

  @Test func `a missing segment is refused`() throws {
    let log = try openLog(folder, clock, { $0.segmentBytes = 500 })
    for _ in 0..<12 { _ = try log.append(batch(2)) }
    try log.close()
    let segments = try files(".log")
    let middle = try Data(contentsOf: URL(fileURLWithPath: path(segments[1])))
    try FileManager.default.removeItem(atPath: path(segments[1]))
    #expect(failure { () throws(LogError) in _ = try openLog(folder, clock) }?.reason == .corruptLog)
    try middle.write(to: URL(fileURLWithPath: path(segments[1])))
    try FileManager.default.removeItem(atPath: path(segments[segments.count - 1]))
    #expect(failure { () throws(LogError) in _ = try openLog(folder, clock) }?.reason == .corruptLog)
    for name in segments.dropLast() { try FileManager.default.removeItem(atPath: path(name)) }
    #expect(failure { () throws(LogError) in _ = try openLog(folder, clock) }?.reason == .corruptLog)
  }

  /// Damages any file and demands: refused, or whole again, or a beginning of what was there; never other records, never a trap.
  @Test func `whatever byte is damaged or missing, no wrong record is served`() throws {
    var generator = SeededGenerator.forTest("damaged files")
    let small: (inout LogConfig) -> Void = { $0.segmentBytes = 600; $0.indexIntervalBytes = 100 }
    let log = try openLog(folder, clock, small)
    for step in Int32(0)..<14 {
      _ = try log.append(
        batch(2, pid: 1, epoch: 0, sequence: step * 2, transactional: true, tag: "r\(step)"), transactionOngoing: true)
      if step % 3 == 2 {
        _ = try log.appendControl(commit: step % 2 == 0, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
      }
    }
    let all = try values(log)
    let dump = StateDump(log)
    for clean in [false, true] {
      if clean { try log.close() }
      let original = try snapshotFolder()
      for _ in 0..<250 {
        try restoreFolder(original)
        try damage(original, &generator)
        try judge(all, dump, small)
      }
      try restoreFolder(original)
    }
  }

  private func judge(_ all: [String], _ dump: StateDump, _ change: (inout LogConfig) -> Void) throws {
    var reopened: PartitionLog?
    if let refusal = failure({ () throws(LogError) in reopened = try openLog(folder, clock, change) }) {
      #expect(refusal.reason == .corruptLog)
      return
    }
    let log = try #require(reopened)
    var served: [String] = []
    let interrupted = failure { () throws(LogError) in served = try values(log) }
    #expect(interrupted == nil || interrupted?.reason == .corruptLog, "\(String(describing: interrupted))")
    #expect(all.starts(with: served))
    if log.logEndOffset == dump.end, interrupted == nil { #expect(StateDump(log).aborted == dump.aborted) }
    if log.logEndOffset == dump.end { #expect(StateDump(log).producers == dump.producers) }
  }

  private func damage(_ files: [String: Data], _ generator: inout SeededGenerator) throws {
    let name = try #require(files.keys.sorted().randomElement(using: &generator))
    let length = files[name]?.count ?? 0
    let url = URL(fileURLWithPath: path(name))
    switch Int.random(in: 0..<4, using: &generator) {
    case 0:
      try FileManager.default.removeItem(at: url)
    case 1 where length > 0:
      try files[name]?.prefix(Int.random(in: 0..<length, using: &generator)).write(to: url)
    case 2 where length > 0:
      try change(name) { bytes in
        let from = Int.random(in: 0..<bytes.count, using: &generator)
        for index in from..<min(bytes.count, from + 50) { bytes[index] = 0 }
      }
    case 3 where length > 0:
      try change(name) { $0[Int.random(in: 0..<$0.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
    default: break
    }
  }

  private func snapshotFolder() throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/t-0") {
      result[name] = try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }
    return result
  }

  private func restoreFolder(_ files: [String: Data]) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/t-0") {
      try FileManager.default.removeItem(atPath: path(name))
    }
    for (name, data) in files { try data.write(to: URL(fileURLWithPath: path(name))) }
  }
}
