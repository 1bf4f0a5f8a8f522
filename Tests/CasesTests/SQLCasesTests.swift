import Foundation
import Testing

@testable import Cases

/// Runs `Tests/SQLCases`: every file straight, and once more with an engine that is thrown away after each record.
@Suite struct SQLCasesTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("SQLCases").resolvingSymlinksInPath().path

  static let files =
    (try? FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.sorted()) ?? []

  @Test func `there are cases`() { #expect(Self.files.count >= 10) }

  private func failures(_ name: String, restarts: Bool) throws -> [String] {
    let data = try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name)"))
    var runner = CaseRunner()
    runner.restarts = restarts
    return try CaseFile(name: name, bytes: Array(data)).cases.compactMap { test in
      CaseReport.line(CaseResult(file: name, name: test.name, outcome: runner.run(test)), isVerbose: false)
    }
  }

  @Test(arguments: files)
  func `what comes out is what the case expects`(file: String) throws {
    #expect(try failures(file, restarts: false) == [])
  }

  @Test(arguments: files)
  func `stopping after each record changes nothing`(file: String) throws {
    #expect(try failures(file, restarts: true) == [])
  }

  /// Any refusal passes where one is expected, so the words are looked at here.
  @Test(arguments: files)
  func `refusals say what their cases name`(file: String) throws {
    let data = try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(file)"))
    for test in try CaseFile(name: file, bytes: Array(data)).cases {
      guard let message = test.expectedException?.message, case .passed(let refusal?) = CaseRunner().run(test) else { continue }
      #expect(refusal.contains(message), "\(test.name)")
    }
  }

  @Test(arguments: files)
  func `names of cases are unique within a file`(file: String) throws {
    let data = try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(file)"))
    let names = try CaseFile(name: file, bytes: Array(data)).cases.map(\.name)
    #expect(Set(names).count == names.count)
  }
}
