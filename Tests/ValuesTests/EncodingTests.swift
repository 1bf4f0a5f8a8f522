import SQL
import TestSupport
import Testing
import Values

@Suite struct EncodingTests {
  @Test(
    arguments: [
      (Value.null, [0]), (.boolean(false), [1]), (.boolean(true), [2]),
      // Zigzag: 0, -1, 1, -2 are 0, 1, 2, 3; 64 is 128, which takes two digits of base 128.
      (.integer(0), [3, 0]), (.integer(-1), [3, 1]), (.bigint(1), [4, 2]), (.bigint(-2), [4, 3]), (.bigint(64), [4, 0x80, 1]),
      (.integer(.min), [3, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      (.double(1), [5, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]), (.double(.signalingNaN), [5, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]),
      (.decimal(unscaled: -150, scale: 2), [6, 2, 0xab, 2]), (.string("aé"), [7, 3, 0x61, 0xc3, 0xa9]), (.bytes([9]), [8, 1, 9]),
      (.timestamp(1), [9, 2]), (.date(-1), [10, 1]), (.time(2), [11, 4]), (.array([]), [12, 0]),
      (.array([.null, .boolean(true)]), [12, 2, 0, 2]), (.structure([.integer(3)]), [14, 1, 3, 6]),
      // Keys stand in the order of their encodings: the shorter length first.
      (
        .map(of: [(.string("b"), .null), (.string("aa"), .integer(1)), (.string("b"), .integer(2))]),
        [13, 2, 7, 1, 0x62, 3, 4, 7, 2, 0x61, 0x61, 3, 2]
      ),
    ] as [(Value, [UInt8])])
  func `the layout is as documented`(value: Value, bytes: [UInt8]) throws {
    #expect(value.encoded() == bytes)
    #expect(try Value(decoding: bytes) == value)
  }

  @Test(
    arguments: [
      [], [15], [255], [3], [3, 0x80], [3, 0x80, 0], [4, 0x81, 0x80, 0], [3, 0xff, 0xff, 0xff, 0xff, 0x1f], [5, 1, 2, 3],
      [5, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1], [6, 39, 0], [7, 5, 0x61], [7, 1, 0xff], [8, 0xff, 0xff, 0xff, 0xff, 0x7f], [12, 2, 0],
      [12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [0, 0],
      [13, 2, 7, 1, 0x62, 0, 7, 1, 0x62, 0], [13, 2, 7, 1, 0x62, 0, 7, 1, 0x61, 0], [13, 1, 0],
    ] as [[UInt8]])
  func `bytes that no value has are refused`(bytes: [UInt8]) {
    #expect(throws: ValueError.self) { try Value(decoding: bytes) }
  }

  @Test func `nesting without end is refused before the stack is`() {
    var bytes = [UInt8](repeating: 0, count: 0)
    for _ in 0..<200_000 { bytes += [12, 1] }
    #expect(throws: ValueError.self) { try Value(decoding: bytes + [0]) }
  }

  @Test func `values come back, and equal values have equal bytes`() throws {
    var samples = Samples("value round trip")
    for _ in 0..<5_000 {
      let type = samples.type()
      let (a, b) = (samples.value(of: type), samples.value(of: type))
      #expect(try Value(decoding: a.encoded()) == a)
      #expect((a == b) == (a.encoded() == b.encoded()))
      if a == b { #expect(a.hashValue == b.hashValue) }
    }
  }

  @Test func `damaged bytes are refused or are the encoding of what they give`() {
    var samples = Samples("value damage")
    for _ in 0..<10_000 {
      var bytes = samples.value(of: samples.type()).encoded()
      for _ in 0..<Int.random(in: 1...3, using: &samples.random) where !bytes.isEmpty {
        let at = Int.random(in: bytes.indices, using: &samples.random)
        switch Int.random(in: 0..<3, using: &samples.random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &samples.random)
        case 1: bytes.remove(at: at)
        default: bytes.insert(UInt8.random(in: 0...15, using: &samples.random), at: at)
        }
      }
      if let value = try? Value(decoding: bytes) { #expect(value.encoded() == bytes) }
    }
  }
}
