import Contracts
import SQL
import TestSupport

@testable import Streams

/// A record of the source, good or broken.
struct TestTrade: Equatable {
  enum Shape { case good, nullValue, garbage, unknownSchema, nullKey, badTime }

  var partition: Int32 = 0
  var venue = "binance"
  var symbol = "BTC-USDT"
  var id: Int64 = 1
  /// Unscaled, scale 8.
  var price: Int64 = 100_000_000
  /// Microseconds.
  var time: Int64 = 1_700_000_000_000_000
  var shape = Shape.good
  /// Milliseconds; the record's own.
  var timestamp: Int64?

  func withBytes(
    schemaID: Int32, _ body: (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) throws -> Void
  ) throws {
    let key = Array(symbol.utf8)
    let value = bytes(schemaID)
    try key.withUnsafeBytes { key in
      let key = shape == .nullKey ? nil : key
      guard let value else { return try body(key, nil) }
      try value.withUnsafeBytes { try body(key, $0) }
    }
  }

  private func bytes(_ schemaID: Int32) -> [UInt8]? {
    switch shape {
    case .nullValue: return nil
    case .garbage: return Array("{}".utf8)
    default: break
    }
    var writer = AvroRecordWriter()
    writer.begin(schemaID: shape == .unknownSchema ? .max : schemaID)
    writer.string(venue)
    writer.string(symbol)
    writer.long(id)
    writer.decimal(price)
    writer.long(shape == .badTime ? -5 : time)
    return writer.bytes
  }

  /// A stream of trades with disorder, copies and broken ones, a few seconds long.
  static func stream(
    _ count: Int, partitions: Int32, _ generator: inout SeededGenerator, firstID: Int64 = 0,
    start: Int64 = 1_700_000_000_000_000
  ) -> [TestTrade] {
    var trades: [TestTrade] = []
    for number in 0..<count {
      if number > 10, Int.random(in: 0..<20, using: &generator) == 0 {
        trades.append(trades[Int.random(in: max(0, number - 100)..<trades.count, using: &generator)])
        continue
      }
      let symbols = ["BTC-USDT", "ETH-USDT", "X-Y", "A,B-\"C"]
      let shapes: [Shape] = [.nullValue, .garbage, .unknownSchema, .nullKey, .badTime]
      let pick = Int.random(in: 0..<60, using: &generator)
      let symbol = Int.random(in: 0..<4, using: &generator)
      trades.append(
        TestTrade(
          partition: Int32(symbol) % partitions,
          venue: Bool.random(using: &generator) ? "binance" : "coinbase",
          symbol: symbols[symbol], id: firstID + Int64(number),
          price: Int64.random(in: 1...1_000_000_000_000, using: &generator),
          time: start + Int64(number) * 10_000 - Int64.random(in: 0..<1_500_000, using: &generator),
          shape: pick < shapes.count ? shapes[pick] : .good))
    }
    return trades
  }
}

/// What a table of candles must hold: computed record by record, without batches, heaps or columns.
struct Oracle: Equatable {
  struct Key: Hashable {
    var key: String
    /// Milliseconds.
    var start: Int64
  }
  struct Candle: Equatable {
    var trades: Int64 = 0
    var total: Int128 = 0
    var high: Int128 = .min
  }

  var candles: [Key: Candle] = [:]
  /// Partition and position in it of late records.
  var late: [Int64] = []
  var counts = [0, 0, 0, 0, 0]
  var undecodable: Int { counts[0] }
  var badTime: Int { counts[1] }
  var nullKey: Int { counts[2] }
  var duplicate: Int { counts[3] }
  var aggregated: Int { counts[4] }

  /// Tumbling windows of `size` with `grace`, microseconds. All windows end up closed.
  init(_ trades: [TestTrade], size: Int64 = 1_000_000, grace: Int64 = 0, closing: Bool = true) {
    var time: [Int32: Int64] = [:]
    var seen: [Int32: Set<String>] = [:]
    var offsets: [Int32: Int64] = [:]
    var ends: [Key: (Int32, Int64)] = [:]
    for trade in trades {
      let offset = offsets[trade.partition, default: 0]
      offsets[trade.partition] = offset + 1
      switch trade.shape {
      case .nullValue, .garbage, .unknownSchema: counts[0] += 1
      case .badTime: counts[1] += 1
      case .good, .nullKey:
        let symbol = trade.shape == .nullKey ? "" : trade.symbol
        // A NULL in its identity: a record is then never taken for a copy.
        if trade.shape == .good, !seen[trade.partition, default: []].insert("\(trade.venue)/\(symbol)/\(trade.id)").inserted {
          counts[3] += 1
          continue
        }
        if trade.shape == .nullKey {
          counts[2] += 1
          continue
        }
        let now = max(time[trade.partition] ?? 0, trade.time)
        time[trade.partition] = now
        let start = trade.time / size * size
        if start + size <= now - grace {
          late.append(Int64(trade.partition) << 32 | offset)
          continue
        }
        counts[4] += 1
        let key = Key(key: "\(Self.csv(trade.venue)),\(Self.csv(symbol))", start: start / 1000)
        candles[key, default: Candle()].trades += 1
        candles[key, default: Candle()].total += Int128(trade.price)
        candles[key, default: Candle()].high = max(candles[key]?.high ?? .min, Int128(trade.price))
        ends[key] = (trade.partition, start + size)
      }
    }
    if !closing {
      candles = candles.filter { key, _ in
        guard let (partition, end) = ends[key] else { return false }
        return end <= (time[partition] ?? 0) - grace
      }
    }
    late.sort()
  }

  static func csv(_ text: String) -> String {
    text.contains(",") || text.contains("\"") ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }

  /// Reads a sink back; nil for a value that is no candle. Two rows of one window are a fault unless `lastWins`.
  static func table(_ records: [Record], lastWins: Bool = false) throws -> (candles: [Key: Candle], repeats: Int) {
    let codec = try AvroReferenceCodec(
      AvroSchema(json: SinkSchema.derived(TestPlans.candles(TestPlans.source("x"), sink: "y"))))
    var candles: [Key: Candle] = [:]
    var repeats = 0
    for record in records {
      guard let bytes = record.key, bytes.count > 8, let value = record.value else { continue }
      let start = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let key = Key(key: String(decoding: bytes.dropLast(8), as: UTF8.self), start: Int64(start))
      guard case .record(let fields) = try codec.decode(Array(value.dropFirst(5))), case .union(_, .long(let trades)) = fields[0],
        case .union(_, .bytes(let total)) = fields[1], case .union(_, .bytes(let high)) = fields[2]
      else { continue }
      let candle = Candle(trades: trades, total: number(total), high: number(high))
      if candles.updateValue(candle, forKey: key) != nil { repeats += 1 }
    }
    return (candles, repeats)
  }

  private static func number(_ bytes: [UInt8]) -> Int128 {
    bytes.reduce(Int128((bytes.first ?? 0) >= 128 ? -1 : 0)) { $0 << 8 | Int128($1) }
  }
}
