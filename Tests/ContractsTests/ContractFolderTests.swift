import Contracts
import Foundation
import Testing

/// Folders and git repositories made for the test.
@Suite struct ContractFolderTests {
  private final class Folder {
    let path = NSTemporaryDirectory() + "wick-contracts-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ file: String, _ text: String) throws {
      let url = URL(fileURLWithPath: "\(path)/\(file)")
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }

    func git(_ arguments: String...) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["git", "-C", path, "-c", "user.name=t", "-c", "user.email=t@example.org"] + arguments
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw TestFailure() }
    }
  }

  private let v1 = #"{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}"# + "\n"
  private let v2 = #"{"type":"record","name":"R","fields":[{"name":"a","type":["null","long"]}]}"# + "\n"

  @Test func `a folder is read as subjects, versions and levels`() throws {
    let folder = try Folder()
    try folder.write("s-value/1.avsc", v1)
    try folder.write("s-value/2.avsc", v2)
    try folder.write("s-value/compatibility", "BACKWARD\n")
    try folder.write("README.md", "not a subject")
    let subjects = try ContractFolder.read(folder.path)
    #expect(subjects.map(\.subject) == ["s-value"])
    #expect(subjects[0].level == .backward)
    #expect(subjects[0].versions.map(\.schema.json) == [v1, v2])
    #expect(subjects[0].latest.number == 2)
  }

  @Test(arguments: [
    ["s/2.avsc", "s/compatibility"], ["s/1.avsc"], ["s/1.avsc", "s/compatibility", "s/notes.txt"],
    ["s/01.avsc", "s/compatibility"], ["s/compatibility"], [],
  ])
  func `a folder that breaks the layout is refused`(_ files: [String]) throws {
    let folder = try Folder()
    for file in files { try folder.write(file, file.hasSuffix("compatibility") ? "FULL" : v1) }
    #expect(#expect(throws: ContractError.self) { try ContractFolder.read(folder.path) }?.code == .badInput)
  }

  @Test func `a broken schema is named by its file`() throws {
    let folder = try Folder()
    try folder.write("s/1.avsc", "{")
    try folder.write("s/compatibility", "FULL")
    let error = #expect(throws: ContractError.self) { try ContractFolder.read(folder.path) }
    #expect(error?.code == .invalidSchema)
    #expect(error?.reason.contains("s/1.avsc") == true)
  }

  @Test func `history is what the last commit holds, or the point where a branch left`() throws {
    let folder = try Folder()
    let contracts = folder.path + "/contracts"
    try folder.write("contracts/s/1.avsc", v1)
    try folder.write("contracts/s/compatibility", "FULL")
    #expect(try GitHistory(folder: contracts).subjects().isEmpty)
    try folder.git("init", "-q", "-b", "main")
    #expect(try GitHistory(folder: contracts).subjects().isEmpty)
    try folder.git("add", ".")
    try folder.git("commit", "-qm", "one")
    try folder.git("branch", "start")
    try folder.write("contracts/s/2.avsc", v2)
    try folder.git("add", ".")
    try folder.git("commit", "-qm", "two")
    try folder.write("contracts/s/1.avsc", v2)
    let head = try GitHistory(folder: contracts).subjects()
    #expect(head == ["s": HistoricalSubject(versions: [1: v1, 2: v2], level: "FULL")])
    #expect(try GitHistory(folder: contracts).subjects(since: "start")["s"]?.versions.keys.sorted() == [1])
    #expect(throws: ContractError.self) { try GitHistory(folder: contracts).subjects(since: "nowhere") }
    let findings = SchemaCheck.check(try ContractFolder.read(contracts), history: head)
    #expect(findings.contains { $0.rule == .changedInPlace && $0.version == 1 })
  }
}
