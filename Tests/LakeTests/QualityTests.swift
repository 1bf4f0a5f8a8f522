import Columns
import Foundation
import Iceberg
import TestSupport
import Testing

@testable import Lake

/// Rules on tables written by our own writers, kept or broken on purpose.
@Suite struct `Quality` {
  private final class Lake {
    let store: LakeStore

    init() throws { store = try LakeStore(folder: NSTemporaryDirectory() + "wick-quality-" + UUID().uuidString, durable: false) }

    deinit { try? FileManager.default.removeItem(atPath: store.folder) }

    func fill(_ name: String, _ layout: TableLayout, _ batch: ColumnBatch, ledger: OffsetLedger? = nil) throws {
      let name = try TableIdentifier(name)
      let table = try store.catalog.create(
        name, schema: layout.schema, spec: try PartitionSpec(of: layout.schema, []), files: store.files)
      let writer = try DataFileWriter(table: table, files: store.files)
      try writer.write(batch)
      let commit = TableCommit(table: name, commitID: "1", files: try writer.finish()) { _ in
        ledger.map { [OffsetLedger.property: $0.text] } ?? [:]
      }
      _ = try Committer(catalog: store.catalog, files: store.files).commit([commit])
    }
  }

  /// Prices with 8 digits, the average with 16.
  private struct Candle {
    var minute: Int64
    var open: Int64 = 5
    var high: Int64 = 9
    var low: Int64 = 2
    var close: Int64 = 6
    var volume: Int128 = 30
    var vwap: Int128? = 55
  }

  private static let layout = TableLayout(
    columns: [("interval", .string, true), ("venue", .string, true), ("symbol", .string, true)]
      + [("window_start", .timestampMicros, true)]
      + ["open", "high", "low", "close"].map { ($0, .decimal(precision: 18, scale: 0), true) }
      + [("volume", .decimal(precision: 38, scale: 8), true), ("vwap", .decimal(precision: 38, scale: 1), false)],
    partitions: [])

  private func batch(_ rows: [Candle]) -> ColumnBatch {
    func prices(_ name: String, _ value: (Candle) -> Int64) -> Column {
      .integers(name, .decimal(precision: 18, scale: 0), rows.map(value))
    }
    let count = rows.count
    return ColumnBatch(
      columns: [
        .constant("interval", "1m", count: count), .constant("venue", "sim", count: count),
        .constant("symbol", "BTC-USDT", count: count),
        .integers("window_start", .timestampMicros, rows.map { $0.minute * 60_000_000 }),
        prices("open", \.open), prices("high", \.high), prices("low", \.low), prices("close", \.close),
        Column(name: "volume", type: .decimal(precision: 38, scale: 8), values: .int128(rows.map(\.volume))),
        Column(
          name: "vwap", type: .decimal(precision: 38, scale: 1), values: .int128(rows.map { $0.vwap ?? 0 }),
          validity: rows.map { $0.vwap != nil }),
      ], rowCount: count)
  }

  private func rules(_ complete: QualityRules.Completeness? = nil) throws -> QualityRules {
    func rule(_ name: String, _ holds: String) throws -> QualityRules.Rule { .init(name: name, holds: try RowCondition(holds)) }
    return QualityRules(tables: [
      .init(
        table: "silver.candles", key: ["symbol", "window_start"],
        rules: [
          try rule("low is lowest", "low <= open and low <= close and low <= high"),
          try rule("high is highest", "high >= open and high >= close"), try rule("volume", "volume >= 0"),
          try rule("the average lies inside", "vwap >= low and vwap <= high"),
        ], complete: complete)
    ])
  }

  /// The names of broken rules, with the number of rows that break them.
  private func broken(_ candles: [Candle]) throws -> [String: Int64] {
    let lake = try Lake()
    try lake.fill("silver.candles", Self.layout, batch(candles))
    let report = try QualityCheck(lake.store, rules()).run()
    return Dictionary(uniqueKeysWithValues: report.lines.filter { !$0.isClean }.map { ($0.rule, $0.violations) })
  }

  @Test func `good candles break nothing, an unknown average included`() throws {
    #expect(try broken([Candle(minute: 1), Candle(minute: 2, vwap: nil)]) == [:])
    // 9.0 is 9, whatever the digits behind the point.
    #expect(try broken([Candle(minute: 1, vwap: 90), Candle(minute: 2, vwap: 20)]) == [:])
  }

