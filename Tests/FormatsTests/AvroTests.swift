import Contracts
import JSON
import SQL
import Testing
import Values

@testable import Formats

@Suite struct AvroTests {
  private static let all = [
    Field(name: "B", type: .boolean), Field(name: "I", type: .integer), Field(name: "L", type: .bigint),
    Field(name: "D", type: .double),
    Field(name: "S", type: .string), Field(name: "Y", type: .bytes), Field(name: "T", type: .timestamp),
    Field(name: "DA", type: .date),
    Field(name: "TI", type: .time), Field(name: "P", type: .decimal(precision: 38, scale: 10)),
    Field(name: "A", type: .array(point)),
    Field(name: "M", type: .map(.string, .array(.bigint))),
  ]
  private static let row: [Value] = [
    .boolean(true), .integer(-1), .bigint(.max), .double(0.1), .string("é"), .bytes([0, 255]), .timestamp(-1), .date(-1),
    .time(86_399_999_999), .decimal(unscaled: -123_456_789_012_345_678_901_234_567, scale: 10),
    .array([.structure([.integer(1), .null]), .null]), .map(of: [(.string("k"), .array([.bigint(1), .null]))]),
  ]

  @Test func `rows come back as they went`() throws {
    let codec = try RowCodec(.avro, fields: Self.all, side: .value, avro: SchemaTable().source)
    #expect(try codec.decode(codec.encode(Self.row)) == Self.row)
    let nulls = [Value](repeating: .null, count: Self.all.count)
    #expect(try codec.decode(codec.encode(nulls)) == nulls)
    #expect(try codec.encode(nil) == nil)
  }

  @Test func `a single column may stand bare, and does in keys`() throws {
    let table = SchemaTable()
    let key = try RowCodec(.avro, fields: fields(.bigint), side: .key, avro: table.source)
    let bytes = try #require(try key.encode([.bigint(3)]))
    // Frame of schema 1, branch 1 of the union, zigzag 6.
    #expect(bytes == [0, 0, 0, 0, 1, 2, 6])
    #expect(table.schemas[0].json == #"["null","long"]"#)
    #expect(try key.decode(bytes) == [.bigint(3)])
    #expect(try key.encode([.null]) == nil)
  }

  @Test func `fields are found by name in any letter case; others are left out, missing ones are NULL`() throws {
    let table = SchemaTable()
    let schema = try AvroSchema(
      json: """
        {"type": "record", "name": "R", "fields": [{"name": "x", "type": "float"}, {"name": "v1", "type": "int"},
          {"name": "V0", "type": {"type": "enum", "name": "E", "symbols": ["BUY", "SELL"]}}]}
        """)
    let id = table.add(schema)
    var bytes: [UInt8] = []
    ConfluentFrame.writeHeader(schemaID: id, into: &bytes)
    bytes += try AvroReferenceCodec(schema).encode(.record([.float(1), .int(7), .enumeration(1)]))
    let codec = try RowCodec(.avro, fields: fields(.string, .bigint, .double), side: .value, avro: table.source)
    #expect(try codec.decode(bytes) == [.string("SELL"), .bigint(7), .null])
  }

  @Test(arguments: [
    (#""long""#, "3000000000", SQLType.integer), (#""string""#, "\"1\"", .bigint), (#""double""#, "1.5", .bigint),
    (#"{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 3}"#, "1.234", decimal62),
    (#"{"type": "long", "logicalType": "timestamp-nanos"}"#, "0.001001", .timestamp), (#""int""#, "1", .array(.integer)),
  ])
  func `values that do not fit the declared type are refused`(avro: String, json: String, type: SQLType) throws {
    let table = SchemaTable()
    let schema = try AvroSchema(json: #"{"type": "record", "name": "R", "fields": [{"name": "V0", "type": \#(avro)}]}"#)
    let id = table.add(schema)
    var bytes: [UInt8] = []
    ConfluentFrame.writeHeader(schemaID: id, into: &bytes)
    bytes += try AvroJSON.payload(JSONValue(parsing: "{\"v0\": \(json)}"), schema)
    let codec = try RowCodec(.avro, fields: fields(type), side: .value, avro: table.source)
    let error = try #require(throws: FormatError.self) { try codec.decode(bytes) }
    #expect(error.reason.hasPrefix("V0"), "\(error)")
  }

  @Test func `JSON written by hand becomes Avro of a schema`() throws {
    let schema = try AvroSchema(
      json: AvroSchemaText.schema(of: Self.all, isWrapped: true, name: "a.R").text)
    let json = try JSONValue(
      parsing: """
        {"b": true, "i": -1, "l": 9223372036854775807, "d": 0.1, "s": "é", "y": "AP8=", "t": -0.001, "da": -1, "ti": 86399999.999,
         "p": "-12345678901234567.8901234567", "a": [{"x": 1}, null], "m": {"k": [1, null]}}
        """)
    let table = SchemaTable()
    let id = table.add(schema)
    var bytes: [UInt8] = []
    ConfluentFrame.writeHeader(schemaID: id, into: &bytes)
    bytes += try AvroJSON.payload(json, schema)
    #expect(try RowCodec(.avro, fields: Self.all, side: .value, avro: table.source).decode(bytes) == Self.row)
  }

  @Test func `what has no frame or an unknown schema is refused`() throws {
    let codec = try RowCodec(.avro, fields: fields(.integer), side: .value, avro: SchemaTable().source)
    for bytes: [UInt8] in [[], [1, 2, 3, 4, 5, 6], [0, 0, 0], [0, 0, 0, 0, 9, 0]] {
      #expect(throws: FormatError.self) { try codec.decode(bytes) }
    }
  }

  @Test func `maps with other keys are refused`() {
    #expect(throws: FormatError.self) {
      try RowCodec(.avro, fields: fields(.map(.integer, .string)), side: .value, avro: SchemaTable().source)
    }
  }
}
