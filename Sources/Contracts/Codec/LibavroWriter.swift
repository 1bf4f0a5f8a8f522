import CAvro

/// `AvroValue` → libavro value.
enum LibavroWriter {
  static func write(_ datum: AvroValue, to value: inout avro_value_t) throws(ContractError) {
    guard kind(of: datum) == wick_avro_type(&value) else {
      throw ContractError(.badData, "The datum does not have the type its schema names at this place")
    }
    switch datum {
    case .null: try check(wick_avro_set_null(&value))
    case .boolean(let v): try check(wick_avro_set_boolean(&value, v ? 1 : 0))
    case .int(let v): try check(wick_avro_set_int(&value, v))
    case .long(let v): try check(wick_avro_set_long(&value, v))
    case .float(let v): try check(wick_avro_set_float(&value, v))
    case .double(let v): try check(wick_avro_set_double(&value, v))
    case .enumeration(let v): try check(wick_avro_set_enum(&value, Int32(truncatingIfNeeded: v)))
    case .bytes(var v): try check(v.withUnsafeMutableBytes { wick_avro_set_bytes(&value, $0.baseAddress, $0.count) })
    case .fixed(var v): try check(v.withUnsafeMutableBytes { wick_avro_set_fixed(&value, $0.baseAddress, $0.count) })
    case .string(let v):
      var text = v.utf8CString
      try check(text.withUnsafeMutableBufferPointer { wick_avro_set_string(&value, $0.baseAddress, $0.count) })
    case .array(let items): try writeArray(items, &value)
    case .map(let entries): try writeMap(entries, &value)
    case .record(let fields): try writeRecord(fields, &value)
    case .union(let index, let inner):
      var branch = avro_value_t()
      try check(wick_avro_set_branch(&value, Int32(truncatingIfNeeded: index), &branch))
      try write(inner, to: &branch)
    }
  }

  private static func kind(of datum: AvroValue) -> avro_type_t {
    switch datum {
    case .null: AVRO_NULL
    case .boolean: AVRO_BOOLEAN
    case .int: AVRO_INT32
    case .long: AVRO_INT64
    case .float: AVRO_FLOAT
    case .double: AVRO_DOUBLE
    case .bytes: AVRO_BYTES
    case .string: AVRO_STRING
    case .fixed: AVRO_FIXED
    case .enumeration: AVRO_ENUM
    case .array: AVRO_ARRAY
    case .map: AVRO_MAP
    case .record: AVRO_RECORD
    case .union: AVRO_UNION
    }
  }

  private static func check(_ status: Int32) throws(ContractError) {
    guard status == 0 else { throw AvroReferenceCodec.failure("write") }
  }

  private static func writeArray(_ items: [AvroValue], _ value: inout avro_value_t) throws(ContractError) {
    for item in items {
      var child = avro_value_t()
      try check(wick_avro_append(&value, &child))
      try write(item, to: &child)
    }
  }

  private static func writeMap(_ entries: [AvroValue.Entry], _ value: inout avro_value_t) throws(ContractError) {
    for entry in entries {
      var child = avro_value_t()
      try check(wick_avro_add(&value, entry.key, &child))
      try write(entry.value, to: &child)
    }
  }

  private static func writeRecord(_ fields: [AvroValue], _ value: inout avro_value_t) throws(ContractError) {
    var count = 0
    try check(wick_avro_get_size(&value, &count))
    guard count == fields.count else { throw ContractError(.badData, "A record has \(fields.count) fields instead of \(count)") }
    for (index, field) in fields.enumerated() {
      var child = avro_value_t()
      try check(wick_avro_get_child(&value, index, &child, nil))
      try write(field, to: &child)
    }
  }
}
