extension Analyzer {
  /// DEDUPLICATE_WITHIN where it is not given: 1 hour.
  static let defaultDeduplicateWithin: Int64 = 3_600_000_000

  mutating func declare(_ create: CreateSource) throws(SQLError) -> SQLStatement {
    guard try isNew(create.name, ifNotExists: create.ifNotExists, isReplacing: create.isReplacing) else {
      return .unchanged(create.name.text)
    }
    let source = try source(create)
    let old = catalog.sources[source.name]
    if let old { try checkReplacement(source, of: old, create.range) }
    catalog.put(source)
    return .declare(source, replacing: old != nil)
  }

  func source(_ create: CreateSource) throws(SQLError) -> SourcePlan {
    let properties = try PropertyReader(create.properties, of: .source, text: text, statement: create.range)
    guard let topic = try properties.topic("KAFKA_TOPIC") else {
      throw text.error("\(create.name.text) needs WITH (KAFKA_TOPIC = '…')", at: create.range)
    }
    let formats = try properties.formats(settings)
    let options = try properties.options(formats, settings)
    let (columns, headers) = try columns(create, topic, formats, options)
    try checkFormats(columns, formats, create, properties)
    try properties.checkWrapping(columns.indices.count { !columns[$0].isKey && headers[$0] == nil })
    let timestamp = try timestamp(properties, columns, needsFormat: true)
    let deduplicateBy = try deduplicateBy(properties, columns)
    let within = try properties.duration("DEDUPLICATE_WITHIN")
    if within != nil, deduplicateBy.isEmpty {
      throw text.error("DEDUPLICATE_WITHIN needs DEDUPLICATE_BY", at: properties.range("DEDUPLICATE_WITHIN"))
    }
    return SourcePlan(
      name: create.name.text, topic: topic, keyFormat: formats.key, valueFormat: formats.value, options: options,
      isTable: create.isTable, isReadOnly: create.isReadOnly, window: try keyWindow(properties, columns, create),
      columns: columns, headers: headers, timestampColumn: timestamp.column, timestampFormat: timestamp.format,
      deduplicateBy: deduplicateBy, deduplicateWithin: within ?? Self.defaultDeduplicateWithin,
      maxFutureSkew: try properties.duration("MAX_FUTURE_SKEW"), idleClose: try properties.duration("IDLE_CLOSE"),
      invalidTopic: try sideTopic("INVALID_TOPIC", properties, of: topic, suffix: "invalid"),
      partitions: try properties.count("PARTITIONS"), replicas: try properties.count("REPLICAS"))
  }

  // MARK: Columns

  static let pseudoColumns: Set<String> = ["ROWTIME", "ROWPARTITION", "ROWOFFSET", "WINDOWSTART", "WINDOWEND"]

  private func columns(
    _ create: CreateSource, _ topic: String, _ formats: PropertyReader.Formats, _ options: FormatOptions
  ) throws(SQLError) -> ([Field], [Int: String]) {
    try checkDeclared(create)
    var columns = create.columns.map { column in
      Field(name: column.name.text, type: column.type, isKey: column.role == .key || column.role == .primaryKey)
    }
    var headers = create.columns.enumerated().reduce(into: [Int: String]()) { headers, column in
      if case .header(let name) = column.element.role { headers[column.offset] = name }
    }
    let hasValues = columns.indices.contains { !columns[$0].isKey && headers[$0] == nil }
    if !hasValues, formats.value != .none {
      columns += try inferred(create, topic, isKey: false, formats, options, known: columns)
    }
    if !columns.contains(where: \.isKey), formats.key == .avro, schemas != nil {
      let keys = try inferred(create, topic, isKey: true, formats, options, known: columns)
      columns = keys + columns
      headers = headers.reduce(into: [:]) { $0[$1.key + keys.count] = $1.value }
    }
    if create.isTable, !columns.contains(where: \.isKey) {
      throw text.error("a TABLE needs a column with PRIMARY KEY; a topic without keys is a STREAM", at: create.range)
    }
    return (columns, headers)
  }

  private func checkDeclared(_ create: CreateSource) throws(SQLError) {
    var names: Set<String> = []
    for column in create.columns {
      guard names.insert(column.name.text).inserted else {
        throw text.error("the column \(column.name.text) is declared twice", at: column.name.range)
      }
      guard !Self.pseudoColumns.contains(column.name.text) else {
        throw text.error("\(column.name.text) is a column every stream has; choose another name", at: column.name.range)
      }
      switch column.role {
      case .key where create.isTable:
        throw text.error("the key of a TABLE is marked PRIMARY KEY", at: column.range, expected: ["PRIMARY KEY"])
      case .primaryKey where !create.isTable:
        throw text.error("the key of a STREAM is marked KEY; PRIMARY KEY belongs to a TABLE", at: column.range, expected: ["KEY"])
      case .header where column.type != .bytes:
        throw text.error("a HEADER column has the type BYTES", at: column.range, expected: ["BYTES"])
      default: break
      }
    }
  }

