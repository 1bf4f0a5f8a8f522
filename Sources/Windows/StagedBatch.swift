import Columns
import SQL

/// A record that no query sees, and why.
public struct RejectedRow: Equatable, Sendable {
  public var row: Int
  public var reason: RejectReason
}

/// A batch after the source stage: which rows go on, and their event times. Valid until the stage takes its next batch;
/// every query of the partition processes it before that.
public struct StagedBatch {
  public let batch: ColumnBatch
  /// Rows that go on, in order.
  public internal(set) var selection: [Int32]
  /// Event time per row, microseconds since the epoch; arbitrary where the row was rejected.
  public let eventTimes: [Int64]
  /// Source offset per row.
  public let offsets: [Int64]
  /// Rows that do not go on, in order.
  public let rejected: [RejectedRow]
  let number: Int
  /// Where a record has no value; in a table it deletes the row of its key. Nil for none.
  var deletions: [Bool]?

  func isDeletion(_ row: Int) -> Bool { deletions?[row] ?? false }
}
