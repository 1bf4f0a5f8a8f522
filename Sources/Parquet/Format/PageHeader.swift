/// `PageHeader` of parquet.thrift for the three kinds of page that this library reads and writes.
struct PageHeader: Equatable {
  enum Kind: Equatable {
    case data(valueCount: Int32, encoding: Int32)
    case dictionary(valueCount: Int32, encoding: Int32)
    case dataV2(valueCount: Int32, nullCount: Int32, rowCount: Int32, encoding: Int32, levels: LevelSizes, isCompressed: Bool)
    /// A page to skip.
    case other
  }

  /// Byte lengths of the uncompressed levels before the values of a V2 page.
  struct LevelSizes: Equatable {
    var definition: Int32
    var repetition: Int32
  }

  var kind: Kind
  var uncompressedSize: Int32
  var compressedSize: Int32

  func encode(into out: ByteBuffer) {
    var writer = ThriftCompactWriter(into: out)
    writer.structure { writer in
      writer.field(1, pageType.rawValue)
      writer.field(2, uncompressedSize)
      writer.field(3, compressedSize)
      switch kind {
      case .data(let valueCount, let encoding):
        writer.field(5) {
          $0.field(1, valueCount)
          $0.field(2, encoding)
          $0.field(3, ParquetEncoding.rle.rawValue)
          $0.field(4, ParquetEncoding.rle.rawValue)
        }
      case .dictionary(let valueCount, let encoding):
        writer.field(7) {
          $0.field(1, valueCount)
          $0.field(2, encoding)
        }
      case .dataV2(let valueCount, let nullCount, let rowCount, let encoding, let levels, let isCompressed):
        writer.field(8) {
          $0.field(1, valueCount)
          $0.field(2, nullCount)
          $0.field(3, rowCount)
          $0.field(4, encoding)
          $0.field(5, levels.definition)
          $0.field(6, levels.repetition)
          $0.field(7, isCompressed)
        }
      case .other: break
      }
    }
  }

  private var pageType: PageType {
    switch kind {
    case .data: .data
    case .dictionary: .dictionary
    case .dataV2: .dataV2
    case .other: .index
    }
  }
}

extension PageHeader {
  init(_ reader: inout ThriftCompactReader) throws {
    var type: Int32?
    var sizes: (uncompressed: Int32, compressed: Int32) = (-1, -1)
    var numbers: [Int16: Int32] = [:]
    var isCompressed = true
    try reader.structure { reader, id, fieldType in
      switch id {
      case 1: type = try reader.int32(fieldType)
      case 2: sizes.uncompressed = try reader.int32(fieldType)
      case 3: sizes.compressed = try reader.int32(fieldType)
      case 5, 7, 8:
        numbers = [:]
        try reader.structure { reader, inner, innerType in
          if innerType == .i32 { numbers[inner] = try reader.int32(innerType) }
          if id == 8, inner == 7 { isCompressed = try reader.bool(innerType) }
          return innerType == .i32
        }
      default: return false
      }
      return true
    }
    guard let type, sizes.uncompressed >= 0, sizes.compressed >= 0 else {
      throw ParquetError.corrupt("A page header is incomplete")
    }
    self.init(
      kind: try Self.kind(type, numbers, isCompressed), uncompressedSize: sizes.uncompressed, compressedSize: sizes.compressed)
  }

  private static func kind(_ type: Int32, _ numbers: [Int16: Int32], _ isCompressed: Bool) throws -> Kind {
    func number(_ id: Int16) throws -> Int32 {
      guard let value = numbers[id], value >= 0 else { throw ParquetError.corrupt("A page header is incomplete") }
      return value
    }
    switch PageType(rawValue: type) {
    case .data: return .data(valueCount: try number(1), encoding: try number(2))
    case .dictionary: return .dictionary(valueCount: try number(1), encoding: try number(2))
    case .dataV2:
      return .dataV2(
        valueCount: try number(1), nullCount: try number(2), rowCount: try number(3), encoding: try number(4),
        levels: LevelSizes(definition: try number(5), repetition: try number(6)), isCompressed: isCompressed)
    case .index, nil: return .other
    }
  }
}
