import SQL
import Testing
import Values

@testable import Formats

@Suite struct JSONTests {
  private func decode(_ json: String, as type: SQLType) throws -> Value? {
    try RowCodec(.json, fields: fields(type), side: .value).decode("{\"V0\": \(json)}")?.first
  }

  @Test(arguments: [
    ("true", SQLType.boolean, Value.boolean(true)), ("7", .integer, .integer(7)), ("7.0", .integer, .integer(7)),
    ("\"7\"", .integer, .integer(7)), ("1e2", .bigint, .bigint(100)), ("\"-5\"", .bigint, .bigint(-5)),
    ("1", .double, .double(1)), ("\"1.5\"", .double, .double(1.5)), ("\"NaN\"", .double, .double(.nan)),
    ("1.5", decimal62, .decimal(unscaled: 150, scale: 2)), ("\"1.50\"", decimal62, .decimal(unscaled: 150, scale: 2)),
    ("9999.99", decimal62, .decimal(unscaled: 999_999, scale: 2)), ("\"IQ==\"", .bytes, .bytes([0x21])),
    ("1000", .timestamp, .timestamp(1_000_000)), ("-3", .date, .date(-3)), ("86399999", .time, .time(86_399_999_000)),
    ("\"x\"", .string, .string("x")), ("1.50", .string, .string("1.50")), ("1e5", .string, .string("1E+5")),
    ("true", .string, .string("true")), ("{\"b\": 1, \"a\": [1.0]}", .string, .string(#"{"b":1,"a":[1.0]}"#)),
    ("[1, \"a\", null]", .string, .string("[1, a, null]")),
    ("[1, null, \"3\"]", .array(.integer), .array([.integer(1), .null, .integer(3)])),
    ("{\"x\": 4, \"Y\": \"no\", \"y\": \"a\", \"z\": 1}", point, .structure([.integer(4), .string("a")])),
    ("{}", point, .structure([.null, .null])), ("null", point, .null),
    ("{\"b\": 1, \"a\": 2}", .map(.string, .integer), .map(of: [(.string("a"), .integer(2)), (.string("b"), .integer(1))])),
  ])
  func `JSON becomes the declared type`(json: String, type: SQLType, expected: Value) throws {
    #expect(try decode(json, as: type) == expected)
  }

  @Test(arguments: [
    ("1", SQLType.boolean), ("\"true\"", .boolean), ("1.5", .integer), ("2147483648", .integer), ("\"x\"", .integer),
    ("true", .integer),
    ("9223372036854775808", .bigint), ("\"1.0\"", .bigint), ("\"\"", .double), ("1.555", decimal62), ("10000", decimal62),
    ("\"1,5\"", decimal62), ("1", .bytes), ("\"!\"", .bytes), ("86400000", .time), ("-1", .time), ("1.5", .timestamp),
    ("9223372036854775807", .timestamp), ("1", .array(.integer)), ("[true]", .array(.integer)), ("[]", .map(.string, .string)),
    ("1", point), ("{\"X\": \"a\"}", point),
  ])
  func `what is not of the type, or only by losing digits, is refused with the column`(json: String, type: SQLType) throws {
    let error = try #require(throws: FormatError.self) { try decode(json, as: type) }
    #expect(error.code == .undecodable && error.reason.hasPrefix("V0"), "\(error)")
  }

  @Test func `missing members are NULL, extra ones are left out, letter case does not matter for unquoted names`() throws {
    let codec = try RowCodec(
      .json, fields: [Field(name: "A", type: .integer), Field(name: "b", type: .integer)], side: .value)
    #expect(try codec.decode(#"{"a": 1, "b": 2, "C": 3}"#) == [.integer(1), .integer(2)])
    #expect(try codec.decode(#"{"a": 1, "A": 5, "B": 2}"#) == [.integer(5), .null])
    #expect(try codec.decode("{}") == [.null, .null])
    #expect(try codec.decode("null") == nil)
    #expect(try codec.decode(nil) == nil)
  }

  @Test(arguments: ["", "{", "[1]", "1", "\"a\"", "{\"V0\": 1} x", "{\"V0\": tru}"])
  func `values that are no objects are refused`(text: String) {
    #expect(throws: FormatError.self) { try RowCodec(.json, fields: fields(.integer), side: .value).decode(text) }
  }

  @Test func `a row becomes an object of all columns, nulls and digits included`() throws {
    let codec = try RowCodec(
      .json, fields: fields(.integer, .double, decimal62, .timestamp, .date, .time, .bytes, .array(.bigint), point, .string),
      side: .value)
    let row: [Value] = [
      .null, .double(1e10), .decimal(unscaled: 150, scale: 2), .timestamp(1_000_000), .date(3), .time(5000), .bytes([0x21]),
      .array([.bigint(1), .null]), .structure([.integer(1), .null]), .string("a\"b"),
    ]
    #expect(
      try codec.text(row)
        == #"{"V0":null,"V1":1.0E10,"V2":1.50,"V3":1000,"V4":3,"V5":5,"V6":"IQ==","V7":[1,null],"V8":{"X":1,"y":null},"V9":"a\"b"}"#
    )
    #expect(try codec.decode(codec.encode(row)) == row)
    #expect(try codec.text(nil) == nil)
  }

  @Test func `a single column may stand bare, and does in keys`() throws {
    let bare = try RowCodec(.json, fields: fields(.bigint), side: .value, options: FormatOptions(wrapsSingleValue: false))
    let key = try RowCodec(.json, fields: fields(.bigint), side: .key)
    for codec in [bare, key] {
      #expect(try codec.text([.bigint(5)]) == "5")
      #expect(try codec.text([.null]) == nil)
      #expect(try codec.decode("5") == [.bigint(5)])
      #expect(throws: FormatError.self) { try codec.decode(#"{"V0": 5}"#) }
    }
    let several = try RowCodec(.json, fields: fields(.bigint, .string), side: .key)
    #expect(try several.text([.bigint(5), .null]) == #"{"V0":5,"V1":null}"#)
  }

  @Test func `maps are no keys`() {
    #expect(throws: FormatError.self) { try RowCodec(.json, fields: fields(.array(.map(.string, .integer))), side: .key) }
  }
}
