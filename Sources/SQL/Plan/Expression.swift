/// A constant.
public enum Literal: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// INTEGER, BIGINT, DATE (days) and TIMESTAMP (microseconds).
  case integer(Int64)
  case double(Double)
  case decimal(unscaled: Int128, scale: Int)
  case string(String)
  case bytes([UInt8])
}

/// A checked expression: names resolved to indexes, every node typed, implicit casts made explicit.
public indirect enum Expression: Hashable, Sendable {
  /// A column of the source, by its index in `SourcePlan.columns`.
  case column(Int, SQLType)
  case literal(Literal, SQLType)
  /// An operator or scalar function. Argument types are already those the function works on.
  case call(ScalarFunction, [Expression], SQLType)
  /// Searched CASE: pairs of condition and result, then the ELSE (a NULL literal where it was left out).
  case conditional([Branch], otherwise: Expression, SQLType)
  case cast(Expression, to: SQLType)
  /// A function of the library, by its own name (not an alias); each argument has the type that the function takes. Also what
  /// is written with signs over nested values: `[]` (array and position, or map and key), `->` (structure and field name),
  /// `ARRAY`, `MAP` (keys and values in turn), `STRUCT` (values in the order of the type's members).
  case function(String, [Expression], SQLType)
  /// What is known of the record itself.
  case system(SystemColumn)
  /// After GROUP BY: the value of grouping expression `n`.
  case groupKey(Int, SQLType)
  /// After GROUP BY: the value of `AggregationPlan.aggregates[n]`.
  case aggregate(Int, SQLType)
  /// BIGINT milliseconds since the epoch, as in ksqlDB.
  case windowStart
  /// BIGINT milliseconds since the epoch, as in ksqlDB.
  case windowEnd

  public struct Branch: Hashable, Sendable {
    public var condition: Expression
    public var result: Expression

    public init(condition: Expression, result: Expression) {
      self.condition = condition
      self.result = result
    }
  }

  /// The expressions directly below this one, in the order written.
  public var children: [Expression] {
    switch self {
    case .column, .literal, .groupKey, .aggregate, .windowStart, .windowEnd, .system: []
    case .call(_, let arguments, _), .function(_, let arguments, _): arguments
    case .conditional(let branches, let otherwise, _): branches.flatMap { [$0.condition, $0.result] } + [otherwise]
    case .cast(let operand, _): [operand]
    }
  }

  public var type: SQLType {
    switch self {
    case .column(_, let type), .literal(_, let type), .call(_, _, let type), .conditional(_, _, let type),
      .function(_, _, let type),
      .cast(_, let type), .groupKey(_, let type), .aggregate(_, let type):
      type
    case .windowStart, .windowEnd: .bigint
    case .system(let column): column.type
    }
  }
}

/// ksqlDB's pseudo columns of a record.
public enum SystemColumn: String, Hashable, Sendable, CaseIterable {
  /// BIGINT: event time, milliseconds since the epoch.
  case rowTime = "ROWTIME"
  /// INT.
  case rowPartition = "ROWPARTITION"
  /// BIGINT.
  case rowOffset = "ROWOFFSET"

  public var type: SQLType { self == .rowPartition ? .integer : .bigint }
}

/// Operators and scalar functions. The raw value is the name shown in plans and errors.
public enum ScalarFunction: String, Hashable, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case negate = "NEGATE"
  case equal = "="
  case notEqual = "<>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case and = "AND"
  case or = "OR"
  case not = "NOT"
  case isNull = "IS NULL"
  case isNotNull = "IS NOT NULL"
  /// First argument IN the rest.
  case isIn = "IN"
  case like = "LIKE"
  case abs = "ABS"
  case ceil = "CEIL"
  case floor = "FLOOR"
  case round = "ROUND"
  case sqrt = "SQRT"
  case ln = "LN"
  case exp = "EXP"
  case greatest = "GREATEST"
  case least = "LEAST"
  case coalesce = "COALESCE"
  case nullIf = "NULLIF"
  case concat = "CONCAT"
  case upper = "UCASE"
  case lower = "LCASE"
  case trim = "TRIM"
  case length = "LEN"
  case substring = "SUBSTRING"
  /// BIGINT milliseconds to TIMESTAMP.
  case fromUnixTime = "FROM_UNIXTIME"
  /// TIMESTAMP to BIGINT milliseconds.
  case unixTimestamp = "UNIX_TIMESTAMP"
}
