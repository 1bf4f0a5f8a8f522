import ArgumentParser
import Cases
import Foundation

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run case files through the planner and the engine, without a broker.",
    discussion: """
      A case file is JSON: {"tests": [{"name", "statements", "inputs", "outputs", …}]}, the shape that ksqlDB's own test-suite uses.
      Inputs go through one partition in the listed order with a commit after each; outputs are compared per topic, in order.
      One line per failure, then `N passed, N failed, N skipped`. Exit code 1 when a case failed, 65 for what is no case file.

      Example: wick test Tests/SQLCases --filter grace --report report.json
      """)

  @Argument(help: "Case files, or folders whose *.json are taken in the order of their names.")
  var files: [String]

  @Option(help: "Run only cases whose name contains this, whatever its letter case.")
  var filter: String?

  @Option(help: ArgumentHelp("Write name, result and reason of each case to this file.", valueName: "file.json"))
  var report: String?

  @Flag(help: "Also show the refusals that cases expect, the records that were rejected and why, and what was skipped.")
  var verbose = false

  func run() throws {
    try Failure.reporting {
      var results = CaseReport()
      for path in try files.flatMap(Self.caseFiles) { try run(path, &results) }
      Terminal.say(results.summary)
      if let report { try Self.write(results.json, to: report) }
      if results.failed > 0 { throw ExitCode(Failure.Code.checkFailed.rawValue) }
    }
  }

  private func run(_ path: String, _ results: inout CaseReport) throws {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure(.badInput, "\(path) cannot be read.") }
    let file: CaseFile
    do { file = try CaseFile(name: path, bytes: Array(data)) } catch { throw Failure(.badInput, error.description) }
    for test in file.cases {
      if let filter, !test.name.lowercased().contains(filter.lowercased()) { continue }
      let result = CaseRunner().result(of: test, in: path)
      results.add(result)
      if verbose { for note in CaseReport.notes(result) { Terminal.say(note) } }
      if let line = CaseReport.line(result, isVerbose: verbose) { Terminal.say(line) }
    }
  }

  /// A file itself; of a folder all case files in it and below, in the order of their paths.
  private static func caseFiles(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure(.badInput, "\(path) does not exist; name a case file or a folder of them.")
    }
    guard isFolder.boolValue else { return [path] }
    let names = try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.hasSuffix(".json") }.sorted()
    guard !names.isEmpty else { throw Failure(.badInput, "There is no .json file in \(path).") }
    return names.map { "\(path.hasSuffix("/") ? String(path.dropLast()) : path)/\($0)" }
  }

  private static func write(_ text: String, to path: String) throws {
    do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
      throw Failure(.badInput, "\(path) cannot be written: \(error.localizedDescription)")
    }
  }
}
