import Columns
import Market
import SQL
import Values

/// The value of an expression for every row of a batch, or one value for all rows when `isConstant`.
///
/// `failures[row]` marks a row whose value could not be computed exactly; such a row holds any value. Failures are flags
/// and not errors because one bad row must not stop its batch.
struct Vector {
  var type: SQLType
  var values: ColumnValues
  var validity: [Bool]?
  var failures: [Bool]?
  var isConstant = false

  init(_ type: SQLType, _ values: ColumnValues, validity: [Bool]? = nil, failures: [Bool]? = nil) {
    self.type = type
    self.values = values
    self.validity = validity
    self.failures = failures
  }

  /// Turns a row number into an index of the lane: all ones, or zero for a constant.
  var mask: Int { isConstant ? 0 : -1 }

  func isValid(_ row: Int) -> Bool { validity.map { $0[row & mask] } ?? true }
  func isFailed(_ row: Int) -> Bool { failures.map { $0[row & mask] } ?? false }

  /// The lane as 64-bit integers (booleans as 0 and 1); empty for other lanes.
  var int64s: [Int64] {
    switch values {
    case .int64(let v): v
    case .bool(let v): v.map { $0 ? 1 : 0 }
    default: []
    }
  }

  var bools: [Bool] { if case .bool(let v) = values { v } else { [] } }

  /// Unscaled values at the lane's own scale.
  var int128s: [Int128] {
    switch values {
    case .int128(let v): v
    case .int64(let v): v.map { Int128($0) }
    case .bool(let v): v.map { $0 ? 1 : 0 }
    default: []
    }
  }

  var doubles: [Double] {
    switch values {
    case .double(let v): return v
    case .int64(let v):
      return type.scale == 0 ? v.map { Double($0) } : v.map { DoubleConversion.double(Int128($0), scale: type.scale) }
    case .int128(let v): return v.map { DoubleConversion.double($0, scale: type.scale) }
    default: return []
    }
  }

  /// Bytes of the string or byte string at `row`, valid during `body` only.
  func withBytes<R>(_ row: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    switch values {
    case .codes(let codes, let dictionary): return dictionary.withBytes(codes[row & mask], body)
    case .bytes(let vector): return vector[row & mask].withUnsafeBytes(body)
    default: return body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  /// The vector as a column of `rowCount` rows; failed rows become NULL.
  func column(named name: String, rowCount: Int) -> Column {
    var valid = validity
    if let failures {
      var merged = valid ?? [Bool](repeating: true, count: failures.count)
      for i in failures.indices where failures[i] { merged[i] = false }
      valid = merged
    }
    guard isConstant else { return Column(name: name, type: type.columnType, values: values, validity: valid) }
    let repeated = values.gathered([Int32](repeating: 0, count: rowCount))
    let mask = valid.map { [Bool](repeating: $0[0], count: rowCount) }
    return Column(name: name, type: type.columnType, values: repeated, validity: mask)
  }
}

extension ColumnValues {
  /// Adds the values of the same lane, and for strings the same dictionary, at the end.
  mutating func append(_ other: ColumnValues) {
    let own = self
    // Emptied first, so that the lane is extended in place.
    self = .bool([])
    switch (consume own, other) {
    case (.bool(var a), .bool(let b)): a += b; self = .bool(a)
    case (.int64(var a), .int64(let b)): a += b; self = .int64(a)
    case (.int128(var a), .int128(let b)): a += b; self = .int128(a)
    case (.double(var a), .double(let b)): a += b; self = .double(a)
    case (.codes(var a, let dictionary), .codes(let b, _)): a += b; self = .codes(a, dictionary)
    case (.bytes(var a), .bytes(let b)):
      for i in 0..<b.count { a.append(contentsOf: b[i]) }
      self = .bytes(a)
    case (let a, _): self = a
    }
  }

  /// The values at `rows`, in that order.
  func gathered(_ rows: [Int32]) -> ColumnValues {
    switch self {
    case .bool(let v): return .bool(rows.map { v[Int($0)] })
    case .int64(let v): return .int64(rows.map { v[Int($0)] })
    case .int128(let v): return .int128(rows.map { v[Int($0)] })
    case .double(let v): return .double(rows.map { v[Int($0)] })
    case .codes(let v, let dictionary): return .codes(rows.map { v[Int($0)] }, dictionary)
    case .bytes(let v):
      var out = BytesVector()
      for row in rows { out.append(contentsOf: v[Int(row)]) }
      return .bytes(out)
    }
  }
}

/// Flags of several vectors brought together. Nil means "none", which is the common case and costs nothing.
enum RowFlags {
  /// True where all inputs are valid.
  static func valid(_ vectors: [Vector], _ count: Int) -> [Bool]? {
    var result: [Bool]?
    for vector in vectors {
      guard let flags = vector.validity else { continue }
      var merged = result ?? [Bool](repeating: true, count: count)
      let mask = vector.mask
      for i in 0..<count where !flags[i & mask] { merged[i] = false }
      result = merged
    }
    return result
  }

  /// True where any input has failed.
  static func failed(_ vectors: [Vector], _ count: Int) -> [Bool]? {
    var result: [Bool]?
    for vector in vectors {
      guard let flags = vector.failures else { continue }
      var merged = result ?? [Bool](repeating: false, count: count)
      let mask = vector.mask
      for i in 0..<count where flags[i & mask] { merged[i] = true }
      result = merged
    }
    return result
  }

  static func either(_ a: [Bool]?, _ b: [Bool]?) -> [Bool]? {
    guard let a else { return b }
    guard let b else { return a }
    return zip(a, b).map { $0 || $1 }
  }
}
