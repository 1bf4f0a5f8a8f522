import SQL
import TestSupport
import Testing
import Windows

@testable import struct Windows.IDRanges
@testable import struct Windows.StateReader
@testable import struct Windows.StateWriter

@Suite struct DeduplicationTests {
  private func harness(_ columns: [Int], retention: Int64 = 160_000_000) throws -> Harness {
    try Harness(
      Trades.plan(
        size: 1_000_000, grace: 0, aggregates: [Trades.call(.countAll, [], .bigint)],
        source: Trades.source(deduplicate: columns)), retention: retention)
  }

  @Test func `a copy is a duplicate, also of a late record and after a restart`() throws {
    let run = try harness([0, 1, 2])
    try run.process([
      Row(id: 1, time: 5_000_000, offset: 0), Row(id: 2, time: 1, offset: 1), Row(id: 2, time: 1, offset: 2),
    ])
    try run.restart()
    try run.process([
      Row(id: 1, time: 5_000_000, offset: 3), Row(id: 2, time: 1, offset: 4), Row(id: 3, time: 5_000_000, offset: 5),
    ])
    #expect(run.rejected == ["2 duplicate", "3 duplicate", "4 duplicate"])
    #expect(run.counters.late == 1)
    #expect(run.counters.aggregated == 2)
  }

  @Test func `the same id of another symbol or venue is no copy, and a NULL cannot be compared`() throws {
    let run = try harness([0, 1, 2])
    try run.process([
      Row(), Row(symbol: "ETH-USDT"), Row(venue: "coinbase"), Row(id: nil), Row(id: nil), Row(symbol: nil), Row(symbol: nil),
    ])
    #expect(run.rejected.isEmpty)
  }

  @Test func `identities without a whole number are compared as a whole`() throws {
    let run = try harness([1, 5])
    try run.process([Row(side: "BUY", offset: 0), Row(side: "SELL", offset: 1), Row(side: "BUY", offset: 2)])
    try run.restart()
    try run.process([Row(side: "SELL", offset: 3)])
    #expect(run.rejected == ["2 duplicate", "3 duplicate"])
  }

  @Test func `what is too old to judge passes, and its state is gone`() throws {
    // Buckets of 10 s: [0, 10) is kept while stream time - 160 s < 10 s.
    let run = try harness([0, 1, 2])
    try run.process([Row(id: 1, time: 9_999_999, offset: 0)])
    run.checkpoint()
    #expect(run.stageState.count == 2)
    try run.process([Row(id: 9, time: 169_999_999, offset: 1), Row(id: 1, time: 9_999_999, offset: 2)])
    try run.process([Row(id: 8, time: 170_000_000, offset: 3), Row(id: 1, time: 9_999_999, offset: 4)])
    #expect(run.rejected == ["2 duplicate"])
    run.checkpoint()
    let firstBucket: [UInt8] = [0x80, 0, 0, 0, 0, 0, 0, 0]
    #expect(!run.stageState.keys.contains { $0.first == UInt8(ascii: "d") && Array($0[9...16]) == firstBucket })
    #expect(run.stageState.count == 3)
  }

  @Test func `a set of ranges holds exactly what was inserted`() throws {
    var rng = SeededGenerator.forTest("id ranges")
    for spread in [20, 300, 100_000] {
      var ranges = IDRanges()
      var set: Set<Int64> = []
      for _ in 0..<2_000 {
        let id = Int64.random(in: 0..<Int64(spread), using: &rng) &+ (Bool.random(using: &rng) ? .max - 100_000 : .min)
        #expect(ranges.insert(id) == set.insert(id).inserted)
      }
      var writer = StateWriter()
      ranges.encode(&writer)
      var reader = StateReader(writer.bytes)
      let decoded = try IDRanges(&reader)
      #expect(decoded == ranges)
      #expect(reader.isAtEnd)
      var covered: Set<Int64> = []
      for i in stride(from: 0, to: ranges.bounds.count, by: 2) { covered.formUnion(ranges.bounds[i]...ranges.bounds[i + 1]) }
      #expect(covered == set)
    }
    var ends = IDRanges()
    #expect(ends.insert(.max) && ends.insert(.min) && ends.insert(.max - 1) && !ends.insert(.min))
  }

  @Test func `a million ids in a row are one range`() {
    var ranges = IDRanges()
    for id in 0..<1_000_000 as Range<Int64> { _ = ranges.insert(id) }
    #expect(ranges.bounds == [0, 999_999])
  }
}
