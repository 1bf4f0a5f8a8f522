/// Decodes Thrift structs of the compact protocol from memory that it borrows. Every read is checked; nesting is bounded.
struct ThriftCompactReader {
  typealias TypeCode = ThriftCompactWriter.TypeCode

  private static let deepest = 24
  var cursor: ByteCursor
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

  /// Reads one struct. `onField` reads the value of a field with the method of its type and returns true,
  /// or returns false without reading, and the field is skipped.
  mutating func structure(_ onField: (inout ThriftCompactReader, Int16, TypeCode) throws -> Bool) throws {
    depth += 1
    guard depth <= Self.deepest else { throw ParquetError.corrupt("Metadata is nested too deeply") }
    defer { depth -= 1 }
    var last: Int16 = 0
    while true {
      let header = try cursor.byte()
      if header == 0 { return }
      let type = try Self.type(header & 0x0f)
      if header >> 4 == 0 {
        guard let id = Int16(exactly: try cursor.zigZag()) else { throw ParquetError.corrupt("A field id is too large") }
        last = id
      } else {
        last = last &+ Int16(header >> 4)
      }
      if try !onField(&self, last, type) { try skip(type) }
    }
  }

  /// Reads the value of a boolean field, which lies in its type code.
  func bool(_ type: TypeCode) throws -> Bool {
    switch type {
    case .yes: return true
    case .no: return false
    default: throw ParquetError.corrupt("A metadata field has the wrong type")
    }
  }

  mutating func int8(_ type: TypeCode) throws -> Int8 {
    try expect(type, .byte)
    return Int8(bitPattern: try cursor.byte())
  }

  mutating func int16(_ type: TypeCode) throws -> Int16 {
    try expect(type, .i16)
    return Int16(truncatingIfNeeded: try cursor.zigZag())
  }

  mutating func int32(_ type: TypeCode) throws -> Int32 {
    try expect(type, .i32)
    guard let value = Int32(exactly: try cursor.zigZag()) else { throw ParquetError.corrupt("A 32-bit field is too large") }
    return value
  }

  mutating func int64(_ type: TypeCode) throws -> Int64 {
    try expect(type, .i64)
    return try cursor.zigZag()
  }

  mutating func binary(_ type: TypeCode) throws -> [UInt8] {
    try expect(type, .binary)
    return Array(try cursor.take(try cursor.length()))
  }

  mutating func string(_ type: TypeCode) throws -> String { String(decoding: try binary(type), as: UTF8.self) }

  /// Reads a list; `element` reads one element of the given type. Stops at the first error.
  mutating func list<Element>(
    _ type: TypeCode, _ element: (inout ThriftCompactReader, TypeCode) throws -> Element
  ) throws -> [Element] {
    try expect(type, .list)
    let (count, elementType) = try listHeader()
    var elements: [Element] = []
    elements.reserveCapacity(min(count, 1024))
    for _ in 0..<count { elements.append(try element(&self, elementType)) }
    return elements
  }

  /// An element of a list of booleans (one byte each, unlike a field).
  mutating func boolElement() throws -> Bool { try cursor.byte() == 1 }

  private mutating func listHeader() throws -> (Int, TypeCode) {
    let header = try cursor.byte()
    let short = Int(header >> 4)
    let count = short == 15 ? try cursor.length() : short
    // An element takes at least one byte, so a count beyond what is left is damage, not a reason to allocate.
    guard count <= cursor.remaining else { throw ParquetError.corrupt("A metadata list is longer than the metadata") }
    return (count, try Self.type(header & 0x0f))
  }

  private mutating func skip(_ type: TypeCode) throws {
    depth += 1
    guard depth <= Self.deepest else { throw ParquetError.corrupt("Metadata is nested too deeply") }
    defer { depth -= 1 }
    switch type {
    case .yes, .no: return
    case .byte: _ = try cursor.byte()
    case .i16, .i32, .i64: _ = try cursor.varint()
    case .double: _ = try cursor.take(8)
    case .binary: _ = try cursor.take(try cursor.length())
    case .list, .set:
      let (count, element) = try listHeader()
      for _ in 0..<count { try skipElement(element) }
    case .map:
      let count = try cursor.length()
      guard count <= cursor.remaining else { throw ParquetError.corrupt("A metadata map is longer than the metadata") }
      guard count > 0 else { return }
      let types = try cursor.byte()
      let (key, value) = (try Self.type(types >> 4), try Self.type(types & 0x0f))
      for _ in 0..<count {
        try skipElement(key)
        try skipElement(value)
      }
    case .structure: try structure { _, _, _ in false }
    }
  }

  private mutating func skipElement(_ type: TypeCode) throws {
    if type == .yes || type == .no { _ = try cursor.byte() } else { try skip(type) }
  }

  private func expect(_ type: TypeCode, _ wanted: TypeCode) throws {
    guard type == wanted else { throw ParquetError.corrupt("A metadata field has the wrong type") }
  }

  private static func type(_ code: UInt8) throws -> TypeCode {
    guard let type = TypeCode(rawValue: code) else { throw ParquetError.corrupt("A metadata type code is unknown") }
    return type
  }
}
