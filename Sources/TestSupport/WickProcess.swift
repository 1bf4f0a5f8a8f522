import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A `wick` process under test. What it prints goes to files, so that a killed process leaves what it said.
public final class WickProcess: Sendable {
  private let process: Process
  private let outputFile: URL
  private let errorFile: URL
  private let ended = Ending()

  /// How a process ended: set once, from the thread that reaps it.
  private final class Ending: Sendable {
    private let condition = NSCondition()
    private let code = Mutex<Int32?>(nil)

    func set(_ value: Int32) {
      condition.lock()
      code.withLock { $0 = value }
      condition.broadcast()
      condition.unlock()
    }

    func wait(until deadline: Date) -> Int32? {
      condition.lock()
      defer { condition.unlock() }
      while value == nil, condition.wait(until: deadline) {}
      return value
    }

    var value: Int32? { code.withLock { $0 } }
  }

  /// The binary under test: `WICK_BINARY`, or the one built beside the tests.
  public static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["WICK_BINARY"] { return path }
    return Bundle.main.bundleURL.deletingLastPathComponent().appendingPathComponent("debug/wick").path
  }()

  /// Starts `wick` with `arguments` in the project's folder. `environment` is added to the test's own.
  /// `program` takes the place of the binary under test.
  public init(
    _ arguments: [String], logs folder: URL, environment: [String: String] = [:], program: String = WickProcess.binary
  ) throws {
    // What another program is given first may be a path.
    let first = URL(fileURLWithPath: arguments.first ?? "wick").lastPathComponent
    let name = "\(first)-\(UInt32.random(in: 0...UInt32.max))"
    outputFile = folder.appendingPathComponent("\(name).out")
    errorFile = folder.appendingPathComponent("\(name).err")
    process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = Project.folder
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("WICK_") }.merging(environment) { $1 }
    let (output, errors) = (try Self.create(outputFile), try Self.create(errorFile))
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    process.terminationHandler = { [ended] process in
      ended.set(process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus)
    }
    try process.run()
    // Foundation keeps them open for as long as there is a trace of the process, and reads past the end of its list of open files
    // once there are more than a thousand.
    try output.close()
    try errors.close()
  }

  private static func create(_ file: URL) throws -> FileHandle {
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }

  /// Blocks until the process is stopped, as by SIGSTOP; false when it ended or `seconds` passed before.
  public func waitUntilStopped(seconds: Double = 60) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      let status = FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/stat") ?? Data()
      // The state follows the name, which stands in brackets.
      if String(decoding: status, as: UTF8.self).split(separator: ")").last?.hasPrefix(" T") ?? false { return true }
      if ended.wait(until: Date().addingTimeInterval(0.005)) != nil { return false }
    }
    return false
  }

  /// The exit code, or minus the signal that ended it; nil while it runs.
  public var exitCode: Int32? { ended.value }

  /// Nothing happens when it has ended: its number may be another's by now.
  public func send(_ signal: Int32) { if exitCode == nil { kill(process.processIdentifier, signal) } }

  /// SIGKILL: no goodbye. False when it had ended before.
  @discardableResult
  public func kill9() -> Bool {
    send(SIGKILL)
    return wait(seconds: 30) == -SIGKILL
  }

  /// Waits for the end, at most `seconds`; nil when the process still runs then.
  public func wait(seconds: Double) -> Int32? { ended.wait(until: Date().addingTimeInterval(seconds)) }

  /// What it has printed so far.
  public var output: String { Self.text(outputFile) }
  /// What it has complained of so far.
  public var errors: String { Self.text(errorFile) }

  // Names and lines under test need not be UTF-8.
  private static func text(_ file: URL) -> String {
    String(decoding: FileManager.default.contents(atPath: file.path) ?? Data(), as: UTF8.self)
  }

  /// Blocks until the output holds `needle`; false when the process ended or `seconds` passed before.
  public func waitFor(_ needle: String, seconds: Double = 60) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      if output.contains(needle) { return true }
      if ended.wait(until: Date().addingTimeInterval(0.01)) != nil { return output.contains(needle) }
    }
    return false
  }
}

/// The project the tests belong to.
public enum Project {
  public static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
}
