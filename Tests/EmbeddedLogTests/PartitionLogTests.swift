import Foundation
import Testing

@testable import EmbeddedKafka

@Suite struct PartitionLogTests {
  let folder: TemporaryFolder
  let clock = ManualClock()

  init() throws { folder = try TemporaryFolder() }

  private func offsets(_ slice: FetchSlice) throws -> [Int64] { try slice.batches().map(\.header.baseOffset) }

  @Test func `an offset inside a batch returns that batch`() throws {
    let log = try openLog(folder, clock)
    for _ in 0..<3 { _ = try log.append(batch(5)) }
    for offset in Int64(5)..<10 {
      #expect(try offsets(log.read(from: offset, maxBytes: 10_000, isolation: .committed, minOneBatch: true)) == [5, 10])
    }
  }

  @Test func `the first batch comes whole even if it is larger than the limit, unless told otherwise`() throws {
    let log = try openLog(folder, clock)
    for _ in 0..<3 { _ = try log.append(batch(5)) }
    #expect(try offsets(log.read(from: 0, maxBytes: 1, isolation: .uncommitted, minOneBatch: true)) == [0])
    #expect(try offsets(log.read(from: 0, maxBytes: 1, isolation: .uncommitted, minOneBatch: false)).isEmpty)
    let size = batch(5).count
    #expect(try offsets(log.read(from: 0, maxBytes: 2 * size, isolation: .uncommitted, minOneBatch: true)) == [0, 5])
    #expect(try offsets(log.read(from: 0, maxBytes: 2 * size - 1, isolation: .uncommitted, minOneBatch: true)) == [0])
    #expect(try offsets(log.read(from: 0, maxBytes: .max, isolation: .uncommitted, minOneBatch: true)) == [0, 5, 10])
  }

  @Test func `offsets outside of the log are out of range, its end is empty`() throws {
    let log = try openLog(folder, clock)
    _ = try log.append(batch(2))
    for offset in [Int64(-1), 3, .max] {
      let error = failure { () throws(LogError) in
        _ = try log.read(from: offset, maxBytes: 100, isolation: .committed, minOneBatch: true)
      }
      #expect(error?.kafkaErrorCode == 1)
    }
    let slice = try log.read(from: 2, maxBytes: 100, isolation: .committed, minOneBatch: true)
    #expect(slice.bytes.isEmpty && slice.nextOffset == 2 && slice.highWatermark == 2)
  }

