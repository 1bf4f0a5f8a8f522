import Testing

@testable import Parquet

@Suite struct EncodingVectorTests {
  private func bytes(_ body: (ByteBuffer) -> Void) -> [UInt8] {
    let out = ByteBuffer(capacity: 1)
    body(out)
    return Array(out.elements)
  }

  // Encodings.md, "Run Length Encoding / Bit-Packing Hybrid": 0…7 in three bits.
  @Test func `bit packing puts the least significant bit first, as in the specification's example`() {
    let values: [Int32] = [0, 1, 2, 3, 4, 5, 6, 7]
    #expect(bytes { BitPacking.pack(values, count: 8, width: 3, into: $0) } == [0x88, 0xc6, 0xfa])
  }

  @Test func `bit packing round trips every width`() throws {
    for width in 0...64 {
      let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
      let values = (0..<37).map { (UInt64($0) &* 0x9e37_79b9_7f4a_7c15) & mask }
      let packed = bytes { BitPacking.pack(values, count: 37, width: width, into: $0) }
      #expect(packed.count == (37 * width + 7) / 8)
      var back: [UInt64] = []
      try packed.withUnsafeBytes { try BitPacking.unpack($0, count: 37, width: width) { back.append($0) } }
      #expect(back == values, "width \(width)")
    }
  }

  @Test func `the hybrid writes long runs as runs and the rest in eights`() {
    let run = [Int32](repeating: 4, count: 100)
    #expect(bytes { HybridEncoding.encode(run, count: 100, width: 3, into: $0) } == [0xc8, 0x01, 4])
    let mixed: [Int32] = [0, 1, 2, 3, 4, 5, 6, 7] + [Int32](repeating: 2, count: 9)
    #expect(bytes { HybridEncoding.encode(mixed, count: 17, width: 3, into: $0) } == [0x03, 0x88, 0xc6, 0xfa, 18, 2])
    let short: [Int32] = [1, 1, 1]
    #expect(bytes { HybridEncoding.encode(short, count: 3, width: 1, into: $0) } == [0x03, 0x07])
  }

  @Test func `a run completes the group of eight before it`() {
    let values: [Int32] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    #expect(bytes { HybridEncoding.encode(values, count: 16, width: 1, into: $0) } == [0x03, 0x01, 16, 0])
  }

  // Encodings.md, "Delta Encoding", example 2 with four groups of 32: first value 7, least difference −2.
  @Test func `delta encoding gives the specification's example`() {
    let values: [Int64] = [7, 5, 3, 1, 2, 3, 4, 5]
    let expected: [UInt8] = [0x80, 0x01, 4, 8, 14, 3, 2, 0, 0, 0, 0xc0, 0x3f, 0, 0, 0, 0, 0, 0]
    #expect(bytes { DeltaBinaryPacked.encode(values, count: 8, is32: false, into: $0) } == expected)
  }

  @Test func `equal differences take no bits`() {
    let values: [Int64] = [1, 2, 3, 4, 5]
    #expect(
      bytes { DeltaBinaryPacked.encode(values, count: 5, is32: true, into: $0) } == [0x80, 0x01, 4, 5, 2, 2, 0, 0, 0, 0])
  }

  @Test func `delta encoding survives wrapping differences`() throws {
    let wide: [Int64] = [.min, .max, 0, .min, -1, .max, .max, .min] + (0..<300).map { $0 % 2 == 0 ? .max - $0 : .min + $0 }
    let narrow = wide.map { Int64(Int32(truncatingIfNeeded: $0 >> 32)) }
    for (values, is32) in [(wide, false), (narrow, true)] {
      let encoded = bytes { DeltaBinaryPacked.encode(values, count: values.count, is32: is32, into: $0) }
      var back: [Int64] = []
      let used = try encoded.withUnsafeBytes { raw in
        try DeltaBinaryPacked.decode(raw, count: values.count, is32: is32) { back.append($0) }
      }
      #expect(back == values)
      #expect(used == encoded.count)
    }
  }

  // Encodings.md, "Byte Stream Split", its table of three 4-byte values.
  @Test func `byte stream split gathers the bytes of each place`() throws {
    let values: [Int64] = [0xddcc_bbaa, 0x3322_1100, 0xd6c5_b4a3]
    let split = bytes { FixedEncoding.split(values, count: 3, width: 4, into: $0) }
    #expect(split == [0xaa, 0x00, 0xa3, 0xbb, 0x11, 0xb4, 0xcc, 0x22, 0xc5, 0xdd, 0x33, 0xd6])
    var back: [Int64] = []
    try split.withUnsafeBytes { raw in
      try IntegerCodec(is32: true).decode(raw, count: 3, encoding: .byteStreamSplit, into: &back)
    }
    #expect(back == values.map { Int64(Int32(truncatingIfNeeded: $0)) })
  }

  @Test func `wide decimals are big-endian in the fewest bytes`() {
    let values: [Int128] = [1, -1, 0x0102_0304_0506_0708_090a]
    #expect(
      bytes { FixedEncoding.plain(values, count: 3, width: 12, into: $0) }
        == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0xff, count: 12) + [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  }

  // Widths from the table of LogicalTypes.md: a FLBA of n bytes holds floor(log10(2^(8n−1) − 1)) digits.
  @Test(arguments: [(1, 1), (2, 1), (3, 2), (4, 2), (9, 4), (18, 8), (19, 9), (21, 9), (22, 10), (28, 12), (29, 13), (38, 16)])
  func `decimals take the fewest bytes that hold their digits`(digits: Int, bytes: Int) {
    #expect(PhysicalLayout.bytes(forDigits: digits) == bytes)
  }

  // Encodings.md, DELTA_BYTE_ARRAY: prefix lengths 0 2 0 3, suffixes axis, le, babble, yhood.
  @Test func `shared prefixes decode as in the specification's example`() throws {
    let encoded = bytes { out in
      DeltaBinaryPacked.encode([0, 2, 0, 3], count: 4, is32: true, into: out)
      DeltaBinaryPacked.encode([4, 2, 6, 5], count: 4, is32: true, into: out)
      out.append(Array("axislebabbleyhood".utf8))
    }
    var back: [String] = []
    try encoded.withUnsafeBytes { raw in
      try ByteArrayDecoding.decode(raw, count: 4, encoding: .deltaByteArray) { back.append(String(decoding: $0, as: UTF8.self)) }
    }
    #expect(back == ["axis", "axle", "babble", "babyhood"])
  }

  @Test func `codes need at least one bit`() {
    #expect([0, 1, 2, 3, 4, 5, 256, 257].map(BitPacking.width(ofCodes:)) == [1, 1, 1, 2, 2, 3, 8, 9])
  }
}
