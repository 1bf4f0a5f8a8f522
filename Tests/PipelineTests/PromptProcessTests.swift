import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `wick sql` as a process: with statements as arguments, in files, on standard input, and at a terminal.
@Suite struct `The prompt as a process` {
  @Test func `statements given with -e and --file are carried out, and the first that fails decides how it ends`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let rows = try scene.succeed(
      scene.tool("sql", sql, ["--output", "csv", "-e", "SELECT symbol, high FROM highs WHERE symbol = 'BTC';"]))
    #expect(rows.output == "SYMBOL,HIGH\nBTC,7\n")
    let file = try scene.write(
      "ask.sql",
      """
      SET 'auto.offset.reset' = 'earliest';
      SELECT symbol, high
        FROM highs WHERE symbol = 'ETH';
      SELECT symbol FROM quotes EMIT CHANGES LIMIT 2
      """)
    let answers = try scene.succeed(scene.tool("sql", sql, ["--output", "json", "--file", file]))
    let lines = answers.output.split(separator: "\n").suffix(3)
    #expect(lines == [#"{"SYMBOL":"ETH","HIGH":3}"#, #"{"SYMBOL":"BTC"}"#, #"{"SYMBOL":"BTC"}"#], "\(answers.output)")
    let wrong = try scene.run(
      scene.tool("sql", sql, ["-e", "SELECT symbol FROM highs WHERE hihg = 1; SELECT symbol FROM highs;"]))
    #expect(wrong.code == 65)
    #expect(wrong.errors.contains("HIGH") && wrong.errors.contains("^"), "\(wrong.errors)")
    #expect(wrong.output == "", "what comes after a failure was carried out: \(wrong.output)")
    let nowhere = try scene.run(scene.tool("sql", sql, ["--file", scene.path("nowhere.sql")]))
    #expect(nowhere.code == 65 && nowhere.errors.contains("nowhere.sql"), "\(nowhere.errors)")
  }

  @Test func `a script on standard input goes on behind a failure, which decides how it ends`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let script = """
      SELECT symbol, high FROM highs
        WHERE symbol = 'BTC';
      SELECT nothing FROM highs;
      SELECT symbol, high FROM highs WHERE symbol = 'ETH'
      """
    let finished = try piped(scene.tool("sql", sql, ["--output", "csv"]), script, scene)
    #expect(finished.code == 65)
    #expect(finished.output == "SYMBOL,HIGH\nBTC,7\nSYMBOL,HIGH\nETH,3\n", "\(finished.output)")
    #expect(finished.errors.contains("NOTHING"), "\(finished.errors)")
    let good = try piped(scene.tool("sql", sql, ["--output", "csv"]), "SELECT high FROM highs WHERE symbol = 'ETH';\n", scene)
    #expect(good.code == 0 && good.output == "HIGH\n3\n", "\(good.output)\(good.errors)")
  }

  private func piped(_ arguments: [String], _ input: String, _ scene: Scene) throws -> Finished {
    let process = Process()
    let (output, errors) = (scene.path("piped.out"), scene.path("piped.err"))
    process.executableURL = URL(fileURLWithPath: WickProcess.binary)
    process.arguments = arguments
    process.currentDirectoryURL = Project.folder
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: scene.write("piped.in", input)))
    try scene.write("piped.out", "")
    try scene.write("piped.err", "")
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
    process.waitUntilExit()
    return Finished(
      code: process.terminationStatus, output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }

  private static let up = "\u{1b}[A"
  private static let controlC = "\u{03}"
  private static let controlD = "\u{04}"

  @Test func `at a terminal lines are edited, completed, remembered and taken back`() throws {
    let scene = try Scene()
    let sql = try scene.prepareQuotes()
    let terminal = try TerminalProcess(scene.tool("sql", sql), environment: ["HOME": scene.folder.path, "XDG_STATE_HOME": ""])
    try terminal.wait(for: "wick> ")
    // TAB completes what is written, and a statement of two lines asks for its second.
    try terminal.type("descr\t")
    try terminal.wait(for: "wick> describe ")
    try terminal.type("\r")
    try terminal.wait(for: "   -> ")
    try terminal.type("quotx\u{7f}es;\r")
    try terminal.wait(for: "PRICE")
    try terminal.wait(for: "wick> ")
    // What was entered comes back, on one line; Ctrl-C throws it away.
    try terminal.type(Self.up)
    try terminal.wait(for: "wick> describe  quotes;")
    try terminal.type(Self.controlC)
    try terminal.wait(for: "^C")
    try terminal.wait(for: "wick> ")
    // What fails is told, and the conversation goes on.
    try terminal.type("SELECT nothing FROM highs;\r")
    try terminal.wait(for: "NOTHING")
    try terminal.wait(for: "wick> ")
    // SIGINT ends the query that is shown, and no more.
    try terminal.type("SELECT symbol, price FROM quotes EMIT CHANGES;\r")
    try terminal.wait(for: "SYMBOL | PRICE")
    terminal.send(SIGINT)
    try terminal.wait(for: "wick> ")
    try terminal.type(Self.controlD)
    #expect(try terminal.end() == 0)
    let history = try String(contentsOfFile: scene.path(".wick_history"), encoding: .utf8)
    #expect(history.hasPrefix("describe \\nquotes;\n"), "\(history)")
  }
}
