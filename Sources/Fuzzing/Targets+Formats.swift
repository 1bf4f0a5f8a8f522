import Contracts
import Formats
import JSON
import SQL
import Values

extension FuzzTarget {
  /// The JSON parser: what it reads, it writes, and reads again as the same.
  static let json = [
    FuzzTarget("json", .text, seeds: documents.bytes, pieces: ["{", "}", "[", "]", ":", ",", "\"a\":", "true", "false", "null"]) {
      { input in
        guard let value = try? JSONValue(parsing: input) else { return .refused }
        return (try? JSONValue(parsing: value.utf8)) == value ? .accepted : .broken("what was read is not what was written")
      }
    }
  ]

  private static let documents = [
    #"{"V0":1,"V1":"a","V2":[1.5,null,{"X":-2e10}],"V3":{"k":{"X":2,"y":"\u00e9\n"}}}"#,
    #"[true,false,null,"",0,-0.0,1E+2,[[]],{}]"#,
    #" { "a" : "b\\c\"d\/\b\f\n\r\t\ud83d\ude00" , "" : 123456789012345678901234567890.123456789 } "#,
    #"{"V0":"1.5","V1":"IQ==","V2":"2026-01-01"}"#,
  ]

  static let types: [SQLType] = [
    .boolean, .integer, .bigint, .double, .string, .bytes, .timestamp, .date, .time, .decimal(precision: 38, scale: 18),
    .array(.array(.double)), .map(.string, point), point,
  ]
  private static let point = SQLType.structure([.init(name: "X", type: .integer), .init(name: "y", type: .string)])

  static func fields(_ types: [SQLType]) -> [Field] { types.enumerated().map { Field(name: "V\($0)", type: $1) } }

  /// A row of every type.
  static let row: [Value] = [
    .boolean(true), .integer(1), .bigint(2), .double(3), .string("s"), .bytes([1]), .timestamp(4000), .date(5), .time(6000),
    .decimal(unscaled: 7, scale: 18), .array([.array([.double(8)])]),
    .map(of: [(.string("k"), .structure([.integer(9), .null]))]),
    .structure([.null, .string("t")]),
  ]

  /// Rows in each format: what is read can be written, and is read again as the same row.
  static let rows: [FuzzTarget] =
    [
      FuzzTarget(
        "rows-json", .text, seeds: jsonRows.bytes,
        pieces: types.indices.map { "\"V\($0)\":" } + ["[", "{", "}", "]", ",", "null"]
      ) {
        reader { try RowCodec(.json, fields: fields(types), side: .value) }
      },
      FuzzTarget(
        "rows-delimited", .text,
        seeds: ["a,1,1.5,2.5,IQ==,5,true", "\"a,b\",,,,,,", "\"\"\"\",-1,NaN,-0.5,,86399999,x\r\n"].bytes,
        pieces: [",", "\"", "\"\"", "\n", "\r"]
      ) {
        reader {
          try RowCodec(
            .delimited,
            fields: fields([.string, .integer, .double, .decimal(precision: 38, scale: 18), .bytes, .time, .boolean]),
            side: .value)
        }
      },
    ] + kafkaRows

  private static let jsonRows = [
    #"{"V0":true,"V1":1,"V2":2,"V3":3.5,"V4":"s","V5":"IQ==","V6":4,"V7":5,"V8":6,"V9":7.5,"V10":[[1.5],null],"V11":{"k":{"X":1,"y":"b"}},"V12":{"X":1}}"#,
    #"{"v0":false,"V1":"1","V2":"-9223372036854775808","V3":"1e3","V4":[1],"V5":"","V9":"0.1","V10":[],"V11":{},"V12":{}}"#,
    #"{"V4":{"a":1},"V12":{"x":1,"y":null,"z":[]}}"#,
  ]

  private static let kafkaRows = [SQLType.integer, .bigint, .double, .string, .bytes].map { type in
    FuzzTarget(
      "rows-kafka-\("\(type)".lowercased())", .binary,
      seeds: [[], [0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 1], Array("key é".utf8), [0x7f, 0xf8, 0, 0, 0, 0, 0, 0]]
    ) {
      reader { try RowCodec(.kafka, fields: fields([type]), side: .key) }
    }
  }

  static func reader(_ make: () throws -> RowCodec) -> Reader {
    guard let codec = try? make() else { return { _ in .broken("the codec cannot be made") } }
    return { input in check(codec, input) }
  }

  private static func check(_ codec: RowCodec, _ input: [UInt8]) -> Outcome {
    let row: [Value]?
    do throws(FormatError) { row = try codec.decode(input) } catch {
      return error.code == .undecodable && !error.reason.isEmpty ? .refused : .broken("refused as \(error.code): \(error.reason)")
    }
    guard let row else { return .accepted }
    guard row.count == codec.fields.count else { return .broken("\(row.count) values") }
    do throws(FormatError) {
      guard let written = try codec.encode(row) else { return .accepted }
      return try codec.decode(written) == row ? .accepted : .broken("another row after writing and reading")
    } catch {
      return .broken("what was read cannot be written: \(error.reason)")
    }
  }
}
