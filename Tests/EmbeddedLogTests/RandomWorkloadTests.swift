import Simulation
import TestSupport
import Testing

@testable import EmbeddedKafka

/// Drives a log and the naive model with the same random steps.
private final class Workload {
  struct Producer {
    var epoch: Int16 = 0
    var next: Int32 = 0
    var inTransaction = false
    var last: (bytes: [UInt8], base: Int64)?
  }

  let disk = MemoryDisk()
  let clock = ManualClock()
  var generator: SeededGenerator
  var log: PartitionLog
  var model = LogModel()
  var producers = [Producer](repeating: Producer(), count: 6)
  let change: (inout LogConfig) -> Void
  var retained = false

  init(_ generator: SeededGenerator, always: Bool) throws {
    self.generator = generator
    change = { config in
      config.segmentBytes = 1500
      config.indexIntervalBytes = 200
      config.flush = always ? .always : .interval(milliseconds: 1000)
    }
    log = try Self.open(disk, clock, change)
  }

  static func open(
    _ disk: MemoryDisk, _ clock: ManualClock, _ change: (inout LogConfig) -> Void
  ) throws(LogError) -> PartitionLog {
    var config = LogConfig()
    change(&config)
    return try PartitionLog(
      directory: "/data/t-0", topicPartition: TopicPartition(topic: "t", partition: 0), config: config, clock: clock.read,
      disk: disk)
  }

