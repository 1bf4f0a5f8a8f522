import Contracts
import SQL

/// Whether columns can be written with a schema that was not made from them. Fields are found as `AvroWriting` finds them.
struct AvroFit {
  let schema: AvroSchema

  /// - Throws: badData with the column or field that has no counterpart.
  func check(_ fields: [Field], isWrapped: Bool) throws(ContractError) {
    guard isWrapped else {
      if let field = fields.first, !fits(field.type, schema.root) { throw mismatch(field.name, field.type) }
      return
    }
    guard let record = record(schema.root) else {
      throw ContractError(.badData, "the schema is no record, and there are \(fields.count) columns")
    }
    try check(fields.map { SQLType.Member(name: $0.name, type: $0.type) }, record, path: "")
  }

  private func check(
    _ members: [SQLType.Member], _ record: AvroType.RecordType, path: String
  ) throws(ContractError) {
    for member in members {
      let name = path + member.name
      guard
        let field = record.fields.first(where: { $0.name == member.name })
          ?? record.fields.first(where: { $0.name.uppercased() == member.name.uppercased() })
      else { throw ContractError(.badData, "the schema has no field for \(name)") }
      if case .structure(let inner) = member.type, let record = self.record(field.type) {
        try check(inner, record, path: "\(name).")
      } else if !fits(member.type, field.type) {
        throw mismatch(name, member.type)
      }
    }
    for field in record.fields where field.defaultValue == nil && !schema.holdsNull(field.type) {
      guard members.contains(where: { $0.name.uppercased() == field.name.uppercased() }) else {
        throw ContractError(.badData, "the schema's field \(path)\(field.name) has neither a column nor a default")
      }
    }
  }

  private func mismatch(_ name: String, _ type: SQLType) -> ContractError {
    ContractError(.badData, "the schema's field for \(name) cannot hold \(type)")
  }

  /// The record itself, or the one branch of a union that is a record.
  private func record(_ type: AvroType) -> AvroType.RecordType? {
    let type = schema.resolve(type)
    switch type.shape {
    case .record(let record): return record
    case .union(let branches): return branches.lazy.compactMap { record($0) }.first
    default: return nil
    }
  }

  private func fits(_ type: SQLType, _ avro: AvroType) -> Bool {
    let avro = schema.resolve(avro)
    switch (type, avro.shape) {
    case (_, .union(let branches)): return branches.contains { fits(type, $0) }
    case (.array(let element), .array(let items)): return fits(element, items)
    case (.map(_, let value), .map(let values)): return fits(value, values)
    case (.structure(let members), .record(let record)):
      return (try? check(members, record, path: "")) != nil
    case (.string, .string), (.string, .enumeration), (.bytes, .fixed): return true
    case (.integer, .long) where avro.logical == nil, (.integer, .double): return true
    case (.decimal(let precision, let scale), _):
      guard case .decimal(let digits, let fraction)? = avro.logical else { return false }
      return fraction >= scale && digits - fraction >= precision - scale
    default: return AvroSchemaColumns.type(avro, schema) == type && avro.shape != .float
    }
  }
}