  /// The columns that a statement leaves out, as the registry knows them.
  private func inferred(
    _ create: CreateSource, _ topic: String, isKey: Bool, _ formats: PropertyReader.Formats, _ options: FormatOptions,
    known: [Field]
  ) throws(SQLError) -> [Field] {
    let (format, part) = isKey ? (formats.key, "key") : (formats.value, "value")
    guard let schemas else {
      throw text.error(
        "\(create.name.text) has no \(part) columns, and there is no registry to take them from; list them after the name",
        at: create.range)
    }
    let id = isKey ? options.keySchemaID : options.valueSchemaID
    switch schemas.columns(topic: topic, isKey: isKey, format: format, id: id) {
    // Single keys, and values without wrapping, stand bare: a record is then one column.
    case .columns(let members) where isKey || options.wrapsSingleValue == false:
      let type = SQLType.structure(members)
      return [Field(name: isKey ? "ROWKEY" : "ROWVAL", type: id == nil ? type.upperCased : type, isKey: isKey)]
    case .columns(let members):
      let names = Set(known.map(\.name) + Self.pseudoColumns)
      // A schema that the statement names by its id is taken as it is spelled.
      let fields = members.map { member in
        Field(
          name: id == nil ? member.name.uppercased() : member.name, type: id == nil ? member.type.upperCased : member.type,
          isKey: isKey)
      }
      guard !fields.isEmpty, Set(fields.map(\.name)).count == fields.count, names.isDisjoint(with: fields.map(\.name)) else {
        throw text.error(
          "the fields of the schema of \(topic)-\(part) cannot all be columns; list the columns after the name", at: create.range)
      }
      return fields
    case .value(let type):
      return [Field(name: isKey ? "ROWKEY" : "ROWVAL", type: id == nil ? type.upperCased : type, isKey: isKey)]
    case .none where isKey: return []
    case .none:
      throw text.error(
        "there is no schema \(topic)-\(part) to take the columns of \(create.name.text) from; list them after the name",
        at: create.range)
    case .unreadable(let reason):
      throw text.error(
        "the columns of \(create.name.text) cannot be taken from \(topic)-\(part): \(reason); list them after the name",
        at: create.range)
    }
  }

  private func checkFormats(
    _ columns: [Field], _ formats: PropertyReader.Formats, _ create: CreateSource, _ properties: PropertyReader
  ) throws(SQLError) {
    func range(_ field: Field) -> SourceRange {
      create.columns.first { $0.name.text == field.name }?.range ?? create.range
    }
    if let objection = formats.key.objection(toKey: columns.filter(\.isKey)) {
      throw text.error(objection.message, at: range(objection.field), expected: objection.expected)
    }
    let headers = Set(create.columns.filter { if case .header = $0.role { true } else { false } }.map(\.name.text))
    let values = columns.filter { !$0.isKey && !headers.contains($0.name) }
    if let objection = formats.value.objection(toValue: values) {
      throw text.error(objection.message, at: range(objection.field), expected: objection.expected)
    }
  }

  func column(_ name: Name, _ columns: [Field]) throws(SQLError) -> Int {
    if let index = columns.firstIndex(where: { $0.name == name.text }) { return index }
    throw text.error(
      "there is no column \(name.text)", at: name.range, suggestion: NearestName.of(name.text, in: columns.map(\.name)))
  }

  /// The column that TIMESTAMP names, and the format of its text.
  func timestamp(
    _ properties: PropertyReader, _ columns: [Field], needsFormat: Bool
  ) throws(SQLError) -> (column: Int?, format: String?) {
    let names = try properties.names("TIMESTAMP")
    let format = try properties.string("TIMESTAMP_FORMAT")
    guard let name = names.first else {
      guard format == nil else {
        throw text.error("TIMESTAMP_FORMAT needs TIMESTAMP", at: properties.range("TIMESTAMP_FORMAT"))
      }
      return (nil, nil)
    }
    guard names.count == 1 else {
      throw text.error("TIMESTAMP names one column", at: name.range)
    }
    let index = try column(name, columns)
    let type = columns[index].type
    guard type == .timestamp || type == .bigint || (type == .string && format != nil) else {
      throw text.error(
        "the TIMESTAMP column \(name.text) has the type \(type); declare it as TIMESTAMP, as BIGINT of milliseconds, "
          + "or as STRING with TIMESTAMP_FORMAT", at: name.range)
    }
    guard format == nil || type == .string else {
      throw text.error(
        "TIMESTAMP_FORMAT belongs to a STRING column, and \(name.text) is a \(type)", at: properties.range("TIMESTAMP_FORMAT"))
    }
    return (index, format)
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

  /// WINDOW_TYPE and WINDOW_SIZE.
  private func keyWindow(
    _ properties: PropertyReader, _ columns: [Field], _ create: CreateSource
  ) throws(SQLError) -> KeyWindow? {
    let size = try properties.duration("WINDOW_SIZE")
    guard let type = try properties.string("WINDOW_TYPE")?.uppercased() else {
      guard size == nil else { throw text.error("WINDOW_SIZE needs WINDOW_TYPE", at: properties.range("WINDOW_SIZE")) }
      return nil
    }
    let range = properties.range("WINDOW_TYPE")
    guard let kind = Window.Kind(rawValue: type) else {
      let kinds = ["TUMBLING", "HOPPING", "SESSION"]
      throw text.error(
        "there is no window type \(type.prefix(40))", at: range, expected: kinds.map { "'\($0)'" },
        suggestion: NearestName.of(type, in: kinds))
    }
    guard columns.contains(where: \.isKey) else {
      throw text.error("a windowed topic has keys; mark their column with \(create.isTable ? "PRIMARY KEY" : "KEY")", at: range)
    }
    if kind == .session {
      guard size == nil else {
        throw text.error("a session has no fixed size; leave WINDOW_SIZE out", at: properties.range("WINDOW_SIZE"))
      }
      return .session
    }
    guard let size else { throw text.error("a \(type) window needs WINDOW_SIZE", at: range, expected: ["WINDOW_SIZE = '…'"]) }
    return .time(size: size, isHopping: kind == .hopping)
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

extension SQLType {
  /// With the names of fields in upper case, as unquoted names are read.
  fileprivate var upperCased: SQLType {
    switch self {
    case .array(let element): .array(element.upperCased)
    case .map(let key, let value): .map(key.upperCased, value.upperCased)
    case .structure(let members): .structure(members.map { .init(name: $0.name.uppercased(), type: $0.type.upperCased) })
    default: self
    }
  }
}
