/// `OffsetIndex` of parquet.thrift: where each page of a chunk lies.
struct OffsetIndex: Equatable {
  struct Location: Equatable {
    var offset: Int64
    /// With its header.
    var compressedSize: Int32
    var firstRow: Int64
  }

  var locations: [Location]

  func encode(into out: ByteBuffer) {
    var writer = ThriftCompactWriter(into: out)
    writer.structure { writer in
      writer.list(1, of: .structure, locations) { writer, location in
        writer.structure {
          $0.field(1, location.offset)
          $0.field(2, location.compressedSize)
          $0.field(3, location.firstRow)
        }
      }
    }
  }
}

/// `ColumnIndex` of parquet.thrift: bounds of each page, so that readers skip pages a filter rules out.
struct ColumnIndex: Equatable {
  enum Order: Int32 { case unordered = 0, ascending, descending }

  var nullPages: [Bool]
  var minima: [[UInt8]]
  var maxima: [[UInt8]]
  var order: Order
  var nullCounts: [Int64]

  func encode(into out: ByteBuffer) {
    var writer = ThriftCompactWriter(into: out)
    writer.structure { writer in
      writer.list(1, of: .yes, nullPages) { $0.out.append($1 ? 1 : 2) }
      writer.list(2, of: .binary, minima) { $0.binary($1) }
      writer.list(3, of: .binary, maxima) { $0.binary($1) }
      writer.field(4, order.rawValue)
      writer.list(5, of: .i64, nullCounts) { $0.out.appendZigZag($1) }
    }
  }
}
