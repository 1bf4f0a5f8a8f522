import CAvro

/// A schema inside libavro, released with this object.
final class LibavroSchema {
  let handle: avro_schema_t

  /// Hands the canonical form to libavro: what it would trip over (aliases, defaults, nested type objects) is not in it.
  init(_ schema: AvroSchema) throws(ContractError) {
    var handle: avro_schema_t?
    let text = schema.canonicalForm
    let status = avro_schema_from_json_length(text, text.utf8.count, &handle)
    guard status == 0, let handle else {
      throw ContractError(
        .invalidSchema, "libavro refuses the schema of \(schema.root.summary): \(Self.lastError)",
        advice: "libavro knows no empty records, unions or enums; give them a member")
    }
    self.handle = handle
  }

  deinit { avro_schema_decref(handle) }

  /// Has libavro parse `schema` and forgets the result.
  static func validate(_ schema: AvroSchema) throws(ContractError) {
    guard AvroSchemaParser.primitives[schema.root.typeName] == nil else { return }
    _ = try LibavroSchema(schema)
  }

  /// libavro's text for the last failure on this thread.
  static var lastError: String { avro_strerror().map { String(cString: $0) } ?? "unknown error" }
}
