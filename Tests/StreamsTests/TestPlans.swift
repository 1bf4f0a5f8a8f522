import SQL

/// Plans as the planner makes them, built by hand so that these tests stand on their own.
enum TestPlans {
  static let columns = [
    Field(name: "VENUE", type: .string), Field(name: "SYMBOL", type: .string, isKey: true),
    Field(name: "TRADE_ID", type: .bigint), Field(name: "PRICE", type: .decimal(precision: 18, scale: 8)),
    Field(name: "EVENT_TIME", type: .timestamp),
  ]

  static func source(
    _ topic: String, deduplicates: Bool = true, maxFutureSkew: Int64? = nil, idleClose: Int64? = nil
  ) -> SourcePlan {
    SourcePlan(
      name: "TRADES", topic: topic, keyFormat: .kafka, valueFormat: .avro, columns: columns, timestampColumn: 4,
      deduplicateBy: deduplicates ? [0, 1, 2] : [], deduplicateWithin: 60_000_000, maxFutureSkew: maxFutureSkew,
      idleClose: idleClose, invalidTopic: "\(topic).invalid", partitions: nil)
  }

  static let schemaJSON = """
    {"type":"record","name":"Trade","fields":[{"name":"venue","type":"string"},{"name":"symbol","type":"string"},\
    {"name":"trade_id","type":"long"},\
    {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":8}},\
    {"name":"event_time","type":{"type":"long","logicalType":"timestamp-micros"}}]}
    """

  /// COUNT, SUM and MAX of price per venue and symbol in tumbling windows.
  static func candles(
    _ source: SourcePlan, sink: String, size: Int64 = 1_000_000, advance: Int64? = nil, grace: Int64 = 0,
    emit: AggregationPlan.Emit = .final, filter: Expression? = nil, id: String = "CTAS_CANDLES"
  ) -> QueryPlan {
    let price = Expression.column(3, columns[3].type)
    let calls = [
      AggregateCall(function: .countAll, arguments: [], type: .bigint),
      AggregateCall(function: .sum, arguments: [price], type: .decimal(precision: 38, scale: 8)),
      AggregateCall(function: .max, arguments: [price], type: columns[3].type),
    ]
    let names = ["TRADES", "TOTAL", "HIGH"]
    let groups = [Expression.column(0, .string), .column(1, .string)]
    let keys = ["VENUE", "SYMBOL"].enumerated().map { index, name in
      QueryPlan.Output(
        field: Field(name: name, type: .string, isKey: true), expression: .groupKey(index, .string))
    }
    let values = calls.enumerated().map { index, call in
      QueryPlan.Output(
        field: Field(name: names[index], type: call.type), expression: .aggregate(index, call.type))
    }
    return QueryPlan(
      id: id, source: source,
      sink: SinkPlan(
        name: "CANDLES", topic: sink, keyFormat: .delimited, valueFormat: .avro, isTable: true,
        lateTopic: "\(source.topic).late", partitions: nil),
      filter: filter,
      aggregation: AggregationPlan(
        groupBy: groups, window: WindowPlan(size: size, advance: advance ?? size, grace: grace), aggregates: calls,
        having: nil, emit: emit),
      projection: keys + values)
  }

  /// VENUE as key, PRICE as value, without windows.
  static func projection(_ source: SourcePlan, sink: String) -> QueryPlan {
    QueryPlan(
      id: "CSAS_PRICES", source: source,
      sink: SinkPlan(
        name: "PRICES", topic: sink, keyFormat: .kafka, valueFormat: .avro, isTable: false,
        lateTopic: "\(source.topic).late", partitions: nil),
      filter: nil, aggregation: nil,
      projection: [
        .init(field: Field(name: "SYMBOL", type: .string, isKey: true), expression: .column(1, .string)),
        .init(field: Field(name: "PRICE", type: columns[3].type), expression: .column(3, columns[3].type)),
      ])
  }
}
