/// Encodes Thrift structs in the compact protocol (thrift-compact-protocol.md), as much of it as Parquet uses.
///
/// Fields must be written in ascending order of their ids; that keeps every field header one byte long.
struct ThriftCompactWriter {
  /// Type codes of fields and list elements.
  enum TypeCode: UInt8 { case yes = 1, no, byte, i16, i32, i64, double, binary, list, set, map, structure }

  let out: ByteBuffer
  private var lastField: Int16 = 0
  private var outer: [Int16] = []

  init(into out: ByteBuffer) { self.out = out }

  mutating func beginStruct() {
    outer.append(lastField)
    lastField = 0
  }

  mutating func endStruct() {
    out.append(0)
    lastField = outer.popLast() ?? 0
  }

  mutating func field(_ id: Int16, _ value: Bool) { header(id, value ? .yes : .no) }

  mutating func field(_ id: Int16, _ value: Int8) {
    header(id, .byte)
    out.append(UInt8(bitPattern: value))
  }

  mutating func field(_ id: Int16, _ value: Int16) {
    header(id, .i16)
    out.appendZigZag(Int64(value))
  }

  mutating func field(_ id: Int16, _ value: Int32) {
    header(id, .i32)
    out.appendZigZag(Int64(value))
  }

  mutating func field(_ id: Int16, _ value: Int64) {
    header(id, .i64)
    out.appendZigZag(value)
  }

  mutating func field(_ id: Int16, _ value: [UInt8]) {
    header(id, .binary)
    binary(value)
  }

  mutating func field(_ id: Int16, _ value: String) { field(id, Array(value.utf8)) }

  /// A struct-valued field whose fields `body` writes.
  mutating func field(_ id: Int16, _ body: (inout ThriftCompactWriter) -> Void) {
    header(id, .structure)
    structure(body)
  }

  /// A struct without a field header: the top level, or an element of a list.
  mutating func structure(_ body: (inout ThriftCompactWriter) -> Void) {
    beginStruct()
    body(&self)
    endStruct()
  }

  mutating func list<Element>(
    _ id: Int16, of type: TypeCode, _ elements: [Element], _ body: (inout ThriftCompactWriter, Element) -> Void
  ) {
    header(id, .list)
    if elements.count < 15 {
      out.append(UInt8(elements.count) << 4 | type.rawValue)
    } else {
      out.append(0xf0 | type.rawValue)
      out.appendVarint(UInt64(elements.count))
    }
    for element in elements { body(&self, element) }
  }

  /// A list element or map member that is a byte string.
  mutating func binary(_ value: [UInt8]) {
    out.appendVarint(UInt64(value.count))
    out.append(value)
  }

  private mutating func header(_ id: Int16, _ type: TypeCode) {
    let delta = Int(id) - Int(lastField)
    if delta > 0, delta <= 15 {
      out.append(UInt8(delta) << 4 | type.rawValue)
    } else {
      out.append(type.rawValue)
      out.appendZigZag(Int64(id))
    }
    lastField = id
  }
}
