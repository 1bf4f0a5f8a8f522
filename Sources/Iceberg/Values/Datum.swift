/// One value of a column: a partition value or a bound.
public enum Datum: Hashable, Sendable {
  case boolean(Bool)
  case int(Int32)
  case long(Int64)
  case double(Double)
  case string(String)
  case binary([UInt8])
  /// Days since 1970-01-01.
  case date(Int32)
  /// Microseconds since 1970-01-01T00:00:00Z.
  case timestamptz(Int64)
  /// The unscaled integer.
  case decimal(Int128)
}

extension Datum {
  /// The single-value serialization of the specification's Appendix D: little-endian numbers, UTF-8 strings,
  /// decimals as the shortest two's-complement big-endian integer.
  public var serialized: [UInt8] {
    switch self {
    case .boolean(let value): [value ? 1 : 0]
    case .int(let value), .date(let value): Self.littleEndian(value)
    case .long(let value), .timestamptz(let value): Self.littleEndian(value)
    case .double(let value): Self.littleEndian(Int64(bitPattern: value.bitPattern))
    case .string(let value): Array(value.utf8)
    case .binary(let value): value
    case .decimal(let value): Self.minimalBigEndian(value)
    }
  }

  /// Reads a value of `type` from its single-value serialization; nil where the length or type does not fit.
  ///
  /// A `long` may have been written as an `int`, a type it was promoted from.
  public init?(serialized bytes: [UInt8], type: IcebergType) {
    switch type {
    case .boolean:
      guard bytes.count == 1 else { return nil }
      self = .boolean(bytes[0] != 0)
    case .int, .date:
      guard let value = Self.fromLittleEndian(bytes, as: Int32.self) else { return nil }
      self = type == .int ? .int(value) : .date(value)
    case .long, .timestamptz:
      let narrow = Self.fromLittleEndian(bytes, as: Int32.self).map(Int64.init)
      guard let value = Self.fromLittleEndian(bytes, as: Int64.self) ?? narrow else { return nil }
      self = type == .long ? .long(value) : .timestamptz(value)
    case .double:
      guard let value = Self.fromLittleEndian(bytes, as: UInt64.self) else { return nil }
      self = .double(Double(bitPattern: value))
    case .string: self = .string(String(decoding: bytes, as: UTF8.self))
    case .binary: self = .binary(bytes)
    case .decimal:
      guard let value = Self.fromBigEndian(bytes) else { return nil }
      self = .decimal(value)
    case .opaque: return nil
    }
  }

  private static func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    (0..<(T.bitWidth / 8)).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func fromLittleEndian<T: FixedWidthInteger>(_ bytes: [UInt8], as: T.Type) -> T? {
    guard bytes.count == T.bitWidth / 8 else { return nil }
    return bytes.enumerated().reduce(T.zero) { $0 | (T(truncatingIfNeeded: $1.element) << (8 * $1.offset)) }
  }

  /// The fewest bytes that keep value and sign, most significant first.
  static func minimalBigEndian(_ value: Int128) -> [UInt8] {
    var bytes = (0..<16).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    let filler: UInt8 = value < 0 ? 0xff : 0
    while bytes.count > 1, bytes[0] == filler, (bytes[1] & 0x80) == (filler & 0x80) { bytes.removeFirst() }
    return bytes
  }

  /// `value` in exactly `width` bytes, most significant first.
  static func bigEndian(_ value: Int128, width: Int) -> [UInt8] {
    (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * min($0, 15))) }
  }

  static func fromBigEndian(_ bytes: [UInt8]) -> Int128? {
    guard let first = bytes.first, bytes.count <= 16 else { return nil }
    return bytes.reduce(first & 0x80 != 0 ? Int128(-1) : 0) { ($0 << 8) | Int128($1) }
  }
}

extension Datum {
  /// Whether this value sorts before `other` of the same type: strings and binaries by unsigned bytes, -0.0 before +0.0.
  public func precedes(_ other: Datum) -> Bool {
    switch (self, other) {
    case (.boolean(let a), .boolean(let b)): !a && b
    case (.int(let a), .int(let b)), (.date(let a), .date(let b)): a < b
    case (.long(let a), .long(let b)), (.timestamptz(let a), .timestamptz(let b)): a < b
    case (.double(let a), .double(let b)): a < b || (a == b && a.sign == .minus && b.sign == .plus)
    case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.binary(let a), .binary(let b)): a.lexicographicallyPrecedes(b)
    case (.decimal(let a), .decimal(let b)): a < b
    default: false
    }
  }

  /// Whether this is a floating-point NaN, which no bound may hold.
  var isNaN: Bool {
    if case .double(let value) = self { value.isNaN } else { false }
  }
}
