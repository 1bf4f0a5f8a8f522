import CAvro

/// libavro value → `AvroValue`.
enum LibavroReader {
  static func read(_ value: inout avro_value_t) throws(ContractError) -> AvroValue {
    switch wick_avro_type(&value) {
    case AVRO_NULL: return .null
    case AVRO_BOOLEAN: return .boolean(try get(&value, Int32(0), wick_avro_get_boolean) != 0)
    case AVRO_INT32: return .int(try get(&value, Int32(0), wick_avro_get_int))
    case AVRO_INT64: return .long(try get(&value, Int64(0), wick_avro_get_long))
    case AVRO_FLOAT: return .float(try get(&value, Float(0), wick_avro_get_float))
    case AVRO_DOUBLE: return .double(try get(&value, Double(0), wick_avro_get_double))
    case AVRO_ENUM: return .enumeration(Int(try get(&value, Int32(0), wick_avro_get_enum)))
    case AVRO_BYTES: return .bytes(try bytes(&value, wick_avro_get_bytes))
    case AVRO_FIXED: return .fixed(try bytes(&value, wick_avro_get_fixed))
    case AVRO_STRING: return .string(try string(&value))
    case AVRO_ARRAY: return .array(try children(&value).map(\.value))
    case AVRO_RECORD: return .record(try children(&value).map(\.value))
    case AVRO_MAP: return .map(try children(&value))
    case AVRO_UNION: return try union(&value)
    default: throw AvroReferenceCodec.failure("classify")
    }
  }

  private static func get<T>(
    _ value: inout avro_value_t, _ zero: T,
    _ function: (UnsafeMutablePointer<avro_value_t>?, UnsafeMutablePointer<T>?) -> Int32
  ) throws(ContractError) -> T {
    var out = zero
    guard function(&value, &out) == 0 else { throw AvroReferenceCodec.failure("read") }
    return out
  }

  private static func bytes(
    _ value: inout avro_value_t,
    _ function: (UnsafeMutablePointer<avro_value_t>?, UnsafeMutablePointer<UnsafeRawPointer?>?, UnsafeMutablePointer<Int>?) ->
      Int32
  ) throws(ContractError) -> [UInt8] {
    var pointer: UnsafeRawPointer?
    var size = 0
    guard function(&value, &pointer, &size) == 0 else { throw AvroReferenceCodec.failure("read") }
    return [UInt8](UnsafeRawBufferPointer(start: pointer, count: size))
  }

  private static func string(_ value: inout avro_value_t) throws(ContractError) -> String {
    var pointer: UnsafePointer<CChar>?
    var size = 0
    guard wick_avro_get_string(&value, &pointer, &size) == 0 else { throw AvroReferenceCodec.failure("read") }
    let bytes = UnsafeRawBufferPointer(start: pointer, count: max(0, size - 1))
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ContractError(.badData, "A string of the datum is not UTF-8")
    }
    return text
  }

  private static func children(_ value: inout avro_value_t) throws(ContractError) -> [AvroValue.Entry] {
    let count = try get(&value, 0, wick_avro_get_size)
    var entries: [AvroValue.Entry] = []
    for index in 0..<count {
      var child = avro_value_t()
      var name: UnsafePointer<CChar>?
      guard wick_avro_get_child(&value, index, &child, &name) == 0 else { throw AvroReferenceCodec.failure("read") }
      entries.append(.init(name.map { String(cString: $0) } ?? "", try read(&child)))
    }
    return entries
  }

  private static func union(_ value: inout avro_value_t) throws(ContractError) -> AvroValue {
    let index = try get(&value, Int32(0), wick_avro_get_discriminant)
    var branch = avro_value_t()
    guard wick_avro_get_branch(&value, &branch) == 0 else { throw AvroReferenceCodec.failure("read") }
    return .union(Int(index), try read(&branch))
  }
}
