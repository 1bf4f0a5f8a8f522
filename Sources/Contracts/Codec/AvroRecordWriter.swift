/// Writes one Avro record after another from primitive values, straight into one buffer that is reused: the fast path of
/// producers.
///
/// The caller appends the fields in the order of the schema; nothing checks that he does. Numbers, strings and decimals are
/// copied into the buffer; nothing is allocated once it has its size. Owned by one thread at a time.
public struct AvroRecordWriter: ~Copyable {
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  /// The number of bytes written since `begin`.
  public private(set) var count = 0

  /// A writer whose buffer starts at `capacity` bytes and grows as needed.
  public init(capacity: Int = 512) {
    self.capacity = max(capacity, 64)
    base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { base.deallocate() }

  /// Starts a record in the Confluent wire format: empties the buffer and writes the header.
  @inline(__always)
  public mutating func begin(schemaID: Int32) {
    base.storeBytes(of: 0, as: UInt8.self)
    base.storeBytes(of: schemaID.bigEndian, toByteOffset: 1, as: Int32.self)
    count = ConfluentFrame.headerSize
  }

  /// Starts a bare record: empties the buffer.
  public mutating func begin() { count = 0 }

  /// The bytes written since `begin`, valid during `body` only.
  @inline(__always)
  public func withBytes<R: ~Copyable, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// A copy of the bytes written since `begin`.
  public var bytes: [UInt8] { [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

  @inline(__always)
  private mutating func reserve(_ size: Int) {
    if count + size > capacity { grow(size) }
  }

  @inline(never)
  private mutating func grow(_ size: Int) {
    capacity = max(capacity * 2, count + size)
    let wider = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    wider.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = wider
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }

  /// `long`, also timestamps; an enum's symbol index and a union's branch are written alike.
  @inline(__always)
  public mutating func long(_ value: Int64) {
    reserve(10)
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    while rest >= 0x80 {
      put(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    put(UInt8(truncatingIfNeeded: rest))
  }

  /// `int`, also dates.
  @inline(__always)
  public mutating func int(_ value: Int32) { long(Int64(value)) }

  /// `enum`: the index of the symbol.
  @inline(__always)
  public mutating func enumeration(_ index: Int) { long(Int64(index)) }

  /// `union`: the index of the branch; its value follows. A null branch has no value.
  @inline(__always)
  public mutating func branch(_ index: Int) { long(Int64(index)) }

  /// `boolean`.
  @inline(__always)
  public mutating func boolean(_ value: Bool) {
    reserve(1)
    put(value ? 1 : 0)
  }

  /// `double`.
  @inline(__always)
  public mutating func double(_ value: Double) {
    reserve(8)
    base.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: count, as: UInt64.self)
    count += 8
  }

  /// `float`.
  @inline(__always)
  public mutating func float(_ value: Float) {
    reserve(4)
    base.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: count, as: UInt32.self)
    count += 4
  }

  /// `string` or `bytes`; a string has to be UTF-8.
  @inline(__always)
  public mutating func bytes(_ value: UnsafeRawBufferPointer) {
    long(Int64(value.count))
    raw(value)
  }

  /// `string`.
  public mutating func string(_ value: String) {
    var value = value
    value.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
  }

  /// The bytes of a `fixed`, or of anything already encoded.
  @inline(__always)
  public mutating func raw(_ value: UnsafeRawBufferPointer) {
    reserve(value.count)
    guard let source = value.baseAddress else { return }
    (base + count).copyMemory(from: source, byteCount: value.count)
    count += value.count
  }

  /// `decimal` in bytes: the unscaled value in as few bytes as hold it, as Java's `BigInteger.toByteArray` writes it.
  @inline(__always)
  public mutating func decimal(_ unscaled: Int64) {
    let size = Self.byteCount(unscaled)
    reserve(16)
    put(UInt8(size << 1))
    let shifted = unscaled << Int64(64 - size * 8)
    base.storeBytes(of: shifted.bigEndian, toByteOffset: count, as: Int64.self)
    count += size
  }

  /// `decimal` in bytes.
  @inline(__always)
  public mutating func decimal(_ unscaled: Int128) {
    if let narrow = Int64(exactly: unscaled) { return decimal(narrow) }
    let high = Int64(truncatingIfNeeded: unscaled >> 64)
    let size = 8 + Self.byteCount(high)
    reserve(25)
    put(UInt8(size << 1))
    let shifted = unscaled << Int128(128 - size * 8)
    base.storeBytes(of: Int64(truncatingIfNeeded: shifted >> 64).bigEndian, toByteOffset: count, as: Int64.self)
    base.storeBytes(of: UInt64(truncatingIfNeeded: shifted).bigEndian, toByteOffset: count + 8, as: UInt64.self)
    count += size
  }

  /// `decimal` in a fixed of `size` bytes; false, with nothing written, when the value needs more.
  public mutating func decimalFixed(_ unscaled: Int128, size: Int) -> Bool {
    let needed = Int64(exactly: unscaled).map(Self.byteCount) ?? 8 + Self.byteCount(Int64(truncatingIfNeeded: unscaled >> 64))
    guard size >= needed else { return false }
    reserve(size)
    for index in 0..<size {
      let shift = min((size - 1 - index) * 8, 127)
      put(UInt8(truncatingIfNeeded: unscaled >> Int128(shift)))
    }
    return true
  }

  // An Int128 whose high half is h needs 8 + byteCount(h) bytes unless it fits into an Int64: 9 hold it even if h is 0 or -1.
  @inline(__always)
  private static func byteCount(_ value: Int64) -> Int {
    let magnitude = value ^ (value >> 63)
    return (64 - magnitude.leadingZeroBitCount) / 8 + 1
  }
}
