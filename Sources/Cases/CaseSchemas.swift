import Contracts
import Formats
import JSON
import SQL

/// The schemas of a case's topics: those that its file gives, and those made from columns. A registry in memory.
final class CaseSchemas {
  private var schemas: [AvroSchema] = []
  private var ids: [AvroSchema: Int32] = [:]
  /// By subject: what the file gives.
  private var given: [String: AvroSchema] = [:]

  init(_ topics: [CaseTopic]) throws(CaseError) {
    for topic in topics {
      for (schema, format, isKey) in [(topic.keySchema, topic.keyFormat, true), (topic.valueSchema, topic.valueFormat, false)] {
        guard let schema, schema != .null, format?.uppercased() == "AVRO" else { continue }
        do throws(ContractError) {
          given[Self.subject(topic.name, isKey)] = try AvroSchema(json: schema.text)
        } catch {
          throw .unusable("the schema of \(topic.name): \(error.reason)")
        }
      }
    }
  }

  private static func subject(_ topic: String, _ isKey: Bool) -> String { "\(topic)-\(isKey ? "key" : "value")" }

  /// The schema that the file gives for a side of a topic.
  func schema(topic: String, isKey: Bool) -> AvroSchema? { given[Self.subject(topic, isKey)] }

  private func id(of schema: AvroSchema) -> Int32 {
    if let id = ids[schema] { return id }
    schemas.append(schema)
    ids[schema] = Int32(schemas.count)
    return Int32(schemas.count)
  }

  /// Reads any schema of the case, and writes with the one made from the columns, or where the statement names a schema by its
  /// id with the one that the file gives.
  func source(topic: String, isKey: Bool, isNamed: Bool) -> AvroSource {
    let given = isNamed ? schema(topic: topic, isKey: isKey) : nil
    return AvroSource(
      schema: { [self] id throws(ContractError) in
        guard schemas.indices.contains(Int(id) - 1) else { throw ContractError(.badData, "There is no schema \(id)") }
        return schemas[Int(id) - 1]
      }, writer: { [self] schema throws(ContractError) in (given ?? schema, id(of: given ?? schema)) })
  }

  /// The Avro record of what a case writes, by the schema its file gives or else the one made from the columns.
  func bytes(
    of json: JSONValue, _ fields: [Field], isWrapped: Bool, topic: String, isKey: Bool
  ) throws(FormatError) -> [UInt8] {
    let schema: AvroSchema
    if let known = self.schema(topic: topic, isKey: isKey) {
      schema = known
    } else {
      let text = AvroSchemaText.schema(of: fields, isWrapped: isWrapped, name: "io.confluent.ksql.avro_schemas.Input").text
      do throws(ContractError) { schema = try AvroSchema(json: text) } catch {
        throw FormatError(.unsupported, error.reason)
      }
    }
    var bytes: [UInt8] = []
    ConfluentFrame.writeHeader(schemaID: id(of: schema), into: &bytes)
    return bytes + (try AvroJSON.payload(json, schema))
  }
}
