import Testing

@testable import Parquet

@Suite struct ThriftTests {
  private func encode(_ body: (inout ThriftCompactWriter) -> Void) -> [UInt8] {
    let out = ByteBuffer()
    var writer = ThriftCompactWriter(into: out)
    writer.structure(body)
    return Array(out.elements)
  }

  // Bytes by hand from thrift-compact-protocol.md: (delta << 4 | type), zigzag varints, 0 as stop.
  @Test func `fields carry the difference of their ids and their type`() {
    let bytes = encode {
      $0.field(1, Int32(2))
      $0.field(2, true)
      $0.field(4, Int64(-3))
      $0.field(20, "ab")
    }
    #expect(bytes == [0x15, 4, 0x11, 0x26, 5, 0x08, 40, 2, 0x61, 0x62, 0])
  }

  @Test func `lists of fifteen and more spell out their size`() {
    let short = encode { $0.list(1, of: .i32, [1, 2]) { $0.out.appendZigZag($1) } }
    #expect(short == [0x19, 0x25, 2, 4, 0])
    let long = encode { $0.list(1, of: .byte, [UInt8](repeating: 7, count: 15)) { $0.out.append($1) } }
    #expect(long == [0x19, 0xf3, 15] + [UInt8](repeating: 7, count: 15) + [0])
  }

  @Test func `unknown fields of every type are skipped`() throws {
    // 1: byte, 2: double, 3: map<i32, binary>, 4: set<bool>, 5: struct { 1: list<struct> }, 6: i32 = 9
    var bytes: [UInt8] = [0x13, 9, 0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0x1b, 1, 0x58, 2, 1, 0x61]
    bytes += [0x1a, 0x21, 1, 2, 0x1c, 0x19, 0x2c, 0, 0, 0, 0x15, 18, 0]
    var found: Int32?
    try bytes.withUnsafeBytes { raw in
      var reader = ThriftCompactReader(raw)
      try reader.structure { reader, id, type in
        guard id == 6 else { return false }
        found = try reader.int32(type)
        return true
      }
      #expect(reader.cursor.remaining == 0)
    }
    #expect(found == 9)
  }

  @Test func `deep nesting and false sizes are refused`() {
    let deep = [UInt8](repeating: 0x1c, count: 10_000)
    let longList: [UInt8] = [0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07]
    let longMap: [UInt8] = [0x1b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x55]
    for bytes in [deep, longList, longMap, [0x1f], [0x18, 5, 1], [0x16, 0x80]] {
      #expect(throws: ParquetError.self) {
        try bytes.withUnsafeBytes { raw in
          var reader = ThriftCompactReader(raw)
          try reader.structure { _, _, _ in false }
        }
      }
    }
  }

  @Test func `page headers and footers read back as written`() throws {
    let header = PageHeader(
      kind: .dataV2(
        valueCount: 5, nullCount: 2, rowCount: 5, encoding: 8, levels: .init(definition: 3, repetition: 0), isCompressed: false),
      uncompressedSize: 100, compressedSize: 90)
    let out = ByteBuffer()
    header.encode(into: out)
    var reader = ThriftCompactReader(out.bytes)
    #expect(try PageHeader(&reader) == header)

    var footer = FileMetadata()
    footer.schema = try ParquetSchema(columns: Samples.allTypes).elements
    footer.rowCount = 7
    footer.keyValues = [("a", "b"), ("c", nil)]
    footer.createdBy = "someone"
    footer.columnOrderCount = 3
    var group = RowGroupMetadata()
    group.rowCount = 7
    group.sortingColumns = [SortingColumn(column: 1, descending: true)]
    footer.rowGroups = [group]
    out.count = 0
    footer.encode(into: out)
    #expect(try FileMetadata(out.bytes) == footer)
  }
}
