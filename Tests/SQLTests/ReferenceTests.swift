import Foundation
import Testing

@testable import SQL

/// `docs/sql.md` says what is so.
@Suite struct ReferenceTests {
  private func page() throws -> String {
    try String(contentsOf: projectFolder("docs").appending(path: "sql.md"), encoding: .utf8)
  }

  @Test func `every example is a program that can be planned`() throws {
    let blocks = try page().components(separatedBy: "\n```sql\n").dropFirst()
    var files: [SQLFile] = []
    for (index, block) in blocks.enumerated() {
      let end = try #require(block.range(of: "\n```"))
      files.append(SQLFile(name: "example \(index + 1)", text: String(block[..<end.lowerBound])))
    }
    let plans = try SQLProgram.plan(files)
    #expect(files.count >= 8)
    #expect(plans.count == 7)
  }

  @Test func `every function, property and type is described`() throws {
    let page = try page()
    for name in Array(FunctionNames.aggregates.keys) + Array(FunctionNames.scalars.keys) {
      #expect(page.contains("`\(name)("), "\(name)")
    }
    for name in PropertyReader.Owner.source.known + PropertyReader.Owner.sink.known where name != "FORMAT" {
      #expect(page.contains("`\(name)`"), "\(name)")
    }
    for type: SQLType in [.boolean, .integer, .bigint, .double, .string, .bytes, .timestamp, .date] {
      #expect(page.contains("`\(type)`"), "\(type)")
    }
  }

  @Test func `every limit is stated`() throws {
    let page = try page()
    #expect(page.contains("at most \(SourceText.maximumBytes >> 20) MiB"))
    #expect(page.contains("at most \(Parser.maximumDepth) levels deep"))
  }
}
