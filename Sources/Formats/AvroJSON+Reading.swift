import Contracts
import JSON
import SQL
import Values

extension AvroJSON {
  /// What a person writes for a payload: the reverse of `payload(_:_:)`, with every field that the schema has.
  ///
  /// - Throws: `undecodable` where the bytes are not of the schema, or hold what SQL has no type for.
  public static func json(_ payload: [UInt8], _ schema: AvroSchema) throws(FormatError) -> JSONValue {
    guard let type = AvroSchemaColumns.type(schema.root, schema) else {
      throw FormatError(.undecodable, "a schema with a part that has no type in SQL")
    }
    let datum: AvroValue
    do throws(ContractError) { datum = try AvroReferenceCodec(schema).decode(payload) } catch {
      throw FormatError(.undecodable, error.reason)
    }
    return try AvroReading(schema: schema).value(datum, schema.root, as: type).json(as: type)
  }
}
