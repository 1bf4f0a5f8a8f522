import Columns
import Foundation
import Market
import Parquet
import Venues

/// Columns of trades → a Parquet file, zstd level 1, on one thread; PyArrow writes the same columns.
enum ParquetBench {
  private static let count: Int64 = 2_000_000
  private static let batchRows = 65_536

  static func measure(folder: String) throws {
    let data = ParquetSample(count: count)
    try data.save(to: folder)
    let batches = stride(from: 0, to: data.ids.count, by: batchRows).map {
      data.batch($0..<min($0 + batchRows, data.ids.count))
    }
    let schema = try ParquetSchema(
      columns: batches[0].columns.enumerated().map { ParquetColumn(name: $1.name, type: $1.type, fieldID: Int32($0 + 1)) })
    var times: [Double] = [], size = 0.0
    for _ in 0..<4 {
      let path = "\(folder)/wick.parquet"
      try? FileManager.default.removeItem(atPath: path)
      let start = Measure.processCPU
      let writer = try ParquetWriter(to: FileSink(path: path, sync: false), schema: schema, options: ParquetWriterOptions())
      for batch in batches { try writer.write(batch) }
      size = Double(try writer.finish().fileSize)
      times.append(Measure.processCPU - start)
    }
    Measure.report("rows", Double(data.ids.count))
    Measure.report("rate", Double(data.ids.count) / median(times))
    Measure.report("bytes", size)
  }

  static func rows(folder: String) throws -> [Row] {
    let path = "Parquet write from columns, zstd 1, one thread", budget = "≥ PyArrow; no larger"
    let ours = try Child.measure("parquet", folder)
    let rate = ours["rate"] ?? .nan, size = ours["bytes"] ?? .nan
    let measured = "\(millions(rate)) M rows/s, \(number(size / 1e6, 1)) MB"
    guard let python = ProcessInfo.processInfo.environment["WICK_BENCH_PYTHON"], !python.isEmpty else {
      return [.missing(path, budget, "no Python with pyarrow to compare with; ours: \(measured)")]
    }
    let child = try Child(python, ["scripts/bench-pyarrow.py", folder])
    var results: [String: (rate: Double, size: Double)] = [:]
    for line in child.readToEnd() {
      let words = line.split(separator: " ")
      if words.count == 3, let rate = Double(words[1]), let size = Double(words[2]) { results[String(words[0])] = (rate, size) }
    }
    guard child.wait() == 0, let fastest = results.values.map(\.rate).max(), let smallest = results.values.map(\.size).min()
    else {
      return [.missing(path, budget, "pyarrow failed; ours: \(measured)")]
    }
    let each = results.sorted { $0.key < $1.key }.map {
      "\($0.key) \(millions($0.value.rate)), \(number($0.value.size / 1e6, 1)) MB"
    }
    return [
      .atLeast(
        1, path, "≥ PyArrow's rate", rate / fastest,
        "\(number(rate / fastest, 2)) × its fastest: \(measured) (PyArrow: \(each.joined(separator: "; ")))"),
      .atMost(1, "  size of the file", "≤ PyArrow's", size / smallest, "\(number(size / smallest, 2)) × its smallest"),
    ]
  }
}

/// The columns of `bronze.trades`.
private struct ParquetSample {
  var ids: [Int64] = [], prices: [Int64] = [], quantities: [Int64] = [], events: [Int64] = [], received: [Int64] = []
  var symbolCodes: [Int32] = [], sideCodes: [Int32] = [], partitions: [Int64] = [], offsets: [Int64] = []
  private let venues = StringDictionary(), symbols = StringDictionary(), sides = StringDictionary(), topics = StringDictionary()

  init(count: Int64) {
    var simulator = Simulator(SampleTrades.options(count: count))
    var next = [Int64](repeating: 0, count: 4)
    for code in ["BUY", "SELL"] { _ = sides.code(of: code) }
    _ = venues.code(of: "sim")
    _ = topics.code(of: "trades.raw")
    for symbol in SampleTrades.symbols { _ = symbols.code(of: symbol) }
    while let trade = simulator.next() {
      let symbol = symbols.code(of: trade.symbol), partition = Int(symbol) % 4
      ids.append(trade.tradeID)
      prices.append(trade.price)
      quantities.append(Int64(trade.quantity))
      events.append(trade.eventTime)
      received.append(trade.receivedTime)
      symbolCodes.append(symbol)
      sideCodes.append(trade.takerSide == .buy ? 0 : 1)
      partitions.append(Int64(partition))
      offsets.append(next[partition])
      next[partition] += 1
    }
  }

  func batch(_ rows: Range<Int>) -> ColumnBatch {
    let zeros = [Int32](repeating: 0, count: rows.count)
    return ColumnBatch(
      columns: [
        Column(name: "venue", type: .string, values: .codes(zeros, venues)),
        Column(name: "symbol", type: .string, values: .codes(Array(symbolCodes[rows]), symbols)),
        Column(name: "trade_id", type: .int64, values: .int64(Array(ids[rows]))),
        Column(name: "price", type: .decimal(precision: 18, scale: 8), values: .int64(Array(prices[rows]))),
        Column(name: "quantity", type: .decimal(precision: 28, scale: 8), values: .int128(quantities[rows].map { Int128($0) })),
        Column(name: "taker_side", type: .string, values: .codes(Array(sideCodes[rows]), sides)),
        Column(name: "event_time", type: .timestampMicros, values: .int64(Array(events[rows]))),
        Column(name: "received_time", type: .timestampMicros, values: .int64(Array(received[rows]))),
        Column(name: "_topic", type: .string, values: .codes(zeros, topics)),
        Column(name: "_partition", type: .int32, values: .int64(Array(partitions[rows]))),
        Column(name: "_offset", type: .int64, values: .int64(Array(offsets[rows]))),
      ], rowCount: rows.count)
  }

  /// For PyArrow: each column as little-endian numbers, each dictionary as lines.
  func save(to folder: String) throws {
    func write<T: FixedWidthInteger>(_ name: String, _ values: [T]) throws {
      try values.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: "\(folder)/\(name).bin"))
    }
    try write("trade_id", ids)
    try write("price", prices)
    try write("quantity", quantities)
    try write("event_time", events)
    try write("received_time", received)
    try write("symbol", symbolCodes)
    try write("taker_side", sideCodes)
    try write("_partition", partitions)
    try write("_offset", offsets)
    try SampleTrades.symbols.joined(separator: "\n").write(toFile: "\(folder)/symbols.txt", atomically: false, encoding: .utf8)
  }
}
