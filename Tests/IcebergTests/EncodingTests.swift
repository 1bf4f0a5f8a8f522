import Testing

@testable import Iceberg

/// Vectors from the Iceberg specification, Appendix B and D, and from its description of truncation.
@Suite struct `Values, bounds and transforms` {
  @Test func `bucket hashes are those of the specification`() {
    #expect(Murmur3.hash(Datum.long(34).serialized) == 2_017_239_379)
    #expect(Murmur3.hash(Array("iceberg".utf8)) == 1_210_000_089)
    #expect(Murmur3.hash(Datum.decimal(1420).serialized) == -500_754_589)
    // date 2017-11-16 and timestamptz 2017-11-16T14:31:08-08:00
    #expect(Murmur3.hash(Datum.long(17_486).serialized) == -653_330_422)
    #expect(Murmur3.hash(Datum.timestamptz(1_510_871_468_000_000).serialized) == -2_047_944_441)
    #expect(Murmur3.hash([0, 1, 2, 3]) == -188_683_207)
    #expect(Murmur3.hash([]) == 0)
  }

  @Test func `buckets of ints, dates and longs agree`() throws {
    #expect(try Transform.bucket(16).apply(.int(34)) == .int(2_017_239_379 % 16))
    #expect(try Transform.bucket(16).apply(.long(34)) == .int(2_017_239_379 % 16))
    #expect(try Transform.bucket(128).apply(.date(17_486)) == .int((-653_330_422 & 0x7fff_ffff) % 128))
    #expect(throws: IcebergError.self) { try Transform.bucket(8).apply(.double(1)) }
  }

  static let times: [(Int64, Int32, Int32, Int32, Int32)] = [
    (0, 0, 0, 0, 0), (1_510_871_468_000_000, 47, 574, 17_486, 419_686), (-1, -1, -1, -1, -1),
    (-86_400_000_000, -1, -1, -1, -24), (951_782_400_000_000, 30, 361, 11_016, 264_384),
    (4_107_542_400_000_000, 130, 1_562, 47_541, 1_140_984), (-2_208_988_800_000_000, -70, -840, -25_567, -613_608),
  ]

  @Test(arguments: times)
  func `times before and after 1970 fall into their year, month, day and hour`(
    _ micros: Int64, _ year: Int32, _ month: Int32, _ day: Int32, _ hour: Int32
  ) throws {
    #expect(try Transform.year.apply(.timestamptz(micros)) == .int(year))
    #expect(try Transform.month.apply(.timestamptz(micros)) == .int(month))
    #expect(try Transform.day.apply(.timestamptz(micros)) == .date(day))
    #expect(try Transform.hour.apply(.timestamptz(micros)) == .int(hour))
    #expect(try Transform.month.apply(.date(day)) == .int(month))
  }

  @Test func `truncation floors numbers and cuts text by code points`() throws {
    #expect(try Transform.truncate(10).apply(.int(-1)) == .int(-10))
    #expect(try Transform.truncate(10).apply(.long(19)) == .long(10))
    #expect(try Transform.truncate(50).apply(.decimal(1065)) == .decimal(1050))
    #expect(try Transform.truncate(3).apply(.string("iceberg")) == .string("ice"))
    #expect(try Transform.truncate(2).apply(.string("e\u{301}x")) == .string("e\u{301}"))
    #expect(try Transform.identity.apply(nil) == nil)
  }

  @Test func `directory names are readable and free of escapes`() {
    #expect(Transform.day.pathText(.date(17_486)) == "2017-11-16")
    #expect(Transform.month.pathText(.int(-1)) == "1969-12")
    #expect(Transform.hour.pathText(.int(419_686)) == "2017-11-16-22")
    #expect(Transform.year.pathText(.int(54)) == "2024")
    #expect(Transform.identity.pathText(.string("a/b=c é")) == "a_b_c__")
    #expect(Transform.identity.pathText(nil) == "null")
  }

  static let decimals: [(Int128, [UInt8])] = [
    (0, [0]), (1, [1]), (-1, [0xff]), (127, [0x7f]), (128, [0, 0x80]), (-128, [0x80]), (-129, [0xff, 0x7f]),
    (1420, [0x05, 0x8c]), (-32_768, [0x80, 0]), (1 << 100, [0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]

  @Test(arguments: decimals)
  func `decimals take the fewest big-endian bytes and come back`(_ value: Int128, _ bytes: [UInt8]) {
    #expect(Datum.decimal(value).serialized == bytes)
    #expect(Datum(serialized: bytes, type: .decimal(precision: 38, scale: 2)) == .decimal(value))
  }

  @Test func `other values are little-endian and come back`() {
    let cases: [(Datum, IcebergType, [UInt8])] = [
      (.boolean(true), .boolean, [1]), (.int(-2), .int, [0xfe, 0xff, 0xff, 0xff]), (.date(1), .date, [1, 0, 0, 0]),
      (.long(1 << 40), .long, [0, 0, 0, 0, 0, 1, 0, 0]), (.timestamptz(-1), .timestamptz, [UInt8](repeating: 0xff, count: 8)),
      (.double(1), .double, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]), (.string("é"), .string, [0xc3, 0xa9]),
      (.binary([0, 255]), .binary, [0, 255]),
    ]
    for (value, type, bytes) in cases {
      #expect(value.serialized == bytes)
      #expect(Datum(serialized: bytes, type: type) == value)
    }
    #expect(Datum(serialized: [5, 0, 0, 0], type: .long) == .long(5), "a column promoted from int")
    #expect(Datum(serialized: [1, 2, 3], type: .long) == nil)
  }

  @Test func `bounds of long text are a prefix and a raised prefix`() {
    #expect(Bounds.lower(.string("abcdefghijklmnopqr")) == .string("abcdefghijklmnop"))
    #expect(Bounds.upper(.string("abcdefghijklmnopqr")) == .string("abcdefghijklmnoq"))
    #expect(Bounds.upper(.string("abc")) == .string("abc"))
    #expect(Bounds.upper(.string("ab\u{10ffff}\u{10ffff}"), length: 3) == .string("ac"))
    #expect(Bounds.upper(.string("\u{10ffff}\u{10ffff}"), length: 1) == nil)
    #expect(Bounds.upper(.string("\u{d7ff}x"), length: 1) == .string("\u{e000}"))
    #expect(Bounds.upper(.binary([1, 0xff, 0xff]), length: 2) == .binary([2]))
    #expect(Bounds.upper(.binary([0xff, 0xff]), length: 1) == nil)
  }

  @Test func `order is by unsigned bytes, and minus zero comes first`() {
    #expect(Datum.string("Z").precedes(.string("a")))
    #expect(Datum.string("e\u{301}").precedes(.string("é")), "canonical equivalence is no byte order")
    #expect(Datum.binary([0x7f]).precedes(.binary([0x80])))
    #expect(Datum.double(-0.0).precedes(.double(0.0)))
    #expect(!Datum.double(0.0).precedes(.double(-0.0)))
  }

  @Test(arguments: [(1, 1), (2, 1), (3, 2), (4, 2), (9, 4), (10, 5), (18, 8), (19, 9), (28, 12), (38, 16)])
  func `fixed decimals have the width their precision needs`(_ precision: Int, _ width: Int) {
    #expect(IcebergType.decimalWidth(precision) == width)
  }
}
