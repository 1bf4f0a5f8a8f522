import JSON

/// A statement on the control topic, with what was SET and DEFINEd where it was given.
public struct ControlRecord: Hashable, Sendable {
  /// Tells records apart; given by the writer.
  public var id: String
  public var statement: String
  public var properties: [String: String]
  public var variables: [String: String]

  public init(id: String, statement: String, properties: [String: String] = [:], variables: [String: String] = [:]) {
    self.id = id
    self.statement = statement
    self.properties = properties
    self.variables = variables
  }

  var bytes: [UInt8] {
    func object(_ values: [String: String]) -> JSONValue {
      .object(values.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
    }
    let json: JSONValue = [
      "id": .string(id), "statement": .string(statement), "properties": object(properties), "variables": object(variables),
    ]
    return json.utf8
  }

  /// Nil when the bytes are no such record.
  init?(_ bytes: [UInt8]) {
    guard let json = try? JSONValue(parsing: bytes), let id = json["id"]?.stringValue,
      let statement = json["statement"]?.stringValue
    else { return nil }
    func values(_ name: String) -> [String: String] {
      let members = json[name]?.members ?? []
      return Dictionary(members.compactMap { member in member.value.stringValue.map { (member.name, $0) } }) { $1 }
    }
    self.init(id: id, statement: statement, properties: values("properties"), variables: values("variables"))
  }
}
