import Foundation
import JSON
import SQL
import Serve
import Values

/// Shows answers and rows as a table, as JSON or as CSV.
struct AnswerPrinter {
  private let style: OutputStyle

  init(_ style: OutputStyle) { self.style = style }

  func show(_ answer: Answer) {
    switch style {
    case .json: Terminal.say(answer.json.text)
    case .table, .csv: show(answer.text)
    }
  }

  private func show(_ text: AnswerText) {
    switch text {
    case .line(let line): Terminal.say(line)
    case .table(let header, let rows): show(header, rows)
    case .parts(let parts):
      for (index, part) in parts.enumerated() {
        if index > 0 { Terminal.say("") }
        Terminal.say("\(part.title):")
        show(part.body)
      }
    }
  }

  func show(_ schema: ResultSchema, _ rows: [[Value]]) {
    switch style {
    case .json: for row in rows { Terminal.say(json(schema, ResultRow(values: row))) }
    case .table, .csv: show(schema.columns.map(\.name), rows.map { texts(schema, $0) })
    }
  }

  // MARK: Rows as they come

  func begin(_ query: RunningQuery) {
    guard style != .json, !isPrint(query) else { return }
    let names = query.schema.columns.map(\.name)
    Terminal.say(style == .csv ? csv(names) : names.joined(separator: " | "))
  }

  func show(_ rows: [ResultRow], of query: RunningQuery) {
    for row in rows {
      switch style {
      case _ where isPrint(query): Terminal.say(texts(query.schema, row.values)[0])
      case .json: Terminal.say(json(query.schema, row))
      case .csv: Terminal.say(csv(texts(query.schema, row.values)))
      case .table:
        Terminal.say(texts(query.schema, row.values).joined(separator: " | ") + (row.isDeletion ? " (deleted)" : ""))
      }
    }
  }

  private func isPrint(_ query: RunningQuery) -> Bool { query.id.hasPrefix("print") }

  // MARK: Texts

  private func texts(_ schema: ResultSchema, _ row: [Value]) -> [String] {
    zip(schema.columns, row).map { column, value in
      switch value {
      case .null: style == .csv ? "" : "null"
      case .array, .map, .structure: value.json(as: column.type, times: .texts).text
      default: value.text(as: column.type) ?? ""
      }
    }
  }

  private func json(_ schema: ResultSchema, _ row: ResultRow) -> String {
    var members = zip(schema.columns, row.values).map { column, value in
      JSONValue.Member(column.name, value.json(as: column.type, times: .texts))
    }
    if row.isDeletion { members.append(.init("@deleted", true)) }
    return JSONValue.object(members).text
  }

  private func show(_ header: [String], _ rows: [[String]]) {
    if style == .csv {
      for row in [header] + rows { Terminal.say(csv(row)) }
      return
    }
    var widths = header.map(\.count)
    for row in rows {
      for (index, cell) in row.enumerated() where index < widths.count { widths[index] = max(widths[index], cell.count) }
    }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
      return " " + padded.joined(separator: " | ")
    }
    Terminal.say(line(header))
    Terminal.say(widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "+"))
    for row in rows { Terminal.say(line(row)) }
    Terminal.say("(\(rows.count) row\(rows.count == 1 ? "" : "s"))")
  }

  /// RFC 4180.
  private func csv(_ cells: [String]) -> String {
    cells.map { cell in
      guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
      return "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }.joined(separator: ",")
  }
}
