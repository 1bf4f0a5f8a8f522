import SQL
import Values

/// One row of an answer.
public struct ResultRow: Hashable, Sendable {
  /// One per column of the answer.
  public var values: [Value]
  /// Of a table: the row with this key is gone, and only its key columns have a meaning.
  public var isDeletion: Bool

  public init(values: [Value], isDeletion: Bool = false) {
    self.values = values
    self.isDeletion = isDeletion
  }
}

/// What a query answers with.
public struct ResultSchema: Hashable, Sendable {
  public var columns: [Field]

  public init(columns: [Field]) { self.columns = columns }
}

/// A query that is being answered. Rows come until the channel ends; cancel it to end the query.
public final class RunningQuery: Sendable {
  /// By which `/close-query` ends it.
  public let id: String
  /// The statement as it was given.
  public let text: String
  public let schema: ResultSchema
  /// Whether it ends by itself only at a LIMIT.
  public let isPush: Bool
  public let rows: RowChannel<ResultRow>

  init(id: String, text: String, schema: ResultSchema, isPush: Bool, rows: RowChannel<ResultRow>) {
    self.id = id
    self.text = text
    self.schema = schema
    self.isPush = isPush
    self.rows = rows
  }
}
