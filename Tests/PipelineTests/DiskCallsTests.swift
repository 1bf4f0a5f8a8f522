import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Whether the faulty disk sees every call: strace, which sees them all, counts them too.
@Suite(.enabled(if: Strace.isUsable)) struct `Counting the calls that change files` {
  @Test func `of the sink, as strace does`() throws {
    var random = SeededGenerator.forTest("calls")
    let lake = try SinkDisk(&random)
    let disk = try lake.prepare(0)
    let seen = try Strace.calls(
      lake.scene.sink(lake.sql, ["--until-end"]), under: lake.scene.lake, scratch: lake.scene.folder,
      environment: disk.environment())
    try expectSameCalls(seen, disk)
  }

  @Test func `of the broker, as strace does`() throws {
    let scene = try Scene(alone: true, startsBroker: false)
    let disk = try FaultyDisk(under: scene.data, scratch: scene.folder)
    let broker = ["broker", "--listen", "127.0.0.1:0", "--registry", "127.0.0.1:0", "--data-dir", scene.data]
    let seen = try Strace.calls(
      broker, under: scene.data, scratch: scene.folder, environment: disk.environment(), interruptAfter: "ready")
    try expectSameCalls(seen, disk)
  }

  private func expectSameCalls(_ seen: [String: Int], _ disk: FaultyDisk) throws {
    var counted: [String: Int] = [:]
    for call in try disk.calls() where call.name != "create" && call.name != "mkdir" { counted[call.name, default: 0] += 1 }
    #expect(counted == seen)
    #expect(counted.values.reduce(0, +) > 20)
  }
}

/// Runs wick under strace.
enum Strace {
  private static let program = "/usr/bin/strace"

  /// Says aloud where it cannot be used.
  static let isUsable: Bool = {
    guard FileManager.default.isExecutableFile(atPath: program) else {
      print("SKIPPED: counting calls with strace, since \(program) is not installed")
      return false
    }
    let answer = try? Tool.run(program, ["-o", "/dev/null", "/bin/echo", "traced"])
    guard let answer, String(decoding: answer, as: UTF8.self).contains("traced") else {
      print("SKIPPED: counting calls with strace, since processes may not be traced here")
      return false
    }
    return true
  }()

  /// How often wick made each call that changes a folder or files below it.
  ///
  /// - Parameter needle: send SIGTERM once the output has this; otherwise it ends by itself.
  static func calls(
    _ arguments: [String], under folder: String, scratch: URL, environment: [String: String], interruptAfter needle: String? = nil
  ) throws -> [String: Int] {
    let output = scratch.appendingPathComponent("strace").path
    let names = "write,pwrite64,pwritev,pwritev2,writev,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat"
    let given = environment.sorted { $0.key < $1.key }.flatMap { ["-E", "\($0.key)=\($0.value)"] }
    let process = try WickProcess(
      ["-f", "-y", "-s", "0", "-o", output, "-e", "trace=\(names)"] + given + [WickProcess.binary] + arguments, logs: scratch,
      program: program)
    if let needle {
      #expect(process.waitFor(needle))
      try interruptTraced(output)
    }
    guard process.wait(seconds: 120) == 0 else {
      process.kill9()
      throw Scene.Broken(description: "wick did not end well under strace: \(process.errors)")
    }
    return try count(output, folder)
  }

  /// strace keeps signals to itself; the traced process is the first in its output.
  private static func interruptTraced(_ output: String) throws {
    let first = try String(contentsOfFile: output, encoding: .utf8).prefix { $0 != " " }
    guard let identifier = Int32(first) else { throw Scene.Broken(description: "no traced process in \(output)") }
    kill(identifier, SIGTERM)
  }

  private static func count(_ output: String, _ folder: String) throws -> [String: Int] {
    let plain = ["pwrite64": "pwrite", "renameat": "rename", "renameat2": "rename", "unlinkat": "unlink", "pwritev2": "pwritev"]
    var counts: [String: Int] = [:]
    for line in try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n") {
      // `pid name(…`; the second half of an interrupted line has no such name. Shared memory and the lock file stay out.
      let words = line.split(separator: " ", maxSplits: 1)
      guard words.count == 2, let bracket = words[1].firstIndex(of: "(") else { continue }
      guard words[1].contains(folder + "/") || words[1].contains("<\(folder)>") else { continue }
      let name = String(words[1][..<bracket].drop { $0 == " " })
      counts[plain[name] ?? name, default: 0] += 1
    }
    return counts
  }
}
