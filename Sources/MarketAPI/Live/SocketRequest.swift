import JSON

/// A message of a client on a WebSocket. Pure.
package enum SocketRequest: Hashable, Sendable {
  /// - after: the id of the last event of an earlier subscription.
  case subscribe(id: String, LiveQuestion, after: EventID?)
  case unsubscribe(id: String)
  case ping

  /// What is wrong with a message, and which subscription it is about where that is known.
  package struct Refusal: Error, Hashable, Sendable {
    package var subscription: String?
    package var problem: Problem
  }

  private static let members: [String: [String]] = [
    "subscribe": ["op", "id", "symbols", "venues", "intervals", "late", "every", "after"],
    "unsubscribe": ["op", "id"],
    "ping": ["op"],
  ]

  /// - Parameter every: milliseconds in which changes are gathered where the message does not say.
  package init(_ text: String, every: Int) throws(Refusal) {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: text) } catch {
      throw Refusal(problem: Problem(400, "The message is not JSON: \(error.description)."))
    }
    guard let members = json.members else { throw Refusal(problem: Problem(400, "The message is not a JSON object.")) }
    guard let op = json["op"]?.stringValue, let known = Self.members[op] else {
      throw Refusal(problem: Problem(400, "op is subscribe, unsubscribe or ping."))
    }
    let id = try op == "ping" ? "" : Self.id(json["id"])
    do throws(Problem) {
      if let unknown = members.first(where: { !known.contains($0.name) }) {
        throw Problem(
          400, "There is no member \(unknown.name.prefix(40)) in \(op); there are \(known.joined(separator: ", ")).")
      }
      switch op {
      case "subscribe": self = try Self.subscribe(id, json, every: every)
      case "unsubscribe": self = .unsubscribe(id: id)
      default: self = .ping
      }
    } catch {
      throw Refusal(subscription: id.isEmpty ? nil : id, problem: error)
    }
  }

  private static func id(_ json: JSONValue?) throws(Refusal) -> String {
    guard let id = json?.stringValue, (1...64).contains(id.utf8.count) else {
      throw Refusal(problem: Problem(400, "id is a text of 1 to 64 bytes, by which the subscription is known."))
    }
    return id
  }

  private static func subscribe(_ id: String, _ json: JSONValue, every: Int) throws(Problem) -> SocketRequest {
    var question = LiveQuestion(every: every)
    question.filter = SeriesFilter(
      symbols: try names(json, "symbols"), venues: try names(json, "venues"), intervals: try names(json, "intervals"))
    if let late = json["late"] {
      guard case .bool(let wantsLate) = late else { throw Problem(400, "late is true or false.") }
      question.wantsLate = wantsLate
    }
    if let number = json["every"] {
      let range = LiveQuestion.everyRange
      guard let value = number.int64Value.flatMap({ Int(exactly: $0) }), range.contains(value) else {
        throw Problem(400, "every is a whole number from \(range.lowerBound) to \(range.upperBound).")
      }
      question.every = value
    }
    guard let after = json["after"] else { return .subscribe(id: id, question, after: nil) }
    guard let text = after.stringValue else { throw Problem(400, "after is the id of an event.") }
    return .subscribe(id: id, question, after: EventID(text))
  }

  private static func names(_ json: JSONValue, _ name: String) throws(Problem) -> Set<String> {
    guard let value = json[name] else { return [] }
    guard let list = value.arrayValue, list.count <= 100, list.allSatisfy({ $0.stringValue != nil }) else {
      throw Problem(400, "\(name) is a list of at most 100 texts.")
    }
    return Set(list.compactMap(\.stringValue))
  }
}
