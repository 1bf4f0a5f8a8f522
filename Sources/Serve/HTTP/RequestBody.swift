import JSON

/// The JSON of requests, checked member by member: what is not known is refused, not ignored.
struct StatementBody {
  var text: String
  var values: SessionValues
  /// `auto.offset.reset` of a push query: whether it begins with the first record. Nil where it is not said.
  var fromBeginning: Bool?

  /// - Parameter textName: `ksql` or `sql`.
  /// - Throws: `badRequest`.
  init(_ bytes: [UInt8], textName: String, propertiesName: String) throws(ServeError) {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: bytes) } catch {
      throw ServeError(.badRequest, "The body is not JSON: \(error.description)")
    }
    guard let members = json.members else { throw ServeError(.badRequest, "The body is not a JSON object.") }
    let known = [textName, propertiesName, "sessionVariables", "requestProperties", "commandSequenceNumber"]
    if let unknown = members.first(where: { !known.contains($0.name) }) {
      throw ServeError(
        .badRequest, "The body has a member \(unknown.name.prefix(60)); there are \(known.joined(separator: ", ")).")
    }
    guard let text = json[textName]?.stringValue else {
      throw ServeError(.badRequest, "The body needs a text \(textName), which holds the statement.")
    }
    self.text = text
    values = SessionValues()
    for (name, value) in try Self.texts(json[propertiesName], propertiesName) {
      let plain = name.hasPrefix("ksql.streams.") ? String(name.dropFirst("ksql.streams.".count)) : name
      switch (plain, value) {
      case ("auto.offset.reset", "earliest"): fromBeginning = true
      case ("auto.offset.reset", "latest"): fromBeginning = false
      default: values.properties[plain] = value
      }
    }
    for (name, value) in try Self.texts(json["sessionVariables"], "sessionVariables") {
      values.variables[name.uppercased()] = value
    }
  }

  private static func texts(_ json: JSONValue?, _ name: String) throws(ServeError) -> [(String, String)] {
    guard let json, json != .null else { return [] }
    guard let members = json.members else { throw ServeError(.badRequest, "\(name) is not a JSON object.") }
    var texts: [(String, String)] = []
    for member in members {
      switch member.value {
      case .string(let text): texts.append((member.name, text))
      case .number(let text): texts.append((member.name, text))
      case .bool(let value): texts.append((member.name, value ? "true" : "false"))
      default: throw ServeError(.badRequest, "\(member.name.prefix(60)) in \(name) is neither a text nor a number nor a boolean.")
      }
    }
    return texts
  }
}
