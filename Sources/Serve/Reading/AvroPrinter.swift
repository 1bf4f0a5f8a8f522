import Contracts
import Formats
import JSON
import SQL
import Streams
import Values

/// Avro records of any schema as JSON text. Belongs to one thread.
final class AvroPrinter {
  private let schemas: SchemaAccess
  private var codecs: [Int32: (codec: RowCodec, type: SQLType)?] = [:]

  init(schemas: SchemaAccess) { self.schemas = schemas }

  /// Nil when the bytes are no Avro record of a known schema.
  func text(_ bytes: [UInt8]) -> String? {
    guard case .framed(let id) = bytes.withUnsafeBytes({ ConfluentFrame.parse($0) }) else { return nil }
    if codecs[id] == nil { codecs[id] = .some(codec(id)) }
    guard let (codec, type) = codecs[id] ?? nil, let row = try? codec.decode(bytes) else { return nil }
    if case .structure = type { return Value.structure(row).json(as: type).text }
    return row.first?.json(as: type).text
  }

  private func codec(_ id: Int32) -> (codec: RowCodec, type: SQLType)? {
    guard let schema = try? schemas.store.schema(id: id), let type = AvroSchemaColumns.type(schema.root, schema) else {
      return nil
    }
    var fields = [Field(name: "VALUE", type: type)]
    var options = FormatOptions(wrapsSingleValue: false)
    if case .structure(let members) = type {
      fields = members.map { Field(name: $0.name, type: $0.type) }
      options.wrapsSingleValue = true
    }
    let source = schemas.avro(topic: "", isKey: false)
    guard let codec = try? RowCodec(.avro, fields: fields, side: .value, options: options, avro: source) else { return nil }
    return (codec, type)
  }
}
