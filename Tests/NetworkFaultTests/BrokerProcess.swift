import Foundation
import Kafka
import Synchronization

/// A `wick broker` in a process of its own, so that it can be killed. It comes back on the same port with the same data.
final class BrokerProcess: Sendable {
  private struct State {
    var process: Process?
    var kills = 0
  }

  let bootstrap: String
  private let folder: URL
  private let state = Mutex(State())

  /// The binary: `WICK_BINARY`, or the one built beside the tests.
  private static let binary =
    ProcessInfo.processInfo.environment["WICK_BINARY"]
    ?? Bundle.main.bundleURL.deletingLastPathComponent().appendingPathComponent("debug/wick").path

  /// Starts on a port of the system's choice, and waits until it serves.
  init() throws {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("wick-chaos-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.folder = folder
    let (process, address) = try Self.launch(folder, "127.0.0.1:0")
    bootstrap = address
    state.withLock { $0.process = process }
  }

  /// How often it was killed.
  var kills: Int { state.withLock { $0.kills } }

  /// SIGKILL, and a new start once it is gone.
  func killAndRestart() throws {
    guard let process = state.withLock({ $0.process }) else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let (new, _) = try Self.launch(folder, bootstrap)
    state.withLock { state in
      state.process = new
      state.kills += 1
    }
  }

  func stop() {
    if let process = state.withLock({ $0.process.take() }) {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    // What is left in a temporary folder is no failure of a test.
    try? FileManager.default.removeItem(at: folder)
  }

  private static func launch(_ folder: URL, _ address: String) throws -> (Process, address: String) {
    let log = folder.appendingPathComponent("log")
    try Data().write(to: log)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = [
      "broker", "--listen", address, "--registry", "127.0.0.1:0", "--data-dir", folder.appendingPathComponent("data").path,
    ]
    let output = try FileHandle(forWritingTo: log)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    // Foundation would keep it open.
    try output.close()
    var text = ""
    do {
      try wait("the broker's start") {
        text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
        guard process.isRunning else { throw Stuck(description: "the broker ended at once: \(text)") }
        return text.contains("ready\n")
      }
    } catch {
      kill(process.processIdentifier, SIGKILL)
      throw error
    }
    let line = text.split(separator: "\n").first { $0.contains("broker ") } ?? ""
    return (process, String(line.split(separator: " ").last ?? ""))
  }
}
