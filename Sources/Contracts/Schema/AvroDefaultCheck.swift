import JSON

/// Checks that every default of a schema is a value of its field's type (Avro specification, table of field defaults).
struct AvroDefaultCheck {
  let names: [String: AvroType]

  func check(_ type: AvroType) throws(ContractError) {
    switch type.shape {
    case .array(let inner), .map(let inner): try check(inner)
    case .union(let branches): for branch in branches { try check(branch) }
    case .record(let record):
      for field in record.fields {
        try check(field.type)
        guard let value = field.defaultValue, !accepts(field.type, value) else { continue }
        throw ContractError(
          .invalidSchema, "The default of the field '\(record.name.full).\(field.name)' is no value of \(field.type.summary)",
          advice: "Write the default as a value of the field's type; of a union, of one of its branches")
      }
    default: return
    }
  }

  /// Whether `value` is a default for `type`. Any branch of a union counts, as Avro 1.9 and newer accept.
  func accepts(_ type: AvroType, _ value: JSONValue) -> Bool { accepts(type, value, depth: 0) }

  // A record whose default leaves out a field of its own type would ask for itself without end.
  private func accepts(_ type: AvroType, _ value: JSONValue, depth: Int) -> Bool {
    guard depth < 64 else { return false }
    switch type.shape {
    case .null: return value == .null
    case .boolean: return value.boolValue != nil
    case .int: return value.intValue.map { Int32(exactly: $0) != nil } ?? false
    case .long: return value.intValue != nil
    case .float, .double: return value.doubleValue != nil
    case .bytes: return isBytes(value)
    case .string: return value.stringValue != nil
    case .fixed(let fixed): return isBytes(value) && value.stringValue?.unicodeScalars.count == fixed.size
    case .enumeration(let type): return type.symbols.contains { .string($0) == value }
    case .array(let items): return value.arrayValue?.allSatisfy { accepts(items, $0, depth: depth + 1) } ?? false
    case .map(let values): return value.members?.allSatisfy { accepts(values, $0.value, depth: depth + 1) } ?? false
    case .union(let branches): return branches.contains { accepts($0, value, depth: depth + 1) }
    case .record(let record):
      guard value.members != nil else { return false }
      return record.fields.allSatisfy { field in
        guard let part = value[field.name] ?? field.defaultValue else { return false }
        return accepts(field.type, part, depth: depth + 1)
      }
    case .reference(let name):
      guard let target = names[name] else { return false }
      return accepts(target, value, depth: depth + 1)
    }
  }

  // Bytes are written as text whose code points 0…255 are the byte values.
  private func isBytes(_ value: JSONValue) -> Bool {
    value.stringValue?.unicodeScalars.allSatisfy { $0.value < 256 } ?? false
  }
}
