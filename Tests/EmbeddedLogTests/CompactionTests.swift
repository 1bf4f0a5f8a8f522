import Foundation
import TestSupport
import Testing

@testable import EmbeddedKafka

@Suite struct CompactionTests {
  let folder: TemporaryFolder
  let clock = ManualClock()

  init() throws { folder = try TemporaryFolder() }

  private let compacted: (inout LogConfig) -> Void = { config in
    config.cleanupPolicy = [.compact]
    config.segmentBytes = 600
    config.indexIntervalBytes = 150
    config.minCleanableDirtyRatio = 0
    config.deleteRetentionMs = 1000
  }

  private func keyed(
    _ pairs: [(String, String?)], pid: Int64 = -1, sequence: Int32 = -1, transactional: Bool = false
  ) -> [UInt8] {
    var builder = RecordBatchBuilder(
      producerID: pid, producerEpoch: pid < 0 ? -1 : 0, baseSequence: sequence, isTransactional: transactional)
    for (key, value) in pairs { builder.append(key: Array(key.utf8), value: value.map { Array($0.utf8) }, timestampMs: 5) }
    return builder.finish()
  }

  /// What a reader of committed data makes of the whole log, with offsets.
  private func table(_ log: PartitionLog) throws -> [String: String] {
    var result: [String: String] = [:]
    var reader = CommittedReader()
    var records: [Int64: [Record]] = [:]
    var next = log.logStartOffset
    while true {
      let slice = try log.read(from: next, maxBytes: 500, isolation: .committed, minOneBatch: true)
      if slice.bytes.isEmpty { break }
      try reader.take(slice)
      for batch in try slice.batches() { records[batch.header.baseOffset] = try batch.records() }
      next = slice.nextOffset
    }
    #expect(next == log.lastStableOffset)
    for record in reader.delivered.flatMap({ records[$0] ?? [] }) {
      let key = String(decoding: record.key ?? [], as: UTF8.self)
      result[key] = record.value.map { String(decoding: $0, as: UTF8.self) }
    }
    return result
  }

  @Test func `each key keeps its last value, offsets stay, and the closed segments shrink`() throws {
    let log = try openLog(folder, clock, compacted)
    for step in 0..<60 { _ = try log.append(keyed([("k\(step % 3)", "v\(step)"), ("u\(step)", "x")])) }
    let before = log.sizeInBytes
    let expected = try table(log)
    try log.compact(nowMs: clock.now)
    #expect(log.sizeInBytes < before)
    #expect(log.logEndOffset == 120)
    #expect(try table(log) == expected)
    let again = try openLog(folder, clock, compacted)
    #expect(try table(again) == expected)
    #expect(try again.append(keyed([("k0", "z")])).baseOffset == 120)
    #expect(try again.read(from: 1, maxBytes: 1, isolation: .committed, minOneBatch: true).bytes.isEmpty == false)
  }

  @Test func `tombstones go after their time and nothing comes back`() throws {
    let log = try openLog(folder, clock, compacted)
    for step in 0..<10 { _ = try log.append(keyed([("k\(step)", "some value")])) }
    for step in 0..<10 { _ = try log.append(keyed([("k\(step)", nil)])) }
    for step in 0..<10 { _ = try log.append(keyed([("other\(step)", "x")])) }
    try log.compact(nowMs: clock.now)
    #expect(try values(log).count > 10)
    #expect(try table(log).keys.filter { $0.hasPrefix("k") }.isEmpty)
    clock.advance(1001)
    for step in 0..<20 { _ = try log.append(keyed([("more\(step)", "x")])) }
    let before = log.sizeInBytes
    try log.compact(nowMs: clock.now)
    #expect(log.sizeInBytes < before)
    #expect(try table(log).keys.filter { $0.hasPrefix("k") }.isEmpty)
  }

