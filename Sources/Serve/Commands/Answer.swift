import JSON

/// What one statement answered: as ksqlDB's REST interface says it, and as a person at a prompt reads it.
public struct Answer: Hashable, Sendable {
  /// `@type` of the JSON.
  public var type: String
  public var statement: String
  /// The members behind `@type` and `statementText`.
  public var members: [JSONValue.Member]
  public var text: AnswerText

  init(_ type: String, statement: String, _ members: [JSONValue.Member], text: AnswerText) {
    self.type = type
    self.statement = statement
    self.members = members
    self.text = text
  }

  /// One element of the array that `/ksql` answers with.
  public var json: JSONValue {
    .object(
      [.init("@type", .string(type)), .init("statementText", .string(statement))] + members + [.init("warnings", [])])
  }

  /// The answer to a statement that changes something.
  static func done(
    _ statement: String, _ message: String, command: String, query: String? = nil, sequence: Int64 = 0
  ) -> Answer {
    Answer(
      "currentStatus", statement: statement,
      [
        .init("commandId", .string(command)),
        .init(
          "commandStatus",
          [
            "status": "SUCCESS", "message": .string(message), "queryId": query.map { .string($0) } ?? .null,
          ]),
        .init("commandSequenceNumber", .int(sequence)),
      ], text: .line(message))
  }
}

/// Text of an answer.
public enum AnswerText: Hashable, Sendable {
  case line(String)
  case table(header: [String], rows: [[String]])
  /// Titled parts.
  case parts([Part])

  public struct Part: Hashable, Sendable {
    public var title: String
    public var body: AnswerText
  }
}