  @Test func `each planted violation is named, and nothing else`() throws {
    func one(_ change: (inout Candle) -> Void) throws -> [String: Int64] {
      var bad = Candle(minute: 2)
      change(&bad)
      return try broken([Candle(minute: 1), bad, Candle(minute: 3)])
    }
    #expect(try one { $0.open = 1 } == ["low is lowest": 1])
    #expect(try one { $0.close = 10 } == ["high is highest": 1])
    #expect(try one { $0.volume = -1 } == ["volume": 1])
    #expect(try one { $0.vwap = 91 } == ["the average lies inside": 1])
    #expect(try one { $0.vwap = 19 } == ["the average lies inside": 1])
    #expect(try one { $0.minute = 3 } == ["keys are unique": 1])
    #expect(
      try one { ($0.high, $0.low) = (2, 9) }.keys.sorted() == ["high is highest", "low is lowest", "the average lies inside"])
  }

  @Test func `a violation says where it is`() throws {
    let lake = try Lake()
    try lake.fill("silver.candles", Self.layout, batch([Candle(minute: 7, volume: -1)]))
    let line = try #require(try QualityCheck(lake.store, rules()).run().lines.first { !$0.isClean })
    #expect(line.examples == ["BTC-USDT 420000000 µs"] && line.examined == 1 && line.table == "silver.candles")
  }

  // MARK: Gaps

  private func gaps(_ trades: [(minute: Int64, second: Int64)], _ candles: [Int64], late: [Int64] = []) throws -> [String] {
    let lake = try Lake()
    try lake.fill("silver.candles", Self.layout, batch(candles.map { Candle(minute: $0) }))
    let columns: [(name: String, type: ColumnType, required: Bool)] = [
      ("venue", .string, true), ("symbol", .string, true), ("event_time", .timestampMicros, true), ("_partition", .int32, true),
    ]
    func times(_ micros: [Int64]) -> ColumnBatch {
      ColumnBatch(
        columns: [
          .constant("venue", "sim", count: micros.count), .constant("symbol", "BTC-USDT", count: micros.count),
          .integers("event_time", .timestampMicros, micros), .integers("_partition", .int32, micros.map { _ in 0 }),
        ], rowCount: micros.count)
    }
    let layout = TableLayout(columns: columns, partitions: [])
    try lake.fill("bronze.trades", layout, times(trades.map { ($0.minute * 60 + $0.second) * 1_000_000 }))
    try lake.fill("bronze.late", layout, times(late.map { $0 * 60_000_000 + 1 }))
    let complete = QualityRules.Completeness(
      from: "bronze.trades", time: "event_time", late: "bronze.late", interval: "1m", seconds: 60, settle: 10)
    let report = try QualityCheck(lake.store, rules(complete)).run()
    return report.lines.filter { $0.rule.contains("missing") }.flatMap(\.examples)
  }

  @Test func `a minute with trades and no candle is missing, one without trades is not`() throws {
    #expect(try gaps([(1, 0), (2, 5), (4, 0), (6, 30)], [1, 2, 4]) == [])
    #expect(try gaps([(1, 0), (2, 5), (4, 0), (6, 30)], [1, 4]) == ["sim BTC-USDT at 120000000 µs"])
  }

  @Test func `a minute that is not over, or within its grace, is not missed`() throws {
    #expect(try gaps([(1, 0), (2, 0)], []) == [])
    #expect(try gaps([(1, 0), (2, 9)], []) == [])
    #expect(try gaps([(1, 0), (2, 10)], []) == ["sim BTC-USDT at 60000000 µs"])
  }

  @Test func `a minute whose trades came too late may be missing`() throws {
    #expect(try gaps([(1, 0), (2, 5), (6, 30)], [1], late: [2]) == [])
  }

  // MARK: Ledgers

  @Test func `rows that the ledger does not count are found`() throws {
    let columns: [(name: String, type: ColumnType, required: Bool)] = TableLayout.origin
    func report(_ offsets: [Int64], counted: Int64) throws -> QualityReport {
      let lake = try Lake()
      let batch = ColumnBatch(
        columns: [
          .constant("_topic", "t", count: offsets.count), .integers("_partition", .int32, offsets.map { _ in 0 }),
          .integers("_offset", .int64, offsets),
        ], rowCount: offsets.count)
      let entry = OffsetLedger.Entry(start: 0, end: 3, records: counted)
      let ledger = try OffsetLedger().advanced(by: ["t": [0: entry]], cluster: "c")
      try lake.fill("silver.t", TableLayout(columns: columns, partitions: []), batch, ledger: ledger)
      return try QualityCheck(lake.store, QualityRules(tables: [])).run()
    }
    #expect(try report([0, 1, 2], counted: 3).isClean)
    #expect(try report([0, 1, 2], counted: 3).lines.map(\.examined) == [3])
    #expect(!(try report([0, 1], counted: 3).isClean))
    #expect(!(try report([0, 1, 1], counted: 3).isClean))
    #expect(!(try report([0, 1, 7], counted: 3).isClean))
  }

  // MARK: Rules

  @Test(arguments: [
    "", "low", "low <", "low <= high and", "low <= high or low > 0", "low <= high low > 0", "low ~ high", "a-b < c",
  ])
  func `a rule that cannot be read is refused`(text: String) {
    #expect { try RowCondition(text) } throws: { "\($0)".contains("cannot be read") }
  }

  @Test func `a rule about a column that is not there is refused by name`() throws {
    let lake = try Lake()
    try lake.fill("silver.candles", Self.layout, batch([Candle(minute: 1)]))
    let rule = QualityRules.Rule(name: "x", holds: try RowCondition("lowest <= high"))
    let rules = QualityRules(tables: [.init(table: "silver.candles", key: [], rules: [rule])])
    #expect { try QualityCheck(lake.store, rules).run() } throws: { "\($0)".contains("lowest") }
  }

  @Test func `decimals of any width are ordered exactly`() {
    let wide = Int128(170_141_183_460_469_231_731_687_303_715_884) * 1000
    #expect(DecimalOrder.compare(wide, 0, 5, 10) > 0)
    #expect(DecimalOrder.compare(-wide, 0, 5, 10) < 0)
    #expect(DecimalOrder.compare(5, 10, wide, 0) < 0)
    #expect(DecimalOrder.compare(5, 10, -wide, 0) > 0)
    #expect(DecimalOrder.compare(15, 1, 150, 2) == 0)
    #expect(DecimalOrder.compare(15, 1, 151, 2) < 0)
    #expect(DecimalOrder.compare(-15, 1, -151, 2) > 0)
  }
}
