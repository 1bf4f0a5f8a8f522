import Columns

/// Executes a program on one record. Only raw memory is touched.
struct AvroMachine {
  private let program: UnsafeMutablePointer<AvroInstruction>
  private let state: UnsafeMutablePointer<AvroColumnBuilder.State>

  // Unowned, like the two pointers: the decoder keeps them all.
  private let skipper: Unmanaged<AvroSkipper>

  init(_ program: AvroProgram, _ state: UnsafeMutablePointer<AvroColumnBuilder.State>) {
    self.program = program.instructions
    self.state = state
    skipper = .passUnretained(program.skipper)
  }

  @inline(never)
  private func skip(_ node: Int, _ start: AvroCursor) -> AvroCursor {
    var cursor = start
    skipper._withUnsafeGuaranteedRef { $0.skip(node, &cursor) }
    return cursor
  }

  /// Decodes the record into row `state.rows` of the lanes, which must have room for it.
  @inline(__always)
  func decode(_ start: UnsafeRawPointer, _ end: UnsafeRawPointer) -> AvroDecodeStatus {
    var cursor = AvroCursor(start, end)
    let lanes = state.pointee.lanes
    let row = state.pointee.rows
    var at = 0
    while true {
      let instruction = program + at
      let lane = lanes + Int(instruction.pointee.lane)
      at += 1
      switch instruction.pointee.operation {
      case .end:
        state.pointee.failedAt = at - 1
        return cursor.position == end ? .complete : .trailing
      case .jump: at = instruction.pointee.a
      case .union: at = branch(instruction, &cursor, at)
      case .int: store(int(&cursor), lane, row)
      case .long: store(cursor.long(), lane, row)
      case .string: store(string(&cursor, lane), lane, row)
      case .enumeration: store(enumeration(instruction, &cursor), lane, row)
      case .decimal64: store(decimal64(instruction, &cursor, lane), lane, row)
      case .decimal128: store(decimal128(instruction, &cursor, lane), lane, row)
      case .skipVarint: _ = cursor.varint()
      case .skipBytes: cursor.advance(cursor.length())
      case .skipFixed: cursor.advance(instruction.pointee.a)
      case .skipNode: cursor = skip(instruction.pointee.a, cursor)
      default: cursor = rare(instruction, cursor, lane, row)
      }
      if cursor.status != .complete {
        state.pointee.failedAt = at - 1
        return cursor.status
      }
    }
  }

  @inline(__always)
  private func store<T: BitwiseCopyable>(_ value: T, _ lane: UnsafeMutablePointer<AvroLane>, _ row: Int) {
    lane.pointee.values.storeBytes(of: value, toByteOffset: row * MemoryLayout<T>.stride, as: T.self)
  }

  @inline(__always)
  private func branch(_ instruction: UnsafeMutablePointer<AvroInstruction>, _ cursor: inout AvroCursor, _ at: Int) -> Int {
    let index = cursor.long()
    guard index >= 0, index < instruction.pointee.b, let table = UnsafePointer<Int32>(bitPattern: instruction.pointee.a) else {
      if cursor.status == .complete { cursor.status = .branch }
      return at
    }
    return Int(table[Int(index)])
  }

  @inline(__always)
  private func int(_ cursor: inout AvroCursor) -> Int64 {
    let value = cursor.long()
    if Int64(Int32(truncatingIfNeeded: value)) != value { cursor.status = .intRange }
    return value
  }

  @inline(__always)
  private func enumeration(_ instruction: UnsafeMutablePointer<AvroInstruction>, _ cursor: inout AvroCursor) -> Int32 {
    let index = cursor.long()
    guard index >= 0, index < instruction.pointee.b, let table = UnsafePointer<Int32>(bitPattern: instruction.pointee.a) else {
      if cursor.status == .complete { cursor.status = .symbol }
      return 0
    }
    return table[Int(index)]
  }

