import Columns
import Foundation
import Iceberg
import Testing

@testable import Lake

@Suite struct `Verification` {
  private func entry(
    _ from: Int64, _ to: Int64, query: String = "Q", aggregated: Int64, late: Int64 = 0, consumed: Int64? = nil
  ) -> AuditEntry {
    var parts = [Int64](repeating: 0, count: AuditEntry.ways.count)
    parts[0] = aggregated
    parts[2] = late
    return AuditEntry(
      query: query, topic: "t", partition: 0, from: from, to: to, consumed: consumed ?? aggregated + late, parts: parts,
      late: late,
      emitted: 1)
  }

  @Test func `audit rows that join and add up are clean, in any order`() {
    var report = VerifyReport()
    let check = AuditCheck(
      [entry(10, 20, aggregated: 9, late: 1), entry(0, 10, aggregated: 3), entry(5, 9, query: "R", aggregated: 4)], into: &report)
    #expect(report.isClean && report.examined["audit rows"] == 3)
    #expect(check.covered[.init(query: "Q", topic: "t", partition: 0)] == 0..<20)
    #expect(check.late == ["Q": 1, "R": 0] && check.emitted == ["Q": 2, "R": 1])
  }

  @Test func `a missing, a doubled, an unbalanced and an impossible audit row are found`() {
    let cases: [([AuditEntry], String)] = [
      ([entry(0, 10, aggregated: 1), entry(12, 20, aggregated: 1)], "10..<12 are in no audit row"),
      ([entry(0, 10, aggregated: 1), entry(8, 20, aggregated: 1)], "8..<10 are in two audit rows"),
      ([entry(0, 10, aggregated: 5, consumed: 6)], "6 records were read and 5 accounted for"),
      ([entry(0, 10, aggregated: 11)], "impossible"),
    ]
    for (rows, text) in cases {
      var report = VerifyReport()
      _ = AuditCheck(rows, into: &report)
      #expect(report.findings.count == 1 && report.findings[0].detail.contains(text), "\(report.findings)")
    }
  }

  private let part = TopicPart(topic: "t", partition: 0)

  private var ledgerCheck: LedgerCheck {
    LedgerCheck(
      table: "b.t", ledger: OffsetLedger(cluster: "c", topics: ["t": [0: .init(start: 0, end: 10, records: 4, rejected: 1)]]))
  }

  @Test func `a ledger that fits its topic, rows and commits is clean`() throws {
    var report = VerifyReport()
    let extents = ["t": [0 as Int32: TopicScan.Extent(earliest: 0, end: 10)]]
    ledgerCheck.check(begun: extents, extents: extents, into: &report)
    ledgerCheck.check(rows: [part: [7, 1, 3]], rejected: [part: [4]], into: &report)
    var account = OffsetAccount()
    for offset in [1, 3, 4, 7] as [Int64] { account.add(offset) }
    ledgerCheck.check(records: [part: account], rows: [part: [7, 1, 3]], rejected: [part: [4]], from: [part: 0], into: &report)
    func snapshot(_ id: Int64, _ start: Int64, _ end: Int64) -> Snapshot {
      Snapshot(
        id: id, parentID: nil, sequenceNumber: id, timestampMillis: 0, manifestList: "",
        summary: [OffsetLedger.summaryKey: OffsetLedger.summaryText(["t": [0: .init(start: start, end: end, records: 0)]])],
        schemaID: 0)
    }
    try ledgerCheck.check(history: [snapshot(1, 0, 6), snapshot(2, 6, 10)], into: &report)
    #expect(report.isClean, "\(report.findings)")
    try ledgerCheck.check(history: [snapshot(1, 0, 6), snapshot(2, 7, 10)], into: &report)
    try ledgerCheck.check(history: [snapshot(1, 0, 6)], into: &report)
    #expect(report.findingCounts == [.ledger: 2])
  }

  @Test func `a lost, a doubled and a foreign row are found`() {
    let cases: [([Int64], Int)] = [([1, 3], 1), ([1, 3, 3], 1), ([1, 3, 10], 1), ([1, 3, 7, 7], 2)]
    for (rows, count) in cases {
      var report = VerifyReport()
      ledgerCheck.check(rows: [part: rows], rejected: [part: [4]], into: &report)
      #expect(report.findingCounts == [.ledger: count], "\(rows): \(report.findings)")
    }
    var account = OffsetAccount()
    for offset in [1, 3, 4, 7] as [Int64] { account.add(offset) }
    for rows in [[1, 3], [1, 3, 8], [1, 3, 7, 8]] as [[Int64]] {
      var report = VerifyReport()
      ledgerCheck.check(records: [part: account], rows: [part: rows], rejected: [part: [4]], from: [part: 0], into: &report)
      #expect(report.findingCounts == [.ledger: 1], "\(rows)")
    }
  }

