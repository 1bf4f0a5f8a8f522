import Columns

extension Column {
  /// A column of text, with NULL for nil.
  static func strings(_ name: String, _ values: [String?]) -> Column {
    let dictionary = StringDictionary()
    let codes = values.map { dictionary.code(of: $0 ?? "") }
    return Column(name: name, type: .string, values: .codes(codes, dictionary), validity: validity(values))
  }

  /// A column of one text.
  static func constant(_ name: String, _ value: String, count: Int) -> Column {
    let dictionary = StringDictionary()
    let code = dictionary.code(of: value)
    return Column(name: name, type: .string, values: .codes([Int32](repeating: code, count: count), dictionary))
  }

  /// A column of integers or times, with NULL for nil.
  static func integers(_ name: String, _ type: ColumnType, _ values: [Int64?]) -> Column {
    Column(name: name, type: type, values: .int64(values.map { $0 ?? 0 }), validity: validity(values))
  }

  /// A column of booleans, with NULL for nil.
  static func booleans(_ name: String, _ values: [Bool?]) -> Column {
    Column(name: name, type: .boolean, values: .bool(values.map { $0 ?? false }), validity: validity(values))
  }

  /// A column of byte strings, with NULL for nil.
  static func binaries(_ name: String, _ values: [[UInt8]?]) -> Column {
    var vector = BytesVector()
    for value in values { vector.append(contentsOf: value ?? []) }
    return Column(name: name, type: .bytes, values: .bytes(vector), validity: validity(values))
  }

  private static func validity<T>(_ values: [T?]) -> [Bool]? {
    values.contains { $0 == nil } ? values.map { $0 != nil } : nil
  }

  /// A column whose row `i` is this column's row `rows[i]`, or NULL for nil.
  func scattered(_ rows: [Int?]) -> Column {
    let validity = rows.map { $0.map { !isNull($0) } ?? false }
    let values: ColumnValues =
      switch self.values {
      case .bool(let v): .bool(rows.map { $0.map { v[$0] } ?? false })
      case .int64(let v): .int64(rows.map { $0.map { v[$0] } ?? 0 })
      case .int128(let v): .int128(rows.map { $0.map { v[$0] } ?? 0 })
      case .double(let v): .double(rows.map { $0.map { v[$0] } ?? 0 })
      case .codes(let v, let dictionary): scattered(v, dictionary, rows)
      case .bytes(let v): scattered(v, rows)
      }
    return Column(name: name, type: type, values: values, validity: validity.contains(false) ? validity : nil)
  }

  private func scattered(_ codes: [Int32], _ dictionary: StringDictionary, _ rows: [Int?]) -> ColumnValues {
    let filler = dictionary.code(of: "")
    return .codes(rows.map { $0.map { codes[$0] } ?? filler }, dictionary)
  }

  private func scattered(_ bytes: BytesVector, _ rows: [Int?]) -> ColumnValues {
    var vector = BytesVector()
    for row in rows { vector.append(contentsOf: row.map { bytes[$0] } ?? []) }
    return .bytes(vector)
  }
}
