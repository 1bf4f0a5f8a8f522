/// One step of a compiled decoder.
struct AvroInstruction {
  enum Operation: UInt8 {
    case end
    /// Go to instruction `a`.
    case jump
    /// Read a branch index below `b` and go to the instruction that the table at `a` (Int32) names.
    case union
    // Values: read one and store it in the lane.
    case boolean, int, long, millis, float, double, longToDouble, string, bytes, fixedBytes
    /// `a`: the table of codes (Int32), `b`: the number of symbols.
    case enumeration
    /// `a`: the factor to the column's scale, `b`: 0 for bytes, otherwise the size of the fixed plus one.
    case decimal64, decimal128
    // Constants: a null, or the default of a field that the writer does not have. `a` holds it (or its address), `b` its length.
    case null, constant1, constant4, constant8, constant16, constantBytes, nullBytes
    // Fields nobody asked for. `a`: the size of a fixed, or the node of a nested type.
    case skipVarint, skipBytes, skipFixed, skipNode
  }

  var operation: Operation
  var lane: Int32 = 0
  var a = 0
  var b = 0
}

/// How the decoding of one record ended.
enum AvroDecodeStatus: UInt8 {
  case complete
  case truncated, overlong, intRange, length, branch, symbol, utf8, boolean, decimalSize, decimalRange, timeRange, depth
  case trailing

  /// What is wrong with the bytes.
  var reason: String {
    switch self {
    case .complete: "nothing is wrong"
    case .truncated: "the bytes end too early"
    case .overlong: "a number has more than 64 bits"
    case .intRange: "an int has more than 32 bits"
    case .length: "a length is negative or reaches beyond the end"
    case .branch: "a union names a branch that its schema does not have"
    case .symbol: "an enum names a symbol that its schema does not have"
    case .utf8: "a string is not UTF-8"
    case .boolean: "a boolean is neither 0 nor 1"
    case .decimalSize: "a decimal has no bytes, or more than 128 bits"
    case .decimalRange: "a decimal has more digits than its column"
    case .timeRange: "a time does not fit into 64 bits of microseconds"
    case .depth: "the value is nested too deeply"
    case .trailing: "bytes follow the end of the record"
    }
  }
}

/// A position in the bytes of one record. Every read checks the end first.
struct AvroCursor {
  var position: UnsafeRawPointer
  let end: UnsafeRawPointer
  var status = AvroDecodeStatus.complete

  @inline(__always)
  init(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) {
    position = start
    self.end = end
  }

  @inline(__always)
  var remaining: Int { end - position }

  /// An unsigned varint; 0 and a failed status when there is none.
  @inline(__always)
  mutating func varint() -> UInt64 {
    guard remaining >= 8 else { return bytewiseVarint() }
    let word = UInt64(littleEndian: position.loadUnaligned(as: UInt64.self))
    if word & 0x80 == 0 {
      position += 1
      return word & 0x7f
    }
    // The lowest clear continuation bit ends the number; the 7-bit groups before it are then moved together pairwise.
    let stops = ~word & 0x8080_8080_8080_8080
    guard stops != 0 else { return bytewiseVarint() }
    position += (stops.trailingZeroBitCount + 1) >> 3
    var x = word & (stops ^ (stops &- 1)) & 0x7f7f_7f7f_7f7f_7f7f
    x = (x & 0x007f_007f_007f_007f) | ((x & 0x7f00_7f00_7f00_7f00) >> 1)
    x = (x & 0x0000_3fff_0000_3fff) | ((x & 0x3fff_0000_3fff_0000) >> 2)
    return (x & 0x0fff_ffff) | ((x & 0x0fff_ffff_0000_0000) >> 4)
  }

  @inline(__always)
  private mutating func bytewiseVarint() -> UInt64 {
    let (value, after) = Self.bytewiseVarint(self)
    self = after
    return value
  }

  // Out-of-line code takes and returns the cursor by value: its address is then never taken, and it stays in registers.
  @inline(never)
  private static func bytewiseVarint(_ start: AvroCursor) -> (UInt64, AvroCursor) {
    var cursor = start
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while cursor.position < cursor.end {
      let byte = UInt64(cursor.position.load(as: UInt8.self))
      cursor.position += 1
      guard shift < 63 || byte <= 1 else { return (0, cursor.failed(.overlong)) }
      value |= (byte & 0x7f) << shift
      if byte < 0x80 { return (value, cursor) }
      shift += 7
    }
    return (0, cursor.failed(.truncated))
  }

  /// This cursor with a failed status; the first failure stays.
  @inline(__always)
  func failed(_ status: AvroDecodeStatus) -> AvroCursor {
    var copy = self
    if copy.status == .complete { copy.status = status }
    return copy
  }

  /// A zig-zag number.
  @inline(__always)
  mutating func long() -> Int64 {
    let raw = varint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A length that lies within the remaining bytes; 0 and a failed status otherwise.
  @inline(__always)
  mutating func length() -> Int {
    let length = long()
    guard length >= 0, length <= remaining else {
      if status == .complete { status = .length }
      return 0
    }
    return Int(length)
  }

  /// Moves on by `size` bytes.
  @inline(__always)
  mutating func advance(_ size: Int) {
    guard size <= remaining else {
      status = .truncated
      return
    }
    position += size
  }
}
