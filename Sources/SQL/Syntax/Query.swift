/// SELECT … FROM ….
struct Query: Hashable, Sendable {
  var items: [Item]
  var source: Name
  var alias: Name?
  var joins: [Join] = []
  var window: Window?
  var filter: SyntaxExpression?
  var groupBy: [SyntaxExpression] = []
  /// Nil where it is not written; one NULL for PARTITION BY NULL.
  var partitionBy: [SyntaxExpression]?
  var having: SyntaxExpression?
  var emit: Emit?
  var limit: Limit?
  /// The word SELECT: where to point when the whole is meant.
  var range = SourceRange(start: 0, end: 0)

  enum Item: Hashable, Sendable {
    /// `*` or `t.*`.
    case all(qualifier: Name?, SourceRange)
    case expression(SyntaxExpression, alias: Name?)
  }

  struct Emit: Hashable, Sendable {
    var mode: AggregationPlan.Emit
    var range: SourceRange
  }

  struct Limit: Hashable, Sendable {
    var count: Int64
    var range: SourceRange
  }

  /// One JOIN with its ON.
  struct Join: Hashable, Sendable {
    var kind: JoinPlan.Kind
    var source: Name
    var alias: Name?
    var condition: SyntaxExpression
    /// The words of the join and the source's name.
    var range: SourceRange
  }
}

/// WINDOW TUMBLING|HOPPING|SESSION (…).
struct Window: Hashable, Sendable {
  var kind: Kind
  /// SIZE, or the gap of SESSION.
  var size: Duration
  /// Nil for all but HOPPING.
  var advance: Duration?
  var retention: Duration?
  var grace: Duration?
  var offset: Duration?
  var timeZone: Name?
  var fill: Fill?
  var range: SourceRange

  enum Kind: String, Hashable, Sendable {
    case tumbling = "TUMBLING"
    case hopping = "HOPPING"
    case session = "SESSION"
  }

  /// `5 MINUTES`, in microseconds.
  struct Duration: Hashable, Sendable {
    var microseconds: Int64
    var range: SourceRange
  }

  /// FILL PREVIOUS [(value AS column, …)] [WITHIN duration].
  struct Fill: Hashable, Sendable {
    var items: [Item]
    var within: Duration?
    var range: SourceRange

    struct Item: Hashable, Sendable {
      var value: SyntaxExpression
      var column: Name
    }
  }
}
