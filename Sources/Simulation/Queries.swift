import SQL

/// What the simulated pipeline runs, said twice: as plans for the engine, and as rules for the model.
struct SimulatedQuery: Sendable {
  var id: String
  /// Microseconds.
  var size: Int64
  var advance: Int64
  var grace: Int64
  /// Only prices above this count.
  var above: Int64?
  /// Groups by venue and symbol, or by symbol alone.
  var byVenue: Bool

  static let all = [
    SimulatedQuery(id: "CTAS_A", size: 5_000_000, advance: 5_000_000, grace: 2_000_000, above: nil, byVenue: true),
    SimulatedQuery(id: "CTAS_B", size: 20_000_000, advance: 20_000_000, grace: 0, above: 300_000_000, byVenue: false),
    SimulatedQuery(id: "CTAS_C", size: 10_000_000, advance: 5_000_000, grace: 5_000_000, above: nil, byVenue: true),
  ]
  /// DEDUPLICATE_WITHIN and MAX_FUTURE_SKEW, microseconds.
  static let within: Int64 = 30_000_000
  static let skew: Int64 = 600_000_000
  /// What a task remembers identities for: the largest of DEDUPLICATE_WITHIN and each window with its grace.
  static let retention: Int64 = 30_000_000
}

extension SimulatedQuery {
  private static let priceType = SQLType.decimal(precision: 18, scale: 8)
  private static let quantityType = SQLType.decimal(precision: 28, scale: 8)
  static let fields = [
    Field(name: "VENUE", type: .string), Field(name: "SYMBOL", type: .string, isKey: true),
    Field(name: "TRADE_ID", type: .bigint), Field(name: "PRICE", type: priceType),
    Field(name: "QUANTITY", type: quantityType), Field(name: "EVENT_TIME", type: .timestamp),
  ]

  static let source = SourcePlan(
    name: "TRADES", topic: "in", keyFormat: .kafka, valueFormat: .avro, columns: fields, timestampColumn: 5,
    deduplicateBy: [0, 1, 2], deduplicateWithin: within, maxFutureSkew: skew, idleClose: nil, invalidTopic: "out",
    partitions: nil)

  /// With mistakes in it, where they are asked for.
  func plan(_ faults: Set<SimulationFault>) -> QueryPlan {
    let grace = grace + (faults.contains(.acceptsLate) ? 1_000_000 : 0)
    let (venue, symbol) = (Expression.column(0, .string), Expression.column(1, .string))
    let (id, price) = (Expression.column(2, .bigint), Expression.column(3, Self.priceType))
    let (quantity, time) = (Expression.column(4, Self.quantityType), Expression.column(5, .timestamp))
    let sum = SQLType.decimal(precision: 38, scale: 8)
    let amount = SQLType.decimal(precision: 38, scale: 16)
    let aggregates = [
      AggregateCall(function: .firstBy, arguments: [price, time, id], type: Self.priceType),
      AggregateCall(function: .max, arguments: [price], type: Self.priceType),
      AggregateCall(function: .min, arguments: [price], type: Self.priceType),
      AggregateCall(function: .lastBy, arguments: [price, time, id], type: Self.priceType),
      AggregateCall(function: .sum, arguments: [quantity], type: sum),
      AggregateCall(function: .sum, arguments: [.call(.multiply, [price, quantity], amount)], type: amount),
      AggregateCall(function: .countAll, arguments: [], type: .bigint),
    ]
    let groups = byVenue ? [venue, symbol] : [symbol]
    let keys = groups.enumerated().map { index, key in
      QueryPlan.Output(field: Field(name: "K\(index)", type: key.type, isKey: true), expression: .groupKey(index, key.type))
    }
    let values = aggregates.enumerated().map { index, call in
      QueryPlan.Output(field: Field(name: "A\(index)", type: call.type), expression: .aggregate(index, call.type))
    }
    let filter = above.map { limit in
      Expression.call(.greater, [price, .literal(.decimal(unscaled: Int128(limit), scale: 8), Self.priceType)], .boolean)
    }
    return QueryPlan(
      id: self.id, source: Self.source,
      sink: SinkPlan(
        name: self.id, topic: "out", keyFormat: .delimited, valueFormat: .avro, isTable: true, lateTopic: "out",
        partitions: nil),
      filter: filter,
      aggregation: AggregationPlan(
        groupBy: groups, window: WindowPlan(size: size, advance: advance, grace: grace), aggregates: aggregates,
        having: nil, emit: .final),
      projection: keys + values)
  }
}
