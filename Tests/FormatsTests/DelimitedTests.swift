import SQL
import Testing
import Values

@testable import Formats

@Suite struct DelimitedTests {
  private func codec(_ types: [SQLType], delimiter: String = ",") throws -> RowCodec {
    let columns = types.enumerated().map { Field(name: "V\($0)", type: $1) }
    return try RowCodec(.delimited, fields: columns, side: .value, options: FormatOptions(valueDelimiter: delimiter))
  }

  @Test(arguments: [
    ("a,b", ["a", "b"]), ("a,", ["a", nil]), (",b", [nil, "b"]), (",", [nil, nil]), ("\"a,b\",c", ["a,b", "c"]),
    ("\"a\"\"b\",c", ["a\"b", "c"]), ("\"a\nb\",c", ["a\nb", "c"]), ("a,b\nc,d", ["a", "b"]), ("\r\n\na,b\r\n", ["a", "b"]),
    ("\"\",b", [nil, "b"]), (" a , b ", [" a ", " b "]), ("\"a\" ,b", ["a", "b"]), ("a\"b,c", ["a\"b", "c"]),
    ("é,\u{1F600}", ["é", "😀"]),
  ])
  func `lines are read as Commons CSV reads them`(text: String, expected: [String?]) throws {
    let values = expected.map { $0.map { Value.string($0) } ?? .null }
    #expect(try codec([.string, .string]).decode(text) == values)
  }

  @Test(arguments: ["", "\n\n", "a", "a,b,c", "\"a,b", "\"a\"x,b"])
  func `lines of another shape are refused`(text: String) throws {
    let codec = try codec([.string, .string])
    #expect(throws: FormatError.self) { try codec.decode(text) }
  }

  @Test func `fields become the declared types`() throws {
    let codec = try codec([.boolean, .integer, .bigint, .double, decimal62, .bytes, .timestamp, .date, .time])
    let row = try codec.decode("TRUE,-1,9223372036854775807, 1.5e3 ,1.5,IQ==,1000,-1,5")
    #expect(
      row == [
        .boolean(true), .integer(-1), .bigint(.max), .double(1500), .decimal(unscaled: 150, scale: 2), .bytes([0x21]),
        .timestamp(1_000_000), .date(-1), .time(5000),
      ])
    #expect(try self.codec([.boolean]).decode("yes") == [.boolean(false)])
  }

  @Test(arguments: [
    (SQLType.integer, "1.0"), (.integer, "2147483648"), (.bigint, "x"), (.double, "1x"), (.double, "0x10"), (decimal62, "1.234"),
    (decimal62, "12345.0"), (.bytes, "?"), (.time, "86400000"), (.time, "-1"), (.timestamp, "9223372036854775807"),
  ])
  func `fields of another type are refused with the column`(type: SQLType, text: String) throws {
    let error = try #require(throws: FormatError.self) { try codec([type]).decode(text) }
    #expect(error.reason.hasPrefix("V0: "), "\(error)")
  }

  // Expected texts follow the rule of Commons CSV 1.4, CSVPrinter.printAndQuote, QuoteMode.MINIMAL.
  @Test(arguments: [
    (["a", "b"], "a,b"), ([nil, nil], ","), (["", ""], "\"\","), (["a,b", "c"], "\"a,b\",c"), (["a\"b", "c"], "\"a\"\"b\",c"),
    (["-1", "-1"], "\"-1\",-1"), (["é", "é"], "\"é\",é"), (["a ", "b "], "\"a \",\"b \""), (["a", " b"], "a,\" b\""),
    (["a", "#b"], "a,\"#b\""), (["a", "$b"], "a,$b"), (["$a", "b"], "\"$a\",b"), (["a\nb", "c"], "\"a\nb\",c"),
    (["9", "Z"], "9,Z"),
  ])
  func `fields are quoted where they must be`(row: [String?], expected: String) throws {
    let codec = try codec([.string, .string])
    #expect(try codec.text(row.map { $0.map { .string($0) } ?? .null }) == expected)
  }

  @Test func `numbers and times are written as ksqlDB writes them`() throws {
    let codec = try codec([.bigint, .double, .double, decimal62, .timestamp, .date, .time, .boolean, .bytes])
    let row: [Value] = [
      .bigint(1), .double(10), .double(1e10), .decimal(unscaled: -50, scale: 2), .timestamp(100_000), .date(10), .time(100_000),
      .boolean(false), .bytes([0x7b]),
    ]
    #expect(try codec.text(row) == "1,10.0,1.0E10,-0.50,100,10,100,false,ew==")
    #expect(try codec.decode(codec.encode(row)) == row)
  }

  @Test(arguments: [("TAB", "a\tb"), ("space", "a b"), ("|", "a|b"), ("é", "aéb")])
  func `delimiters`(delimiter: String, text: String) throws {
    let codec = try codec([.string, .string], delimiter: delimiter)
    #expect(try codec.text([.string("a"), .string("b")]) == text)
    #expect(try codec.decode(text) == [.string("a"), .string("b")])
    #expect(try codec.decode(codec.encode([.string("a\(text)"), .null])) == [.string("a\(text)"), .null])
  }

  @Test(arguments: ["", "ab", "\"", "\n"])
  func `what cannot part fields is refused`(delimiter: String) {
    #expect(throws: FormatError.self) { try codec([.string], delimiter: delimiter) }
  }

  @Test func `a key of one column that is NULL is no key, a value is an empty line`() throws {
    let key = try RowCodec(.delimited, fields: fields(.string), side: .key)
    #expect(try key.encode([.null]) == nil)
    #expect(try codec([.string]).text([.null]) == "")
    let several = try RowCodec(.delimited, fields: fields(.string, .integer), side: .key)
    #expect(try several.text([.null, .null]) == ",")
  }

  @Test func `nested columns are refused`() {
    #expect(throws: FormatError.self) { try codec([.array(.string)]) }
  }
}
