import Columns
import SQL
import Values
import Windows

/// One input record of the tests; nil is NULL.
struct Row {
  var venue: String? = "binance"
  var symbol: String? = "BTC-USDT"
  var id: Int64? = 1
  var price: Int64? = 100
  var quantity: Int128? = 10
  var side: String? = "BUY"
  var time: Int64? = 0
  var value: Double? = 1
  /// The record's own timestamp.
  var timestamp: Int64 = 0
  var offset: Int64 = 0
}

/// Plans over the columns of `Row`, built by hand.
enum Trades {
  static let priceType = SQLType.decimal(precision: 18, scale: 8)
  static let quantityType = SQLType.decimal(precision: 28, scale: 8)
  static let fields = [
    Field(name: "VENUE", type: .string), Field(name: "SYMBOL", type: .string, isKey: true),
    Field(name: "TRADE_ID", type: .bigint), Field(name: "PRICE", type: priceType),
    Field(name: "QUANTITY", type: quantityType), Field(name: "TAKER_SIDE", type: .string),
    Field(name: "EVENT_TIME", type: .timestamp), Field(name: "VALUE", type: .double),
  ]
  static let venue = Expression.column(0, .string)
  static let symbol = Expression.column(1, .string)
  static let id = Expression.column(2, .bigint)
  static let price = Expression.column(3, priceType)
  static let quantity = Expression.column(4, quantityType)
  static let side = Expression.column(5, .string)
  static let time = Expression.column(6, .timestamp)
  static let value = Expression.column(7, .double)
  static let sumType = SQLType.decimal(precision: 38, scale: 8)
  static let amountType = SQLType.decimal(precision: 38, scale: 16)
  static let amount = Expression.call(.multiply, [price, quantity], amountType)
  static let bought = Expression.conditional(
    [.init(condition: .call(.equal, [side, .literal(.string("BUY"), .string)], .boolean), result: quantity)],
    otherwise: .literal(.decimal(unscaled: 0, scale: 8), quantityType), quantityType)

  static func source(
    deduplicate: [Int] = [], within: Int64 = 0, skew: Int64? = nil
  ) -> SourcePlan {
    SourcePlan(
      name: "TRADES", topic: "trades.raw", keyFormat: .kafka, valueFormat: .avro, columns: fields, timestampColumn: 6,
      deduplicateBy: deduplicate, deduplicateWithin: within, maxFutureSkew: skew, idleClose: nil,
      invalidTopic: "trades.invalid", partitions: nil)
  }

  static func call(_ function: AggregateFunction, _ arguments: [Expression], _ type: SQLType) -> AggregateCall {
    AggregateCall(function: function, arguments: arguments, type: type)
  }

  static let candle: [AggregateCall] = [
    call(.firstBy, [price, time, id], priceType), call(.max, [price], priceType), call(.min, [price], priceType),
    call(.lastBy, [price, time, id], priceType), call(.sum, [quantity], sumType), call(.sum, [amount], amountType),
    call(.sum, [bought], sumType), call(.countAll, [], .bigint), call(.min, [id], .bigint), call(.max, [id], .bigint),
    call(.vwap, [price, quantity], amountType),
  ]

  static func plan(
    size: Int64, advance: Int64? = nil, grace: Int64, aggregates: [AggregateCall] = candle, filter: Expression? = nil,
    having: Expression? = nil, emit: AggregationPlan.Emit = .final, groupBy: [Expression] = [venue, symbol],
    source: SourcePlan = source(), window: WindowPlan? = nil
  ) -> QueryPlan {
    let keys = groupBy.enumerated().map { i, key in
      QueryPlan.Output(field: Field(name: "K\(i)", type: key.type, isKey: true), expression: .groupKey(i, key.type))
    }
    let values = aggregates.enumerated().map { i, call in
      QueryPlan.Output(field: Field(name: "A\(i)", type: call.type), expression: .aggregate(i, call.type))
    }
    return QueryPlan(
      id: "CTAS_CANDLES", source: source,
      sink: SinkPlan(
        name: "CANDLES", topic: "candles", keyFormat: .delimited, valueFormat: .avro, isTable: true,
        lateTopic: "trades.late", partitions: nil), filter: filter,
      aggregation: AggregationPlan(
        groupBy: groupBy, window: window ?? WindowPlan(size: size, advance: advance ?? size, grace: grace),
        aggregates: aggregates, having: having, emit: emit), projection: keys + values)
  }
}

/// Dictionaries of one decoder: shared by its batches, as in the real one.
struct Decoder {
  let venues = StringDictionary()
  let symbols = StringDictionary()
  let sides = StringDictionary()

