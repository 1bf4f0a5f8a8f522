import Columns

extension ColumnBatch {
  /// The rows of those numbers, in that order.
  func gather(_ rows: [Int]) -> ColumnBatch {
    ColumnBatch(columns: columns.map { $0.gather(rows) }, rowCount: rows.count)
  }
}

extension Column {
  fileprivate func gather(_ rows: [Int]) -> Column {
    let values: ColumnValues =
      switch self.values {
      case .bool(let v): .bool(pick(v, rows))
      case .int64(let v): .int64(pick(v, rows))
      case .int128(let v): .int128(pick(v, rows))
      case .double(let v): .double(pick(v, rows))
      case .codes(let v, let dictionary): .codes(pick(v, rows), dictionary)
      case .bytes(let v): .bytes(pick(v, rows))
      }
    return Column(name: name, type: type, values: values, validity: validity.map { pick($0, rows) })
  }

  private func pick<T>(_ values: [T], _ rows: [Int]) -> [T] {
    [T](unsafeUninitializedCapacity: rows.count) { buffer, count in
      for row in rows {
        buffer.initializeElement(at: count, to: values[row])
        count += 1
      }
    }
  }

  private func pick(_ values: BytesVector, _ rows: [Int]) -> BytesVector {
    var result = BytesVector()
    for row in rows { result.append(contentsOf: values[row]) }
    return result
  }

  /// A column of nothing but NULL.
  static func nulls(name: String, type: ColumnType, count: Int) -> Column {
    let values: ColumnValues
    switch type.lane {
    case .bool: values = .bool([Bool](repeating: false, count: count))
    case .int64: values = .int64([Int64](repeating: 0, count: count))
    case .int128: values = .int128([Int128](repeating: 0, count: count))
    case .double: values = .double([Double](repeating: 0, count: count))
    case .codes:
      let dictionary = StringDictionary()
      _ = dictionary.code(of: "")
      values = .codes([Int32](repeating: 0, count: count), dictionary)
    case .bytes:
      var vector = BytesVector()
      vector.ends = [Int](repeating: 0, count: count)
      values = .bytes(vector)
    }
    return Column(name: name, type: type, values: values, validity: [Bool](repeating: false, count: count))
  }

  /// The value of a row in the terms of partitions and bounds.
  func datum(_ row: Int) -> Datum? {
    guard !isNull(row) else { return nil }
    switch (values, type) {
    case (.bool(let v), _): return .boolean(v[row])
    case (.int64(let v), .int32): return .int(Int32(truncatingIfNeeded: v[row]))
    case (.int64(let v), .date): return .date(Int32(truncatingIfNeeded: v[row]))
    case (.int64(let v), .timestampMicros): return .timestamptz(v[row])
    case (.int64(let v), .decimal): return .decimal(Int128(v[row]))
    case (.int64(let v), _): return .long(v[row])
    case (.int128(let v), _): return .decimal(v[row])
    case (.double(let v), _): return .double(v[row])
    case (.codes(let v, let dictionary), _): return .string(dictionary.string(v[row]))
    case (.bytes(let v), _): return .binary(Array(v[row]))
    }
  }
}
