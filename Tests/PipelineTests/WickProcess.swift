import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A `wick` process under test. Its output goes to a file, so that a killed process leaves what it said.
final class WickProcess: Sendable {
  private let process: Process
  private let output: URL
  private let exited = DispatchSemaphore(value: 0)

  /// The binary under test: `WICK_BINARY`, or the one built beside the tests.
  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["WICK_BINARY"] { return path }
    return Bundle.main.bundleURL.deletingLastPathComponent().appendingPathComponent("debug/wick").path
  }()

  /// Starts `wick` with `arguments`. `environment` is added to the test's own.
  init(_ arguments: [String], in folder: URL, environment: [String: String] = [:], name: String = "wick") throws {
    output = folder.appendingPathComponent("\(name)-\(UInt32.random(in: 0...UInt32.max)).log")
    FileManager.default.createFile(atPath: output.path, contents: nil)
    let handle = try FileHandle(forWritingTo: output)
    process = Process()
    process.executableURL = URL(fileURLWithPath: Self.binary)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    process.terminationHandler = { [exited] _ in exited.signal() }
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// SIGKILL: no goodbye.
  func kill9() {
    kill(process.processIdentifier, SIGKILL)
    waitUntilExit()
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Blocks until the process has ended; gives its exit code, or minus the signal that ended it.
  @discardableResult
  func waitUntilExit() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
  }

  /// Waits for the end, at most `seconds`; nil when the process still runs then.
  func wait(seconds: Double) -> Int32? {
    guard !process.isRunning || exited.wait(timeout: .now() + seconds) == .success else { return nil }
    return waitUntilExit()
  }

  /// What it has printed so far.
  var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

  /// Blocks until the output holds `needle`; false when the process ended or `seconds` passed before.
  func waitFor(_ needle: String, seconds: Double = 60) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      if text.contains(needle) { return true }
      if !process.isRunning { return text.contains(needle) }
      _ = exited.wait(timeout: .now() + 0.02)
    }
    return false
  }
}
