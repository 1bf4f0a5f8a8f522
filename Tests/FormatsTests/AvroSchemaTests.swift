import Contracts
import JSON
import SQL
import Testing
import Values

@testable import Formats

/// Writing with a registered schema, and JSON as a person writes it.
@Suite struct AvroSchemaTests {
  private static func record(_ fields: String) throws -> AvroSchema {
    try AvroSchema(json: #"{"type": "record", "name": "R", "fields": [\#(fields)]}"#)
  }

  /// A codec that writes with `schema`.
  private func codec(_ schema: AvroSchema, _ fields: [Field], side: RowCodec.Side = .value) throws -> RowCodec {
    let source = AvroSource(
      schema: { _ throws(ContractError) in schema }, writer: { _ throws(ContractError) in (schema, 1) })
    return try RowCodec(.avro, fields: fields, side: side, avro: source)
  }

  private func written(_ codec: RowCodec, _ row: [Value], _ schema: AvroSchema) throws -> JSONValue {
    let bytes = try #require(try codec.encode(row))
    return try AvroJSON.json(Array(bytes.dropFirst(ConfluentFrame.headerSize)), schema)
  }

  @Test func `a field without a column, and one that cannot be NULL, take their defaults`() throws {
    let schema = try Self.record(
      """
      {"name": "x", "type": "long", "default": 7}, {"name": "V0", "type": "int", "default": -1},
      {"name": "s", "type": ["null", "string"], "default": null},
      {"name": "V1", "type": {"type": "record", "name": "N", "fields": [
        {"name": "a", "type": "double", "default": 0.5}, {"name": "b", "type": "string"}]}}
      """)
    let inner = SQLType.structure([.init(name: "B", type: .string)])
    let codec = try codec(schema, fields(.integer, inner))
    try codec.checkWriting()
    let row = try written(codec, [.integer(3), .structure([.string("u")])], schema)
    let expected: JSONValue = ["x": 7, "V0": 3, "s": .null, "V1": ["a": .number("0.5"), "b": "u"]]
    #expect(row == expected)
    #expect(try written(codec, [.null, .structure([.string("")])], schema)["V0"] == -1)
    #expect(throws: FormatError.self) { try codec.encode([.integer(3), .structure([.null])]) }
  }

  @Test(arguments: [
    (#"{"name": "V0", "type": "int"}, {"name": "x", "type": "int"}"#, SQLType.integer, "x has neither a column nor a default"),
    (#"{"name": "other", "type": ["null", "int"], "default": null}"#, .integer, "no field for V0"),
    (#"{"name": "V0", "type": "string"}"#, .integer, "cannot hold INT"),
    (#"{"name": "V0", "type": "int"}"#, .bigint, "cannot hold BIGINT"),
    (#"{"name": "V0", "type": ["null", "float"]}"#, .double, "cannot hold DOUBLE"),
    (#"{"name": "V0", "type": {"type": "array", "items": "string"}}"#, .array(.bigint), "cannot hold ARRAY<BIGINT>"),
    (
      #"{"name": "V0", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 1}}"#, decimal62,
      "cannot hold DECIMAL(6, 2)"
    ),
    (
      #"{"name": "V0", "type": {"type": "record", "name": "P", "fields": [{"name": "x", "type": "int"}]}}"#, point,
      "no field for V0.y"
    ),
  ])
  func `a schema that has no room for the columns is refused before the first row`(
    schema: String, type: SQLType, reason: String
  ) throws {
    let codec = try codec(Self.record(schema), fields(type))
    let error = try #require(throws: FormatError.self) { try codec.checkWriting() }
    #expect(error.code == .unsupported && error.reason.contains(reason), "\(error)")
  }

  @Test func `wider fields have room`() throws {
    let schema = try Self.record(
      """
      {"name": "v0", "type": "long"},
      {"name": "V1", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 3}}
      """)
    let codec = try codec(schema, fields(.integer, decimal62))
    try codec.checkWriting()
    let row = try written(codec, [.integer(-2), .decimal(unscaled: 125, scale: 2)], schema)
    #expect(row["v0"] == -2 && row["V1"] == .number("1.250"))
  }

  /// Milliseconds and days as in SQL, whatever the unit of the schema: 1.5 ms are 1500 µs.
  @Test(arguments: [
    (#"{"type": "long", "logicalType": "timestamp-micros"}"#, "1.5", AvroValue.long(1500)),
    (#"{"type": "long", "logicalType": "timestamp-millis"}"#, "-2", .long(-2)),
    (#"{"type": "long", "logicalType": "timestamp-nanos"}"#, "3", .long(3_000_000)),
    (#"{"type": "long", "logicalType": "time-micros"}"#, "\"4\"", .long(4000)),
    (#"{"type": "int", "logicalType": "time-millis"}"#, "5", .int(5)),
    (#"{"type": "int", "logicalType": "date"}"#, "\"6\"", .int(6)),
    (#""string""#, "1.50", .string("1.50")), (#""string""#, "true", .string("true")), (#""long""#, "\"9\"", .long(9)),
    (#"["null", "int", "string"]"#, "\"7\"", .union(2, .string("7"))), (#"["null", "string"]"#, "7", .union(1, .string("7"))),
  ])
  func `JSON of a person is taken as it stands, and else as the text or number it spells`(
    type: String, json: String, datum: AvroValue
  ) throws {
    let schema = try AvroSchema(json: type)
    #expect(try AvroReferenceCodec(schema).decode(AvroJSON.payload(JSONValue(parsing: json), schema)) == datum)
  }

  @Test(arguments: [
    (#""int""#, "\"x\""), (#""int""#, "1.5"), (#"{"type": "long", "logicalType": "timestamp-micros"}"#, "0.0001"),
    (#"["null", "boolean"]"#, "1"), (#""string""#, "[1]"),
  ])
  func `what no branch can hold is refused`(type: String, json: String) throws {
    let schema = try AvroSchema(json: type)
    #expect(throws: FormatError.self) { try AvroJSON.payload(JSONValue(parsing: json), schema) }
  }

  @Test func `defaults count in the unit of the schema`() throws {
    let schema = try Self.record(#"{"name": "T", "type": {"type": "long", "logicalType": "timestamp-micros"}, "default": 1500}"#)
    let payload = try AvroJSON.payload(JSONValue(parsing: "{}"), schema)
    #expect(try AvroReferenceCodec(schema).decode(payload) == .record([.long(1500)]))
  }
}
