import Foundation
import TestSupport
import Testing

@testable import Fuzzing

/// The quick form; `make fuzz` tries as many inputs as there is time for.
@Suite struct FuzzingTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Inputs")

  /// Inputs on which something was found once: `target/name`.
  static let kept =
    (try? FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.contains("/") }.sorted()) ?? []

  @Test(arguments: FuzzTarget.all.map(\.name))
  func `damaged inputs are read or refused`(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let random = SeededGenerator.forTest("fuzzing \(name)")
    var fuzzer = Fuzzer(target, start: random.seed)
    let finding = fuzzer.run(["cases", "queries", "regular-expressions", "sql"].contains(name) ? 150 : 600)
    #expect(finding == nil, "wick-fuzz --target \(name) --start \(finding?.seed ?? 0) --inputs 1")
    #expect(fuzzer.accepted > 0 && fuzzer.accepted <= fuzzer.tried)
  }

  @Test(arguments: FuzzTarget.all.map(\.name))
  func `inputs are made from valid ones`(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let refused = target.seeds.filter { target.outcome(of: $0) != .accepted }.map { String(decoding: $0, as: UTF8.self) }
    // KAFKA and frames have inputs of the wrong length among theirs, on purpose.
    if !name.hasPrefix("rows-kafka"), name != "frames", name != "windowed-keys" { #expect(refused == []) }
    #expect(refused.count < target.seeds.count)
  }

  @Test(arguments: kept)
  func `what was found once is read or refused`(path: String) throws {
    let name = String(path.prefix { $0 != "/" })
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let input = try Data(contentsOf: Self.folder.appending(path: path))
    if case .broken(let what) = target.outcome(of: Array(input)) { Issue.record("\(path): \(what)") }
  }

  @Test func `an input can be made again from its seed`() {
    for target in FuzzTarget.all {
      let (a, b) = (Mutator(target), Mutator(target))
      for seed: UInt64 in 0..<20 { #expect(a.input(seed) == b.input(seed)) }
      #expect(Set((0..<50).map { a.input($0) }).count > 10, "\(target.name)")
    }
  }

  @Test func `a reader that breaks on what no seed holds is found`() throws {
    let target = FuzzTarget("planted", .text, seeds: [Array(#"{"a": [1, 2]}"#.utf8)]) {
      { input in input.contains(0x5c) && input.starts(with: Array("{".utf8)) ? .broken("a backslash") : .refused }
    }
    var fuzzer = Fuzzer(target, start: 1)
    let found = fuzzer.run(10_000)
    let finding = try #require(found)
    #expect(finding.what == "a backslash" && finding.input.contains(0x5c))
    var again = Fuzzer(target, start: finding.seed)
    let same = again.run(1)
    #expect(same == finding)
  }
}
