import JSON
import SQL
import Values

/// JSON: an object with a member per column, or the bare value of a single column.
struct JSONRows: RowFormat {
  private let fields: [Field]
  private let declared: [(String, SQLType)]
  private let isWrapped: Bool

  init(_ fields: [Field], isWrapped: Bool, isKey: Bool) throws(FormatError) {
    if isKey, let map = fields.first(where: { $0.type.holdsMap }) {
      throw FormatError(.unsupported, "keys of type \(map.type) are not supported, column: \(map.name)")
    }
    self.fields = fields
    declared = fields.map { ($0.name, $0.type) }
    self.isWrapped = isWrapped
  }

  func decode(_ bytes: [UInt8]) throws(FormatError) -> [Value]? {
    guard !fields.isEmpty else { return [] }
    let json: JSONValue
    do { json = try JSONValue(parsing: bytes) } catch { throw FormatError(.undecodable, "not JSON: \(error.what)") }
    guard json != .null else { return nil }
    guard isWrapped else {
      do throws(FormatError) {
        return [try JSONCoercion.value(json, as: fields[0].type)]
      } catch {
        throw error.inside(fields[0].name)
      }
    }
    guard let members = json.members else {
      throw FormatError(.undecodable, "a JSON object with the columns was expected")
    }
    return try JSONCoercion.structure(members, declared)
  }

  func encode(_ row: [Value]) throws(FormatError) -> [UInt8]? {
    if isWrapped {
      return JSONValue.object(zip(fields, row).map { .init($0.name, $1.json(as: $0.type)) }).utf8
    }
    guard let value = row.first, !value.isNull else { return nil }
    return value.json(as: fields[0].type).utf8
  }
}
