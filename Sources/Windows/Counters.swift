/// What became of the records a query was given. `consumed` is always the sum of the rest (`isBalanced`).
public struct QueryCounters: Equatable, Sendable {
  /// Records that the source stage passed on.
  public var consumed: Int64 = 0
  /// Records that entered at least one window, or, without an aggregation, were projected.
  public var aggregated: Int64 = 0
  /// Records for which WHERE was not TRUE.
  public var filtered: Int64 = 0
  /// Records late for all their windows.
  public var late: Int64 = 0
  /// Records without a group.
  public var nullKey: Int64 = 0
  /// Records that could not be computed exactly.
  public var overflow: Int64 = 0
  /// Records of a stream that have no value, where the query has no use for them.
  public var withoutValue: Int64 = 0

  public init() {}

  /// The audit identity.
  public var isBalanced: Bool { consumed == aggregated + filtered + late + nullKey + overflow + withoutValue }

  public static func + (a: QueryCounters, b: QueryCounters) -> QueryCounters {
    var sum = a
    sum.consumed += b.consumed
    sum.aggregated += b.aggregated
    sum.filtered += b.filtered
    sum.late += b.late
    sum.nullKey += b.nullKey
    sum.overflow += b.overflow
    sum.withoutValue += b.withoutValue
    return sum
  }
}

/// What the source stage did with the decoded records of its partition.
public struct SourceCounters: Equatable, Sendable {
  public var consumed: Int64 = 0
  /// Records handed to the queries.
  public var passed: Int64 = 0
  public var duplicate: Int64 = 0
  public var badTime: Int64 = 0
  public var future: Int64 = 0

  public init() {}

  /// The audit identity.
  public var isBalanced: Bool { consumed == passed + duplicate + badTime + future }
}
