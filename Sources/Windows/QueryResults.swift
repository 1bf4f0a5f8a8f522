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
  /// Rows without a value that this query does not take, in order.
  public var withoutValue: [Int] = []
  /// For a plan without an aggregation: the projected rows, and the source rows they come from.
  public var projected: ColumnBatch?
  public var projectedRows: [Int32] = []
  /// Their event times, microseconds: those of the records, or what the sink's TIMESTAMP property names.
  public var projectedTimes: [Int64] = []
  /// Where a row has no value: that of a record without one, or in a table of a key whose row is no more or does not satisfy
  /// WHERE. Only the key columns of such a row have a meaning. Empty where all have values.
  public var projectedDeletions: [Bool] = []
}

/// Rows for the sink. EMIT FINAL: by window end, then group. EMIT CHANGES: deletions of sessions that have become part of
/// others, in the order of the records, then each touched window by start, then group.
public struct Emission {
  /// The plan's projection.
  public var rows: ColumnBatch
  /// The grouping expressions, one column each, for the record key.
  public var keys: ColumnBatch
  /// Per row, microseconds since the epoch. The end of a session is the time of its last record, that of other windows the
  /// time at which the next one begins. Without windows both are 0.
  public var windowStarts: [Int64]
  public var windowEnds: [Int64]
  /// Event time of each row, microseconds since the epoch: of the newest record with EMIT CHANGES, of the window's end with
  /// EMIT FINAL (see `EmissionTime`); of a session its last record.
  public var timestamps: [Int64]
  /// EMIT CHANGES: true where a row emitted before is to be deleted: it no longer satisfies HAVING, or its session has become
  /// part of another. Only the keys of such a row have a meaning.
  public var isTombstone: [Bool]

  public var count: Int { rows.rowCount }
}

/// Which event time emitted rows carry.
public enum EmissionTime: Sendable {
  /// Of the window's end with EMIT FINAL, which costs nothing and is the same in every replay; of the newest record with
  /// EMIT CHANGES.
  case automatic
  /// Of the window's newest record, as in ksqlDB.
  case newestRecord
}
