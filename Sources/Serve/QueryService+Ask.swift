import SQL
import Values

/// What one statement at a prompt gives.
public enum Reply: Sendable {
  case answer(Answer)
  case rows(ResultSchema, [[Value]])
  /// Rows as they come: read them until the channel ends, then `QueryService.end` the query.
  case stream(RunningQuery)
}

extension QueryService {
  /// Carries out one statement, whatever it is. Push queries begin with the first record. Blocks.
  ///
  /// - Parameter body: gets what it gives; what it throws is thrown on.
  public func ask(_ text: String, _ values: inout SessionValues, _ body: (Reply) throws -> Void) throws {
    let question: Question
    do {
      question = try self.question(text, values)
    } catch let error as ServeError where error.code == .wrongResource {
      var answers: [Answer] = []
      defer { answers = [] }
      do { try execute(text, &values) { answers.append($0) } } catch {
        for answer in answers { try body(.answer(answer)) }
        throw error
      }
      for answer in answers { try body(.answer(answer)) }
      return
    } catch {
      throw ServeError.wrapping(error)
    }
    do {
      switch question {
      case .pull(let query): try body(.rows(ResultSchema(columns: query.projection.map(\.field)), try answer(query)))
      case .push(let query): try body(.stream(try open(query, text: text, fromBeginning: true)))
      case .print(let print): try body(.stream(try open(print, text: text)))
      }
    } catch {
      throw ServeError.wrapping(error)
    }
  }

  /// Words that a statement may consist of: for completion at a prompt.
  public var completions: [String] {
    let catalog = control.state.session.catalog
    let columns = catalog.sources.values.flatMap { $0.columns.map(\.name) }
    return Self.keywords + FunctionLibrary.all.map(\.name) + catalog.names + columns + control.state.queries.map(\.id)
  }

  private static let keywords = [
    "SELECT", "FROM", "WHERE", "GROUP", "BY", "HAVING", "WINDOW", "TUMBLING", "HOPPING", "SESSION", "SIZE", "ADVANCE", "GRACE",
    "PERIOD", "RETENTION", "EMIT", "CHANGES", "FINAL", "LIMIT", "PARTITION", "CREATE", "REPLACE", "STREAM", "TABLE", "WITH",
    "INSERT", "INTO", "VALUES", "DROP", "DELETE", "TOPIC", "ALTER", "COLUMN", "SHOW", "LIST", "STREAMS", "TABLES", "QUERIES",
    "TOPICS", "FUNCTIONS", "PROPERTIES", "VARIABLES", "DESCRIBE", "EXTENDED", "FUNCTION", "EXPLAIN", "PRINT", "BEGINNING",
    "TERMINATE", "PAUSE", "RESUME", "SET", "UNSET", "DEFINE", "UNDEFINE", "WINDOWSTART", "WINDOWEND", "ROWTIME", "BETWEEN",
    "LIKE", "NULL", "PRIMARY", "KEY", "MINUTES", "SECONDS", "HOURS", "DAYS", "JOIN", "LEFT",
  ]
}