  @Test func `a topic that is behind, ahead, gone or new is found`() {
    for extents in [[:], ["t": [:]], ["t": [0: .init(earliest: 0, end: 9)]], ["t": [0: .init(earliest: 0, end: 11)]]]
      as [[String: [Int32: TopicScan.Extent]]]
    {
      var report = VerifyReport()
      ledgerCheck.check(begun: extents, extents: extents, into: &report)
      #expect(report.findingCounts == [.ledger: 1])
    }
    var report = VerifyReport()
    let extents: LedgerCheck.Extents =
      ["t": [0: .init(earliest: 3, end: 10), 1: .init(earliest: 0, end: 1), 2: .init(earliest: 5, end: 5)]]
    ledgerCheck.check(begun: extents, extents: extents, into: &report)
    #expect(report.findingCounts == [.ledger: 1] && report.notes.count == 1)
  }

  @Test func `a table that is filled while it is looked at lies between the ends before and after`() {
    for (before, after, findings) in [(8, 12, 0), (10, 10, 0), (0, 10, 0), (11, 12, 1), (8, 9, 1)] as [(Int64, Int64, Int)] {
      var report = VerifyReport()
      ledgerCheck.check(
        begun: ["t": [0: .init(earliest: 0, end: before)]],
        extents: ["t": [0: .init(earliest: 0, end: after), 1: .init(earliest: 0, end: 5)]], into: &report)
      #expect(report.findings.count == findings, "\(before), \(after): \(report.findings)")
    }
    // What has been set aside since, beyond the ledger's end, is of a later commit.
    var report = VerifyReport()
    ledgerCheck.check(rows: [part: [7, 1, 3]], rejected: [part: [4, 10, 12]], into: &report)
    var account = OffsetAccount()
    for offset in [1, 3, 4, 7] as [Int64] { account.add(offset) }
    ledgerCheck.check(
      records: [part: account], rows: [part: [7, 1, 3]], rejected: [part: [4, 10, 12]], from: [part: 0], into: &report)
    #expect(report.isClean, "\(report.findings)")
  }

  @Test func `a candle opens and closes by event time and id, not by arrival`() {
    func trade(_ id: Int64, _ time: Int64, _ price: Int64, _ quantity: Int128, _ buys: Bool) -> CandleModel.Trade {
      .init(id: id, time: time, price: price, quantity: quantity, takerBuys: buys)
    }
    // Prices 3, 1, 4, 2 at times 20, 10, 20, 15 with quantities 1, 2, 3, 4.
    var candle = CandleModel(trade(8, 20, 300_000_000, 100_000_000, true))
    candle.add(trade(7, 10, 100_000_000, 200_000_000, false))
    candle.add(trade(9, 20, 400_000_000, 300_000_000, true))
    candle.add(trade(6, 15, 200_000_000, 400_000_000, false))
    #expect(candle.open == 100_000_000 && candle.close == 400_000_000 && candle.high == 400_000_000 && candle.low == 100_000_000)
    #expect(candle.firstTradeID == 6 && candle.lastTradeID == 9 && candle.trades == 4)
    #expect(candle.volume == 1_000_000_000 && candle.takerBuyVolume == 400_000_000)
    // 3·1 + 1·2 + 4·3 + 2·4 = 25
    #expect(candle.quoteVolume == 250_000_000_000_000_000)
    #expect(candle.vwap == 25_000_000_000_000_000)
  }

  /// Quotients by hand: 1/3, and ties 0.5 and 1.5 units in the last place.
  @Test func `averages are rounded half to even at digit 16`() {
    func vwap(_ price: Int64, _ quantity: Int128, _ other: Int128) -> Int128? {
      var candle = CandleModel(.init(id: 1, time: 1, price: price, quantity: quantity, takerBuys: true))
      candle.add(.init(id: 2, time: 2, price: 0, quantity: other, takerBuys: true))
      return candle.vwap
    }
    #expect(vwap(1, 1, 2) == 33_333_333)
    #expect(vwap(1, 1, 199_999_999) == 0)
    #expect(vwap(3, 1, 199_999_999) == 2)
    #expect(vwap(5, 1, 199_999_999) == 2)
    #expect(vwap(1, 0, 0) == nil)
  }
}
