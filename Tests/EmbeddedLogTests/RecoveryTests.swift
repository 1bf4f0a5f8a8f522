import Foundation
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
}
