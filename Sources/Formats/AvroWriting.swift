import Contracts
import SQL
import Values

/// Values as Avro data of a given schema, which may order its fields otherwise and have more of them if they may be null.
struct AvroWriting {
  let schema: AvroSchema

  func record(_ columns: [(name: String, type: SQLType, value: Value)], _ type: AvroType) throws(FormatError) -> AvroValue {
    try inBranch(of: type) { type throws(FormatError) in
      guard case .record(let record) = type.shape else { return nil }
      var values: [AvroValue] = []
      for field in record.fields {
        let column = columns.first { $0.name == field.name } ?? columns.first { $0.name.uppercased() == field.name.uppercased() }
        do throws(FormatError) {
          values.append(try self.field(field, column?.value, column?.type ?? .string))
        } catch {
          throw error.inside(field.name)
        }
      }
      return .record(values)
    }
  }

  /// A field that has no column, or a NULL that it cannot hold, takes its default.
  private func field(_ field: AvroType.Field, _ value: Value?, _ sql: SQLType) throws(FormatError) -> AvroValue {
    if let value, !value.isNull { return try datum(value, sql, field.type) }
    if let fallback = field.defaultValue, value == nil || !schema.holdsNull(field.type) {
      return try AvroJSON.datum(fallback, field.type, schema)
    }
    return try datum(.null, sql, field.type)
  }

  func datum(_ value: Value, _ sql: SQLType, _ type: AvroType) throws(FormatError) -> AvroValue {
    try inBranch(of: type) { type throws(FormatError) in try plain(value, sql, type) }
  }

  /// Runs `body` on the type itself or on the branch of a union that takes the value.
  private func inBranch(
    of type: AvroType, _ body: (AvroType) throws(FormatError) -> AvroValue?
  ) throws(FormatError) -> AvroValue {
    let type = schema.resolve(type)
    guard case .union(let branches) = type.shape else {
      guard let datum = try body(type) else {
        throw FormatError(.unsupported, "the schema has no room for this value in its \(type.summary)")
      }
      return datum
    }
    for (index, branch) in branches.enumerated() {
      if let datum = try body(schema.resolve(branch)) { return .union(index, datum) }
    }
    throw FormatError(.unsupported, "the schema has no room for this value in its \(type.summary)")
  }

  private func plain(_ value: Value, _ sql: SQLType, _ type: AvroType) throws(FormatError) -> AvroValue? {
    switch (value, type.shape) {
    case (.null, .null): return .null
    case (.null, _): return nil
    case (.boolean(let value), .boolean): return .boolean(value)
    case (.integer(let value), .int): return .int(value)
    case (.integer(let value), .long): return .long(Int64(value))
    case (.bigint(let value), .long) where type.logical == nil: return .long(value)
    case (.double(let value), .double): return .double(value)
    case (.integer(let value), .double): return .double(Double(value))
    case (.string(let text), .string): return .string(text)
    case (.string(let text), .enumeration(let type)): return type.symbols.firstIndex(of: text).map { .enumeration($0) }
    case (.bytes(let bytes), .bytes) where type.logical == nil: return .bytes(bytes)
    case (.bytes(let bytes), .fixed(let fixed)) where bytes.count == fixed.size: return .fixed(bytes)
    case (.date(let days), .int): return .int(days)
    case (.time(let micros), .int): return .int(Int32(truncatingIfNeeded: micros / 1000))
    case (.time(let micros), .long): return .long(type.logical == .timeMicros ? micros : micros / 1000)
    case (.timestamp(let micros), .long): return .long(type.logical == .timestampMicros ? micros : micros.millisFloor)
    case (.decimal, _), (.array, _), (.map, _), (.structure, _): return try rest(value, sql, type)
    default: return nil
    }
  }

  private func rest(_ value: Value, _ sql: SQLType, _ type: AvroType) throws(FormatError) -> AvroValue? {
    switch (value, sql, type.shape) {
    case (.decimal(let unscaled, let scale), _, _): return decimal(unscaled, scale, type)
    case (.array(let values), .array(let element), .array(let items)):
      var data: [AvroValue] = []
      for value in values { data.append(try datum(value, element, items)) }
      return .array(data)
    case (.map(let entries), .map(_, let element), .map(let items)):
      var data: [AvroValue.Entry] = []
      for entry in entries {
        guard case .string(let key) = entry.key else { return nil }
        data.append(AvroValue.Entry(key, try datum(entry.value, element, items)))
      }
      return .map(data)
    case (.structure(let values), .structure(let members), .record):
      guard values.count == members.count else { return nil }
      return try record(zip(members, values).map { ($0.name, $0.type, $1) }, type)
    default: return nil
    }
  }

  private func decimal(_ unscaled: Int128, _ scale: Int, _ type: AvroType) -> AvroValue? {
    guard case .decimal(let precision, let wanted)? = type.logical,
      let exact = DecimalText("\(unscaled)e-\(scale)")?.unscaled(precision: precision, scale: wanted)
    else { return nil }
    if case .fixed(let fixed) = type.shape { return .fixed(Self.bytes(exact, count: fixed.size)) }
    var count = 1
    while count < 16, exact >> Int128(8 * count - 1) != 0, exact >> Int128(8 * count - 1) != -1 { count += 1 }
    return .bytes(Self.bytes(exact, count: count))
  }

  /// Two's complement, big endian.
  private static func bytes(_ value: Int128, count: Int) -> [UInt8] {
    (0..<count).map { index in
      let shift = 8 * (count - 1 - index)
      return UInt8(truncatingIfNeeded: shift < 128 ? value >> Int128(shift) : value < 0 ? -1 : 0)
    }
  }
}

extension AvroSchema {
  /// Whether NULL is a value of a type.
  func holdsNull(_ type: AvroType) -> Bool {
    switch resolve(type).shape {
    case .null: true
    case .union(let branches): branches.contains { resolve($0).shape == .null }
    default: false
    }
  }
}

extension Int64 {
  /// Whole milliseconds of microseconds, rounded towards the past.
  fileprivate var millisFloor: Int64 { (self - (self % 1000 + 1000) % 1000) / 1000 }
}
