/// One value of a column in native form, for bounds: Iceberg's manifests and Parquet's statistics encode it differently.
public enum ParquetValue: Hashable, Sendable {
  case boolean(Bool)
  /// Integers, dates, timestamps and decimals of up to 18 digits (unscaled).
  case int64(Int64)
  /// Decimals of 19 to 38 digits (unscaled).
  case int128(Int128)
  /// Never NaN.
  case double(Double)
  /// Strings (UTF-8) and byte strings, whole; ordered by unsigned bytes.
  case bytes([UInt8])

  /// Whether `self` comes before `other` of the same case, in the order of the column (TYPE_ORDER).
  func precedes(_ other: ParquetValue) -> Bool {
    switch (self, other) {
    case (.boolean(let a), .boolean(let b)): !a && b
    case (.int64(let a), .int64(let b)): a < b
    case (.int128(let a), .int128(let b)): a < b
    // −0.0 counts as smaller than +0.0, as in Iceberg's bounds.
    case (.double(let a), .double(let b)): a < b || (a == b && a.sign == .minus && b.sign == .plus)
    case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
    default: false
    }
  }

  /// The PLAIN encoding without length prefix, as statistics store it.
  func statisticBytes(_ layout: PhysicalLayout) -> [UInt8] {
    switch self {
    case .boolean(let value): [value ? 1 : 0]
    case .int64(let value) where layout.type == .int32: Self.littleEndian(Int32(truncatingIfNeeded: value))
    case .int64(let value): Self.littleEndian(value)
    case .int128(let value): withUnsafeBytes(of: value.bigEndian) { Array($0.suffix(layout.length)) }
    case .double(let value): Self.littleEndian(value.bitPattern)
    case .bytes(let value): value
    }
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// The least and the greatest value of a page, a chunk or a file.
struct Bounds: Equatable {
  var lower: ParquetValue
  var upper: ParquetValue

  /// Widens the bounds to cover `other`.
  mutating func merge(_ other: Bounds) {
    if other.lower.precedes(lower) { lower = other.lower }
    if upper.precedes(other.upper) { upper = other.upper }
  }

  static func merged(_ a: Bounds?, _ b: Bounds?) -> Bounds? {
    guard var result = a else { return b }
    if let b { result.merge(b) }
    return result
  }
}

/// Shortens bounds of byte strings so that they stay bounds (parquet.thrift, `is_max_value_exact`).
enum BoundTruncation {
  /// The longest prefix of at most `limit` bytes; of text, without cutting a character.
  static func lower(_ bytes: [UInt8], limit: Int, isText: Bool) -> (bytes: [UInt8], isExact: Bool) {
    guard bytes.count > limit else { return (bytes, true) }
    return (prefix(bytes, limit, isText), false)
  }

  /// A string of at most `limit` bytes that is greater than all that begin like `bytes`, or nil where there is none.
  static func upper(_ bytes: [UInt8], limit: Int, isText: Bool) -> (bytes: [UInt8], isExact: Bool)? {
    guard bytes.count > limit else { return (bytes, true) }
    let cut = prefix(bytes, limit, isText)
    return (isText ? incrementedText(cut) : incremented(cut)).map { ($0, false) }
  }

  private static func prefix(_ bytes: [UInt8], _ limit: Int, _ isText: Bool) -> [UInt8] {
    var end = limit
    // A continuation byte at the cut means that a character would be split.
    while isText, end > 0, bytes[end] & 0xc0 == 0x80 { end -= 1 }
    return Array(bytes[..<end])
  }

  private static func incremented(_ bytes: [UInt8]) -> [UInt8]? {
    var result = bytes
    while let last = result.popLast() {
      if last < 0xff { return result + [last + 1] }
    }
    return nil
  }

  private static func incrementedText(_ bytes: [UInt8]) -> [UInt8]? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return incremented(bytes) }
    var scalars = Array(text.unicodeScalars)
    while let last = scalars.popLast() {
      // The code point after U+D7FF is U+E000: surrogates are no characters.
      let next = last.value == 0xd7ff ? 0xe000 : last.value + 1
      if let scalar = Unicode.Scalar(next) {
        scalars.append(scalar)
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return Array(String(view).utf8)
      }
    }
    return nil
  }
}
