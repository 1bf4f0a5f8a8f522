/// A stream joined with a table: each record with the table's row of that moment.
public struct JoinPlan: Hashable, Sendable {
  public var kind: Kind
  /// The table; its records count as changes by key, one without a value as a deletion.
  public var table: SourcePlan
  /// Over the stream's columns: the value looked up, of the type of the table's primary key. A record for which it is NULL has
  /// no match.
  public var key: Expression
  /// Where the stream's records pass through on the way to the partition of the table's row; nil where they are there already.
  public var repartition: Repartition?

  public enum Kind: String, Hashable, Sendable {
    /// A record without a match is dropped.
    case inner = "INNER"
    /// A record without a match keeps NULL in the table's columns.
    case left = "LEFT"
  }

  public init(kind: Kind, table: SourcePlan, key: Expression, repartition: Repartition? = nil) {
    self.kind = kind
    self.table = table
    self.key = key
    self.repartition = repartition
  }
}

/// A topic between two steps of a query, through which records reach the partition of their new key.
public struct Repartition: Hashable, Sendable {
  /// Suffix of the topic's name after the application's, unique within the application: `<query id>-group-repartition`.
  public var name: String
  /// The new key, over the columns of the step before.
  public var key: [Expression]
  public var keyFormat: DataFormat

  public init(name: String, key: [Expression], keyFormat: DataFormat) {
    self.name = name
    self.key = key
    self.keyFormat = keyFormat
  }
}
