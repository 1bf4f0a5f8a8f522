/// A statement as it was written.
enum Statement: Hashable, Sendable {
  case createSource(CreateSource)
  case createAs(CreateAs)
  case drop(Drop)
  case set(Setting)
}

/// CREATE STREAM n (columns) WITH (…).
struct CreateSource: Hashable, Sendable {
  var name: Name
  var ifNotExists: Bool
  var columns: [ColumnDefinition]
  var properties: [Property]
  /// The words CREATE STREAM and the name: where to point when something is missing.
  var range: SourceRange
}

/// One column of CREATE STREAM.
struct ColumnDefinition: Hashable, Sendable {
  var name: Name
  var type: SQLType
  var isKey: Bool
  var range: SourceRange
}

/// One `name = value` of WITH.
struct Property: Hashable, Sendable {
  var name: Name
  var value: Value
  var valueRange: SourceRange

  enum Value: Hashable, Sendable {
    case string(String)
    case number(String)
    case boolean(Bool)
  }
}

/// CREATE STREAM|TABLE n WITH (…) AS SELECT ….
struct CreateAs: Hashable, Sendable {
  var isTable: Bool
  var name: Name
  var ifNotExists: Bool
  var properties: [Property]
  var query: Query
  var range: SourceRange
}

/// SELECT … FROM ….
struct Query: Hashable, Sendable {
  var items: [Item]
  var source: Name
  var alias: Name?
  var window: Window?
  var filter: SyntaxExpression?
  var groupBy: [SyntaxExpression]
  var having: SyntaxExpression?
  var emit: Emit?

  enum Item: Hashable, Sendable {
    /// `*` or `t.*`.
    case all(qualifier: Name?, SourceRange)
    case expression(SyntaxExpression, alias: Name?)
  }

  struct Emit: Hashable, Sendable {
    var mode: AggregationPlan.Emit
    var range: SourceRange
  }
}

/// WINDOW TUMBLING|HOPPING (…).
struct Window: Hashable, Sendable {
  var size: Duration
  /// Nil for TUMBLING.
  var advance: Duration?
  var retention: Duration?
  var grace: Duration?
  var range: SourceRange

  /// `5 MINUTES`, in microseconds.
  struct Duration: Hashable, Sendable {
    var microseconds: Int64
    var range: SourceRange
  }
}

/// DROP STREAM|TABLE [IF EXISTS] n [DELETE TOPIC].
struct Drop: Hashable, Sendable {
  var isTable: Bool
  var name: Name
  var ifExists: Bool
  var range: SourceRange
}

/// SET 'name' = 'value'.
struct Setting: Hashable, Sendable {
  var name: Name
  var value: Name
}
