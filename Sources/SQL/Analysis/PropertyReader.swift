/// The properties of one WITH clause: each is known, given once, of the right form, and taken.
struct PropertyReader {
  let text: SourceText
  /// Where to point when a property is missing.
  let statement: SourceRange
  private var properties: [String: Property] = [:]

  /// Which statement the properties belong to.
  enum Owner {
    case source, sink

    var known: [String] {
      let shared = [
        "KAFKA_TOPIC", "KEY_FORMAT", "VALUE_FORMAT", "FORMAT", "PARTITIONS", "REPLICAS", "TIMESTAMP", "TIMESTAMP_FORMAT",
        "KEY_DELIMITER", "VALUE_DELIMITER", "WRAP_SINGLE_VALUE", "VALUE_AVRO_SCHEMA_FULL_NAME", "KEY_SCHEMA_FULL_NAME",
        "VALUE_SCHEMA_FULL_NAME", "KEY_SCHEMA_ID", "VALUE_SCHEMA_ID",
      ]
      switch self {
      case .source:
        return shared + [
          "WINDOW_TYPE", "WINDOW_SIZE", "DEDUPLICATE_BY", "DEDUPLICATE_WITHIN", "MAX_FUTURE_SKEW", "IDLE_CLOSE", "INVALID_TOPIC",
        ]
      case .sink: return shared + ["LATE_TOPIC"]
      }
    }
  }

  /// ksqlDB's properties that the engine does not have, with what to do instead.
  private static let unsupported = [
    "KEY": "mark the column with KEY", "KEY_PROTOBUF_NULLABLE_REPRESENTATION": "use AVRO",
    "VALUE_PROTOBUF_NULLABLE_REPRESENTATION": "use AVRO", "CLEANUP_POLICY": "set it on the topic",
    "RETENTION_MS": "set it on the topic", "SOURCED_BY_CONNECTOR": "leave it out",
  ]

  init(
    _ list: [Property], of owner: Owner, text: SourceText, statement: SourceRange
  ) throws(SQLError) {
    self.text = text
    self.statement = statement
    for property in list {
      let name = property.name.text
      guard owner.known.contains(name) else { throw Self.unknown(property.name, owner, text) }
      guard properties.updateValue(property, forKey: name) == nil else {
        throw text.error("\(name) is given twice", at: property.name.range)
      }
    }
  }

  private static func unknown(_ name: Name, _ owner: Owner, _ text: SourceText) -> SQLError {
    let other: Owner = owner == .source ? .sink : .source
    if other.known.contains(name.text) {
      let place = owner == .source ? "the statement CREATE … AS SELECT" : "the CREATE STREAM of the source"
      return text.error("\(name.text) belongs to \(place)", at: name.range)
    }
    if let advice = unsupported[name.text] {
      return text.error("the property \(name.text) is not supported; \(advice)", at: name.range)
    }
    let suggestion = NearestName.of(name.text, in: owner.known)
    return text.error(
      "there is no property \(name.text)", at: name.range, expected: suggestion == nil ? owner.known : [],
      suggestion: suggestion)
  }

  /// The place of a property's value, or of the statement when it is not given.
  func range(_ name: String) -> SourceRange { properties[name]?.valueRange ?? statement }

  func given(_ name: String) -> Property? { properties[name] }

  /// TRUE or FALSE, as words or, as ksqlDB allows, in quotes.
  func boolean(_ name: String) throws(SQLError) -> Bool? {
    switch properties[name]?.value {
    case nil: return nil
    case .boolean(let value): return value
    case .string(let text) where Bool(text.lowercased()) != nil: return Bool(text.lowercased())
    default: throw text.error("\(name) is TRUE or FALSE", at: range(name), expected: ["TRUE", "FALSE"])
    }
  }

  func string(_ name: String) throws(SQLError) -> String? {
    guard let property = properties[name] else { return nil }
    guard case .string(let value) = property.value else {
      throw text.error("\(name) is a text in quotes", at: property.valueRange, expected: ["'…'"])
    }
    return value
  }

  /// A legal topic name.
  func topic(_ name: String) throws(SQLError) -> String? {
    guard let topic = try string(name) else { return nil }
    try checkTopic(topic, at: range(name))
    return topic
  }

  /// Refuses what Kafka does not take as a topic's name.
  func checkTopic(_ topic: String, at range: SourceRange) throws(SQLError) {
    let isLegal = topic.utf8.allSatisfy { byte in
      byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
        || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
    }
    guard isLegal, (1...249).contains(topic.utf8.count), topic != ".", topic != ".." else {
      throw text.error(
        "a topic's name has 1 to 249 letters, digits, dots, dashes and underscores of ASCII", at: range)
    }
  }

  /// A count of at least 1, written as a number or, as ksqlDB allows, in quotes.
  func count(_ name: String) throws(SQLError) -> Int? {
    guard let property = properties[name] else { return nil }
    let digits: String? =
      switch property.value {
      case .number(let digits), .string(let digits): digits
      case .boolean: nil
      }
    guard let count = digits.flatMap({ Int32($0) }), count > 0 else {
      throw text.error("\(name) is a whole number of at least 1", at: property.valueRange)
    }
    return Int(count)
  }

  /// A length of time such as '5 SECONDS', in microseconds.
  func duration(_ name: String) throws(SQLError) -> Int64? {
    guard let value = try string(name) else { return nil }
    let parts = value.split(separator: " ")
    guard parts.count == 2, let count = Int64(parts[0]), count > 0, let unit = TimeUnit(word: parts[1].uppercased()),
      let microseconds = unit.times(count)
    else {
      throw text.error(
        "\(name) is a length of time such as '5 SECONDS'", at: range(name), expected: TimeUnit.names,
        suggestion: parts.count == 2 ? NearestName.of(String(parts[1]), in: TimeUnit.names) : nil)
    }
    return microseconds
  }

  /// Names of columns separated by commas, read by the rules of SQL, each with its place in the statement.
  func names(_ name: String) throws(SQLError) -> [Name] {
    guard let value = try string(name) else { return [] }
    let range = range(name)
    let inner = SourceText(name: text.name, text: value)
    do {
      return try Self.names(in: inner).map { Name(text: $0, range: range) }
    } catch {
      throw text.error("\(name) is a list of columns such as 'venue, trade_id'", at: range)
    }
  }

  private static func names(in inner: SourceText) throws(SQLError) -> [String] {
    var parser = try Parser(inner)
    var names = [try parser.name("a column's name").text]
    while parser.accept(.comma) != nil { names.append(try parser.name("a column's name").text) }
    try parser.refuseBadToken()
    guard parser.token.kind == .end else { throw parser.unexpected([","]) }
    return names
  }
}
