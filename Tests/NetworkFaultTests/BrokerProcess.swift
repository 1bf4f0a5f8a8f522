import Foundation
import Kafka
import Synchronization
import TestSupport

/// A `wick broker` in a process of its own, so that it can be killed. It comes back on the same port with the same data.
final class BrokerProcess: Sendable {
  private struct State {
    var process: WickProcess
    var kills = 0
  }

  let bootstrap: String
  private let folder: URL
  private let state: Mutex<State>

  /// Starts on a port of the system's choice, and waits until it serves.
  init() throws {
    folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("wick-chaos-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = try Self.launch(folder, "127.0.0.1:0")
    let line = process.output.split(separator: "\n").first { $0.contains("broker ") } ?? ""
    bootstrap = String(line.split(separator: " ").last ?? "")
    state = Mutex(State(process: process))
  }

  /// How often it was killed.
  var kills: Int { state.withLock { $0.kills } }

  /// SIGKILL, and a new start once it is gone.
  func killAndRestart() throws {
    state.withLock { $0.process }.kill9()
    let new = try Self.launch(folder, bootstrap)
    state.withLock { state in
      state.process = new
      state.kills += 1
    }
  }

  func stop() {
    state.withLock { $0.process }.kill9()
    // What is left in a temporary folder is no failure of a test.
    try? FileManager.default.removeItem(at: folder)
  }

  private static func launch(_ folder: URL, _ address: String) throws -> WickProcess {
    let data = folder.appendingPathComponent("data").path
    let process = try WickProcess(
      ["broker", "--listen", address, "--registry", "127.0.0.1:0", "--data-dir", data], logs: folder)
    guard process.waitFor("ready\n", seconds: 30) else {
      process.kill9()
      throw Stuck(description: "the broker does not serve: \(process.output)\(process.errors)")
    }
    return process
  }
}
