/// Why the engine refused a plan, a batch or a piece of stored state. Failures of single rows are never thrown: they are
/// counted and handed back with the row.
public enum WindowsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The plan asks for something the engine does not do; the query has to be written differently.
  case unsupported(String)
  /// The batch does not have the shape the plan was checked against; the decoder and the plan must use the same source.
  case mismatch(String)
  /// Stored state cannot be read by this plan; reset the query's state and replay its source.
  case corruptState(String)
  /// A value that a question asks for cannot be computed exactly: overflow, lost digits, a division by zero. WHERE or the
  /// column is named; the question has to be asked differently.
  case uncomputable(String)

  /// One sentence with what to do next. Holds no record values.
  public var description: String {
    switch self {
    case .unsupported(let what): "not supported: \(what); change the query"
    case .mismatch(let what): "the batch does not fit the plan: \(what); decode with the source's own columns"
    case .corruptState(let what): "stored state cannot be read: \(what); reset the query's state and replay its source"
    case .uncomputable(let what):
      "\(what) cannot be computed exactly for a row; ask with a WHERE that leaves it out, or with CAST"
    }
  }
}

/// Why a record took part in no window of a query.
public enum RejectReason: String, Sendable, CaseIterable {
  /// The event time is NULL, negative, or past the year 9999.
  case badTime = "bad_time"
  /// The event time lies further ahead of the record's own timestamp than MAX_FUTURE_SKEW.
  case future
  /// A copy of a record already counted.
  case duplicate
  /// Every window of the record had closed when it arrived.
  case late
  /// A grouping expression is NULL.
  case nullKey = "null_key"
  /// An exact result does not fit its type, digits would be lost, or a division by zero.
  case overflow
}
