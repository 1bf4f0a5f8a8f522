/// The canonical encoding: equal values have equal bytes, and no other bytes are accepted for a value. Layout, by first byte:
///
///     0 NULL   1 FALSE   2 TRUE   3 INT zigzag   4 BIGINT zigzag   5 DOUBLE 8 bytes big-endian (one NaN)
///     6 DECIMAL scale, zigzag of the unscaled value   7 STRING length, UTF-8   8 BYTES length, bytes
///     9 TIMESTAMP zigzag   10 DATE zigzag   11 TIME zigzag
///     12 ARRAY count, values   13 MAP count, keys and values in the order of the keys' encodings   14 STRUCT count, values
///
/// Lengths, counts and zigzag numbers are base-128 with the low digits first and no needless last digit (as in Protocol
/// Buffers).
extension Value {
  enum Tag {
    static let null: UInt8 = 0
    static let no: UInt8 = 1
    static let yes: UInt8 = 2
    static let integer: UInt8 = 3
    static let bigint: UInt8 = 4
    static let double: UInt8 = 5
    static let decimal: UInt8 = 6
    static let string: UInt8 = 7
    static let bytes: UInt8 = 8
    static let timestamp: UInt8 = 9
    static let date: UInt8 = 10
    static let time: UInt8 = 11
    static let array: UInt8 = 12
    static let map: UInt8 = 13
    static let structure: UInt8 = 14
  }

  /// How deep values may be nested.
  public static let deepest = 64

  /// The canonical encoding.
  public func encoded() -> [UInt8] {
    var out: [UInt8] = []
    encode(into: &out)
    return out
  }

  /// Adds the canonical encoding at the end.
  public func encode(into out: inout [UInt8]) {
    switch self {
    case .null: out.append(Tag.null)
    case .boolean(let value): out.append(value ? Tag.yes : Tag.no)
    case .integer(let value): Self.zigzag(Tag.integer, Int128(value), &out)
    case .bigint(let value): Self.zigzag(Tag.bigint, Int128(value), &out)
    case .double(let value):
      out.append(Tag.double)
      for shift in stride(from: 56, through: 0, by: -8) { out.append(UInt8(truncatingIfNeeded: value.canonicalBits >> shift)) }
    case .decimal(let unscaled, let scale):
      out.append(Tag.decimal)
      Self.zigzag(UInt8(truncatingIfNeeded: scale), unscaled, &out)
    case .string(let value): Self.block(Tag.string, value.utf8, &out)
    case .bytes(let value): Self.block(Tag.bytes, value, &out)
    case .timestamp(let value): Self.zigzag(Tag.timestamp, Int128(value), &out)
    case .date(let value): Self.zigzag(Tag.date, Int128(value), &out)
    case .time(let value): Self.zigzag(Tag.time, Int128(value), &out)
    case .array(let values): Self.list(Tag.array, values, &out)
    case .structure(let values): Self.list(Tag.structure, values, &out)
    case .map(let entries):
      out.append(Tag.map)
      Self.number(UInt128(entries.count), &out)
      for entry in entries {
        entry.key.encode(into: &out)
        entry.value.encode(into: &out)
      }
    }
  }

  private static func zigzag(_ tag: UInt8, _ value: Int128, _ out: inout [UInt8]) {
    out.append(tag)
    number(UInt128(bitPattern: (value << 1) ^ (value >> 127)), &out)
  }

  private static func block(_ tag: UInt8, _ bytes: some Collection<UInt8>, _ out: inout [UInt8]) {
    out.append(tag)
    number(UInt128(bytes.count), &out)
    out.append(contentsOf: bytes)
  }

  private static func list(_ tag: UInt8, _ values: [Value], _ out: inout [UInt8]) {
    out.append(tag)
    number(UInt128(values.count), &out)
    for value in values { value.encode(into: &out) }
  }

  private static func number(_ value: UInt128, _ out: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    out.append(UInt8(truncatingIfNeeded: rest))
  }
}
