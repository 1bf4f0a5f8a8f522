extension Analyzer {
  /// Where CREATE … AS SELECT writes.
  func sink(_ create: CreateAs, _ checked: CheckedQuery) throws(SQLError) -> SinkPlan {
    let properties = try PropertyReader(create.properties, of: .sink, text: text, statement: create.range)
    let topic = try properties.topic("KAFKA_TOPIC") ?? settings.topicPrefix + create.name.text
    if try properties.string("KAFKA_TOPIC") == nil { try properties.checkTopic(topic, at: create.name.range) }
    for source in [checked.source, checked.join?.table].compactMap(\.self) where source.topic == topic {
      throw text.error("the query would read what it writes: \(topic) is its source", at: properties.range("KAFKA_TOPIC"))
    }
    let formats = try sinkFormats(properties, checked)
    let late = try lateTopic(properties, checked, sink: topic)
    let timestamp = try timestamp(properties, checked.projection.map(\.field), needsFormat: false)
    return SinkPlan(
      name: create.name.text, topic: topic, keyFormat: formats.key, valueFormat: formats.value,
      options: try sinkOptions(properties, formats, checked), isTable: create.isTable, window: checked.window,
      timestampColumn: timestamp.column, timestampFormat: timestamp.format, lateTopic: late,
      partitions: try properties.count("PARTITIONS"), replicas: try properties.count("REPLICAS"))
  }

  private func lateTopic(
    _ properties: PropertyReader, _ checked: CheckedQuery, sink topic: String
  ) throws(SQLError) -> String {
    let hasLate = checked.aggregation.map { $0.window != .unbounded } ?? false
    if !hasLate, try properties.string("LATE_TOPIC") != nil {
      throw text.error("nothing is late in a query without a window; leave LATE_TOPIC out", at: properties.range("LATE_TOPIC"))
    }
    let late = try sideTopic("LATE_TOPIC", properties, of: checked.source.topic, suffix: "late")
    guard late != topic else {
      throw text.error("late records cannot go to the query's own topic \(topic)", at: properties.range("LATE_TOPIC"))
    }
    return late
  }

  /// As given, otherwise those of the source; a key that the source's format cannot hold is KAFKA, DELIMITED or JSON.
  private func sinkFormats(
    _ properties: PropertyReader, _ checked: CheckedQuery
  ) throws(SQLError) -> PropertyReader.Formats {
    let keys = checked.projection.filter(\.field.isKey).map(\.field)
    let values = checked.projection.filter { !$0.field.isKey }.map(\.field)
    let given = try properties.keyFormat()
    let range = properties.range(properties.has("FORMAT") ? "FORMAT" : "KEY_FORMAT")
    if let given, let objection = given.objection(toKey: keys) {
      let advice =
        given == .kafka ? "the KAFKA format holds one STRING, INT, BIGINT, DOUBLE or BYTES; use DELIMITED for this key" : nil
      throw text.error(
        advice ?? objection.message, at: range, expected: advice == nil ? objection.expected : ["'DELIMITED'"])
    }
    if given != nil, given != DataFormat.none, keys.isEmpty, checked.partitionBy != nil {
      throw text.error("records without a key have no KEY_FORMAT; leave it out", at: range)
    }
    let isKept = checked.source.keyFormat != .none || keys.isEmpty
    let key = given ?? DataFormat.keeping(keys, isKept ? checked.source.keyFormat : settings.keyFormat)
    let value = try properties.valueFormat() ?? checked.source.valueFormat
    if let objection = value.objection(toValue: values) {
      throw text.error(
        objection.message, at: properties.range(properties.has("FORMAT") ? "FORMAT" : "VALUE_FORMAT"),
        expected: objection.expected)
    }
    try properties.checkWrapping(values.count)
    return PropertyReader.Formats(key: key, value: value)
  }

  /// Delimiters are those of the source where the format is the same and nothing else is said.
  private func sinkOptions(
    _ properties: PropertyReader, _ formats: PropertyReader.Formats, _ checked: CheckedQuery
  ) throws(SQLError) -> FormatOptions {
    var options = try properties.options(formats, settings)
    let source = checked.source
    if !properties.has("KEY_DELIMITER"), formats.key == .delimited, source.keyFormat == .delimited {
      options.keyDelimiter = source.options.keyDelimiter
    }
    if !properties.has("VALUE_DELIMITER"), formats.value == .delimited, source.valueFormat == .delimited {
      options.valueDelimiter = source.options.valueDelimiter
    }
    return options
  }

  /// What later statements read from a sink.
  func relation(_ sink: SinkPlan, _ checked: CheckedQuery) -> SourcePlan {
    let source = checked.source
    let time = source.timestampColumn.map { Expression.column($0, source.columns[$0].type) }
    let carried =
      checked.aggregation == nil && !sink.isTable && source.timestampFormat == nil
      ? checked.projection.firstIndex { $0.expression == time } : nil
    return SourcePlan(
      name: sink.name, topic: sink.topic, keyFormat: sink.keyFormat, valueFormat: sink.valueFormat, options: sink.options,
      isTable: sink.isTable, window: sink.window, columns: checked.projection.map(\.field),
      timestampColumn: sink.timestampColumn ?? carried, timestampFormat: sink.timestampFormat, deduplicateBy: [],
      deduplicateWithin: Self.defaultDeduplicateWithin, maxFutureSkew: nil, idleClose: source.idleClose,
      invalidTopic: source.invalidTopic, partitions: sink.partitions, replicas: sink.replicas)
  }
}

extension DataFormat {
  /// As `holding`, but a stream without keys keeps its format.
  static func keeping(_ key: [Field], _ format: DataFormat) -> DataFormat {
    key.isEmpty ? format : holding(key, preferring: format)
  }
}
