import JSON
import SQL
import Values

/// DELIMITED: the columns in order as one line of CSV; an empty field is NULL.
struct DelimitedRows: RowFormat {
  private let fields: [Field]
  private let line: DelimitedLine

  init(_ fields: [Field], delimiter: String) throws(FormatError) {
    if let nested = fields.first(where: \.type.isNested) {
      throw FormatError(.unsupported, "the DELIMITED format does not support type \(nested.type), column: \(nested.name)")
    }
    self.fields = fields
    line = try DelimitedLine(delimiter)
  }

  func decode(_ bytes: [UInt8]) throws(FormatError) -> [Value]? {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw FormatError(.undecodable, "not UTF-8") }
    let parts = try line.fields(text)
    guard parts.count == fields.count else {
      throw FormatError(.undecodable, "\(fields.count) columns were expected, there are \(parts.count)")
    }
    var row: [Value] = []
    for (part, field) in zip(parts, fields) {
      do throws(FormatError) {
        row.append(part.isEmpty ? .null : try TextCoercion.value(part, as: field.type))
      } catch {
        throw error.inside(field.name)
      }
    }
    return row
  }

  func encode(_ row: [Value]) throws(FormatError) -> [UInt8]? {
    let parts = zip(row, fields).map { value, field in Self.text(value, field.type) }
    return Array(line.text(parts).utf8)
  }

  /// Times as numbers, the rest as CAST(… AS STRING) writes it.
  private static func text(_ value: Value, _ type: SQLType) -> String? {
    switch value {
    case .timestamp, .date, .time: value.json(as: type).text
    default: value.text(as: type)
    }
  }
}
