import Columns

/// A record and a window that had closed when the record arrived.
public struct LateRow: Equatable, Sendable {
  public var row: Int
  /// Microseconds since the epoch.
  public var windowStart: Int64
  public var windowEnd: Int64
  /// The query's stream time when the record had arrived, the record included; microseconds since the epoch.
  public var streamTime: Int64
  /// How far the record's event time lay behind the stream time, microseconds.
  public var lateness: Int64
  /// False when the record still counted in another of its (hopping) windows, and so is not a late record of the audit.
  public var isDropped: Bool
}

/// What processing one batch gave apart from windows.
public struct ProcessResult {
  /// Late records with each window they missed, by row, then window start.
  public var late: [LateRow] = []
  /// Rows that could not be computed exactly and count nowhere, in order.
  public var failed: [Int] = []
  /// Rows without a group, in order.
  public var nullKeys: [Int] = []
  /// For a plan without an aggregation: the projected rows, and the source rows they come from.
  public var projected: ColumnBatch?
  public var projectedRows: [Int32] = []
}

/// Rows for the sink, ordered by window end, then group.
public struct Emission {
  /// The plan's projection.
  public var rows: ColumnBatch
  /// The grouping expressions, one column each, for the record key.
  public var keys: ColumnBatch
  /// Per row, microseconds since the epoch.
  public var windowStarts: [Int64]
  public var windowEnds: [Int64]
  /// EMIT CHANGES with HAVING: true where a row emitted before no longer satisfies HAVING and is to be deleted.
  public var isTombstone: [Bool]

  public var count: Int { rows.rowCount }
}
