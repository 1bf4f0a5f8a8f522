extension PropertyReader {
  struct Formats: Hashable {
    var key: DataFormat
    var value: DataFormat
  }

  /// Whether a property is given.
  func has(_ name: String) -> Bool { given(name) != nil }

  /// KEY_FORMAT, VALUE_FORMAT and FORMAT, or the settings' own.
  func formats(_ settings: SQLSettings) throws(SQLError) -> Formats {
    let key = try keyFormat() ?? settings.keyFormat
    return Formats(key: key, value: try valueFormat() ?? settings.valueFormat)
  }

  /// The key's format where it is said.
  func keyFormat() throws(SQLError) -> DataFormat? {
    try refuseTwice("KEY_FORMAT")
    return try format(has("FORMAT") ? "FORMAT" : "KEY_FORMAT")
  }

  /// The value's format where it is said.
  func valueFormat() throws(SQLError) -> DataFormat? {
    try refuseTwice("VALUE_FORMAT")
    return try format(has("FORMAT") ? "FORMAT" : "VALUE_FORMAT")
  }

  private func refuseTwice(_ name: String) throws(SQLError) {
    guard has("FORMAT"), has(name) else { return }
    throw text.error("FORMAT sets both formats; give it alone, or KEY_FORMAT and VALUE_FORMAT", at: range(name))
  }

  private func format(_ name: String) throws(SQLError) -> DataFormat? {
    guard let value = try string(name)?.uppercased() else { return nil }
    if let format = DataFormat(rawValue: value) {
      guard name != "FORMAT" || format != .none else {
        throw text.error("FORMAT cannot be NONE; set KEY_FORMAT = 'NONE' for a topic without keys", at: range(name))
      }
      return format
    }
    let known = DataFormat.allCases.map { "'\($0.rawValue)'" }
    guard !["JSON_SR", "PROTOBUF", "PROTOBUF_NOSR"].contains(value) else {
      throw text.error("the format \(value) is not supported; use AVRO or JSON", at: range(name), expected: known)
    }
    let suggestion = NearestName.of(value, in: DataFormat.allCases.map(\.rawValue))
    throw text.error(
      "there is no format \(value.prefix(40))", at: range(name), expected: suggestion == nil ? known : [], suggestion: suggestion)
  }

  /// What the formats need to know; a property for another format is refused.
  func options(_ formats: Formats, _ settings: SQLSettings) throws(SQLError) -> FormatOptions {
    var options = FormatOptions()
    options.keyDelimiter = try delimiter("KEY_DELIMITER", formats.key) ?? options.keyDelimiter
    options.valueDelimiter = try delimiter("VALUE_DELIMITER", formats.value) ?? options.valueDelimiter
    options.wrapsSingleValue = defaultWrapping(formats.value, settings)
    if has("WRAP_SINGLE_VALUE") { options.wrapsSingleValue = try wrapping(formats.value) }
    options.keySchemaName = try schemaName(["KEY_SCHEMA_FULL_NAME"], formats.key)
    options.valueSchemaName = try schemaName(["VALUE_AVRO_SCHEMA_FULL_NAME", "VALUE_SCHEMA_FULL_NAME"], formats.value)
    options.keySchemaID = try schemaID("KEY_SCHEMA_ID", formats.key)
    options.valueSchemaID = try schemaID("VALUE_SCHEMA_ID", formats.value)
    return options
  }

  private func delimiter(_ name: String, _ format: DataFormat) throws(SQLError) -> String? {
    guard let value = try string(name) else { return nil }
    guard format == .delimited else {
      throw text.error("\(name) belongs to the format DELIMITED, and this one is \(format.rawValue)", at: range(name))
    }
    switch value.uppercased() {
    case "SPACE": return " "
    case "TAB": return "\t"
    default: break
    }
    guard value.count == 1, value != "\"", value != "\n", value != "\r" else {
      throw text.error("\(name) is one character, SPACE or TAB", at: range(name), expected: ["','", "'SPACE'", "'TAB'"])
    }
    return value
  }

  private func wrapping(_ format: DataFormat) throws(SQLError) -> Bool? {
    guard let wraps = try boolean("WRAP_SINGLE_VALUE") else { return nil }
    let bare: [DataFormat] = [.kafka, .delimited, .none]
    guard format == .avro || format == .json || (bare.contains(format) && !wraps && format != .none) else {
      throw text.error(
        "the format \(format.rawValue) has no wrapping of single values; leave WRAP_SINGLE_VALUE out",
        at: range("WRAP_SINGLE_VALUE"))
    }
    return bare.contains(format) ? nil : wraps
  }

  /// Refuses WRAP_SINGLE_VALUE where there are several values, which are always a record.
  func checkWrapping(_ values: Int) throws(SQLError) {
    guard has("WRAP_SINGLE_VALUE"), values != 1 else { return }
    throw text.error(
      "WRAP_SINGLE_VALUE is for values of one column, and here are \(values); leave it out", at: range("WRAP_SINGLE_VALUE"))
  }

  private func defaultWrapping(_ format: DataFormat, _ settings: SQLSettings) -> Bool? {
    format == .avro || format == .json ? settings.wrapsSingleValue : nil
  }

  private func schemaName(_ names: [String], _ format: DataFormat) throws(SQLError) -> String? {
    var found: String?
    for name in names {
      guard let value = try string(name)?.trimmed else { continue }
      guard format == .avro else {
        throw text.error("\(name) belongs to the format AVRO, and this one is \(format.rawValue)", at: range(name))
      }
      guard found == nil else { throw text.error("the schema's name is given twice", at: range(name)) }
      guard value.isSchemaName else {
        throw text.error("\(name) is a name such as 'com.example.Trade'", at: range(name))
      }
      found = value
    }
    return found
  }

  private func schemaID(_ name: String, _ format: DataFormat) throws(SQLError) -> Int? {
    guard let id = try count(name) else { return nil }
    guard format == .avro else {
      throw text.error("\(name) belongs to the format AVRO, and this one is \(format.rawValue)", at: range(name))
    }
    return id
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// Names of Avro joined by dots.
  fileprivate var isSchemaName: Bool {
    split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.unicodeScalars.first, first.isASCII else { return false }
      return !first.properties.isASCIIDigit
        && part.unicodeScalars.allSatisfy {
          $0 == "_" || ($0.isASCII && ($0.properties.isAlphabetic || $0.properties.isASCIIDigit))
        }
    }
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isASCIIDigit: Bool { numericType == .decimal }
}
