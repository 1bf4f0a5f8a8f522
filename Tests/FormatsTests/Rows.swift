import Contracts
import SQL
import Values

@testable import Formats

/// Columns V0, V1, … of these types.
func fields(_ types: SQLType...) -> [Field] {
  types.enumerated().map { Field(name: "V\($0)", type: $1) }
}

extension RowCodec {
  func decode(_ text: String) throws -> [Value]? { try decode(Array(text.utf8)) }

  func text(_ row: [Value]?) throws -> String? {
    try encode(row).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// A registry in memory: ids from 1 on.
final class SchemaTable {
  private(set) var schemas: [AvroSchema] = []

  func add(_ schema: AvroSchema) -> Int32 {
    schemas.append(schema)
    return Int32(schemas.count)
  }

  var source: AvroSource {
    AvroSource(
      schema: { [self] id throws(ContractError) in
        guard schemas.indices.contains(Int(id) - 1) else { throw ContractError(.badData, "no schema \(id)") }
        return schemas[Int(id) - 1]
      }, writer: { [self] schema throws(ContractError) in (schema, add(schema)) })
  }
}

let decimal62 = SQLType.decimal(precision: 6, scale: 2)
let point = SQLType.structure([.init(name: "X", type: .integer), .init(name: "y", type: .string)])
