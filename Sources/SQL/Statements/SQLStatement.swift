/// A statement, read and checked: what a tool does next.
public enum SQLStatement: Hashable, Sendable {
  /// CREATE STREAM or CREATE TABLE over a topic; `replacing` says whether it takes the place of a declaration before.
  case declare(SourcePlan, replacing: Bool)
  /// CREATE … AS SELECT or INSERT INTO … SELECT; `replacing` says whether it takes the place of a query with this id.
  case query(QueryPlan, replacing: Bool)
  /// IF [NOT] EXISTS, and there is nothing to do about this name.
  case unchanged(String)
  case insert(InsertValues)
  /// ALTER … ADD COLUMN: the source as it is now.
  case alter(SourcePlan)
  case drop(DropStatement)
  /// SELECT without EMIT: what a table holds now, or a stream up to its end.
  case pull(PullQuery)
  /// SELECT … EMIT CHANGES|FINAL: rows as they come.
  case push(PushQuery)
  /// SET 'name' = 'value', the name without ksqlDB's prefix.
  case set(name: String, value: String)
  case unset(name: String)
  case define(name: String, value: String)
  case undefine(name: String)
  case show(ShowSubject, extended: Bool)
  case describe(DescribeStatement)
  case explain(ExplainStatement)
  case print(PrintStatement)
  /// TERMINATE, PAUSE or RESUME of one query, or of all where the id is nil.
  case control(ControlVerb, query: String?)
  case assert(AssertStatement)
}

/// One statement of a text.
public struct ReadStatement: Hashable, Sendable {
  public var statement: SQLStatement
  /// As it was written, without the `;`.
  public var text: String
}

/// DROP STREAM|TABLE.
public struct DropStatement: Hashable, Sendable {
  public var source: SourcePlan
  /// DELETE TOPIC: whether the topic goes too.
  public var deletesTopic: Bool
  /// Ids of the queries that fill it and end with it.
  public var terminates: [String]
}

/// INSERT INTO … VALUES: one record.
public struct InsertValues: Hashable, Sendable {
  public var target: SourcePlan
  /// One constant expression per column of the target, of the column's type; a NULL literal where no value is given.
  public var values: [Expression]
  /// ROWTIME, BIGINT milliseconds; nil for the present moment.
  public var rowTime: Expression?
}

/// SELECT … FROM … [WHERE …] [LIMIT n] without EMIT.
public struct PullQuery: Hashable, Sendable {
  /// The table or stream that is asked. Expressions count its columns; `.windowStart` and `.windowEnd` are a row's window.
  public var source: SourcePlan
  /// The keys asked for, each one literal per key column in the key's order; nil where every key is to be looked at.
  public var keys: [[Literal]]?
  /// WINDOWSTART, milliseconds; both bounds inclusive.
  public var windowStart: ClosedRange<Int64>
  /// WINDOWEND, likewise.
  public var windowEnd: ClosedRange<Int64>
  /// The whole WHERE, keys and bounds included: a row is returned when this is TRUE.
  public var filter: Expression?
  public var projection: [QueryPlan.Output]
  public var limit: Int?
}

/// SELECT … EMIT CHANGES|FINAL [LIMIT n].
public struct PushQuery: Hashable, Sendable {
  /// Its sink has neither name nor topic.
  public var plan: QueryPlan
  /// Ends after this many rows; nil for never.
  public var limit: Int?
}

/// DESCRIBE.
public enum DescribeStatement: Hashable, Sendable {
  case source(SourcePlan, extended: Bool)
  /// The name upper-cased, not checked against any library.
  case function(String)
  case allStreams(extended: Bool)
  case allTables(extended: Bool)
}

/// EXPLAIN.
public enum ExplainStatement: Hashable, Sendable {
  case plan(QueryPlan)
  case pull(PullQuery)
  /// A running query by its id, which is not checked.
  case query(String)
}

/// PRINT.
public struct PrintStatement: Hashable, Sendable {
  public var topic: String
  public var fromBeginning: Bool
  /// Every how many records one is shown; nil for each.
  public var interval: Int?
  public var limit: Int?
}

/// ASSERT.
public enum AssertStatement: Hashable, Sendable {
  /// TOPIC; the properties PARTITIONS and REPLICAS where they are given. `timeout` in microseconds.
  case topic(exists: Bool, name: String, partitions: Int?, replicas: Int?, timeout: Int64?)
  /// SCHEMA by subject, id or both.
  case schema(exists: Bool, subject: String?, id: Int?, timeout: Int64?)
  /// VALUES: the next record written to the target's topic. Columns that are not named are not compared.
  case values(InsertValues, columns: [Int])
  /// NULL VALUES: the next record has this key and no value.
  case tombstone(InsertValues, columns: [Int])
  /// STREAM or TABLE: it has these columns and this topic and formats, where they are given.
  case source(name: String, isTable: Bool, columns: [Field], topic: String?, keyFormat: DataFormat?, valueFormat: DataFormat?)
}
