import Foundation
import Kafka
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A broker process that is started again whenever it ends, on the same ports and data.
///
/// Only the first process has the given environment: what goes wrong there, goes wrong once. Safe from any thread.
final class KeptBroker: Sendable {
  private struct State {
    var process: WickProcess
    var isStopping = false
    var exits: [Exit] = []
  }

  /// How a process ended that was not asked to.
  struct Exit: Sendable {
    let code: Int32
    let errors: String
  }

  let bootstrap: String
  let registry: String
  private let state: Mutex<State>
  private let start: @Sendable (_ environment: [String: String]) throws -> WickProcess
  private let keeper = Mutex<BlockingThread<Void>?>(nil)

  /// Starts the broker and waits until it listens, if need be for the second time.
  init(data: String, logs: URL, arguments: [String] = [], environment: [String: String] = [:]) throws {
    func start(_ listen: String, _ registry: String, _ environment: [String: String]) throws -> WickProcess {
      try WickProcess(
        ["broker", "--listen", listen, "--registry", registry, "--data-dir", data] + arguments, logs: logs,
        environment: environment)
    }
    var exits: [Exit] = []
    var process = try start("127.0.0.1:0", "127.0.0.1:0", environment)
    if !process.waitFor("ready") {
      exits.append(Exit(code: process.wait(seconds: 30) ?? 0, errors: process.errors))
      process = try start("127.0.0.1:0", "127.0.0.1:0", [:])
      guard process.waitFor("ready") else {
        process.kill9()
        throw Scene.Broken(description: "the broker did not start after \(exits): \(process.errors)")
      }
    }
    var addresses: [Substring: Substring] = [:]
    for line in process.output.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2 { addresses[words[0]] = words[1] }
    }
    let bootstrap = String(addresses["broker"] ?? "")
    let registry = String(addresses["registry"] ?? "")
    self.bootstrap = bootstrap
    self.registry = registry
    self.start = {
      try WickProcess(
        ["broker", "--listen", bootstrap, "--registry", String(registry.dropFirst("http://".count)), "--data-dir", data]
          + arguments, logs: logs, environment: $0)
    }
    state = Mutex(State(process: process, exits: exits))
    keeper.withLock { $0 = BlockingThread(name: "keeper") { try self.keep() } }
  }

  private func keep() throws {
    while true {
      let process = state.withLock { $0.isStopping ? nil : $0.process }
      guard let process else { return }
      guard let code = process.wait(seconds: 0.02) else { continue }
      try state.withLock { state in
        guard !state.isStopping else { return }
        state.exits.append(Exit(code: code, errors: process.errors))
        guard state.exits.count < 20 else { throw Scene.Broken(description: "the broker keeps ending: \(state.exits.suffix(2))") }
        state.process = try start([:])
      }
    }
  }

  /// How its processes ended so far, but for an end that was asked for.
  var exits: [Exit] { state.withLock { $0.exits } }
  /// What the present process has complained of.
  var errors: String { state.withLock { $0.process }.errors }

  /// Ends it in order, or by SIGKILL; nobody starts it again.
  func stop(_ signal: Int32 = SIGTERM) throws {
    let process = state.withLock { state in
      state.isStopping = true
      return state.process
    }
    process.send(signal)
    guard let code = process.wait(seconds: 60) else {
      process.kill9()
      throw Scene.Broken(description: "the broker did not leave: \(process.errors)")
    }
    if code != 0 { state.withLock { $0.exits.append(Exit(code: code, errors: process.errors)) } }
    try keeper.withLock { $0 }?.join()
  }
}
