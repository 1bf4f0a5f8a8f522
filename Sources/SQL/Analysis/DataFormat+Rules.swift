/// What formats can hold, as in ksqlDB.
extension DataFormat {
  struct Objection {
    var field: Field
    var message: String
    var expected: [String] = []
  }

  static let kafkaTypes: [SQLType] = [.string, .integer, .bigint, .double, .bytes]

  /// Why these columns cannot be a key in this format; nil when they can.
  func objection(toKey columns: [Field]) -> Objection? {
    if let field = columns.first(where: { $0.type.holdsMap }) {
      return Objection(field: field, message: "the key column \(field.name) holds a MAP, which has no order; use other columns")
    }
    switch self {
    case .kafka:
      if columns.count > 1 {
        return Objection(
          field: columns[1],
          message: "a second KEY column is not supported by the KAFKA key format, which holds one value; use another KEY_FORMAT",
          expected: ["'DELIMITED'", "'JSON'", "'AVRO'"])
      }
      return columns.first { !Self.kafkaTypes.contains($0.type) }.map { field in
        Objection(
          field: field, message: "a KEY column of type \(field.type) is not supported by the KAFKA key format",
          expected: ["STRING", "INT", "BIGINT", "DOUBLE", "BYTES"])
      }
    case .none:
      return columns.first.map { field in
        Objection(field: field, message: "the key column \(field.name) contradicts KEY_FORMAT = 'NONE'; use another format")
      }
    case .delimited: return nested(columns)
    case .avro, .json: return nil
    }
  }

  /// Why these columns cannot be a value in this format; nil when they can.
  func objection(toValue columns: [Field]) -> Objection? {
    switch self {
    case .kafka:
      if columns.count > 1 {
        return Objection(
          field: columns[1], message: "the KAFKA value format holds one value; use another VALUE_FORMAT",
          expected: ["'AVRO'", "'JSON'", "'DELIMITED'"])
      }
      return columns.first { !Self.kafkaTypes.contains($0.type) }.map { field in
        Objection(
          field: field, message: "a column of type \(field.type) is not supported by the KAFKA value format",
          expected: ["STRING", "INT", "BIGINT", "DOUBLE", "BYTES"])
      }
    case .none:
      return columns.first.map { field in
        Objection(field: field, message: "the column \(field.name) contradicts VALUE_FORMAT = 'NONE'; use another format")
      }
    case .delimited: return nested(columns)
    case .avro: return Self.unnamed(columns) ?? Self.unkeyed(columns)
    case .json: return Self.unkeyed(columns)
    }
  }

  /// Maps in AVRO and JSON have STRING keys.
  private static func unkeyed(_ columns: [Field]) -> Objection? {
    columns.first { !$0.type.hasStringKeys }.map { field in
      Objection(
        field: field, message: "the MAP in \(field.name) must have STRING keys in this format", expected: ["MAP<STRING, …>"])
    }
  }

  /// Fields of AVRO are named by letters, digits and underscores.
  private static func unnamed(_ columns: [Field]) -> Objection? {
    columns.first { !$0.name.isAvroName || !$0.type.hasAvroNames }.map { field in
      Objection(
        field: field,
        message: "AVRO cannot name a field \(field.name): its names are letters, digits and underscores, no digit first; "
          + "use another name or VALUE_FORMAT = 'JSON'")
    }
  }

  private func nested(_ columns: [Field]) -> Objection? {
    columns.first { $0.type.isNested }.map { field in
      Objection(
        field: field, message: "the DELIMITED format cannot hold \(field.name), which is of type \(field.type)",
        expected: ["'JSON'", "'AVRO'"])
    }
  }
}

extension SQLType {
  /// Whether a MAP lies anywhere inside.
  public var holdsMap: Bool {
    switch self {
    case .map: true
    case .array(let element): element.holdsMap
    case .structure(let members): members.contains { $0.type.holdsMap }
    default: false
    }
  }
}

extension SQLType {
  /// Whether every MAP inside has STRING keys.
  fileprivate var hasStringKeys: Bool {
    switch self {
    case .map(let key, let value): key == .string && value.hasStringKeys
    case .array(let element): element.hasStringKeys
    case .structure(let members): members.allSatisfy { $0.type.hasStringKeys }
    default: true
    }
  }

  fileprivate var hasAvroNames: Bool {
    switch self {
    case .map(_, let value): value.hasAvroNames
    case .array(let element): element.hasAvroNames
    case .structure(let members): members.allSatisfy { $0.name.isAvroName && $0.type.hasAvroNames }
    default: true
    }
  }
}

extension String {
  fileprivate var isAvroName: Bool {
    guard let first = utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || byte == UInt8(ascii: "_")
    }
  }
}
