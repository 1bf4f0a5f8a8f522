extension Analyzer {
  /// ksqlDB's grace where none is given with EMIT CHANGES: what is left of a day after the window.
  private static let day: Int64 = 86_400_000_000

  /// The most windows one record may lie in.
  private static let mostWindows: Int64 = 100_000

  func windowPlan(_ window: Window, emit: Query.Emit?) throws(SQLError) -> WindowPlan {
    let size = window.size.microseconds
    let advance = window.advance?.microseconds ?? size
    guard size > 0 else { throw text.error("a window cannot be empty", at: window.size.range) }
    guard advance > 0, advance <= size else {
      throw text.error(
        "a window advances by more than nothing and by at most its size", at: (window.advance ?? window.size).range)
    }
    let isFinal = emit?.mode == .final
    let grace = window.grace?.microseconds ?? (isFinal ? 0 : max(0, Self.day - size))
    guard size / advance < Self.mostWindows else {
      throw text.error(
        "a record would lie in more than \(Self.mostWindows) windows at once; raise ADVANCE BY", at: window.range)
    }
    let kept = size + grace
    if let retention = window.retention, retention.microseconds < kept {
      throw text.error(
        "RETENTION must be at least SIZE and GRACE PERIOD together, which is \(TimeUnit.describe(kept))",
        at: retention.range)
    }
    return WindowPlan(size: size, advance: advance, grace: grace)
  }

  func sink(
    _ create: CreateAs, _ properties: PropertyReader, source: SourcePlan, projection: [QueryPlan.Output],
    aggregation: AggregationPlan?
  ) throws(SQLError) -> SinkPlan {
    let topic = try properties.topic("KAFKA_TOPIC") ?? create.name.text
    if try properties.string("KAFKA_TOPIC") == nil { try properties.checkTopic(topic, at: create.name.range) }
    guard topic != source.topic else {
      throw text.error("the query would read what it writes: \(topic) is its source", at: properties.range("KAFKA_TOPIC"))
    }
    let formats = try sinkFormats(properties, aggregation, projection)
    if aggregation == nil, try properties.string("LATE_TOPIC") != nil {
      throw text.error("nothing is late in a query without a window; leave LATE_TOPIC out", at: properties.range("LATE_TOPIC"))
    }
    let late = try sideTopic("LATE_TOPIC", properties, of: source.topic, suffix: "late")
    guard late != topic else {
      throw text.error("late records cannot go to the query's own topic \(topic)", at: properties.range("LATE_TOPIC"))
    }
    return SinkPlan(
      name: create.name.text, topic: topic, keyFormat: formats.key, valueFormat: formats.value, isTable: create.isTable,
      lateTopic: late, partitions: try properties.count("PARTITIONS"), replicas: try properties.count("REPLICAS"))
  }

  /// Several key columns are DELIMITED, one is KAFKA, unless said otherwise.
  private func sinkFormats(
    _ properties: PropertyReader, _ aggregation: AggregationPlan?, _ projection: [QueryPlan.Output]
  ) throws(SQLError) -> (key: DataFormat, value: DataFormat) {
    if try properties.string("FORMAT") != nil {
      throw text.error(
        "FORMAT sets one format for key and value, but values are AVRO and keys DELIMITED or KAFKA; "
          + "write KEY_FORMAT and VALUE_FORMAT", at: properties.range("FORMAT"))
    }
    let value = try properties.format("VALUE_FORMAT", allowed: [.avro], for: "values") ?? .avro
    guard aggregation != nil else {
      return (try properties.format("KEY_FORMAT", allowed: [.kafka], for: "the keys of a stream") ?? .kafka, value)
    }
    let keys = projection.filter(\.field.isKey).map(\.field)
    let isPlain = keys.count == 1 && [.string, .integer, .bigint, .double].contains(keys[0].type)
    let given = try properties.format("KEY_FORMAT", allowed: [.delimited, .kafka], for: "the keys of a table")
    if given == .kafka, !isPlain {
      throw text.error(
        "the KAFKA format holds one STRING, INT, BIGINT or DOUBLE; use DELIMITED for this key",
        at: properties.range("KEY_FORMAT"), expected: ["'DELIMITED'"])
    }
    return (given ?? (isPlain ? .kafka : .delimited), value)
  }
}
