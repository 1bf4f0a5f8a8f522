import ArgumentParser
import Foundation
import Prompt
import SQL
import Serve

struct SQLCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql",
    abstract: "A prompt for statements: SELECT, SHOW, DESCRIBE, EXPLAIN, PRINT, CREATE, PAUSE and the rest.",
    discussion: """
      Name the SQL files that the workers (wick run) are started with: they say which streams and tables there are.

      Example: wick sql sql/ -e "SELECT * FROM candles_1m WHERE symbol = 'BTC-USDT' LIMIT 5;"
      """)

  @Argument(help: "SQL files or folders of the workers (default sql, where it exists).")
  var sql: [String] = []

  @Option(name: .shortAndLong, help: "Statements to carry out, in place of a prompt.")
  var execute: String?

  @Option(name: .shortAndLong, help: "File of statements to carry out, in place of a prompt; may be given several times.")
  var file: [String] = []

  @Option(help: "table, json (a line for each row or answer) or csv.")
  var output: OutputStyle = .table

  @OptionGroup var target: QueryTargetOptions

  func run() throws {
    try Failure.reporting {
      let interrupts = PromptInterrupts()
      let isDefaultThere = FileManager.default.fileExists(atPath: Defaults.queries)
      let service = try target.service(sql.isEmpty && !isDefaultThere ? [] : Queries.texts(paths: sql))
      defer { service.close() }
      try service.open()
      let session = PromptSession(service, output: output, interrupts: interrupts)
      var texts = try file.map { try Queries.text(path: $0) }
      if let execute { texts.append(execute) }
      guard !texts.isEmpty else { return try session.converse() }
      for text in texts { try session.carryOut(all: text) }
    }
  }
}

enum OutputStyle: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv
}