  @Test func `an aborted transaction is reported up to its marker and not beyond`() throws {
    let log = try openLog(folder, clock)
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    #expect(log.lastStableOffset == 0)
    _ = try log.append(batch(1))
    _ = try log.appendControl(commit: false, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: 1, transactional: true), transactionOngoing: true)
    _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(log.lastStableOffset == 5)
    func aborted(_ from: Int64, _ isolation: IsolationLevel) throws -> [AbortedTransaction] {
      try log.read(from: from, maxBytes: 10_000, isolation: isolation, minOneBatch: true).abortedTransactions
    }
    let entry = AbortedTransaction(producerID: 1, firstOffset: 0)
    #expect(try aborted(0, .committed) == [entry])
    #expect(try aborted(1, .committed) == [entry])
    #expect(try aborted(2, .committed) == [entry])
    #expect(try aborted(3, .committed).isEmpty)
    #expect(try aborted(0, .uncommitted).isEmpty)
  }

  @Test func `an empty aborted transaction is not listed`() throws {
    let log = try openLog(folder, clock)
    _ = try log.appendControl(commit: false, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(try log.read(from: 0, maxBytes: 1000, isolation: .committed, minOneBatch: true).abortedTransactions.isEmpty)
    #expect(StateDump(log).aborted == [[]])
  }

  @Test func `stored bytes differ from those sent in base offset and leader epoch only`() throws {
    let log = try openLog(folder, clock)
    _ = try log.append(batch(3))
    let sent = batch(2, pid: 3, epoch: 1, sequence: 4)
    _ = try log.append(sent)
    let stored = try log.read(from: 3, maxBytes: 1000, isolation: .committed, minOneBatch: true).bytes
    let expected: [[UInt8]] = [[0, 0, 0, 0, 0, 0, 0, 3], Array(sent[8..<12]), [0, 0, 0, 0], Array(sent[16...])]
    #expect(stored == Array(expected.joined()))
  }

  @Test func `offsets are found by time, across segments, to the record`() throws {
    let log = try openLog(
      folder, clock,
      {
        $0.segmentBytes = 400; $0.indexIntervalBytes = 1
      })
    for step in Int64(0)..<30 {
      var builder = RecordBatchBuilder()
      builder.append(key: nil, value: [1], timestampMs: 1000 + step * 10)
      builder.append(key: nil, value: [2], timestampMs: 1000 + step * 10 + 5)
      _ = try log.append(builder.finish())
    }
    #expect(try log.offset(forTimestamp: 0) == TimestampedOffset(offset: 0, timestampMs: 1000))
    for step in Int64(0)..<30 {
      #expect(
        try log.offset(forTimestamp: 1000 + step * 10 - 4) == TimestampedOffset(offset: step * 2, timestampMs: 1000 + step * 10))
      #expect(try log.offset(forTimestamp: 1000 + step * 10 + 1)?.offset == step * 2 + 1)
    }
    #expect(try log.offset(forTimestamp: 1296) == nil)
    #expect(try log.maxTimestampOffset() == TimestampedOffset(offset: 59, timestampMs: 1295))
    _ = try log.append(batch(1, timestamp: 500))
    #expect(try log.offset(forTimestamp: 0)?.offset == 0)
    #expect(try log.deleteRecords(before: 7) == 7)
    #expect(try log.offset(forTimestamp: 0) == TimestampedOffset(offset: 7, timestampMs: 1035))
  }

  @Test func `retention by time removes whole segments, never one that an open transaction needs`() throws {
    let log = try openLog(
      folder, clock,
      {
        $0.segmentBytes = 250; $0.retentionMs = 1000
      })
    _ = try log.append(batch(2, timestamp: clock.now))
    _ = try log.append(batch(2, timestamp: clock.now))
    _ = try log.append(
      batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true, timestamp: clock.now), transactionOngoing: true)
    _ = try log.append(batch(2, timestamp: clock.now))
    _ = try log.append(batch(2, timestamp: clock.now))
    clock.advance(1000)
    #expect(try log.applyRetention(nowMs: clock.now) == 0)
    clock.advance(1)
    #expect(try log.applyRetention(nowMs: clock.now) > 0)
    #expect(log.logStartOffset <= 4 && log.logStartOffset > 0)
    #expect(log.lastStableOffset == 4)
    _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    clock.advance(1001)
    #expect(try log.applyRetention(nowMs: clock.now) > 0)
    #expect(log.logStartOffset == log.logEndOffset && log.logEndOffset == 10)
    #expect(try log.append(batch(1)).baseOffset == 10)
  }

  @Test func `old timestamps alone do not make fresh records go`() throws {
    let log = try openLog(
      folder, clock,
      {
        $0.segmentBytes = 250; $0.retentionMs = 1000
      })
    for _ in 0..<10 { _ = try log.append(batch(2, timestamp: 5)) }
    #expect(try log.applyRetention(nowMs: clock.now) == 0)
  }

  @Test func `retention by size keeps at least the size`() throws {
    let log = try openLog(
      folder, clock,
      {
        $0.segmentBytes = 250; $0.retentionBytes = 1000
      })
    for _ in 0..<30 { _ = try log.append(batch(1)) }
    let before = log.sizeInBytes
    #expect(try log.applyRetention(nowMs: clock.now) > 0)
    #expect(log.sizeInBytes >= 1000 && log.sizeInBytes < min(before, 1250))
    let start = log.logStartOffset
    let code = failure { () throws(LogError) in
      _ = try log.read(from: start - 1, maxBytes: 1, isolation: .committed, minOneBatch: true)
    }?.kafkaErrorCode
    #expect(code == 1)
    #expect(try openLog(folder, clock).logStartOffset == start)
  }

  @Test func `deleted records stay deleted after a restart`() throws {
    let log = try openLog(folder, clock)
    for _ in 0..<5 { _ = try log.append(batch(2)) }
    #expect(try log.deleteRecords(before: 3) == 3)
    #expect(try log.deleteRecords(before: 1) == 3)
    #expect(failure { () throws(LogError) in _ = try log.deleteRecords(before: 11) }?.kafkaErrorCode == 1)
    #expect(try openLog(folder, clock).logStartOffset == 3)
    #expect(try log.deleteRecords(before: -1) == 10)
    #expect(log.lastStableOffset == 10)
  }

  @Test func `deleting into an open transaction hides its beginning and no more`() throws {
    let log = try openLog(folder, clock, { $0.segmentBytes = 300 })
    _ = try log.append(batch(2, pid: 1, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    for _ in 0..<6 { _ = try log.append(batch(1)) }
    #expect(try log.deleteRecords(before: 5) == 5)
    #expect(log.lastStableOffset == 5 && log.highWatermark == 8)
    #expect(try log.read(from: 5, maxBytes: 1000, isolation: .committed, minOneBatch: true).bytes.isEmpty)
    #expect(log.openTransactions().map(\.firstOffset) == [0])
    let again = try openLog(folder, clock, { $0.segmentBytes = 300 })
    #expect(again.openTransactions().map(\.firstOffset) == [0])
    _ = try again.appendControl(commit: false, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(again.lastStableOffset == 9)
    let slice = try again.read(from: 5, maxBytes: 1000, isolation: .committed, minOneBatch: true)
    #expect(slice.abortedTransactions == [AbortedTransaction(producerID: 1, firstOffset: 0)])
  }

  @Test func `internal records come back by replay`() throws {
    let log = try openLog(folder, clock)
    _ = try log.appendInternal(records: [([1], [2]), ([3], nil)], timestampMs: 77)
    _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    let last = try log.appendInternal(records: [(nil, [5])], timestampMs: 78)
    #expect(last.baseOffset == 3)
    var seen: [Record] = []
    var controls = 0
    try log.replay(from: 1) { header, records in
      if header.isControl { controls += 1 } else { seen += records }
    }
    #expect(controls == 1)
    #expect(seen.map(\.offset) == [1, 3])
    #expect(seen.map(\.key) == [[3], nil])
    #expect(seen.map(\.timestampMs) == [77, 78])
  }

  @Test func `producers are described`() throws {
    let log = try openLog(folder, clock)
    _ = try log.append(batch(3, pid: 4, epoch: 2, sequence: 5, transactional: true), transactionOngoing: true)
    #expect(
      log.producerStates() == [
        ProducerInfo(
          producerID: 4, producerEpoch: 2, lastSequence: 7, lastTimestampMs: clock.now, coordinatorEpoch: -1,
          currentTransactionFirstOffset: 0)
      ])
  }
}
