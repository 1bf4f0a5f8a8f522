import Columns

/// Walks the pages of one chunk of a flat column and builds the column.
struct ColumnChunkReader {
  let leaf: ParquetLeaf
  let codec: ParquetCodec
  let rows: Int
  let zstd: ZstdDecompressor
  let pageLimit: Int
  private let builder: any ColumnBuilder
  private let type: ColumnType
  private let isOptional: Bool
  private let scratch = ByteBuffer()
  private var validity: [Bool] = []
  private var nulls = 0
  private var done = 0

  init(
    leaf: ParquetLeaf, type: ColumnType, layout: PhysicalLayout, codec: ParquetCodec, rows: Int, zstd: ZstdDecompressor,
    pageLimit: Int
  ) {
    self.leaf = leaf
    self.type = type
    self.codec = codec
    self.rows = rows
    self.zstd = zstd
    self.pageLimit = pageLimit
    isOptional = leaf.maxDefinitionLevel > 0
    builder = makeColumnBuilder(type, layout)
  }

  /// Decodes all pages in `bytes`.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws -> Column {
    var position = 0
    while done < rows {
      var thrift = ThriftCompactReader(UnsafeRawBufferPointer(rebasing: bytes[position...]))
      let header = try PageHeader(&thrift)
      let body = try thrift.cursor.take(Int(header.compressedSize))
      position += thrift.cursor.position
      guard Int(header.uncompressedSize) <= pageLimit else { throw ParquetError.corrupt("A page is too large") }
      try readPage(header, body)
    }
    let isNullable = isOptional && nulls > 0
    let values = try builder.finish(validity: isNullable ? validity : nil, rows: rows)
    return Column(name: leaf.name, type: type, values: values, validity: isNullable ? validity : nil)
  }

  private mutating func readPage(_ header: PageHeader, _ body: UnsafeRawBufferPointer) throws {
    let size = Int(header.uncompressedSize)
    switch header.kind {
    case .other: return
    case .dictionary(let count, let encoding):
      guard encoding == ParquetEncoding.plain.rawValue || encoding == ParquetEncoding.plainDictionary.rawValue else {
        throw ParquetError(.unsupported, "Column '\(leaf.name)' has a dictionary in encoding \(encoding); rewrite the file")
      }
      try builder.readDictionary(try inflate(body, size, codec), count: Int(count))
    case .data(let count, let encoding):
      var page = ByteCursor(try inflate(body, size, codec))
      var present = Int(count)
      try checkRows(present)
      if isOptional {
        let length = try page.littleEndian(UInt32.self)
        present = try readLevels(try page.take(Int(length)), count: Int(count))
      }
      try readValues(page.rest(), rows: Int(count), present: present, encoding: encoding)
    case .dataV2(let count, let nullCount, _, let encoding, let levels, let isCompressed):
      var page = ByteCursor(body)
      try checkRows(Int(count))
      guard levels.repetition == 0 else { throw ParquetError.corrupt("A flat column has repetition levels") }
      let levelBytes = try page.take(Int(levels.definition))
      let present = isOptional ? try readLevels(levelBytes, count: Int(count)) : Int(count)
      guard Int(count) - present == Int(nullCount) else {
        throw ParquetError.corrupt("A page has another number of nulls than it says")
      }
      let valueSize = size - levelBytes.count
      guard valueSize >= 0 else { throw ParquetError.corrupt("A page is smaller than its levels") }
      let rest = page.rest()
      // An empty page may store no frame at all.
      let values = rest.isEmpty && valueSize == 0 ? rest : try inflate(rest, valueSize, isCompressed ? codec : .uncompressed)
      try readValues(values, rows: Int(count), present: present, encoding: encoding)
    }
  }

  private func checkRows(_ count: Int) throws {
    guard count <= rows - done else { throw ParquetError.corrupt("The pages of a column hold more rows than its row group") }
  }

  private func inflate(_ body: UnsafeRawBufferPointer, _ size: Int, _ codec: ParquetCodec) throws -> UnsafeRawBufferPointer {
    switch codec {
    case .uncompressed:
      guard body.count == size else { throw ParquetError.corrupt("A page does not have the size its header says") }
      return body
    case .zstd:
      try zstd.decompress(body, size: size, into: scratch)
      return scratch.bytes
    }
  }

  /// Reads definition levels of width 1; returns how many rows have a value.
  private mutating func readLevels(_ bytes: UnsafeRawBufferPointer, count: Int) throws -> Int {
    var present = 0
    if nulls == 0, validity.isEmpty { validity.reserveCapacity(min(rows, 1 << 20)) }
    try HybridEncoding.decode(bytes, count: count, width: 1) { level, length in
      guard level <= 1 else { throw ParquetError.corrupt("A definition level is too large") }
      validity.append(contentsOf: repeatElement(level == 1, count: length))
      if level == 1 { present += length }
    }
    nulls += count - present
    return present
  }

  private mutating func readValues(_ bytes: UnsafeRawBufferPointer, rows: Int, present: Int, encoding: Int32) throws {
    guard let known = ParquetEncoding(rawValue: encoding) else {
      throw ParquetError(.unsupported, "Column '\(leaf.name)' has the unknown encoding \(encoding); rewrite the file")
    }
    done += rows
    guard present > 0 else { return }
    do {
      switch known {
      case .plainDictionary, .rleDictionary: try readCodes(bytes, present)
      default: try builder.readValues(bytes, count: present, encoding: known)
      }
    } catch let error as UnsupportedEncoding {
      throw ParquetError(.unsupported, "Column '\(leaf.name)' is encoded as \(error.encoding); rewrite the file")
    }
  }

  private func readCodes(_ bytes: UnsafeRawBufferPointer, _ present: Int) throws {
    var cursor = ByteCursor(bytes)
    let width = Int(try cursor.byte())
    try builder.readCodes(cursor.rest(), count: present, width: width)
  }
}

/// A builder was given an encoding its type does not have; the chunk reader names the column.
struct UnsupportedEncoding: Error {
  var encoding: ParquetEncoding
}
