import Columns

/// Splits batches by their partition values.
struct PartitionSplitter {
  let spec: PartitionSpec
  /// For each partition field, the index of its source column in the batches.
  private let sources: [Int]

  /// For batches whose columns are those of `schema`, in its order.
  init(spec: PartitionSpec, schema: Schema) throws {
    self.spec = spec
    sources = try spec.fields.map { field in
      guard let index = schema.fields.firstIndex(where: { $0.id == field.sourceID }) else {
        throw IcebergError(.invalid, "the partition field \(field.name) has no column in the schema.")
      }
      return index
    }
  }

  /// The batch's rows by partition, in their order. Most batches have rows of one partition only and come back whole.
  func split(_ batch: ColumnBatch) throws -> [(values: [Datum?], batch: ColumnBatch)] {
    guard batch.rowCount > 0 else { return [] }
    let keys = try zip(spec.fields, sources).map { field, source in
      try PartitionKeys(batch.columns[source], field.transform, rows: batch.rowCount)
    }
    if keys.allSatisfy({ $0.codes == nil }) { return [(keys.map { $0.values[0] }, batch)] }
    var groups: [[Int32]: Int] = [:]
    var order: [(values: [Datum?], rows: [Int])] = []
    var previous: (key: [Int32], index: Int)?
    for row in 0..<batch.rowCount {
      if let previous, keys.indices.allSatisfy({ keys[$0].code(row) == previous.key[$0] }) {
        order[previous.index].rows.append(row)
        continue
      }
      let key = keys.map { $0.code(row) }
      let index = groups[key] ?? order.count
      if index == order.count {
        groups[key] = index
        order.append((zip(keys, key).map { $0.values[Int($1)] }, []))
      }
      order[index].rows.append(row)
      previous = (key, index)
    }
    return order.map { ($0.values, batch.gather($0.rows)) }
  }
}

/// One partition field's values over a batch: distinct values, and each row's index into them (nil when there is only one).
private struct PartitionKeys {
  var values: [Datum?] = []
  var codes: [Int32]?

  func code(_ row: Int) -> Int32 { codes?[row] ?? 0 }

  init(_ column: Column, _ transform: Transform, rows: Int) throws {
    if case .int64(let times) = column.values, column.validity == nil, let width = Self.width(column.type, transform) {
      try self.init(times: times, width: width, transform)
    } else if case .codes(let strings, _) = column.values, column.validity == nil {
      try self.init(strings: strings, column, transform)
    } else {
      try self.init(general: column, transform, rows: rows)
    }
  }

  /// The microseconds of a transform's unit, or of a day, which never spans two months or years.
  private static func width(_ type: ColumnType, _ transform: Transform) -> Int64? {
    guard type == .timestampMicros else { return nil }
    switch transform {
    case .hour: return 3_600_000_000
    case .day, .month, .year: return 86_400_000_000
    default: return nil
    }
  }

  private init(times: [Int64], width: Int64, _ transform: Transform) throws {
    var least = Int64.max
    var greatest = Int64.min
    for time in times {
      if time < least { least = time }
      if time > greatest { greatest = time }
    }
    let first = try transform.apply(.timestamptz(least))
    if try first == transform.apply(.timestamptz(greatest)) {
      values = [first]
      return
    }
    var known: [Int64: Int32] = [:]
    var last: (unit: Int64, code: Int32)?
    codes = try times.map { time in
      let unit = time.flooredQuotient(width)
      if let last, last.unit == unit { return last.code }
      let code = try known[unit] ?? code(of: try transform.apply(.timestamptz(time)))
      known[unit] = code
      last = (unit, code)
      return code
    }
  }

  private init(strings: [Int32], _ column: Column, _ transform: Transform) throws {
    var known: [Int32: Int32] = [:]
    var result: [Int32] = []
    result.reserveCapacity(strings.count)
    var last: (string: Int32, code: Int32)?
    for (row, string) in strings.enumerated() {
      if let last, last.string == string {
        result.append(last.code)
        continue
      }
      let code = try known[string] ?? code(of: try transform.apply(column.datum(row)))
      known[string] = code
      last = (string, code)
      result.append(code)
    }
    codes = values.count > 1 ? result : nil
  }

  private init(general column: Column, _ transform: Transform, rows: Int) throws {
    var result: [Int32] = []
    result.reserveCapacity(rows)
    for row in 0..<rows { result.append(code(of: try transform.apply(column.datum(row)))) }
    codes = values.count > 1 ? result : nil
  }

  private mutating func code(of value: Datum?) -> Int32 {
    if let index = values.firstIndex(of: value) { return Int32(index) }
    values.append(value)
    return Int32(values.count - 1)
  }
}
