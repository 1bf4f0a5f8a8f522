import Foundation
import Testing

@testable import SQL

/// `docs/sql.md` says what is so. Its expressions and cases are run beside the tests of cases.
@Suite struct ReferenceTests {
  private func page(_ name: String = "sql.md") throws -> String {
    try String(contentsOf: projectFolder("docs").appending(path: name), encoding: .utf8)
  }

  /// The examples, each a text of statements.
  private func examples() throws -> [SQLFile] {
    let blocks = try page().components(separatedBy: "\n```sql\n").dropFirst()
    return try blocks.enumerated().map { index, block in
      let end = try #require(block.range(of: "\n```"))
      return SQLFile(name: "example \(index + 1)", text: String(block[..<end.lowerBound]))
    }
  }

  @Test func `every example can be read after those before it, and every statement has one`() throws {
    var session = SQLSession()
    var seen: Set<String> = []
    for file in try examples() {
      do {
        for read in try session.read(file) { seen.formUnion(Self.kinds(read.statement)) }
      } catch {
        Issue.record("\(error)")
      }
    }
    let subjects = ShowSubject.allCases.map { "show \($0.rawValue)" }
    let controls = ControlVerb.allCases.map(\.rawValue)
    let others = [
      "declare stream", "declare table", "replace", "unchanged", "stream query", "table query", "insert query", "insert", "alter",
      "drop", "pull", "push", "set", "unset", "define", "undefine", "describe source", "describe function", "describe streams",
      "describe tables", "explain plan", "explain pull", "explain query", "print", "assert topic", "assert schema",
      "assert values", "assert tombstone", "assert source", "join", "roll-up", "partition", "session", "hopping", "fill", "zone",
    ]
    #expect(Set(subjects + controls + others).subtracting(seen) == [])
  }

  private static func kinds(_ statement: SQLStatement) -> [String] {
    switch statement {
    case .declare(let source, let replacing):
      [source.isTable ? "declare table" : "declare stream"] + (replacing ? ["replace"] : [])
    case .query(let plan, _): features(plan)
    case .unchanged: ["unchanged"]
    case .insert: ["insert"]
    case .alter: ["alter"]
    case .drop: ["drop"]
    case .pull: ["pull"]
    case .push: ["push"]
    case .set: ["set"]
    case .unset: ["unset"]
    case .define: ["define"]
    case .undefine: ["undefine"]
    case .show(let subject, _): ["show \(subject.rawValue)"]
    case .describe(let what): [described(what)]
    case .explain(.plan): ["explain plan"]
    case .explain(.pull): ["explain pull"]
    case .explain(.query): ["explain query"]
    case .print: ["print"]
    case .control(let verb, _): [verb.rawValue]
    case .assert(let what): [asserted(what)]
    }
  }

  private static func features(_ plan: QueryPlan) -> [String] {
    var features = [plan.isInsertion ? "insert query" : plan.sink.isTable ? "table query" : "stream query"]
    if plan.join != nil { features.append("join") }
    if plan.rollUp != nil { features.append("roll-up") }
    if plan.partitionBy != nil { features.append("partition") }
    if plan.aggregation?.fill != nil { features.append("fill") }
    switch plan.aggregation?.window {
    case .session: features.append("session")
    case .time(let window): features.append(window.timeZone != nil ? "zone" : window.isTumbling ? "tumbling" : "hopping")
    case .unbounded, nil: break
    }
    return features
  }

  private static func described(_ statement: DescribeStatement) -> String {
    switch statement {
    case .source: "describe source"
    case .function: "describe function"
    case .allStreams: "describe streams"
    case .allTables: "describe tables"
    }
  }

  private static func asserted(_ statement: AssertStatement) -> String {
    switch statement {
    case .topic: "assert topic"
    case .schema: "assert schema"
    case .values: "assert values"
    case .tombstone: "assert tombstone"
    case .source: "assert source"
    }
  }

  @Test func `every property, setting, type and option of a window is described`() throws {
    let page = try page()
    for name in PropertyReader.Owner.source.known + PropertyReader.Owner.sink.known {
      #expect(page.contains("`\(name)`"), "\(name)")
    }
    for name in SQLSettings.names { #expect(page.contains("`\(name)`"), "\(name)") }
    let types: [SQLType] = [.boolean, .integer, .bigint, .double, .string, .bytes, .timestamp, .date, .time]
    for type in types { #expect(page.contains("`\(type)`"), "\(type)") }
    for format in DataFormat.allCases { #expect(page.contains("| `\(format.rawValue)` |"), "\(format)") }
    for name in FunctionLibrary.aliases.keys { #expect(page.contains("`\(name)`"), "\(name)") }
  }

  @Test func `every limit is stated`() throws {
    let page = try page()
    #expect(page.contains("at most \(SourceText.maximumBytes >> 20) MiB"))
    #expect(page.contains("at most \(Parser.maximumDepth) levels deep"))
  }

  /// The tables of functions are made from the library: `WICK_PRINT_REFERENCE=1` prints them, to be pasted.
  @Test func `the tables of functions are those of the library`() throws {
    let page = try page()
    for category in LibraryFunction.Category.allCases {
      let table = Self.table(category)
      if ProcessInfo.processInfo.environment["WICK_PRINT_REFERENCE"] != nil { print("<<<\(category)\n\(table)\n>>>") }
      #expect(page.contains("\n\(table)\n"), "the table of \(category.rawValue) functions differs")
    }
  }

  private static func table(_ category: LibraryFunction.Category) -> String {
    let functions = FunctionLibrary.all.filter { $0.category == category }
    let hasExamples = functions.contains { !$0.examples.isEmpty }
    let head = hasExamples ? "| function | value | example |\n|---|---|---|" : "| function | value |\n|---|---|"
    let rows = functions.map { function in
      let ways = function.signatures.map { code(function.name + $0.text) }.joined(separator: "<br>")
      let examples = function.examples.map { "\(code($0.expression)) → \(code($0.result))" }.joined(separator: "<br>")
      return "| \(ways) | \(function.summary) |" + (hasExamples ? " \(examples) |" : "")
    }
    return ([head] + rows).joined(separator: "\n")
  }

  private static func code(_ text: String) -> String { "`\(text.replacing("|", with: "\\|"))`" }
}
