import JSON

/// What a SELECT among the statements of a case must answer.
public struct CaseAnswer: Hashable, Sendable {
  /// The columns as ksqlDB's REST API writes them; nil where any will do.
  public var schema: String?
  /// One list per row, in the order of the columns.
  public var rows: [[JSONValue]]

  public init(schema: String? = nil, rows: [[JSONValue]] = []) {
    self.schema = schema
    self.rows = rows
  }
}

extension CaseReader {
  /// `"responses"`: those to questions, `{"query": [{"header": {"schema"}}, {"row": {"columns"}}, …]}`. Those to other
  /// statements, `{"admin": …}`, are a server's own words and are not compared; nor are final messages.
  func answers(_ json: JSONValue?, of name: String) throws(CaseFileError) -> [CaseAnswer]? {
    guard let json, json != .null else { return nil }
    guard let elements = json.arrayValue else { throw error("\(name): \"responses\" is a list") }
    var answers: [CaseAnswer] = []
    for element in elements {
      guard let query = element["query"] else { continue }
      guard let parts = query.arrayValue else { throw error("\(name): \"query\" is a list of a header and rows") }
      var answer = CaseAnswer()
      for part in parts {
        if let header = part["header"] { answer.schema = header["schema"]?.stringValue }
        guard let row = part["row"] else { continue }
        guard let columns = row["columns"]?.arrayValue else { throw error("\(name): a row without \"columns\"") }
        answer.rows.append(columns)
      }
      answers.append(answer)
    }
    return answers
  }
}
