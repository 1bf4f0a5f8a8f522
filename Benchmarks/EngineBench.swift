import Columns
import Foundation
import SQL
import Windows

/// Decoded columns → three windows, on one thread, no Kafka.
enum EngineBench {
  private static let batchRows = 8192
  private static let rounds = 5
  private static let total = 10_000_000
  /// 50,000 trades a second of event time.
  private static let stepMicros: Int64 = 20

  static func measure(symbols: Int, deduplicates: Bool) throws {
    var feed = EngineFeed(symbols: symbols, batchRows: batchRows, stepMicros: stepMicros)
    let plans = try StreamsBench.plans(topic: "trades.raw", prefix: "engine", deduplicates: deduplicates)
    let before = Measure.residentBytes
    let retention = plans.compactMap(\.aggregation?.window.reach).max() ?? 0
    let stage = try SourceStage(source: plans[0].source, retention: retention)
    let engines = try plans.map { try QueryEngine($0, stage: stage) }
    var costs: [Double] = [], closing = 0.0, perWindow = 0.0, open = 0, batches = 0
    for _ in 0..<rounds {
      var spent = 0.0, rows = 0
      while rows < total / rounds {
        let (batch, offsets, timestamps) = feed.next()
        let start = Measure.threadCPU
        let staged = try stage.process(batch, offsets: offsets, timestamps: timestamps)
        for engine in engines { _ = try engine.process(staged) }
        let processed = Measure.threadCPU
        batches += 1
        // A catching-up worker commits, and so closes windows, about every half million records.
        if batches % 60 == 0 { for engine in engines { _ = engine.closeDue() } }
        let end = Measure.threadCPU
        spent += end - start
        closing += end - processed
        rows += batch.rowCount
      }
      costs.append(spent / Double(rows) * 1e9)
      let now = engines.reduce(0) { $0 + $1.openWindows }
      if now > open {
        open = now
        perWindow = (Measure.residentBytes - before) / Double(now)
      }
    }
    Measure.report("ns", median(costs))
    Measure.report("closing_ns", closing / Double(total) * 1e9)
    Measure.report("open", Double(open))
    Measure.report("bytes_per_window", perWindow)
  }

  static func rows() throws -> [Row] {
    let sizes = [2, 10, 100, 1_000, 100_000]
    var costs: [Int: [String: Double]] = [:]
    for size in sizes { costs[size] = try Child.measure("engine", "\(size)", "1") }
    let plain = try Child.measure("engine", "10", "0"), plainMany = try Child.measure("engine", "100000", "0")
    func cost(_ size: Int) -> Double { costs[size]?["ns"] ?? .nan }
    let rate = 1000 / cost(10)
    let growth = (cost(100_000) / cost(10) - 1) * 100
    let each = sizes.map { "\($0): \(number(cost($0), 0))" }.joined(separator: ", ")
    let closing = costs[100_000]?["closing_ns"] ?? .nan
    let bytes = plainMany["bytes_per_window"] ?? .nan
    let withIdentities = costs[100_000]?["bytes_per_window"] ?? .nan
    let middle = [10, 100, 1_000].map { (cost($0) / cost(10) - 1) * 100 }.max() ?? .nan
    return [
      .atLeast(
        15, "engine alone: columns → 1m+5m+1h", "≥ 15 M trades/s per core", rate,
        "\(number(rate, 1)) M/s (10 symbols; without deduplication \(number(1000 / (plain["ns"] ?? .nan), 1)))"),
      .atMost(
        10, "  growth, 10 → 1,000 symbols", "cost per trade ±10 %", middle, "\(number(middle, 0)) %; ns per trade \(each)"),
      .atMost(
        10, "  growth, 10 → 100,000 symbols", "cost per trade ±10 %", growth,
        "\(number(growth, 0)) %, of which closing windows is \(number(closing, 0)) ns a trade; without deduplication "
          + "\(number(((plainMany["ns"] ?? .nan) / (plain["ns"] ?? .nan) - 1) * 100, 0)) %"),
      .atMost(
        300, "  memory per open window", "≤ 300 bytes", bytes,
        "\(number(bytes, 0)) of \(number(plainMany["open"] ?? .nan, 0)) windows; \(number(withIdentities, 0)) with the identities for deduplication"
      ),
    ]
  }
}

/// Batches of made-up trades as columns; ids rise by one per symbol.
private struct EngineFeed {
  private var columns: [(codes: [Int32], prices: [Int64], quantities: [Int128], sides: [Int32])] = []
  private let symbols = StringDictionary(), venues = StringDictionary(), sides = StringDictionary()
  private let venueCodes: [Int32]
  private var nextID: [Int64]
  private var time: Int64 = 1_704_067_200_000_000
  private var offset: Int64 = 0
  private var turn = 0
  private let step: Int64

  init(symbols count: Int, batchRows: Int, stepMicros: Int64) {
    step = stepMicros
    venueCodes = [Int32](repeating: venues.code(of: "sim"), count: batchRows)
    nextID = [Int64](repeating: 1, count: count)
    for index in 0..<count { _ = symbols.code(of: "SYM\(index)-USDT") }
    let buy = sides.code(of: "BUY"), sell = sides.code(of: "SELL")
    var state = SampleTrades.seed
    for _ in 0..<64 {
      var batch: (codes: [Int32], prices: [Int64], quantities: [Int128], sides: [Int32]) = ([], [], [], [])
      for _ in 0..<batchRows {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let random = (state ^ (state >> 33)) &* 0xff51_afd7_ed55_8ccd
        batch.codes.append(Int32((random >> 32) % UInt64(count)))
        batch.prices.append(6_000_000_000_000 + Int64(random >> 40))
        batch.quantities.append(Int128((random >> 20) & 0xfff_ffff))
        batch.sides.append((random >> 19) & 1 == 0 ? buy : sell)
      }
      columns.append(batch)
    }
  }

  mutating func next() -> (ColumnBatch, offsets: [Int64], timestamps: [Int64]) {
    let batch = columns[turn % columns.count]
    turn += 1
    let rows = batch.codes.count
    var ids = [Int64](repeating: 0, count: rows), times = ids, offsets = ids
    for row in 0..<rows {
      let symbol = Int(batch.codes[row])
      ids[row] = nextID[symbol]
      nextID[symbol] += 1
      time += step
      times[row] = time - Int64(row & 7)
      offsets[row] = offset
      offset += 1
    }
    let result = ColumnBatch(
      columns: [
        Column(name: "VENUE", type: .string, values: .codes(venueCodes, venues)),
        Column(name: "SYMBOL", type: .string, values: .codes(batch.codes, symbols)),
        Column(name: "TRADE_ID", type: .int64, values: .int64(ids)),
        Column(name: "PRICE", type: .decimal(precision: 18, scale: 8), values: .int64(batch.prices)),
        Column(name: "QUANTITY", type: .decimal(precision: 28, scale: 8), values: .int128(batch.quantities)),
        Column(name: "TAKER_SIDE", type: .string, values: .codes(batch.sides, sides)),
        Column(name: "EVENT_TIME", type: .timestampMicros, values: .int64(times)),
        Column(name: "RECEIVED_TIME", type: .timestampMicros, values: .int64(times)),
      ], rowCount: rows)
    return (result, offsets, times)
  }
}
