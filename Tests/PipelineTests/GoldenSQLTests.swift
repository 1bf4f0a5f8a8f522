import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// SQL files as real processes, each run three ways against one answer: straight; killed and resumed; rescaled in the midst of it
/// from one worker to three in two processes.
@Suite struct `Golden SQL files` {
  private static let files = ["windows", "rollups", "groups", "formats"]

  @Test(arguments: files) func `straight`(name: String) throws {
    let run = try GoldenRun(Scene(), GoldenFile(name), "straight")
    try run.send(run.file.input)
    try run.scene.succeed(run.arguments(["--until-end", "--final"]))
    try run.expectGolden()
  }

  /// Steps of a checkpoint, at which a process has done a part of its work and not the rest.
  private static let steps = ["records", "outputs", "state", "offsets", "commit"]

  @Test(arguments: files) func `killed and resumed`(name: String) throws {
    var random = SeededGenerator.forTest("golden kills \(name)")
    let run = try GoldenRun(Scene(), GoldenFile(name), "killed")
    var rest = run.file.input[...]
    var kills = 0
    // Three at a step of a commit, where a crash point sends the SIGKILL; one from outside, in the midst of work on top of state.
    for number in 0..<4 {
      let chunk = rest.prefix(run.file.input.count / 5)
      rest = rest.dropFirst(chunk.count)
      kills += try number == 2 ? killAtAnyMoment(run, chunk, &random) : killAtStep(run, chunk, &random)
    }
    #expect(kills >= 3, "most processes had ended before they were killed")
    try run.send(rest)
    try run.scene.succeed(run.arguments(["--until-end", "--final"]))
    try run.expectGolden()
  }

  private func killAtStep(
    _ run: GoldenRun, _ records: ArraySlice<GoldenFile.Record>, _ random: inout SeededGenerator
  ) throws -> Int {
    try run.send(records)
    let step = Self.steps.randomElement(using: &random) ?? "commit"
    let side = Bool.random(using: &random) ? "before" : "after"
    let process = try run.scene.start(
      run.arguments(["--until-end"]), environment: ["WICK_CRASH_AT": "checkpoint.\(step):\(side):1"])
    return try ended(process, "checkpoint.\(step):\(side)")
  }

  private func killAtAnyMoment(
    _ run: GoldenRun, _ records: ArraySlice<GoldenFile.Record>, _ random: inout SeededGenerator
  ) throws -> Int {
    let process = try run.scene.start(run.arguments())
    try run.scene.wait(for: "what there is") { try run.isRead() || process.exitCode != nil }
    try run.send(records)
    _ = process.wait(seconds: Double.random(in: 0...0.3, using: &random))
    process.send(SIGKILL)
    return try ended(process, "any moment")
  }

  private func ended(_ process: WickProcess, _ moment: String) throws -> Int {
    guard let code = process.wait(seconds: 60) else { throw Scene.Broken(description: "\(moment): \(process.errors)") }
    #expect(code == 0 || code == -SIGKILL, "\(moment): \(process.errors)")
    return code == -SIGKILL ? 1 : 0
  }

  @Test(arguments: files) func `rescaled from one worker to three`(name: String) throws {
    let run = try GoldenRun(Scene(), GoldenFile(name), "rescaled")
    let half = run.file.input.count / 2
    try run.send(run.file.input[..<half])
    let first = try run.scene.start(run.arguments(["--instance", "one"]))
    try run.scene.wait(for: "the first half") { try run.isRead() }
    let second = try run.scene.start(run.arguments(["--instance", "two", "--workers", "2"]))
    try run.scene.wait(for: "three workers") { try run.members() == 3 }
    try run.send(run.file.input[half...])
    try run.scene.wait(for: "the second half") { try run.isRead() }
    for process in [first, second] { process.send(SIGTERM) }
    for process in [first, second] { #expect(process.wait(seconds: 60) == 0, "\(process.errors)") }
    // Both come to the end, and each closes the windows of its own partitions.
    let final = ["--until-end", "--final"]
    let last = try [["--instance", "one"], ["--instance", "two", "--workers", "2"]].map {
      try run.scene.start(run.arguments(final + $0))
    }
    for process in last { #expect(process.wait(seconds: 120) == 0, "\(process.output)\(process.errors)") }
    try run.expectGolden()
  }
}
