import Foundation
import TestSupport
import Testing

/// What the runbook tells people to type at night works.
@Suite struct Runbook {
  /// One line of a block.
  struct Command: CustomStringConvertible {
    /// As the shell gets it.
    var line: String
    var staysUp: Bool
    /// Exit codes that are right.
    var codes: Set<Int32>
    var description: String { line }
  }

  static func commands(_ text: String) -> [Command] {
    var commands: [Command] = []
    var isBlock = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isBlock = line == "```sh"
        continue
      }
      guard isBlock, !line.isEmpty else { continue }
      let comment = line.firstRange(of: " # ").map { String(line[$0.upperBound...]) } ?? ""
      commands.append(
        Command(
          line: String(line), staysUp: comment.contains("(stays up)"), codes: comment.contains("(exits 1 ") ? [0, 1] : [0]))
    }
    return commands
  }

  @Test func `every command of every block does what it says, from the top to the end`() throws {
    var random = SeededGenerator.forTest("runbook")
    let scene = try Scene(alone: true)
    let commands = Self.commands(try String(contentsOf: Project.folder.appendingPathComponent("RUNBOOK.md"), encoding: .utf8))
    #expect(commands.count > 15)
    #expect(commands.contains { $0.staysUp } && commands.contains { $0.codes.contains(1) })
    let shell = try Shell(scene, source: scene.write("trades.csv", Capture.random(1000, &random).text))
    var running: [(Command, WickProcess)] = []
    var isCaughtUp = false
    for command in commands {
      if command.line.hasPrefix("wick verify"), !isCaughtUp {
        try scene.awaitSuccess(["verify", "sql/", "--lake", scene.lake] + scene.connection)
        try scene.awaitSuccess(["lake", "snapshots", "silver.candles", "--lake", scene.lake])
        isCaughtUp = true
      }
      let process = try shell.start(command)
      if command.staysUp {
        running.append((command, process))
      } else {
        let code = process.wait(seconds: 120)
        #expect(code.map { command.codes.contains($0) } ?? false, "\(command): \(process.output)\(process.errors)")
      }
    }
    for (command, process) in running {
      #expect(process.exitCode == nil, "\(command) has ended: \(process.output)\(process.errors)")
      process.send(SIGTERM)
      #expect(process.wait(seconds: 60) == 0, "\(command): \(process.output)\(process.errors)")
    }
  }

  @Test func `blocks are read, with what their comments promise`() throws {
    let text = "# A\n```sh\na b  # (stays up)\nc\n```\n```python\nno\n```\n```sh\nd # (exits 1 when so)\n```\n"
    let commands = Self.commands(text)
    #expect(commands.map(\.line) == ["a b  # (stays up)", "c", "d # (exits 1 when so)"])
    #expect(commands.map(\.staysUp) == [true, false, false])
    #expect(commands.map(\.codes) == [[0], [0], [0, 1]])
  }

  /// Runs lines as a person's shell does, with `wick` on the path.
  private struct Shell {
    let scene: Scene
    let environment: [String: String]

    init(_ scene: Scene, source: String) throws {
      self.scene = scene
      let bin = scene.folder.appendingPathComponent("bin")
      try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        at: bin.appendingPathComponent("wick"), withDestinationURL: URL(fileURLWithPath: WickProcess.binary))
      environment = [
        "PATH": "\(bin.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")", "WICK_BOOTSTRAP": scene.bootstrap,
        "WICK_REGISTRY": scene.registry, "SOURCE": source, "LAKE": scene.lake, "DATA": scene.data,
      ]
    }

    func start(_ command: Command) throws -> WickProcess {
      // The shell steps aside, so that a signal reaches the program.
      let process = try WickProcess(
        ["-c", "exec \(command.line)"], logs: scene.folder, environment: environment, program: "/bin/sh")
      return process
    }
  }
}

extension Scene {
  /// Runs `wick` until it ends well: what was started just now needs its time to get there.
  fileprivate func awaitSuccess(_ arguments: [String]) throws {
    let end = Date(timeIntervalSinceNow: 90)
    var finished = try run(arguments)
    while finished.code != 0, Date() < end { finished = try run(arguments) }
    guard finished.code == 0 else {
      throw Broken(description: "wick \(arguments.joined(separator: " ")): \(finished.output)\(finished.errors)")
    }
  }
}
