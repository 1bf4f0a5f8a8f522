/// The values of one column, in the lane of its type (`ColumnType.lane`). A null row holds any value of the lane.
public enum ColumnValues {
  case bool([Bool])
  /// Integers, dates, timestamps, and decimals of up to 18 digits (unscaled).
  case int64([Int64])
  /// Decimals of 19 to 38 digits (unscaled).
  case int128([Int128])
  case double([Double])
  /// Strings, as codes into a dictionary.
  case codes([Int32], StringDictionary)
  case bytes(BytesVector)

  /// The number of rows.
  public var count: Int {
    switch self {
    case .bool(let v): v.count
    case .int64(let v): v.count
    case .int128(let v): v.count
    case .double(let v): v.count
    case .codes(let v, _): v.count
    case .bytes(let v): v.count
    }
  }
}

/// A named, typed vector of values with an optional validity mask.
public struct Column {
  public var name: String
  public var type: ColumnType
  public var values: ColumnValues
  /// `validity[row]` is false where the row is null; nil when no row is null.
  public var validity: [Bool]?

  public init(name: String, type: ColumnType, values: ColumnValues, validity: [Bool]? = nil) {
    self.name = name
    self.type = type
    self.values = values
    self.validity = validity
  }

  /// Whether `row` is null.
  @inlinable
  public func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }
}

/// Rows as columns of equal length: the one in-memory shape between Avro, windows and Parquet.
///
/// Owned by one thread at a time (its dictionaries are shared references).
public struct ColumnBatch {
  public var columns: [Column]
  /// The number of rows; every column has as many.
  public var rowCount: Int

  public init(columns: [Column], rowCount: Int) {
    self.columns = columns
    self.rowCount = rowCount
  }

  /// The index of the column of that name, ignoring case.
  public func index(of name: String) -> Int? {
    columns.firstIndex { $0.name.lowercased() == name.lowercased() }
  }
}
