import TestSupport
import Testing

@testable import Iceberg

@Suite struct `Avro files` {
  private let sync = [UInt8](0..<16)

  private let type = AvroType.record(
    name: "r",
    fields: [
      AvroField("a", 1, .int), AvroField("b", 2, .optional(.string)), AvroField("c", 3, .optional(.array(.long, elementID: 4))),
      AvroField("d", 5, .keyedArray(key: .int, keyID: 6, value: .bytes, valueID: 7)),
      AvroField("e", 8, .record(name: "r8", fields: [AvroField("f", 9, .optional(.double)), AvroField("g", 10, .boolean)])),
      AvroField("h", 11, .optional(.decimal(name: "decimal_11", size: 8, precision: 18, scale: 8))),
    ])

  private func row(_ seed: inout SeededGenerator) -> AvroValue {
    .record([
      .long(Int64(Int32.random(in: .min ... .max, using: &seed))),
      Bool.random(using: &seed) ? .null : .string(String(repeating: "é", count: Int.random(in: 0...70, using: &seed))),
      .array((0..<Int.random(in: 0...3, using: &seed)).map { _ in .long(Int64.random(in: .min ... .max, using: &seed)) }),
      .pairs([.init(key: .long(1), value: .bytes([1, 2])), .init(key: .long(2), value: .bytes([]))]),
      .record([.double(.random(in: -1...1, using: &seed)), .bool(.random(using: &seed))]),
      .bytes((0..<8).map { _ in UInt8.random(in: 0...255, using: &seed) }),
    ])
  }

  @Test func `rows and schema come back from a file`() throws {
    var seed = SeededGenerator.forTest("Avro files")
    let rows = (0..<50).map { _ in row(&seed) }
    let bytes = try AvroContainer(type: type, metadata: ["k": "v"], rows: rows).serialized(sync: sync)
    let read = try AvroContainer(parsing: bytes)
    #expect(read.rows == rows)
    #expect(read.metadata["k"] == "v")
    #expect(read.type.json == type.json || read.records[0][5, ""] != nil)
    #expect(read.records[3][1, "a"] == AvroRecord(fields: type.recordFields, values: try #require(rows[3].members))[1, "a"])
  }

  @Test func `every truncation and every flipped byte is refused or read, never a crash`() throws {
    var seed = SeededGenerator.forTest("damaged Avro files")
    let bytes = try AvroContainer(type: type, metadata: [:], rows: [row(&seed), row(&seed)]).serialized(sync: sync)
    // A cut between header and block leaves a legal file without rows.
    let header = try AvroContainer(type: type, metadata: [:], rows: []).serialized(sync: sync).count
    for length in 0..<bytes.count where length != header {
      #expect(throws: IcebergError.self) { try AvroContainer(parsing: Array(bytes[..<length])) }
    }
    for _ in 0..<2_000 {
      var damaged = bytes
      damaged[Int.random(in: 0..<bytes.count, using: &seed)] ^= UInt8.random(in: 1...255, using: &seed)
      _ = try? AvroContainer(parsing: damaged)
    }
  }

  @Test func `a field is found by id even when it has another name`() throws {
    let record = AvroRecord(
      fields: [AvroField("other", 503, .long), AvroField("plain", nil, .long)], values: [.long(7), .long(8)])
    #expect(record[503, "added_snapshot_id"] == .long(7))
    #expect(record[504, "plain"] == .long(8))
    #expect(record[505, "missing"] == nil)
  }

  @Test func `names that Avro does not allow are escaped`() {
    #expect(ManifestSchema.avroName("event_time_day") == "event_time_day")
    #expect(ManifestSchema.avroName("9x") == "_9x")
    #expect(ManifestSchema.avroName("a b") == "a_x20b")
  }

  private static let squares = (0..<120).map { String($0 * $0 % 97) }.joined(separator: " ")
  private static let dynamic: String = [
    "a590890d442108055b99123ea0a8fd37b6a32d6c628cc73bf9080687687252cd38f46007450ec6622549059d1c11c5fa8864",
    "1647b45c053c0fe6c7a627b9d89b39c864aba6d42482ddb48c4d25219253ecc93a2cf77aeb5d7df4ab2f48a8046992e30929",
    "a7a8d21a68a39996fb9a1be1068917aa6f40631ad6c806ef57226f1d4b59ad6e49ab5ab85e7947709c45f0fd35931f",
  ].joined()

  /// Streams made with zlib: stored, fixed Huffman and dynamic Huffman blocks.
  static let deflated: [(String, String)] = [
    ("0103 00fc ff61 6263", "abc"), ("4b4c 4a4e 0423 00", "abcabcabc"), ("4b4c 1c05 c402 00", String(repeating: "a", count: 300)),
    (
      dynamic,
      squares
    ),
  ]

  @Test(arguments: deflated)
  func `deflated blocks are inflated`(_ hex: String, _ text: String) throws {
    #expect(String(decoding: try Inflate.decompress(bytes(hex)), as: UTF8.self) == text)
  }

  @Test func `damaged deflate streams are refused`() {
    for hex in ["", "07", "0103 00fc fe61 6263", "4b", "0500", "ffff ffff"] {
      #expect(throws: IcebergError.self) { try Inflate.decompress(bytes(hex)) }
    }
  }

  private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.filter { $0 != " " })
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
  }
}

extension AvroValue {
  fileprivate var members: [AvroValue]? { if case .record(let values) = self { values } else { nil } }
}
