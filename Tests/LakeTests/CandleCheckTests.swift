import Columns
import Foundation
import Iceberg
import TestSupport
import Testing

@testable import Lake

/// Tables of trades and candles without a cluster, the candles right or wrong on purpose.
@Suite struct `Candles against trades` {
  private final class Lake {
    let store: LakeStore

    init() throws { store = try LakeStore(folder: NSTemporaryDirectory() + "wick-verify-" + UUID().uuidString, durable: false) }

    deinit { try? FileManager.default.removeItem(atPath: store.folder) }

    func fill(_ name: TableIdentifier, _ layout: TableLayout, _ batches: [ColumnBatch]) throws -> Table {
      let table = try store.catalog.create(
        name, schema: layout.schema, spec: try PartitionSpec(of: layout.schema, layout.partitions), files: store.files)
      let writer = try DataFileWriter(table: table, files: store.files)
      for batch in batches { try writer.write(batch) }
      let committer = Committer(catalog: store.catalog, files: store.files)
      return try committer.commit([TableCommit(table: name, commitID: "1", files: try writer.finish())])[0].table
    }
  }

  private struct Row {
    var symbol: String
    var trade: CandleModel.Trade
    var place: TradeHistory.Place
  }

  private func trades(_ rows: [Row]) -> ColumnBatch {
    let count = rows.count
    func numbers(_ name: String, _ type: ColumnType, _ value: (Row) -> Int64) -> Column {
      Column(name: name, type: type, values: .int64(rows.map(value)))
    }
    return ColumnBatch(
      columns: [
        .constant("venue", "sim", count: count), .strings("symbol", rows.map(\.symbol)),
        numbers("trade_id", .int64) { $0.trade.id },
        numbers("price", .decimal(precision: 18, scale: 8)) { $0.trade.price },
        Column(name: "quantity", type: .decimal(precision: 28, scale: 8), values: .int128(rows.map(\.trade.quantity))),
        .strings("taker_side", rows.map { $0.trade.takerBuys ? "BUY" : "SELL" }),
        numbers("event_time", .timestampMicros) { $0.trade.time }, numbers("received_time", .timestampMicros) { $0.trade.time },
        .constant("_topic", "trades.raw", count: count), numbers("_partition", .int32) { Int64($0.place.partition) },
        numbers("_offset", .int64) { $0.place.offset },
      ], rowCount: count)
  }

  private static let candleLayout = TableLayout(
    columns: [("interval", .string, true), ("venue", .string, true), ("symbol", .string, true)]
      + ["window_start", "window_end"].map { ($0, .timestampMicros, true) }
      + ["open", "high", "low", "close"].map { ($0, .decimal(precision: 18, scale: 8), true) }
      + [
        ("volume", .decimal(precision: 38, scale: 8), true), ("quote_volume", .decimal(precision: 38, scale: 16), true),
        ("vwap", .decimal(precision: 38, scale: 16), false), ("taker_buy_volume", .decimal(precision: 38, scale: 8), true),
      ] + ["trades", "first_trade_id", "last_trade_id"].map { ($0, .int64, true) } + TableLayout.origin,
    partitions: [("interval", .identity)])

  private func candles(_ rows: [(symbol: String, start: Int64, candle: CandleModel)]) -> ColumnBatch {
    let count = rows.count
    func numbers(_ name: String, _ value: (CandleModel) -> Int64) -> Column {
      let type: ColumnType = ["open", "high", "low", "close"].contains(name) ? .decimal(precision: 18, scale: 8) : .int64
      return Column(name: name, type: type, values: .int64(rows.map { value($0.candle) }))
    }
    func wide(_ name: String, _ scale: Int, _ value: (CandleModel) -> Int128) -> Column {
      Column(name: name, type: .decimal(precision: 38, scale: scale), values: .int128(rows.map { value($0.candle) }))
    }
    return ColumnBatch(
      columns: [
        .constant("interval", "1s", count: count), .constant("venue", "sim", count: count),
        .strings("symbol", rows.map(\.symbol)),
        .integers("window_start", .timestampMicros, rows.map(\.start)),
        .integers("window_end", .timestampMicros, rows.map { $0.start + 1_000_000 }),
        numbers("open", \.open), numbers("high", \.high), numbers("low", \.low), numbers("close", \.close),
        wide("volume", 8, \.volume),
        wide("quote_volume", 16, \.quoteVolume), wide("vwap", 16) { $0.vwap ?? 0 }, wide("taker_buy_volume", 8, \.takerBuyVolume),
        numbers("trades", \.trades), numbers("first_trade_id", \.firstTradeID), numbers("last_trade_id", \.lastTradeID),
        .constant("_topic", "candles.1s", count: count), .integers("_partition", .int32, rows.map { _ in 0 }),
        .integers("_offset", .int64, rows.indices.map { Int64($0) }),
      ], rowCount: count)
  }

  private let query = VerifyConfiguration.Query(
    id: "CTAS_CANDLES_1S", sourceTopic: "trades.raw", sinkTopic: "candles.1s", lateTopic: "trades.late", windowMicros: 1_000_000,
    graceMicros: 0)

