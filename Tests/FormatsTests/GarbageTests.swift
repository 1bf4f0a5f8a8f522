import Contracts
import SQL
import TestSupport
import Testing
import Values

@testable import Formats

/// Decoders are given bytes of others: whatever they are, there is a row or an error.
@Suite struct GarbageTests {
  private static let types: [SQLType] = [
    .boolean, .integer, .bigint, .double, .string, .bytes, .timestamp, .date, .time, .decimal(precision: 38, scale: 18),
    .array(.array(.double)),
    .map(.string, point), point,
  ]

  /// Bytes near `seed`: cut, changed, doubled, with numbers at the edges put in.
  private static func mutated(_ seed: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = seed
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      let at = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0...4, using: &random) {
      case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
      case 1 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
      case 2: bytes = Array(bytes.prefix(at))
      case 3: bytes.insert(contentsOf: bytes.prefix(at), at: at)
      default:
        let edges = [
          "1e999999999", "-9223372036854775809", "170141183460469231731687303715884105728", "\"", "\u{0}", "[[[[", "1e-400", ",",
          ".",
        ]
        bytes.insert(contentsOf: Array((edges.randomElement(using: &random) ?? "").utf8), at: at)
      }
    }
    return bytes
  }

  private func search(_ name: String, _ codec: RowCodec, seeds: [[UInt8]], quick: Int) throws {
    var random = SeededGenerator.forTest(name)
    var effort = Effort(name, quick: quick)
    while effort.goesOn() {
      let bytes = Self.mutated(seeds.randomElement(using: &random) ?? [], &random)
      do throws(FormatError) {
        guard let row = try codec.decode(bytes) else { continue }
        #expect(row.count == codec.fields.count)
        // What was read can be written, and is read again as the same row.
        guard let written = try codec.encode(row) else { continue }
        #expect(try codec.decode(written) == row, "seed \(random.seed)")
      } catch {
        #expect(error.code == .undecodable, "\(error), seed \(random.seed)")
      }
    }
    effort.report(tried: effort.rounds, unit: "records", seed: random.seed)
  }

  @Test(arguments: types.indices)
  func `JSON`(index: Int) throws {
    let type = Self.types[index]
    let codec = try RowCodec(.json, fields: fields(type, .string), side: .value)
    let seeds = [
      "{\"V0\":1,\"V1\":\"a\"}", "{\"V0\":\"1.5\"}", "{\"v0\":[[1.5],null],\"V1\":[1]}", "{\"V0\":{\"X\":1,\"y\":\"b\"}}",
      "{\"V0\":{\"k\":{\"X\":2}}}", "{\"V0\":\"IQ==\"}",
    ]
    try search("JSON garbage \(type)", codec, seeds: seeds.map { Array($0.utf8) }, quick: 800)
  }

  @Test func `DELIMITED`() throws {
    let codec = try RowCodec(
      .delimited, fields: fields(.string, .integer, .double, .decimal(precision: 38, scale: 18), .bytes, .time), side: .value)
    let seeds = ["a,1,1.5,2.5,IQ==,5", "\"a,b\",,,,,", "\"\"\"\",-1,NaN,-0.5,,86399999"]
    try search("DELIMITED garbage", codec, seeds: seeds.map { Array($0.utf8) }, quick: 4000)
  }

  @Test(arguments: [SQLType.integer, .bigint, .double, .string, .bytes])
  func `KAFKA`(type: SQLType) throws {
    let codec = try RowCodec(.kafka, fields: fields(type), side: .key)
    try search(
      "KAFKA garbage \(type)", codec, seeds: [[], [0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 1], Array("key".utf8)], quick: 500)
  }

  @Test func `AVRO`() throws {
    let table = SchemaTable()
    let columns = Self.types.enumerated().map { Field(name: "V\($0)", type: $1) }
    let codec = try RowCodec(.avro, fields: columns, side: .value, avro: table.source)
    let row: [Value] = [
      .boolean(true), .integer(1), .bigint(2), .double(3), .string("s"), .bytes([1]), .timestamp(4), .date(5), .time(6),
      .decimal(unscaled: 7, scale: 18), .array([.array([.double(8)])]),
      .map(of: [(.string("k"), .structure([.integer(9), .null]))]),
      .structure([.null, .string("t")]),
    ]
    let bytes = try #require(try codec.encode(row))
    try search(
      "AVRO garbage", codec, seeds: [bytes, [UInt8](bytes.prefix(5)), try #require(try codec.encode(row.map { _ in .null }))],
      quick: 3000)
  }

  @Test func `windowed keys`() {
    var random = SeededGenerator.forTest("windowed keys")
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        [0, 0, 1, 0x7f, 0xff].randomElement(using: &random) ?? 0 as UInt8
      }
      for window in [KeyWindow.session, .time(size: .max, isHopping: false)] {
        guard let parts = try? WindowedKey.parts(bytes, window) else { continue }
        #expect(WindowedKey.bytes(parts.key, start: parts.start, end: parts.end, window) == bytes)
      }
    }
  }
}
