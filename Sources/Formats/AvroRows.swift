import Contracts
import JSON
import SQL
import Values

/// AVRO in the Confluent wire format: each record read by the schema it was written with, all written with one.
///
/// Complete rather than fast: any schema can be read. Flat records on the hot path have a compiled decoder of their own.
final class AvroRows: RowFormat {
  private let fields: [Field]
  private let isWrapped: Bool
  private let recordName: String
  private let source: AvroSource
  private var readers: [Int32: (schema: AvroSchema, codec: AvroReferenceCodec)] = [:]
  private var writer: (schema: AvroSchema, id: Int32, codec: AvroReferenceCodec)?

  init(_ fields: [Field], isWrapped: Bool, recordName: String, _ source: AvroSource) throws(FormatError) {
    if let field = fields.first(where: { $0.type.holdsMapWithOtherKeys }) {
      throw FormatError(.unsupported, "the AVRO format holds maps with keys of type STRING only, column: \(field.name)")
    }
    self.fields = fields
    self.isWrapped = isWrapped
    self.recordName = recordName
    self.source = source
  }

  func decode(_ bytes: [UInt8]) throws(FormatError) -> [Value]? {
    let header = bytes.withUnsafeBytes { ConfluentFrame.parse($0) }
    guard case .framed(let id) = header else {
      guard case .foreign(let reason) = header else { throw FormatError(.undecodable, "not a framed Avro record") }
      throw FormatError(.undecodable, "not a framed Avro record: \(reason)")
    }
    let (schema, datum) = try self.datum(Array(bytes.dropFirst(ConfluentFrame.headerSize)), id)
    let reader = AvroReading(schema: schema)
    guard isWrapped else {
      guard let field = fields.first else { return [] }
      do throws(FormatError) {
        return [try reader.value(datum, schema.root, as: field.type)]
      } catch {
        throw error.inside(field.name)
      }
    }
    return try reader.row(datum, schema.root, fields.map { ($0.name, $0.type) })
  }

  private func datum(_ payload: [UInt8], _ id: Int32) throws(FormatError) -> (AvroSchema, AvroValue) {
    do throws(ContractError) {
      let reader: (schema: AvroSchema, codec: AvroReferenceCodec)
      if let known = readers[id] {
        reader = known
      } else {
        let schema = try source.schema(id)
        reader = (schema, try AvroReferenceCodec(schema))
        readers[id] = reader
      }
      return (reader.schema, try reader.codec.decode(payload))
    } catch {
      throw FormatError(error.code == .unavailable ? .unavailable : .undecodable, error.reason)
    }
  }

  func encode(_ row: [Value]) throws(FormatError) -> [UInt8]? {
    if !isWrapped, row.first?.isNull ?? true { return nil }
    let writer = try currentWriter()
    let writing = AvroWriting(schema: writer.schema)
    let datum: AvroValue
    if isWrapped {
      datum = try writing.record(zip(fields, row).map { ($0.name, $0.type, $1) }, writer.schema.root)
    } else {
      datum = try writing.datum(row[0], fields[0].type, writer.schema.root)
    }
    var bytes: [UInt8] = []
    ConfluentFrame.writeHeader(schemaID: writer.id, into: &bytes)
    do throws(ContractError) { return bytes + (try writer.codec.encode(datum)) } catch {
      throw FormatError(.unsupported, error.reason)
    }
  }

  func checkWriting() throws(FormatError) { _ = try currentWriter() }

  private func currentWriter() throws(FormatError) -> (schema: AvroSchema, id: Int32, codec: AvroReferenceCodec) {
    if let writer { return writer }
    let text = AvroSchemaText.schema(of: fields, isWrapped: isWrapped, name: recordName).text
    do throws(ContractError) {
      let own = try AvroSchema(json: text)
      let (schema, id) = try source.writer(own)
      if schema != own { try AvroFit(schema: schema).check(fields, isWrapped: isWrapped) }
      let made = (schema, id, try AvroReferenceCodec(schema))
      writer = made
      return made
    } catch {
      throw FormatError(error.code == .unavailable ? .unavailable : .unsupported, error.reason)
    }
  }
}

extension SQLType {
  /// Whether a MAP is in it whose keys are no texts.
  var holdsMapWithOtherKeys: Bool {
    switch self {
    case .map(let key, let value): key != .string || value.holdsMapWithOtherKeys
    case .array(let element): element.holdsMapWithOtherKeys
    case .structure(let members): members.contains { $0.type.holdsMapWithOtherKeys }
    default: false
    }
  }
}
