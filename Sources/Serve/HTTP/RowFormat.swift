import Hummingbird
import JSON
import NIOCore
import SQL
import Values

/// How rows are written into an answer.
enum RowFormat: Sendable {
  /// A line for the header and one for each row: `application/vnd.ksqlapi.delimited.v1`.
  case delimited
  /// The same in one JSON array: `application/json`.
  case array
  /// ksqlDB's older form, objects in an array: `application/vnd.ksql.v1+json`.
  case objects
  /// Texts as they are: PRINT.
  case text

  var contentType: String {
    switch self {
    case .delimited: "application/vnd.ksqlapi.delimited.v1"
    case .array: "application/json"
    case .objects: "application/vnd.ksql.v1+json"
    case .text: "text/plain; charset=utf-8"
    }
  }

  /// What `/query-stream` answers in; nil for none of what is accepted.
  static func accepted(_ accept: String?) -> RowFormat? {
    guard let accept, !accept.isEmpty else { return .delimited }
    for one in accept.split(separator: ",") {
      let type = one.split(separator: ";")[0].filter { !$0.isWhitespace }.lowercased()
      switch type {
      case "application/vnd.ksqlapi.delimited.v1", "*/*", "application/*": return .delimited
      case "application/json": return .array
      case "application/vnd.ksql.v1+json": return .objects
      default: continue
      }
    }
    return nil
  }

  func header(_ id: String, _ schema: ResultSchema) -> String {
    let names = JSONValue.array(schema.columns.map { .string($0.name) })
    let types = JSONValue.array(schema.columns.map { .string($0.type.schemaText) })
    let header = JSONValue.object([.init("queryId", .string(id)), .init("columnNames", names), .init("columnTypes", types)]).text
    switch self {
    case .delimited: return header + "\n"
    case .array: return "[" + header
    case .objects:
      let inner: JSONValue = ["header": ["queryId": .string(id), "schema": .string(schema.columns.schemaText)]]
      return "[" + inner.text
    case .text: return ""
    }
  }

  func row(_ row: ResultRow, _ schema: ResultSchema) -> String {
    if self == .text {
      guard case .string(let line)? = row.values.first else { return "" }
      return line + "\n"
    }
    let values = JSONValue.array(
      zip(schema.columns, row.values).map { column, value in
        row.isDeletion && !column.isKey ? .null : value.json(as: column.type, times: .texts)
      })
    switch self {
    case .delimited: return values.text + "\n"
    case .array: return ",\n" + values.text
    case .objects:
      var members = [JSONValue.Member("columns", values)]
      if row.isDeletion { members.append(.init("tombstone", true)) }
      return ",\n" + JSONValue.object([.init("row", .object(members))]).text
    case .text: return ""
    }
  }

  func end(limitReached: Bool) -> String {
    switch self {
    case .delimited, .text: return ""
    case .array: return "]\n"
    case .objects: return limitReached ? ",\n{\"finalMessage\":\"Limit Reached\"}]\n" : "]\n"
    }
  }

  /// An error in the middle of an answer, as its last element.
  func failure(_ error: ServeError) -> String {
    let json = Routes.error(error)
    switch self {
    case .delimited: return json.text + "\n"
    case .array: return ",\n" + json.text + "]\n"
    case .objects: return ",\n" + JSONValue.object([.init("errorMessage", json)]).text + "]\n"
    case .text: return error.message + "\n"
    }
  }
}
