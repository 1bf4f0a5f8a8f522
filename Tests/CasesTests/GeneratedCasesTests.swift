import Foundation
import Testing

/// Case files that a model writes are those that it would write now: nobody changes one of the two alone.
@Suite struct GeneratedCasesTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "SQLCases").resolvingSymlinksInPath()

  private static func python(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-B"] + arguments
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  private static let hasPython = (try? python(["-c", "import zoneinfo"])) == 0

  private static func files(in folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
  }

  @Test(.enabled(if: hasPython, "there is no python3 that could write the cases again"))
  func `every generated file is what its model writes`() throws {
    let fresh = FileManager.default.temporaryDirectory.appending(path: "wick-cases-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: fresh) }
    try FileManager.default.createDirectory(at: fresh, withIntermediateDirectories: true)
    #expect(try Self.python([Self.folder.appending(path: "model/generate.py").path, fresh.path]) == 0)
    let written = try Self.files(in: fresh)
    let marked = try Self.files(in: Self.folder).filter { name in
      try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8).contains("// Written by model/generate.py.")
    }
    #expect(written == marked)
    #expect(written.count > 10)
    for name in written {
      let (new, kept) = (
        try Data(contentsOf: fresh.appending(path: name)), try? Data(contentsOf: Self.folder.appending(path: name))
      )
      #expect(new == kept, "\(name) is not what the model writes; run Tests/SQLCases/model/generate.py")
    }
  }
}
