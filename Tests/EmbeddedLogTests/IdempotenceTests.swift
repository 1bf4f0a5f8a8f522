import Testing

@testable import EmbeddedKafka

@Suite struct IdempotenceTests {
  let folder: TemporaryFolder
  let clock = ManualClock()
  let log: PartitionLog

  init() throws {
    folder = try TemporaryFolder()
    log = try openLog(folder, clock)
  }

  private func code(_ bytes: [UInt8], ongoing: Bool = false) -> Int16? {
    failure { () throws(LogError) in _ = try log.append(bytes, transactionOngoing: ongoing) }?.kafkaErrorCode
  }

  @Test func `a batch sent again is answered with its first offset and not stored`() throws {
    let first = batch(3, pid: 1, epoch: 0, sequence: 0)
    #expect(try log.append(first).baseOffset == 0)
    for sequence in stride(from: Int32(3), to: 15, by: 3) { _ = try log.append(batch(3, pid: 1, epoch: 0, sequence: sequence)) }
    let again = try log.append(first)
    #expect(again == AppendResult(baseOffset: 0, lastOffset: 2, logStartOffset: 0, duplicate: true))
    #expect(log.logEndOffset == 15)
  }

  @Test func `the sixth last batch is no longer known and out of order`() throws {
    for sequence in Int32(0)..<6 { _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: sequence)) }
    #expect(code(batch(1, pid: 1, epoch: 0, sequence: 0)) == 45)
    #expect(try log.append(batch(1, pid: 1, epoch: 0, sequence: 1)).duplicate)
  }

  @Test func `a hole, a step back and a partly overlapping batch are out of order`() throws {
    _ = try log.append(batch(3, pid: 1, epoch: 0, sequence: 0))
    #expect(code(batch(1, pid: 1, epoch: 0, sequence: 4)) == 45)
    #expect(code(batch(1, pid: 1, epoch: 0, sequence: 1)) == 45)
    #expect(code(batch(2, pid: 1, epoch: 0, sequence: 0)) == 45)
    #expect(try log.append(batch(1, pid: 1, epoch: 0, sequence: 3)).baseOffset == 3)
  }

  @Test func `an older epoch is fenced, a newer one begins at zero`() throws {
    _ = try log.append(batch(2, pid: 1, epoch: 3, sequence: 0))
    #expect(code(batch(1, pid: 1, epoch: 2, sequence: 2)) == 47)
    #expect(code(batch(1, pid: 1, epoch: 4, sequence: 2)) == 45)
    #expect(try !log.append(batch(2, pid: 1, epoch: 4, sequence: 0)).duplicate)
    #expect(code(batch(2, pid: 1, epoch: 3, sequence: 0)) == 47)
  }

  @Test func `an unknown producer may begin anywhere`() throws {
    #expect(try log.append(batch(2, pid: 9, epoch: 5, sequence: 77)).baseOffset == 0)
    #expect(try log.append(batch(1, pid: 9, epoch: 5, sequence: 79)).baseOffset == 2)
  }

  @Test func `sequence numbers go on at zero after the largest`() throws {
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: .max - 2))
    let across = batch(4, pid: 1, epoch: 0, sequence: .max - 1)
    #expect(try log.append(across).baseOffset == 1)
    #expect(try log.append(across).duplicate)
    #expect(code(batch(1, pid: 1, epoch: 0, sequence: 3)) == 45)
    #expect(try log.append(batch(1, pid: 1, epoch: 0, sequence: 2)).baseOffset == 5)
    let exact = batch(1, pid: 2, epoch: 0, sequence: .max)
    _ = try log.append(exact)
    #expect(try log.append(batch(1, pid: 2, epoch: 0, sequence: 0)).baseOffset == 7)
  }

  @Test func `a plain batch in an open transaction and a transactional one outside are refused`() throws {
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    #expect(code(batch(1, pid: 1, epoch: 0, sequence: 1)) == 48)
    #expect(code(batch(1, pid: 1, epoch: 0, sequence: 1, transactional: true)) == 48)
    #expect(code(batch(1, pid: 1, epoch: 1, sequence: 0, transactional: true), ongoing: true) == 48)
    #expect(code(batch(1, pid: 2, epoch: 0, sequence: 0, transactional: true)) == 48)
  }

  @Test func `a batch sent again after its transaction ended is a duplicate, not a new transaction`() throws {
    let first = batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true)
    _ = try log.append(first, transactionOngoing: true)
    _ = try log.appendControl(commit: false, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(try log.append(first).duplicate)
    #expect(log.openTransactions().isEmpty)
    #expect(log.lastStableOffset == 2)
  }

  @Test func `the same sequence in the epoch after an abort is a new batch`() throws {
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    _ = try log.appendControl(commit: false, producerID: 1, producerEpoch: 1, coordinatorEpoch: 0)
    #expect(code(batch(1, pid: 1, epoch: 0, sequence: 0, transactional: true), ongoing: true) == 47)
    let next = try log.append(batch(1, pid: 1, epoch: 1, sequence: 0, transactional: true), transactionOngoing: true)
    #expect(next.baseOffset == 2 && !next.duplicate)
  }

  @Test func `markers of an older producer or coordinator epoch are refused`() throws {
    _ = try log.append(batch(1, pid: 1, epoch: 2, sequence: 0, transactional: true), transactionOngoing: true)
    let stale = failure { () throws(LogError) in
      _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 1, coordinatorEpoch: 5)
    }
    #expect(stale?.kafkaErrorCode == 47)
    _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 2, coordinatorEpoch: 5)
    let old = failure { () throws(LogError) in
      _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 2, coordinatorEpoch: 4)
    }
    #expect(old?.kafkaErrorCode == 52)
  }

  @Test func `a producer silent for too long is forgotten, one with an open transaction is not`() throws {
    _ = try log.append(batch(1, pid: 1, epoch: 0, sequence: 0))
    _ = try log.append(batch(1, pid: 2, epoch: 0, sequence: 0, transactional: true), transactionOngoing: true)
    clock.advance(log.config.producerIDExpirationMs - 1)
    _ = try log.applyRetention(nowMs: clock.now)
    #expect(log.producerStates().map(\.producerID) == [1, 2])
    clock.advance(1)
    _ = try log.applyRetention(nowMs: clock.now)
    #expect(log.producerStates().map(\.producerID) == [2])
    #expect(try log.append(batch(1, pid: 1, epoch: 0, sequence: 7)).baseOffset == 2)
  }

  @Test func `the first offset is known even after its segment is gone and the broker restarted`() throws {
    let folder = try TemporaryFolder()
    let small: (inout LogConfig) -> Void = {
      $0.segmentBytes = 300; $0.retentionBytes = 300
    }
    let log = try openLog(folder, clock, small)
    let first = batch(1, pid: 1, epoch: 0, sequence: 0)
    _ = try log.append(first)
    for _ in 0..<20 { _ = try log.append(batch(1)) }
    #expect(try log.applyRetention(nowMs: clock.now) > 0)
    #expect(log.logStartOffset > 0)
    #expect(
      try log.append(first) == AppendResult(baseOffset: 0, lastOffset: 0, logStartOffset: log.logStartOffset, duplicate: true))
    let again = try openLog(folder, clock, small)
    #expect(!again.recovery.wasClean)
    #expect(try again.append(first).baseOffset == 0)
  }
}
