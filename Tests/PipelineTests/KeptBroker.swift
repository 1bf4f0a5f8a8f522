import Foundation
import Kafka
import Synchronization
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// A broker process that is started again whenever it ends, on the same ports and data.
///
/// Only the first process has the given environment: what goes wrong there, goes wrong once. One that ends again and again is
/// replaced by an empty one, which clients cannot be content with. Safe from any thread.
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
  private let again: @Sendable () throws -> WickProcess
  private let standIn: @Sendable () throws -> WickProcess
  private let keeper = Mutex<BlockingThread<Void>?>(nil)

  /// Starts the broker and waits until it listens, if need be for the second time.
  init(data: String, logs: URL, arguments: [String] = [], environment: [String: String] = [:]) throws {
    let listen = try "127.0.0.1:\(FreePort.take())"
    let registryListen = try "127.0.0.1:\(FreePort.take())"
    let start = { @Sendable (data: String, environment: [String: String]) throws -> WickProcess in
      try WickProcess(
        ["broker", "--listen", listen, "--registry", registryListen, "--data-dir", data] + arguments, logs: logs,
        environment: environment)
    }
    var exits: [Exit] = []
    var process = try start(data, environment)
    if !process.waitFor("ready") {
      exits.append(Exit(code: process.wait(seconds: 30) ?? 0, errors: process.errors))
      process = try start(data, [:])
      guard process.waitFor("ready") else {
        process.kill9()
        throw Scene.Broken(description: "the broker did not start after \(exits): \(process.errors)")
      }
    }
    bootstrap = listen
    registry = "http://\(registryListen)"
    again = { try start(data, [:]) }
    // librdkafka's call to send offsets waits for a broker however long it takes, so one has to come.
    standIn = { try start("\(data)-empty", [:]) }
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
        state.process = try state.exits.count < 20 ? again() : standIn()
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
