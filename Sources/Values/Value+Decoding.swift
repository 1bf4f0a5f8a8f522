extension Value {
  /// Reads one canonical encoding that takes up all of `bytes`. Anything else is an error, never a trap.
  public init(decoding bytes: some Collection<UInt8>) throws(ValueError) {
    var reader = ValueReader(bytes: Array(bytes))
    self = try reader.value(depth: 0)
    guard reader.isAtEnd else { throw .corrupt("bytes after its end") }
  }
}

private struct ValueReader {
  let bytes: [UInt8]
  private var at = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }

  mutating func value(depth: Int) throws(ValueError) -> Value {
    guard depth <= Value.deepest else { throw .corrupt("nested too deeply") }
    switch try byte() {
    case Value.Tag.null: return .null
    case Value.Tag.no: return .boolean(false)
    case Value.Tag.yes: return .boolean(true)
    case Value.Tag.integer: return .integer(try whole())
    case Value.Tag.bigint: return .bigint(try whole())
    case Value.Tag.double: return .double(try double())
    case Value.Tag.decimal: return try decimal()
    case Value.Tag.string:
      guard let text = String(validating: try block(), as: UTF8.self) else { throw .corrupt("a text that is not UTF-8") }
      return .string(text)
    case Value.Tag.bytes: return .bytes(Array(try block()))
    case Value.Tag.timestamp: return .timestamp(try whole())
    case Value.Tag.date: return .date(try whole())
    case Value.Tag.time: return .time(try whole())
    case Value.Tag.array: return .array(try list(depth))
    case Value.Tag.structure: return .structure(try list(depth))
    case Value.Tag.map: return .map(try entries(depth))
    default: throw .corrupt("an unknown kind")
    }
  }

  private mutating func byte() throws(ValueError) -> UInt8 {
    guard at < bytes.count else { throw .corrupt("it ends too early") }
    at += 1
    return bytes[at - 1]
  }

  private mutating func number() throws(ValueError) -> UInt128 {
    var (result, shift) = (UInt128(0), 0)
    while true {
      let next = try byte()
      let digit = UInt128(next & 0x7f)
      guard shift < 128, (digit << shift) >> shift == digit else { throw .corrupt("a number that is too large") }
      result |= digit << shift
      if next < 0x80 {
        guard next > 0 || shift == 0 else { throw .corrupt("a number with a needless digit") }
        return result
      }
      shift += 7
    }
  }

  private mutating func zigzag() throws(ValueError) -> Int128 {
    let folded = try number()
    return Int128(bitPattern: folded >> 1) ^ -Int128(bitPattern: folded & 1)
  }

  private mutating func whole<T: FixedWidthInteger>() throws(ValueError) -> T {
    guard let value = T(exactly: try zigzag()) else { throw .corrupt("a number that is too large") }
    return value
  }

  private mutating func double() throws(ValueError) -> Double {
    var bits: UInt64 = 0
    for _ in 0..<8 { bits = bits << 8 | UInt64(try byte()) }
    let value = Double(bitPattern: bits)
    guard value.canonicalBits == bits else { throw .corrupt("an unusual NaN") }
    return value
  }

  private mutating func decimal() throws(ValueError) -> Value {
    let scale = Int(try byte())
    let unscaled = try zigzag()
    guard scale <= 38, Decimals.fits(unscaled, precision: 38) else { throw .corrupt("a decimal of more than 38 digits") }
    return .decimal(unscaled: unscaled, scale: scale)
  }

  /// A length or count: never more than the bytes that are left, since everything counted takes at least one.
  private mutating func length() throws(ValueError) -> Int {
    guard let length = Int(exactly: try number()), length <= bytes.count - at else { throw .corrupt("it ends too early") }
    return length
  }

  private mutating func block() throws(ValueError) -> ArraySlice<UInt8> {
    let length = try length()
    at += length
    return bytes[at - length..<at]
  }

  private mutating func list(_ depth: Int) throws(ValueError) -> [Value] {
    var values: [Value] = []
    for _ in 0..<(try length()) { values.append(try value(depth: depth + 1)) }
    return values
  }

  private mutating func entries(_ depth: Int) throws(ValueError) -> [Value.Entry] {
    var entries: [Value.Entry] = []
    var previous: ArraySlice<UInt8>?
    for _ in 0..<(try length()) {
      let start = at
      let key = try value(depth: depth + 1)
      let encoded = bytes[start..<at]
      if let previous, !previous.lexicographicallyPrecedes(encoded) { throw .corrupt("a map with keys out of order") }
      previous = encoded
      entries.append(Value.Entry(key: key, value: try value(depth: depth + 1)))
    }
    return entries
  }
}
