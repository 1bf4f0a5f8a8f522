import Contracts
import SQL
import Values

/// Avro data as values of declared types. Fields are looked for as declared and then without regard to case; those that are
/// missing are NULL.
struct AvroReading {
  let schema: AvroSchema

  func row(_ datum: AvroValue, _ type: AvroType, _ declared: [(String, SQLType)]) throws(FormatError) -> [Value] {
    let (datum, type) = try branch(datum, type)
    guard case .record(let values) = datum, case .record(let record) = type.shape, values.count == record.fields.count else {
      throw FormatError(.undecodable, "\(type.summary) where a record with the columns is declared")
    }
    var row: [Value] = []
    for (name, wanted) in declared {
      let index =
        record.fields.firstIndex { $0.name == name } ?? record.fields.firstIndex { $0.name.uppercased() == name.uppercased() }
      guard let index else {
        row.append(.null)
        continue
      }
      do throws(FormatError) {
        row.append(try value(values[index], record.fields[index].type, as: wanted))
      } catch {
        throw error.inside(name)
      }
    }
    return row
  }

  /// The value inside unions and named types.
  private func branch(_ datum: AvroValue, _ type: AvroType) throws(FormatError) -> (AvroValue, AvroType) {
    var (datum, type) = (datum, schema.resolve(type))
    while case .union(let branches) = type.shape {
      guard case .union(let index, let inner) = datum, branches.indices.contains(index) else {
        throw FormatError(.undecodable, "a union without its branch")
      }
      (datum, type) = (inner, schema.resolve(branches[index]))
    }
    return (datum, type)
  }

  func value(_ datum: AvroValue, _ type: AvroType, as wanted: SQLType) throws(FormatError) -> Value {
    let (datum, type) = try branch(datum, type)
    if case .null = datum { return .null }
    switch (datum, wanted) {
    case (_, .structure(let members)): return .structure(try row(datum, type, members.map { ($0.name, $0.type) }))
    case (.array(let items), .array(let element)):
      guard case .array(let inner) = type.shape else { break }
      var values: [Value] = []
      for item in items { values.append(try value(item, inner, as: element)) }
      return .array(values)
    case (_, .map(let key, let element)): return try map(datum, type, key, element)
    case (_, .array): break
    default: return try scalar(datum, type, as: wanted)
    }
    throw mismatch(type, wanted)
  }

  /// An Avro map, or the list of key and value records that Kafka Connect writes for maps whose keys may be null.
  private func map(_ datum: AvroValue, _ type: AvroType, _ key: SQLType, _ element: SQLType) throws(FormatError) -> Value {
    var pairs: [(key: Value, value: Value)] = []
    switch (datum, type.shape) {
    case (.map(let entries), .map(let inner)):
      for entry in entries {
        pairs.append((try TextCoercion.value(entry.key, as: key), try value(entry.value, inner, as: element)))
      }
    case (.array(let items), .array(let inner)):
      for item in items {
        let pair = try row(item, inner, [("key", key), ("value", element)])
        pairs.append((pair[0], pair[1]))
      }
    default: throw mismatch(type, .map(key, element))
    }
    return .map(of: pairs)
  }

  private func mismatch(_ type: AvroType, _ wanted: SQLType) -> FormatError {
    TextCoercion.mismatch("Avro's \(type.summary)", wanted)
  }

  private func scalar(_ datum: AvroValue, _ type: AvroType, as wanted: SQLType) throws(FormatError) -> Value {
    switch (datum, wanted) {
    case (.boolean(let value), .boolean): return .boolean(value)
    case (.string(let text), .string): return .string(text)
    case (.enumeration(let index), .string):
      guard case .enumeration(let enumeration) = type.shape, enumeration.symbols.indices.contains(index) else { break }
      return .string(enumeration.symbols[index])
    case (.bytes(let bytes), .decimal), (.fixed(let bytes), .decimal): return try decimal(bytes, type, as: wanted)
    case (.bytes(let bytes), .bytes), (.fixed(let bytes), .bytes): return .bytes(bytes)
    case (.float(let value), .double): return .double(Double(value))
    case (.double(let value), .double): return .double(value)
    case (.int(let value), _): return try whole(Int64(value), type, as: wanted)
    case (.long(let value), _): return try whole(value, type, as: wanted)
    default: break
    }
    throw mismatch(type, wanted)
  }

  private func whole(_ value: Int64, _ type: AvroType, as wanted: SQLType) throws(FormatError) -> Value {
    switch wanted {
    case .integer:
      guard let narrow = Int32(exactly: value) else { throw FormatError(.undecodable, "a number that does not fit INT") }
      return .integer(narrow)
    case .bigint: return .bigint(value)
    case .double where type.logical == nil: return .double(Double(value))
    case .decimal(let precision, let scale): return try TextCoercion.decimal("\(value)", precision: precision, scale: scale)
    case .string where type.logical == nil: return .string("\(value)")
    case .date where type.logical == .date || type.logical == nil:
      guard let days = Int32(exactly: value) else { throw FormatError(.undecodable, "a DATE out of range") }
      return .date(days)
    case .time: return try time(value, type)
    case .timestamp: return try timestamp(value, type)
    default: throw mismatch(type, wanted)
    }
  }

  private func time(_ value: Int64, _ type: AvroType) throws(FormatError) -> Value {
    switch type.logical {
    case .timeMillis, nil: return try TextCoercion.time(milliseconds: value)
    case .timeMicros:
      guard (0..<86_400_000_000).contains(value) else { throw FormatError(.undecodable, "a TIME outside of the day") }
      return .time(value)
    default: throw mismatch(type, .time)
    }
  }

  private func timestamp(_ value: Int64, _ type: AvroType) throws(FormatError) -> Value {
    switch type.logical {
    case .timestampMillis, .localTimestampMillis, nil: return try TextCoercion.timestamp(milliseconds: value)
    case .timestampMicros, .localTimestampMicros: return .timestamp(value)
    case .timestampNanos, .localTimestampNanos:
      guard value % 1000 == 0 else { throw FormatError(.undecodable, "a TIMESTAMP with parts of a microsecond") }
      return .timestamp(value / 1000)
    default: throw mismatch(type, .timestamp)
    }
  }

  private func decimal(_ bytes: [UInt8], _ type: AvroType, as wanted: SQLType) throws(FormatError) -> Value {
    guard case .decimal(_, let scale)? = type.logical, case .decimal(let precision, let wantedScale) = wanted else {
      throw mismatch(type, wanted)
    }
    let isNegative = (bytes.first ?? 0) & 0x80 != 0
    let significant = bytes.drop { $0 == (isNegative ? 0xff : 0) }
    guard significant.count <= 16 else { throw FormatError(.undecodable, "a DECIMAL with too many digits") }
    let unscaled = significant.reduce(Int128(isNegative ? -1 : 0)) { $0 << 8 | Int128($1) }
    // Through the digits, so that no scale is too far apart.
    return try TextCoercion.decimal("\(unscaled)e-\(scale)", precision: precision, scale: wantedScale)
  }
}
