/// Writes stored state: unsigned variable-length integers, zigzag for signed ones, counted byte strings.
struct StateWriter {
  var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func unsigned(_ value: UInt64) {
    var left = value
    while left >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: left) | 0x80)
      left >>= 7
    }
    bytes.append(UInt8(left))
  }

  mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

  mutating func counted(_ value: UnsafeRawBufferPointer) {
    unsigned(UInt64(value.count))
    bytes.append(contentsOf: value)
  }
}

/// Reads stored state. Every read checks its bounds: bytes from a topic may be anything.
struct StateReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  /// Bytes not read yet.
  var left: Int { bytes.count - position }

  mutating func byte() throws(WindowsError) -> UInt8 {
    guard position < bytes.count else { throw .corruptState("it ends early") }
    position += 1
    return bytes[position - 1]
  }

  mutating func unsigned() throws(WindowsError) -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while true {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw .corruptState("a number of more than 64 bits") }
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 { return value }
      shift += 7
      guard shift <= 63 else { throw .corruptState("a number of more than 64 bits") }
    }
  }

  mutating func signed() throws(WindowsError) -> Int64 {
    let bits = try unsigned()
    return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
  }

  mutating func counted() throws(WindowsError) -> [UInt8] {
    let count = try unsigned()
    guard count <= UInt64(bytes.count - position) else { throw .corruptState("it ends early") }
    position += Int(count)
    return Array(bytes[(position - Int(count))..<position])
  }

  mutating func bigEndian() throws(WindowsError) -> UInt64 {
    var value: UInt64 = 0
    for _ in 0..<8 { value = value << 8 | UInt64(try byte()) }
    return value
  }

  /// What is left.
  mutating func rest() -> [UInt8] {
    defer { position = bytes.count }
    return Array(bytes[position...])
  }
}

/// One entry of a changelog: `value` nil is a tombstone.
public struct StateEntry: Equatable, Sendable {
  public var key: [UInt8]
  public var value: [UInt8]?

  public init(key: [UInt8], value: [UInt8]?) {
    self.key = key
    self.value = value
  }
}