  @inline(__always)
  private func decimal64(
    _ instruction: UnsafeMutablePointer<AvroInstruction>, _ cursor: inout AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>
  ) -> Int64 {
    let size = instruction.pointee.b == 0 ? cursor.length() : instruction.pointee.b - 1
    let limit = Int64(truncatingIfNeeded: lane.pointee.limit)
    guard size >= 1, size <= 8, cursor.remaining >= 8 else {
      let (value, after) = slowDecimal64(size, instruction, cursor, lane)
      cursor = after
      return value
    }
    let word = Int64(bigEndian: cursor.position.loadUnaligned(as: Int64.self))
    cursor.position += size
    let (value, overflow) = (word >> Int64(64 - size * 8)).multipliedReportingOverflow(by: Int64(instruction.pointee.a))
    if overflow || value >= limit || value <= -limit { cursor.status = .decimalRange }
    return value
  }

  @inline(never)
  private func slowDecimal64(
    _ size: Int, _ instruction: UnsafeMutablePointer<AvroInstruction>, _ start: AvroCursor,
    _ lane: UnsafeMutablePointer<AvroLane>
  ) -> (Int64, AvroCursor) {
    guard start.status == .complete else { return (0, start) }
    var cursor = start
    let wide = cursor.twosComplement(size)
    let (value, overflow) = wide.multipliedReportingOverflow(by: Int128(instruction.pointee.a))
    let limit = lane.pointee.limit
    if overflow || value >= limit || value <= -limit { return (0, cursor.failed(.decimalRange)) }
    return (Int64(truncatingIfNeeded: value), cursor)
  }

  @inline(__always)
  private func decimal128(
    _ instruction: UnsafeMutablePointer<AvroInstruction>, _ cursor: inout AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>
  ) -> Int128 {
    let size = instruction.pointee.b == 0 ? cursor.length() : instruction.pointee.b - 1
    if size >= 1, size <= 8, cursor.remaining >= 8, instruction.pointee.a == 0 {
      let word = Int64(bigEndian: cursor.position.loadUnaligned(as: Int64.self))
      cursor.position += size
      // Nineteen digits hold any 64-bit number but the largest; a 128-bit lane has at least nineteen.
      let value = word >> Int64(64 - size * 8)
      if size < 8 { return Int128(value) }
      return ranged(Int128(value), lane, &cursor)
    }
    let (value, after) = slowDecimal128(size, instruction, cursor, lane)
    cursor = after
    return value
  }

  @inline(never)
  private func slowDecimal128(
    _ size: Int, _ instruction: UnsafeMutablePointer<AvroInstruction>, _ start: AvroCursor,
    _ lane: UnsafeMutablePointer<AvroLane>
  ) -> (Int128, AvroCursor) {
    guard start.status == .complete else { return (0, start) }
    var cursor = start
    let wide = cursor.twosComplement(size)
    let factor = UnsafePointer<Int128>(bitPattern: instruction.pointee.a)?.pointee ?? 1
    let (value, overflow) = wide.multipliedReportingOverflow(by: factor)
    if overflow { cursor = cursor.failed(.decimalRange) }
    return (ranged(value, lane, &cursor), cursor)
  }

  @inline(__always)
  private func ranged(_ value: Int128, _ lane: UnsafeMutablePointer<AvroLane>, _ cursor: inout AvroCursor) -> Int128 {
    let limit = lane.pointee.limit
    if value >= limit || value <= -limit, cursor.status == .complete { cursor.status = .decimalRange }
    return value
  }
}

extension AvroCursor {
  /// A big-endian two's complement number of `size` bytes; longer than 16 only where the rest is sign.
  mutating func twosComplement(_ size: Int) -> Int128 {
    guard size > 0 else {
      status = .decimalSize
      return 0
    }
    guard size <= remaining else {
      status = .truncated
      return 0
    }
    var value: Int128 = position.load(as: UInt8.self) >= 0x80 ? -1 : 0
    for _ in 0..<size {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
      if overflow { status = .decimalSize }
      value = shifted | Int128(position.load(as: UInt8.self))
      position += 1
    }
    return value
  }
}
