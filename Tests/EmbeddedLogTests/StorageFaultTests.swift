import Foundation
import Synchronization
import Testing

@testable import EmbeddedKafka

@Suite struct StorageFaultTests {
  let folder: TemporaryFolder
  let clock = ManualClock()
  let disk = FaultyDisk()

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [0, 5, 61, 100])
  func `a full disk refuses, loses nothing, and the log goes on when there is space`(short: Int) throws {
    let log = try openLog(folder, clock, disk: disk)
    let first = batch(1, pid: 1, epoch: 0, sequence: 0)
    let second = batch(1, pid: 1, epoch: 0, sequence: 1)
    _ = try log.append(first)
    disk.faults.withLock {
      $0.failWrites = true; $0.shortWrite = short
    }
    let refused = failure { () throws(LogError) in _ = try log.append(second) }
    #expect(refused?.kafkaErrorCode == 56 && refused?.errno == 28)
    #expect(log.logEndOffset == 1)
    let file = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/t-0/00000000000000000000.log"))
    #expect(file.count == first.count)
    disk.faults.withLock { $0.failWrites = false }
    #expect(try log.append(second).baseOffset == 1)
    #expect(try values(log).count == 2)
    #expect(try openLog(folder, clock).logEndOffset == 2)
  }

  @Test func `a log that cannot be cut back after a failed write accepts nothing more but still reads`() throws {
    let log = try openLog(folder, clock, disk: disk)
    _ = try log.append(batch(1))
    disk.faults.withLock {
      $0.failWrites = true; $0.shortWrite = 20; $0.failTruncates = true
    }
    #expect(failure { () throws(LogError) in _ = try log.append(batch(1)) }?.kafkaErrorCode == 56)
    disk.faults.withLock { $0 = FaultyDisk.Faults() }
    #expect(failure { () throws(LogError) in _ = try log.append(batch(1)) }?.kafkaErrorCode == 56)
    #expect(try values(log).count == 1)
    let again = try openLog(folder, clock)
    #expect(again.recovery.truncatedBytes == 20)
    #expect(try again.append(batch(1)).baseOffset == 1)
  }

  @Test func `a failed fsync is final and what it covered is never visible`() throws {
    let log = try openLog(folder, clock, disk: disk)
    _ = try log.append(batch(1))
    disk.faults.withLock { $0.failSyncs = true }
    #expect(failure { () throws(LogError) in _ = try log.append(batch(1)) }?.kafkaErrorCode == 56)
    let syncs = disk.faults.withLock { faults in
      faults.failSyncs = false
      return faults.syncs
    }
    #expect(failure { () throws(LogError) in _ = try log.append(batch(1)) }?.kafkaErrorCode == 56)
    #expect(failure { () throws(LogError) in try log.flush() }?.kafkaErrorCode == 56)
    try log.close()
    #expect(disk.faults.withLock { $0.syncs } == syncs)
    #expect(log.highWatermark == 1 && log.logEndOffset == 2)
    #expect(try values(log).count == 1)
    #expect(try !openLog(folder, clock).recovery.wasClean)
  }

  @Test func `a failing roll leaves a log that goes on`() throws {
    let small: (inout LogConfig) -> Void = { $0.segmentBytes = 200 }
    let log = try openLog(folder, clock, small, disk: disk)
    _ = try log.append(batch(1, padding: 100))
    disk.faults.withLock { $0.failWrites = true }
    #expect(failure { () throws(LogError) in _ = try log.append(batch(1, padding: 100)) }?.kafkaErrorCode == 56)
    disk.faults.withLock { $0.failWrites = false }
    for _ in 0..<3 { _ = try log.append(batch(1, padding: 100)) }
    #expect(log.logEndOffset == 4)
    #expect(try openLog(folder, clock, small).logEndOffset == 4)
  }

  @Test func `with fsync always a record is visible only once it was synced`() throws {
    let log = try openLog(folder, clock, disk: disk)
    let before = disk.faults.withLock { $0.syncs }
    _ = try log.append(batch(1))
    #expect(disk.faults.withLock { $0.syncs } == before + 1)
    log.config.flush = .interval(milliseconds: 500)
    _ = try log.append(batch(1))
    #expect(disk.faults.withLock { $0.syncs } == before + 1)
    #expect(log.highWatermark == 2)
    clock.advance(499)
    try log.flushIfDue(nowMs: clock.now)
    #expect(disk.faults.withLock { $0.syncs } == before + 1)
    clock.advance(1)
    try log.flushIfDue(nowMs: clock.now)
    try log.flushIfDue(nowMs: clock.now + 1000)
    #expect(disk.faults.withLock { $0.syncs } == before + 2)
  }

  @Test func `while a marker is on its way to the disk its transaction is still undecided`() throws {
    let log = try openLog(folder, clock, disk: disk)
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    let seen = Mutex<[Int64]>([])
    disk.faults.withLock { faults in
      faults.onSync = { seen.withLock { $0 += [log.lastStableOffset, log.highWatermark, log.logEndOffset] } }
    }
    _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(seen.withLock { $0 } == [0, 1, 2])
    disk.faults.withLock { $0.onSync = nil }
    #expect(log.lastStableOffset == 2)
  }

  @Test func `threads that append together get all their records in their own order`() throws {
    let log = try openLog(folder, clock, { $0.segmentBytes = 4000 }, disk: PosixDisk())
    let failures = Atomic<Int>(0)
    let wakes = Atomic<Int>(0)
    log.onAppend = { wakes.add(1, ordering: .relaxed) }
    let group = DispatchGroup()
    for pid in Int64(0)..<4 {
      group.enter()
      Thread {
        for sequence in Int32(0)..<50 {
          let bytes = batch(1, pid: pid, epoch: 0, sequence: sequence, tag: "\(pid):\(sequence)")
          guard let result = try? log.append(bytes), log.highWatermark > result.lastOffset else {
            failures.add(1, ordering: .relaxed)
            continue
          }
        }
        group.leave()
      }.start()
    }
    group.wait()
    #expect(failures.load(ordering: .relaxed) == 0)
    #expect(wakes.load(ordering: .relaxed) == 200)
    let stored = try values(log)
    for pid in 0..<4 {
      #expect(stored.filter { $0.hasPrefix("\(pid):") } == (0..<50).map { "\(pid):\($0)-0" })
    }
  }
}