  @Test func `an open transaction is left alone and aborted values never win`() throws {
    let log = try openLog(folder, clock, compacted)
    _ = try log.append(keyed([("a", "good")]))
    _ = try log.append(keyed([("a", "aborted")], pid: 1, sequence: 0, transactional: true), transactionOngoing: true)
    _ = try log.appendControl(commit: false, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    for step in 0..<20 { _ = try log.append(keyed([("f\(step)", "x")])) }
    _ = try log.append(keyed([("b", "open")], pid: 2, sequence: 0, transactional: true), transactionOngoing: true)
    for step in 0..<20 { _ = try log.append(keyed([("f\(step)", "y")])) }
    let stable = log.lastStableOffset
    try log.compact(nowMs: clock.now)
    #expect(log.lastStableOffset == stable)
    #expect(try table(log)["a"] == "good")
    _ = try log.appendControl(commit: true, producerID: 2, producerEpoch: 0, coordinatorEpoch: 0)
    #expect(try table(log)["b"] == "open")
  }

  @Test func `a marker stays as long as records of its transaction do, and goes after them`() throws {
    let log = try openLog(folder, clock, compacted)
    _ = try log.append(keyed([("kept", "x")], pid: 1, sequence: 0, transactional: true), transactionOngoing: true)
    _ = try log.appendControl(commit: true, producerID: 1, producerEpoch: 0, coordinatorEpoch: 0)
    for sequence in Int32(0)..<2 {
      _ = try log.append(
        keyed([("gone", "\(sequence)")], pid: 2, sequence: sequence, transactional: true), transactionOngoing: true)
      _ = try log.appendControl(commit: true, producerID: 2, producerEpoch: 0, coordinatorEpoch: 0)
    }
    for step in 0..<30 { _ = try log.append(keyed([("gone", "y"), ("f\(step)", "x")])) }
    clock.advance(1001)
    try log.compact(nowMs: clock.now)
    var markers: [Int64] = []
    try log.replay(from: 0) { header, _ in if header.isControl { markers.append(header.baseOffset) } }
    // Of producer 2 the last batch's header stays, and its marker; the first transaction is gone as a whole.
    #expect(markers == [1, 5])
    try rebuildWithoutShortcuts(log, "t-0")
    #expect(log.openTransactions().isEmpty)
  }

  @Test func `random transactions read the same before and after compactions and restarts`() throws {
    var generator = SeededGenerator.forTest("compaction")
    for round in 0..<3 {
      var log = try openLog(folder, clock, compacted, name: "c\(round)")
      var sequences = [Int32](repeating: 0, count: 3)
      var expected: [String: String] = [:]
      // Records of open transactions, in the order of their offsets.
      var pending: [(String, String?)] = []
      for step in 0..<500 {
        clock.advance(Int64.random(in: 0...20, using: &generator))
        let pid = Int.random(in: 0..<3, using: &generator)
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<12:
          let pairs = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            ("k\(Int.random(in: 0..<12, using: &generator))", Int.random(in: 0..<5, using: &generator) == 0 ? nil : "v\(step)")
          }
          _ = try log.append(
            keyed(pairs, pid: Int64(pid), sequence: sequences[pid], transactional: true), transactionOngoing: true)
          sequences[pid] += Int32(pairs.count)
          pending += pairs
        case 12..<18:
          let commit = Bool.random(using: &generator)
          for transaction in log.openTransactions() {
            _ = try log.appendControl(
              commit: commit, producerID: transaction.producerID, producerEpoch: 0, coordinatorEpoch: 0)
          }
          if commit { for (key, value) in pending { expected[key] = value } }
          pending = []
        case 18:
          try log.compact(nowMs: clock.now)
        default:
          let dump = StateDump(log)
          if Bool.random(using: &generator) { try log.close() }
          log = try openLog(folder, clock, compacted, name: "c\(round)")
          try #require(StateDump(log) == dump)
        }
        if step % 25 == 0, pending.isEmpty { try #require(try table(log) == expected) }
      }
      try rebuildWithoutShortcuts(log, "c\(round)")
    }
  }

  /// From the batches alone: the same transactions are open and each producer goes on with the same sequence.
  private func rebuildWithoutShortcuts(_ log: PartitionLog, _ name: String) throws {
    let path = folder.path + "/" + name
    for file in try FileManager.default.contentsOfDirectory(atPath: path)
    where !file.hasSuffix(".log") && file != LogCheckpoint.fileName {
      try FileManager.default.removeItem(atPath: path + "/" + file)
    }
    let rebuilt = try openLog(folder, clock, compacted, name: name)
    #expect(rebuilt.openTransactions() == log.openTransactions())
    #expect(rebuilt.producerStates().map(\.lastSequence) == log.producerStates().map(\.lastSequence))
    #expect(try table(rebuilt) == table(log))
  }
}