  func step() throws {
    clock.advance(Int64.random(in: 0...5, using: &generator))
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<45: try produce()
    case 45..<60: try endTransaction()
    case 60..<65: try sendAgain()
    case 65..<70: try sendWrong()
    case 70..<73: try plain()
    case 73..<97: try read()
    case 97: try deleteRecords()
    default: try reopen()
    }
    try #require(log.lastStableOffset == model.stable)
    try #require(log.logEndOffset == model.end)
  }

  private func produce() throws {
    let index = Int.random(in: 0..<producers.count, using: &generator)
    let transactional = index < 4
    let count = Int.random(in: 1...4, using: &generator)
    let bytes = batch(
      count, pid: Int64(index), epoch: producers[index].epoch, sequence: producers[index].next, transactional: transactional,
      timestamp: clock.now, padding: Int.random(in: 0...60, using: &generator))
    let result = try log.append(bytes, transactionOngoing: transactional)
    try #require(result.baseOffset == model.end && !result.duplicate)
    model.data(result.baseOffset, count, bytes, pid: Int64(index), transactional: transactional)
    producers[index].next += Int32(count)
    producers[index].inTransaction = transactional
    producers[index].last = (bytes, result.baseOffset)
  }

  private func plain() throws {
    let bytes = batch(2, timestamp: clock.now)
    let result = try log.append(bytes)
    model.data(result.baseOffset, 2, bytes, pid: -1, transactional: false)
  }

  private func endTransaction() throws {
    let index = Int.random(in: 0..<4, using: &generator)
    // Now and then a marker where nothing was written, as the coordinator leaves in every registered partition.
    guard producers[index].inTransaction || Int.random(in: 0..<8, using: &generator) == 0 else { return }
    let commit = Bool.random(using: &generator)
    let bump = !commit && Bool.random(using: &generator)
    if bump {
      producers[index].epoch += 1
      producers[index].next = 0
      producers[index].last = nil
    }
    let result = try log.appendControl(
      commit: commit, producerID: Int64(index), producerEpoch: producers[index].epoch, coordinatorEpoch: 0)
    model.marker(result.baseOffset, pid: Int64(index), commit: commit)
    producers[index].inTransaction = false
  }

  private func sendAgain() throws {
    guard let last = producers.randomElement(using: &generator)?.last else { return }
    let result = try log.append(last.bytes, transactionOngoing: false)
    try #require(result.duplicate && result.baseOffset == last.base)
  }

  private func sendWrong() throws {
    let index = Int.random(in: 0..<producers.count, using: &generator)
    guard producers[index].last != nil else { return }
    let sequence = producers[index].next + Int32.random(in: 1...5, using: &generator)
    let bytes = batch(1, pid: Int64(index), epoch: producers[index].epoch, sequence: sequence, transactional: index < 4)
    #expect(failure { () throws(LogError) in _ = try log.append(bytes, transactionOngoing: true) }?.kafkaErrorCode == 45)
  }

  private func read() throws {
    let from = Int64.random(in: model.start...model.end, using: &generator)
    let maxBytes = [1, 100, 700, 5000].randomElement(using: &generator) ?? 1
    try readOnce(from, maxBytes, .uncommitted)
    try readOnce(from, maxBytes, .committed)
    if Int.random(in: 0..<6, using: &generator) == 0 { try readThrough(from, maxBytes) }
  }

  private func readOnce(_ from: Int64, _ maxBytes: Int, _ isolation: IsolationLevel) throws {
    let slice = try log.read(from: from, maxBytes: maxBytes, isolation: isolation, minOneBatch: true)
    let expected = model.readable(from, isolation)
    let headers = try slice.batches().map(\.header)
    try #require(headers.isEmpty == expected.isEmpty)
    try #require(headers.map(\.baseOffset) == expected.prefix(headers.count).map(\.base))
    try #require(headers.count <= 1 || slice.bytes.count <= maxBytes)
    var position = 0
    for (header, entry) in zip(headers, expected) {
      if entry.commit == nil {
        try #require(Array(slice.bytes[(position + 16)..<(position + header.sizeInBytes)]) == Array(entry.bytes[16...]))
      }
      position += header.sizeInBytes
    }
    let next = headers.last.map { $0.lastOffset + 1 } ?? from
    try #require(slice.nextOffset == next)
    let aborted = isolation == .committed && !headers.isEmpty ? model.aborted(from, next) : []
    try #require(slice.abortedTransactions == aborted)
  }

  private func readThrough(_ from: Int64, _ maxBytes: Int) throws {
    var reader = CommittedReader()
    var next = from
    while true {
      let slice = try log.read(from: next, maxBytes: maxBytes, isolation: .committed, minOneBatch: true)
      if slice.bytes.isEmpty { break }
      try reader.take(slice)
      next = slice.nextOffset
    }
    try #require(next >= min(model.stable, model.end) || next == from)
    try #require(reader.delivered == model.committed(from, model.stable))
  }

  private func deleteRecords() throws {
    guard Int.random(in: 0..<4, using: &generator) == 0, model.start < model.stable else { return }
    let target = Int64.random(in: model.start...model.stable, using: &generator)
    try #require(try log.deleteRecords(before: target) == target)
    model.start = target
    retained = true
  }

  /// State built live, from the log alone, and from snapshots and the rest of the log.
  func expectRebuiltAlike() throws {
    let live = StateDump(log)
    let copy = disk.afterCrash()
    try #require(StateDump(try Self.open(copy, clock, change)) == live, "from snapshot and tail")
    if retained { return }
    copy.files = disk.files.filter { $0.key.hasSuffix(".log") || $0.key.hasSuffix(LogCheckpoint.fileName) }
    try #require(StateDump(try Self.open(copy, clock, change)) == live, "from the log alone")
  }

  /// With a clean end or without one, and sometimes without anything but the batches themselves.
  private func reopen() throws {
    let live = StateDump(log)
    let epoch = log.leaderEpoch
    let closes = Bool.random(using: &generator)
    if closes { try log.close() }
    let bare = !closes && !retained && Bool.random(using: &generator)
    // A log that nothing was appended to is as clean as it was found.
    let clean = !bare && (closes || log.hasCleanMarker)
    if bare { disk.files = disk.files.filter { $0.key.hasSuffix(".log") || $0.key.hasSuffix(LogCheckpoint.fileName) } }
    log = try Self.open(disk, clock, change)
    try #require(StateDump(log) == live)
    try #require(log.recovery.wasClean == clean && log.recovery.truncatedBytes == 0)
    try #require(log.leaderEpoch == (clean ? epoch : epoch + 1))
  }
}

@Suite struct RandomWorkloadTests {
  @Test(arguments: [false, true])
  func `a random workload reads, recovers and counts as the naive model does`(always: Bool) throws {
    var generator = SeededGenerator.forTest("random workload, fsync always \(always)")
    var effort = Effort("log against the naive model, fsync \(always)", quick: 6)
    while effort.goesOn() {
      let workload = try Workload(SeededGenerator(seed: generator.next()), always: always)
      for _ in 0..<1500 { try workload.step() }
    }
    effort.report(tried: effort.rounds * 1500, unit: "steps", seed: generator.seed)
  }

  @Test func `state built live, from the log, and from snapshot and tail is one after every step`() throws {
    var generator = SeededGenerator.forTest("log rebuilt after every step")
    var effort = Effort("log rebuilt after every step", quick: 12)
    while effort.goesOn() {
      let workload = try Workload(SeededGenerator(seed: generator.next()), always: effort.rounds.isMultiple(of: 2))
      for _ in 0..<100 {
        try workload.step()
        try workload.expectRebuiltAlike()
      }
    }
    effort.report(tried: effort.rounds * 100, unit: "steps", seed: generator.seed)
  }
}
