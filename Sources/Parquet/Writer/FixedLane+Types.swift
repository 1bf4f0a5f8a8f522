import Columns

// BYTE_STREAM_SPLIT is a candidate for doubles alone: DuckDB 1.5 refuses it for integers, DuckDB and Polars 2.1 for fixed-length
// decimals, though the format has allowed both since 2.11.

extension FixedLaneTraits where Value == Int64 {
  /// Integers, dates, timestamps and decimals of up to 18 digits.
  static func integers(_ column: ParquetColumn, _ layout: PhysicalLayout) -> FixedLaneTraits {
    let is32 = layout.type == .int32
    let width = is32 ? 4 : 8
    return FixedLaneTraits(
      name: column.name, width: width, encodings: [.deltaBinaryPacked, .plain],
      limits: limits(column.type),
      encode: { encoding, values, count, out in
        switch encoding {
        case .deltaBinaryPacked: DeltaBinaryPacked.encode(values, count: count, is32: is32, into: out)
        case .byteStreamSplit: FixedEncoding.split(values, count: count, width: width, into: out)
        default: FixedEncoding.plain(values, count: count, width: width, into: out)
        }
      },
      take: { values, rows, validity, page in
        guard case .int64(let source) = values else { return false }
        copy(source, rows, validity, page)
        return true
      },
      wrap: { .int64($0) })
  }

  /// Doubles, as bit patterns.
  static func doubles(_ column: ParquetColumn) -> FixedLaneTraits {
    FixedLaneTraits(
      name: column.name, width: 8, encodings: [.plain, .byteStreamSplit], limits: Int64.min...Int64.max, isDouble: true,
      encode: { encoding, values, count, out in
        if encoding == .byteStreamSplit {
          FixedEncoding.split(values, count: count, width: 8, into: out)
        } else {
          FixedEncoding.plain(values, count: count, width: 8, into: out)
        }
      },
      take: { values, rows, validity, page in
        guard case .double(let source) = values else { return false }
        page.reserve(rows.count)
        forEachValidRun(rows, validity) { run in
          for row in run {
            page.base[page.count] = Int64(bitPattern: source[row].bitPattern)
            page.count += 1
          }
        }
        return true
      },
      wrap: { .double(Double(bitPattern: UInt64(bitPattern: $0))) })
  }

  private static func limits(_ type: ColumnType) -> ClosedRange<Int64> {
    switch type {
    case .int32, .date: return Int64(Int32.min)...Int64(Int32.max)
    case .decimal(let precision, _):
      let most = Int64(Decimals.largest(precision))
      return -most...most
    default: return Int64.min...Int64.max
    }
  }
}

extension FixedLaneTraits where Value == Int128 {
  /// Decimals of 19 to 38 digits.
  static func decimals(_ column: ParquetColumn, _ layout: PhysicalLayout, precision: Int) -> FixedLaneTraits {
    let width = layout.length
    let most = Decimals.largest(precision)
    return FixedLaneTraits(
      name: column.name, width: width, encodings: [.plain], limits: -most...most,
      encode: { encoding, values, count, out in
        if encoding == .byteStreamSplit {
          FixedEncoding.split(values, count: count, width: width, into: out)
        } else {
          FixedEncoding.plain(values, count: count, width: width, into: out)
        }
      },
      take: { values, rows, validity, page in
        guard case .int128(let source) = values else { return false }
        copy(source, rows, validity, page)
        return true
      },
      wrap: { .int128($0) })
  }
}

extension FixedLaneTraits {
  fileprivate static func copy(_ source: [Value], _ rows: Range<Int>, _ validity: UnsafePointer<Bool>?, _ page: Buffer<Value>) {
    source.withUnsafeBufferPointer { source in
      forEachValidRun(rows, validity) { page.append(UnsafeBufferPointer(rebasing: source[$0])) }
    }
  }
}
