/// What formats can hold, as in ksqlDB.
extension DataFormat {
  struct Objection {
    var field: Field
    var message: String
    var expected: [String] = []
  }

  static let kafkaTypes: [SQLType] = [.string, .integer, .bigint, .double]

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
          expected: ["STRING", "INT", "BIGINT", "DOUBLE"])
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
          expected: ["STRING", "INT", "BIGINT", "DOUBLE"])
      }
    case .none:
      return columns.first.map { field in
        Objection(field: field, message: "the column \(field.name) contradicts VALUE_FORMAT = 'NONE'; use another format")
      }
    case .delimited: return nested(columns)
    case .avro, .json: return nil
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
  var holdsMap: Bool {
    switch self {
    case .map: true
    case .array(let element): element.holdsMap
    case .structure(let members): members.contains { $0.type.holdsMap }
    default: false
    }
  }
}
