import Contracts
import Formats
import JSON
import SQL
import Values

/// One side of a topic's records, as a case writes it and as bytes.
final class SideCodec {
  let format: DataFormat
  let fields: [Field]
  private let side: RowCodec.Side
  private let isWrapped: Bool
  private let rows: RowCodec
  private let schemas: CaseSchemas
  private let topic: String
  /// The schema of the file, where the statement names it by its id: it may have more fields than there are columns.
  private let named: AvroSchema?

  init(
    _ format: DataFormat, fields: [Field], side: RowCodec.Side, options: FormatOptions, topic: String, schemas: CaseSchemas
  ) throws(FormatError) {
    // A stream without key columns ignores whatever stands in its keys.
    self.format = fields.isEmpty && side == .key ? .none : format
    self.fields = fields
    self.side = side
    self.topic = topic
    self.schemas = schemas
    let isNamed = (side == .key ? options.keySchemaID : options.valueSchemaID) != nil
    named = isNamed && format == .avro ? schemas.schema(topic: topic, isKey: side == .key) : nil
    isWrapped = fields.count != 1 || (side == .value && options.wrapsSingleValue != false)
    rows = try RowCodec(
      self.format, fields: fields, side: side, options: options,
      avro: schemas.source(topic: topic, isKey: side == .key, isNamed: isNamed))
  }

  /// The type that numbers of a case's JSON are compared as.
  var type: SQLType? {
    guard !fields.isEmpty else { return nil }
    return isWrapped && (format == .json || format == .avro)
      ? .structure(fields.map { .init(name: $0.name, type: $0.type) }) : fields[0].type
  }

  func decode(_ bytes: [UInt8]?) throws(FormatError) -> [Value]? { try rows.decode(bytes) }

  func checkWriting() throws(FormatError) { try rows.checkWriting() }

  func encode(_ row: [Value]?) throws(FormatError) -> [UInt8]? { try rows.encode(row) }

  /// The bytes of what a case writes.
  func bytes(of json: JSONValue) throws(FormatError) -> [UInt8]? {
    guard json != .null else { return nil }
    switch format {
    case .json: return json.utf8
    case .delimited, .none: return Array((json.stringValue ?? json.text).utf8)
    case .kafka: return try kafka(json)
    case .avro: return try schemas.bytes(of: json, fields, isWrapped: isWrapped, topic: topic, isKey: side == .key)
    }
  }

  private func kafka(_ json: JSONValue) throws(FormatError) -> [UInt8]? {
    guard let field = fields.first else { return Array((json.stringValue ?? json.text).utf8) }
    // Bytes stand in cases as the text they spell.
    if field.type == .string || field.type == .bytes { return Array((json.stringValue ?? json.text).utf8) }
    let bare = try RowCodec(.json, fields: [field], side: .key)
    return try rows.encode(try bare.decode(json.utf8))
  }

  /// What a case writes for these bytes.
  func json(of bytes: [UInt8]?) throws(FormatError) -> JSONValue {
    guard let bytes else { return .null }
    if let named { return try AvroJSON.json(Array(bytes.dropFirst(ConfluentFrame.headerSize)), named) }
    switch format {
    case .json:
      do { return try JSONValue(parsing: bytes) } catch { throw FormatError(.undecodable, error.description) }
    case .delimited, .none: return .string(String(decoding: bytes, as: UTF8.self))
    case .kafka where fields.first?.type == .bytes: return .string(String(decoding: bytes, as: UTF8.self))
    case .kafka, .avro:
      guard let row = try rows.decode(bytes) else { return .null }
      guard isWrapped, format == .avro else { return row.first?.json(as: fields[0].type) ?? .null }
      return .object(zip(fields, row).map { .init($0.name, $1.json(as: $0.type)) })
    }
  }
}
