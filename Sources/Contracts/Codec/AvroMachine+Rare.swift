import Columns

extension AvroMachine {
  /// The instructions that trades do not use.
  @inline(never)
  func rare(
    _ instruction: UnsafeMutablePointer<AvroInstruction>, _ start: AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>,
    _ row: Int
  ) -> AvroCursor {
    var cursor = start
    let (a, b) = (instruction.pointee.a, instruction.pointee.b)
    switch instruction.pointee.operation {
    case .boolean: put(boolean(&cursor), lane, row)
    case .millis: put(millis(&cursor), lane, row)
    case .float: put(Double(Float(bitPattern: UInt32(littleEndian: load(&cursor, 0)))), lane, row)
    case .double: put(Double(bitPattern: UInt64(littleEndian: load(&cursor, 0))), lane, row)
    case .longToDouble: put(Double(cursor.long()), lane, row)
    case .bytes: copyBytes(cursor.length(), &cursor, lane, row)
    case .fixedBytes: copyBytes(a, &cursor, lane, row)
    case .null: putNull(stride: a, lane, row)
    case .nullBytes:
      lane.pointee.validity[row] = false
      put(heapEnd(lane, row), lane, row)
    case .constant1: put(UInt8(truncatingIfNeeded: a), lane, row)
    case .constant4: put(Int32(truncatingIfNeeded: a), lane, row)
    case .constant8: put(a, lane, row)
    case .constant16: if let value = UnsafePointer<Int128>(bitPattern: a) { put(value.pointee, lane, row) }
    case .constantBytes: if let bytes = UnsafeRawPointer(bitPattern: a) { append(bytes, b, lane, row) }
    default: break
    }
    return cursor
  }

  private func put<T: BitwiseCopyable>(_ value: T, _ lane: UnsafeMutablePointer<AvroLane>, _ row: Int) {
    lane.pointee.values.storeBytes(of: value, toByteOffset: row * MemoryLayout<T>.stride, as: T.self)
  }

  private func putNull(stride: Int, _ lane: UnsafeMutablePointer<AvroLane>, _ row: Int) {
    lane.pointee.validity[row] = false
    (lane.pointee.values + row * stride).initializeMemory(as: UInt8.self, repeating: 0, count: stride)
  }

  private func boolean(_ cursor: inout AvroCursor) -> UInt8 {
    let byte: UInt8 = load(&cursor, 0)
    if byte > 1 { cursor.status = .boolean }
    return byte
  }

  private func millis(_ cursor: inout AvroCursor) -> Int64 {
    let (micros, overflow) = cursor.long().multipliedReportingOverflow(by: 1000)
    if overflow { cursor.status = .timeRange }
    return micros
  }

  private func load<T: BitwiseCopyable & FixedWidthInteger>(_ cursor: inout AvroCursor, _ missing: T) -> T {
    let start = cursor.position
    cursor.advance(MemoryLayout<T>.size)
    return cursor.status == .complete ? start.loadUnaligned(as: T.self) : missing
  }

  private func copyBytes(
    _ size: Int, _ cursor: inout AvroCursor, _ lane: UnsafeMutablePointer<AvroLane>, _ row: Int
  ) {
    let start = cursor.position
    cursor.advance(size)
    if cursor.status == .complete { append(start, size, lane, row) }
  }

  private func append(_ bytes: UnsafeRawPointer, _ size: Int, _ lane: UnsafeMutablePointer<AvroLane>, _ row: Int) {
    let used = heapEnd(lane, row)
    lane.pointee.reserveHeap(used: used, size)
    (lane.pointee.heap + used).copyMemory(from: bytes, byteCount: size)
    put(used + size, lane, row)
  }

  private func heapEnd(_ lane: UnsafeMutablePointer<AvroLane>, _ row: Int) -> Int {
    row == 0 ? 0 : lane.pointee.values.load(fromByteOffset: (row - 1) * 8, as: Int.self)
  }
}
