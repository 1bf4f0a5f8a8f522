import CAvro

/// Encodes and decodes any datum with libavro: slow, complete, and the oracle for the compiled codec.
///
/// Owned by one thread at a time.
public final class AvroReferenceCodec {
  private let schema: LibavroSchema
  private let interface: UnsafeMutablePointer<avro_value_iface_t>

  /// - Throws: `invalidSchema` when libavro refuses the schema.
  public init(_ schema: AvroSchema) throws(ContractError) {
    guard !schema.containsItself else {
      throw ContractError(
        .unsupported, "A record of the schema contains itself without a union, array or map between",
        advice: "No finite datum has that schema; make the field nullable")
    }
    self.schema = try LibavroSchema(schema)
    guard let interface = avro_generic_class_from_schema(self.schema.handle) else {
      throw ContractError(.invalidSchema, "libavro cannot build values of the schema: \(LibavroSchema.lastError)")
    }
    self.interface = interface
  }

  deinit { wick_avro_release(interface) }

  /// The datum at the start of `bytes`; what follows it is ignored.
  ///
  /// - Throws: `badData` when libavro cannot read it.
  public func decode(_ bytes: [UInt8]) throws(ContractError) -> AvroValue {
    var value = try newValue()
    defer { avro_value_decref(&value) }
    let status = bytes.withUnsafeBytes { raw -> Int32 in
      // libavro reads nothing from an empty buffer, but wants an address.
      var nothing: CChar = 0
      return withUnsafePointer(to: &nothing) { fallback in
        let start = raw.baseAddress?.assumingMemoryBound(to: CChar.self) ?? fallback
        let reader = avro_reader_memory(start, Int64(raw.count))
        defer { avro_reader_free(reader) }
        return avro_value_read(reader, &value)
      }
    }
    guard status == 0 else { throw Self.failure("read") }
    return try LibavroReader.read(&value)
  }

  /// The bytes of `datum`.
  ///
  /// - Throws: `badData` when the datum does not fit the schema.
  public func encode(_ datum: AvroValue) throws(ContractError) -> [UInt8] {
    var value = try newValue()
    defer { avro_value_decref(&value) }
    try LibavroWriter.write(datum, to: &value)
    var size = 0
    guard avro_value_sizeof(&value, &size) == 0 else { throw Self.failure("measure") }
    guard size > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: size)
    let status = bytes.withUnsafeMutableBytes { raw -> Int32 in
      let writer = avro_writer_memory(raw.baseAddress?.assumingMemoryBound(to: CChar.self), Int64(size))
      defer { avro_writer_free(writer) }
      return avro_value_write(writer, &value)
    }
    guard status == 0 else { throw Self.failure("write") }
    return bytes
  }

  static func failure(_ verb: String) -> ContractError {
    ContractError(.badData, "libavro cannot \(verb) the datum: \(LibavroSchema.lastError)")
  }

  private func newValue() throws(ContractError) -> avro_value_t {
    var value = avro_value_t()
    guard avro_generic_value_new(interface, &value) == 0 else { throw Self.failure("build") }
    return value
  }
}
