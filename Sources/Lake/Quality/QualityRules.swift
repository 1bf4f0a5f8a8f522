/// What the tables of a lake must be like, as `governance/quality.yml` says.
public struct QualityRules: Hashable, Sendable, Decodable {
  /// One rule about each row.
  public struct Rule: Hashable, Sendable, Decodable {
    public var name: String
    public var holds: RowCondition
  }

  /// No interval may be missing in which there were trades.
  public struct Completeness: Hashable, Sendable, Decodable {
    /// The table of the trades, and its time column.
    public var from: String
    public var time: String
    /// The table of records that came too late: an interval of which one is there may be missing.
    public var late: String
    /// Which rows are meant: the value of the column `interval`, and its length in seconds.
    public var interval: String
    public var seconds: Int64
    /// An interval must be there once event time in its partition has passed its end by so many seconds.
    public var settle: Int64
  }

  /// The rules of one table.
  public struct TableRules: Hashable, Sendable, Decodable {
    public var table: String
    /// The columns of which no two rows share all values; empty for none.
    public var key: [String]
    public var rules: [Rule]
    public var complete: Completeness?
  }

  public var tables: [TableRules]

  public init(tables: [TableRules]) { self.tables = tables }
}

/// What was looked at, and what is wrong.
public struct QualityReport: Hashable, Sendable {
  /// One rule on one table.
  public struct Line: Hashable, Sendable {
    public var table: String
    public var rule: String
    /// Rows, keys or intervals looked at.
    public var examined: Int64
    public var violations: Int64
    /// Some of the violations: where they are. No prices and no quantities.
    public var examples: [String]

    public var isClean: Bool { violations == 0 }
  }

  public internal(set) var lines: [Line] = []
  /// What could not be looked at.
  public internal(set) var notes: [String] = []

  public var isClean: Bool { lines.allSatisfy(\.isClean) }

  static let exampleLimit = 5

  mutating func add(_ table: String, _ rule: String, examined: Int64, violations: [String]) {
    lines.append(
      Line(
        table: table, rule: rule, examined: examined, violations: Int64(violations.count),
        examples: Array(violations.prefix(Self.exampleLimit))))
  }
}