  /// Ten seconds of trades of two symbols, some sent twice; the last second's windows are still open.
  private func rows(_ seed: inout SeededGenerator) -> [Row] {
    var rows: [Row] = []
    for offset in 0..<Int64(400) {
      let symbol = ["A", "B"].randomElement(using: &seed) ?? "A"
      rows.append(
        Row(
          symbol: symbol,
          trade: .init(
            id: offset, time: offset * 25_000, price: .random(in: 1...1_000_000, using: &seed),
            quantity: .random(in: 1...1_000_000, using: &seed),
            takerBuys: .random(using: &seed)), place: .init(partition: 0, offset: offset)))
    }
    return rows
  }

  private func right(_ rows: [Row]) -> [(symbol: String, start: Int64, candle: CandleModel)] {
    var result: [(symbol: String, start: Int64, candle: CandleModel)] = []
    for row in rows {
      let start = row.trade.time / 1_000_000 * 1_000_000
      if let index = result.firstIndex(where: { $0.symbol == row.symbol && $0.start == start }) {
        result[index].candle.add(row.trade)
      } else {
        result.append((row.symbol, start, CandleModel(row.trade)))
      }
    }
    return result.filter { $0.start < 9_000_000 }
  }

  private func report(
    _ trades: [Row], _ candles: [(symbol: String, start: Int64, candle: CandleModel)], excluded: Set<TradeHistory.Place> = [],
    readTo: [Int32: Int64] = [:], closedTo: [Int32: Int64]? = nil
  ) throws -> VerifyReport {
    let lake = try Lake()
    let layout = TableLayout(
      columns: TableLayout.tradeColumns.map { ($0.name, $0.type, true) } + TableLayout.origin, partitions: [("event_time", .day)])
    let bronze = try lake.fill(.init("bronze", "trades"), layout, [self.trades(trades)])
    let silver = try lake.fill(.init("silver", "candles"), Self.candleLayout, [self.candles(candles)])
    let reader = TableReader(store: lake.store)
    let history = try TradeHistory(bronze, topic: "trades.raw", reader: reader)
    var report = VerifyReport()
    try CandleCheck(query: query, excluded: excluded, readTo: readTo, closedTo: closedTo ?? readTo)
      .compare(silver, reader, history, into: &report)
    return report
  }

  @Test func `right candles are clean, with duplicates, late trades and open windows`() throws {
    var seed = SeededGenerator.forTest("right candles")
    let rows = rows(&seed)
    let late: Set<TradeHistory.Place> = [rows[50].place, rows[120].place]
    var again = rows
    // Sent again later: neither another price nor another place makes it count, nor does an exclusion of the copy matter.
    for (number, index) in [3, 77, 200].enumerated() {
      var copy = rows[index]
      copy.place.offset = 1_000 + Int64(number)
      copy.trade.price += 5
      again.append(copy)
    }
    let candles = right(rows.filter { !late.contains($0.place) })
    let report = try report(again, candles, excluded: late.union([.init(partition: 0, offset: 1_001)]))
    #expect(report.isClean, "\(report.findings)")
    #expect(report.examined["candles"] == Int64(candles.count) && report.notes.count == 1)
  }

  @Test func `a planted loss, duplicate, wrong value and invention are found`() throws {
    var seed = SeededGenerator.forTest("wrong candles")
    let rows = rows(&seed)
    let candles = right(rows)
    var wrong = candles
    wrong[4].candle.add(.init(id: -1, time: 0, price: 0, quantity: 0, takerBuys: false))
    var moved = candles
    moved[2].start += 500_000_000
    let cases: [([(symbol: String, start: Int64, candle: CandleModel)], [String])] = [
      (Array(candles.dropFirst()), ["is missing"]), (candles + [candles[7]], ["is there twice"]), (wrong, ["differs in"]),
      (moved, ["has no trades behind it", "is missing"]),
    ]
    for (rowsOfTable, texts) in cases {
      let report = try report(rows, rowsOfTable)
      #expect(report.findings.count == texts.count, "\(report.findings)")
      for text in texts { #expect(report.findings.contains { $0.detail.contains(text) }) }
    }
    #expect(
      try report(rows, candles, excluded: [rows[10].place]).findingCounts == [.candles: 1], "a trade counted though set aside")
    #expect(
      try report(Array(rows.dropFirst(5).dropLast(0)), candles).findingCounts[.candles] != nil, "trades lost from the table")
  }

  @Test func `trades the query has not read yet are not missed`() throws {
    var seed = SeededGenerator.forTest("unread trades")
    let rows = rows(&seed)
    // Read up to second 5: its windows are open, the later ones unknown to the query.
    let candles = right(rows).filter { $0.start < 5_000_000 }
    #expect(try report(rows, candles, readTo: [0: 220]).isClean)
    #expect(!(try report(rows, candles).isClean))
  }

  @Test func `a window that was closed after the table was looked at may be in it or not`() throws {
    var seed = SeededGenerator.forTest("windows closed meanwhile")
    let rows = rows(&seed)
    let all = right(rows)
    for last in stride(from: 5_000_000 as Int64, through: 9_000_000, by: 1_000_000) {
      let report = try report(rows, all.filter { $0.start < last }, closedTo: [0: 220])
      #expect(report.isClean, "up to \(last): \(report.findings)")
    }
    #expect(!(try report(rows, all.filter { $0.start < 3_000_000 }, closedTo: [0: 220]).isClean), "closed before")
  }
}