  func batch(_ rows: [Row]) -> ColumnBatch {
    func codes(_ values: [String?], _ dictionary: StringDictionary) -> ColumnValues {
      .codes(values.map { $0.map { dictionary.code(of: $0) } ?? -7 }, dictionary)
    }
    func valid<T>(_ values: [T?]) -> [Bool]? { values.contains { $0 == nil } ? values.map { $0 != nil } : nil }
    func column(_ i: Int, _ values: ColumnValues, _ validity: [Bool]?) -> Column {
      Column(name: Trades.fields[i].name, type: Trades.fields[i].type.columnType, values: values, validity: validity)
    }
    return ColumnBatch(
      columns: [
        column(0, codes(rows.map(\.venue), venues), valid(rows.map(\.venue))),
        column(1, codes(rows.map(\.symbol), symbols), valid(rows.map(\.symbol))),
        column(2, .int64(rows.map { $0.id ?? 99 }), valid(rows.map(\.id))),
        column(3, .int64(rows.map { $0.price ?? .max }), valid(rows.map(\.price))),
        column(4, .int128(rows.map { $0.quantity ?? .max }), valid(rows.map(\.quantity))),
        column(5, codes(rows.map(\.side), sides), valid(rows.map(\.side))),
        column(6, .int64(rows.map { $0.time ?? -5 }), valid(rows.map(\.time))),
        column(7, .double(rows.map { $0.value ?? .nan }), valid(rows.map(\.value))),
      ], rowCount: rows.count)
  }
}

/// A stage with one query, and what came out of it as text.
final class Harness {
  let plan: QueryPlan
  let retention: Int64
  var decoder = Decoder()
  var stage: SourceStage
  var engine: QueryEngine
  var state: [[UInt8]: [UInt8]] = [:]
  var stageState: [[UInt8]: [UInt8]] = [:]
  var emitted: [String] = []
  /// Event times of what was emitted.
  var times: [Int64] = []
  var late: [String] = []
  var failed: [Int64] = []
  var nullKeys: [Int64] = []
  var rejected: [String] = []
  var counters = QueryCounters()
  var sourceCounters = SourceCounters()

  init(_ plan: QueryPlan, retention: Int64 = 0) throws {
    self.plan = plan
    self.retention = retention
    stage = try SourceStage(source: plan.source, retention: retention)
    engine = try QueryEngine(plan, stage: stage)
  }

  func process(_ rows: [Row]) throws {
    let staged = try stage.process(
      decoder.batch(rows), offsets: rows.map(\.offset), timestamps: rows.map(\.timestamp))
    rejected += staged.rejected.map { "\(rows[$0.row].offset) \($0.reason.rawValue)" }
    let result = try engine.process(staged)
    late += result.late.map {
      "\(rows[$0.row].offset) [\($0.windowStart),\($0.windowEnd)) at \($0.streamTime) by \($0.lateness) \($0.isDropped)"
    }
    failed += result.failed.map { rows[$0].offset }
    nullKeys += result.nullKeys.map { rows[$0].offset }
    counters = counters + engine.takeCounters()
    let source = stage.takeCounters()
    sourceCounters.consumed += source.consumed
    sourceCounters.passed += source.passed
    sourceCounters.duplicate += source.duplicate
    sourceCounters.badTime += source.badTime
    sourceCounters.future += source.future
  }

  func emit() { take(engine.closeDue()) }
  func finish() { take(engine.closeAll()) }

  func take(_ emission: Emission?) {
    guard let emission else { return }
    for row in 0..<emission.count {
      let cells = zip(emission.rows.columns, plan.projection).map { $0.text(row, $1.field.type) }
      times.append(emission.timestamps[row])
      let mark = emission.isTombstone[row] ? "deleted " : ""
      emitted.append("\(mark)[\(emission.windowStarts[row]),\(emission.windowEnds[row])) " + cells.joined(separator: " "))
    }
  }

  /// Stops, keeps only what a changelog would hold, and starts anew with a new decoder.
  func restart() throws {
    checkpoint()
    decoder = Decoder()
    stage = try SourceStage(source: plan.source, retention: retention)
    engine = try QueryEngine(plan, stage: stage)
    for (key, value) in stageState { try stage.restore(key: key, value: value) }
    for (key, value) in state { try engine.restore(key: key, value: value) }
  }

  func checkpoint() {
    for entry in engine.takeDirty() { state[entry.key] = entry.value }
    for entry in stage.takeDirty() { stageState[entry.key] = entry.value }
  }
}

extension Column {
  /// Nested values as JSON-like text.
  func text(_ row: Int, _ type: SQLType) -> String {
    guard type.isNested, !isNull(row), let value = try? value(row, as: type) else { return text(row) }
    return value.shown
  }

  func text(_ row: Int) -> String {
    if isNull(row) { return "NULL" }
    switch values {
    case .bool(let v): return "\(v[row])"
    case .int64(let v): return "\(v[row])"
    case .int128(let v): return "\(v[row])"
    case .double(let v): return "\(v[row])"
    case .codes(let v, let dictionary): return dictionary.string(v[row])
    case .bytes(let v): return "\(Array(v[row]))"
    }
  }
}

extension Value {
  var shown: String {
    switch self {
    case .null: "NULL"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .bigint(let value), .timestamp(let value), .time(let value): "\(value)"
    case .date(let value): "\(value)"
    case .double(let value): "\(value)"
    case .decimal(let unscaled, _): "\(unscaled)"
    case .string(let value): value
    case .bytes(let value): "\(value)"
    case .array(let values): "[\(values.map(\.shown).joined(separator: ","))]"
    case .structure(let values): "(\(values.map(\.shown).joined(separator: ",")))"
    case .map(let entries): "{\(entries.map { "\($0.key.shown):\($0.value.shown)" }.joined(separator: ","))}"
    }
  }
}
