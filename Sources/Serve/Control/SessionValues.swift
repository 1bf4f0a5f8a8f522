import SQL

/// What SET and DEFINE have left behind for the statements of one user.
public struct SessionValues: Hashable, Sendable {
  /// By ksqlDB's names, without its prefix for settings of Kafka Streams.
  public var properties: [String: String]
  /// By upper-cased name.
  public var variables: [String: String]

  public init(properties: [String: String] = [:], variables: [String: String] = [:]) {
    self.properties = properties
    self.variables = variables
  }

  /// `session` with these values set in it. Throws for a property that does not exist or a value it cannot have.
  func applied(to session: SQLSession) throws -> SQLSession {
    var session = session
    var text = ""
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) { text += "SET \(quoted(name)) = \(quoted(value));\n" }
    for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
      guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
        throw ServeError(.badRequest, "A variable's name consists of letters, digits and underscores.")
      }
      text += "DEFINE \(name) = \(quoted(value));\n"
    }
    if !text.isEmpty { _ = try session.read(SQLFile(name: "properties", text: text)) }
    return session
  }

  private func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}
