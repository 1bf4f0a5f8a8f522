import Columns
import SQL
import Values

/// Group keys as bytes whose order is the order of the columns, so that sorting bytes sorts groups, and independent of
/// dictionary codes, so that they can be stored.
///
/// Whole numbers and decimals: big-endian with the sign bit flipped. Doubles: their bits made monotonic. Strings and bytes:
/// zero bytes escaped as `00 FF`, ended by `00 00`.
enum KeyCodec {
  /// Appends the value of `vector` at `row`, which is neither NULL nor failed.
  static func append(_ vector: Vector, _ row: Int, to out: inout [UInt8]) {
    let i = row & vector.mask
    switch vector.values {
    case .bool(let v): out.append(v[i] ? 1 : 0)
    case .int64(let v): appendInt64(v[i], to: &out)
    case .int128(let v):
      appendInt64(Int64(truncatingIfNeeded: v[i] >> 64), to: &out)
      appendBigEndian(UInt64(truncatingIfNeeded: v[i]), to: &out)
    case .double(let v): appendInt64(SortableDouble.encode(v[i]), to: &out)
    case .codes, .bytes: vector.withBytes(row) { appendEscaped($0, to: &out) }
    }
  }

  static func appendInt64(_ value: Int64, to out: inout [UInt8]) {
    appendBigEndian(UInt64(bitPattern: value) ^ (1 << 63), to: &out)
  }

  static func appendBigEndian(_ bits: UInt64, to out: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) { out.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
  }

  static func appendEscaped(_ bytes: some Sequence<UInt8>, to out: inout [UInt8]) {
    for byte in bytes {
      out.append(byte)
      if byte == 0 { out.append(0xff) }
    }
    out.append(0)
    out.append(0)
  }
}

/// Reads keys back into columns.
struct KeyReader {
  private var reader: StateReader

  init(_ bytes: [UInt8]) { reader = StateReader(bytes) }

  var isAtEnd: Bool { reader.isAtEnd }

  /// Appends the next value, of `type`, to `column`.
  mutating func read(_ type: SQLType, into column: inout ColumnBuilder) throws(WindowsError) {
    switch type.columnType.lane {
    case .bool: column.append(bool: try reader.byte() != 0)
    case .int64: column.append(int64: try signed())
    case .int128:
      let high = try signed()
      column.append(int128: Int128(high) << 64 | Int128(try reader.bigEndian()))
    case .double: column.append(double: SortableDouble.decode(try signed()))
    case .codes, .bytes: column.append(bytes: try escaped())
    }
  }

  private mutating func signed() throws(WindowsError) -> Int64 {
    Int64(bitPattern: try reader.bigEndian() ^ (1 << 63))
  }

  private mutating func escaped() throws(WindowsError) -> [UInt8] {
    var out: [UInt8] = []
    while true {
      let byte = try reader.byte()
      guard byte == 0 else {
        out.append(byte)
        continue
      }
      switch try reader.byte() {
      case 0: return out
      case 0xff: out.append(0)
      default: throw .corruptState("a key with a broken escape")
      }
    }
  }
}

/// Doubles as integers of the same order; all NaNs are one value above infinity, and -0 is 0.
enum SortableDouble {
  static func encode(_ value: Double) -> Int64 {
    if value.isNaN { return .max }
    let bits = Int64(bitPattern: (value == 0 ? 0.0 : value).bitPattern)
    return bits < 0 ? bits ^ .max : bits
  }

  static func decode(_ value: Int64) -> Double {
    if value == .max { return .nan }
    return Double(bitPattern: UInt64(bitPattern: value < 0 ? value ^ .max : value))
  }
}
