extension Analyzer {
  /// DEDUPLICATE_WITHIN where it is not given: 1 hour.
  static let defaultDeduplicateWithin: Int64 = 3_600_000_000

  func source(_ create: CreateSource) throws(SQLError) -> SourcePlan {
    let columns = try columns(create)
    let properties = try PropertyReader(create.properties, of: .source, text: text, statement: create.range)
    guard let topic = try properties.topic("KAFKA_TOPIC") else {
      throw text.error("\(create.name.text) needs WITH (KAFKA_TOPIC = '…')", at: create.range)
    }
    let formats = try sourceFormats(properties)
    let deduplicateBy = try deduplicateBy(properties, columns)
    let within = try properties.duration("DEDUPLICATE_WITHIN")
    if within != nil, deduplicateBy.isEmpty {
      throw text.error("DEDUPLICATE_WITHIN needs DEDUPLICATE_BY", at: properties.range("DEDUPLICATE_WITHIN"))
    }
    return SourcePlan(
      name: create.name.text, topic: topic, keyFormat: formats.key, valueFormat: formats.value, columns: columns,
      timestampColumn: try timestampColumn(properties, columns), deduplicateBy: deduplicateBy,
      deduplicateWithin: within ?? Self.defaultDeduplicateWithin,
      maxFutureSkew: try properties.duration("MAX_FUTURE_SKEW"), idleClose: try properties.duration("IDLE_CLOSE"),
      invalidTopic: try sideTopic("INVALID_TOPIC", properties, of: topic, suffix: "invalid"),
      partitions: try properties.count("PARTITIONS"), replicas: try properties.count("REPLICAS"))
  }

  private static let pseudoColumns: Set<String> = ["ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND"]

  private func columns(_ create: CreateSource) throws(SQLError) -> [Field] {
    var names: Set<String> = []
    var key: ColumnDefinition?
    for column in create.columns {
      guard names.insert(column.name.text).inserted else {
        throw text.error("the column \(column.name.text) is declared twice", at: column.name.range)
      }
      guard !Self.pseudoColumns.contains(column.name.text) else {
        throw text.error("\(column.name.text) is a column every stream has; choose another name", at: column.name.range)
      }
      guard column.isKey else { continue }
      guard key == nil else {
        throw text.error("a second KEY column is not supported: the KAFKA key format holds one value", at: column.range)
      }
      guard [.string, .integer, .bigint, .double].contains(column.type) else {
        throw text.error(
          "a KEY column of type \(column.type) is not supported by the KAFKA key format", at: column.range,
          expected: ["STRING", "INT", "BIGINT", "DOUBLE"])
      }
      key = column
    }
    return create.columns.map { Field(name: $0.name.text, type: $0.type, isKey: $0.isKey) }
  }

  private func sourceFormats(_ properties: PropertyReader) throws(SQLError) -> (key: DataFormat, value: DataFormat) {
    if try properties.string("FORMAT") != nil {
      throw text.error(
        "FORMAT sets one format for key and value, but keys are KAFKA and values AVRO; "
          + "write KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO'", at: properties.range("FORMAT"))
    }
    let key = try properties.format("KEY_FORMAT", allowed: [.kafka], for: "the keys of a source")
    let value = try properties.format("VALUE_FORMAT", allowed: [.avro], for: "values")
    return (key ?? .kafka, value ?? .avro)
  }

  private func column(_ name: Name, _ columns: [Field]) throws(SQLError) -> Int {
    if let index = columns.firstIndex(where: { $0.name == name.text }) { return index }
    throw text.error(
      "there is no column \(name.text)", at: name.range, suggestion: NearestName.of(name.text, in: columns.map(\.name)))
  }

  private func timestampColumn(_ properties: PropertyReader, _ columns: [Field]) throws(SQLError) -> Int? {
    let names = try properties.names("TIMESTAMP")
    guard let name = names.first else { return nil }
    guard names.count == 1 else {
      throw text.error("TIMESTAMP names one column", at: name.range)
    }
    let index = try column(name, columns)
    guard columns[index].type == .timestamp || columns[index].type == .bigint else {
      throw text.error(
        "the TIMESTAMP column \(name.text) has the type \(columns[index].type); "
          + "declare it as TIMESTAMP, or as BIGINT of milliseconds", at: name.range)
    }
    return index
  }

  private func deduplicateBy(_ properties: PropertyReader, _ columns: [Field]) throws(SQLError) -> [Int] {
    var indexes: [Int] = []
    for name in try properties.names("DEDUPLICATE_BY") {
      let index = try column(name, columns)
      guard !indexes.contains(index) else {
        throw text.error("DEDUPLICATE_BY names \(name.text) twice", at: name.range)
      }
      indexes.append(index)
    }
    return indexes
  }

  /// The topic a property names or, where it does not, `topic` up to its first dot with `suffix`. Never `topic` itself,
  /// which would feed the query its own refuse.
  func sideTopic(
    _ property: String, _ properties: PropertyReader, of topic: String, suffix: String
  ) throws(SQLError) -> String {
    let stem = topic.prefix { $0 != "." }
    let side = try properties.topic(property) ?? "\(stem.isEmpty ? topic[...] : stem).\(suffix)"
    guard side != topic else {
      throw text.error(
        "\(property) would be the source's own topic \(topic); name another one", at: properties.range(property))
    }
    try properties.checkTopic(side, at: properties.range(property))
    return side
  }
}
