import Foundation
import Kafka
import Logging
import TestSupport
import Testing

/// A broker that does `BrokerWork` on a disk that fails at one call, and is looked at after a restart.
final class BrokerDisk {
  let folder: URL
  let disk: FaultyDisk
  private let data: String

  /// - Parameter data: where the broker keeps its data, if not in a folder of its own.
  init(data given: String? = nil) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-broker-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    data = given ?? folder.appendingPathComponent("data").path
    disk = try FaultyDisk(under: data, scratch: folder)
  }

  deinit {
    do { try FileManager.default.removeItem(at: folder) } catch { print("left \(folder.path) behind: \(error)") }
  }

  struct Outcome {
    /// How the broker ended where it was not asked to.
    var exits: [KeptBroker.Exit]
    /// What the first process, or the last, complained of.
    var complaints: String
    /// What clients were told.
    var clientErrors: [String]
    /// What the first process did to files.
    var callsOfFirst: [FaultyDisk.Call]
    /// What was wrong in the end.
    var objections: [String]
  }

  private func broker(_ environment: [String: String]) throws -> KeptBroker {
    try KeptBroker(data: data, logs: folder, arguments: ["--fsync", "always"], environment: environment)
  }

  /// The work, a stop in order, a start, a look.
  func run(_ fault: FaultyDisk.Fault? = nil, at number: Int = 0, only names: [String] = []) throws -> Outcome {
    let first = try broker(disk.environment(fault, at: number, only: names))
    let work = BrokerWork(first, Self.kafka)
    do { try work.run() } catch {
      try first.stop(SIGKILL)
      throw error
    }
    return try finish(work, first)
  }

  /// The same, but in the middle of it the disk fills up, and is freed once the broker has complained.
  func runThroughFullDisk(_ setFull: (Bool) throws -> Void) throws -> Outcome {
    let first = try broker(disk.environment())
    let work = BrokerWork(first, Self.kafka, units: 40)
    let working = BlockingThread(name: "work") { [work = Handed(work)] in try work.value.run() }
    let deadline = ContinuousClock.now + .seconds(60)
    func wait(for what: String, _ condition: () throws -> Bool) throws {
      while try !condition() {
        guard ContinuousClock.now < deadline else { throw Scene.Broken(description: "\(what) did not come: \(first.errors)") }
        Blocking.pause(milliseconds: 5)
      }
    }
    try wait(for: "work") { try disk.calls().count > 600 }
    try setFull(true)
    try wait(for: "a complaint") { first.errors.contains("No space left") }
    try setFull(false)
    try working.join()
    return try finish(work, first)
  }

  /// Hands an object over to another thread, which is joined before it is used here again.
  private struct Handed<T>: @unchecked Sendable {
    let value: T
    init(_ value: T) { self.value = value }
  }

  private func finish(_ work: BrokerWork, _ first: KeptBroker) throws -> Outcome {
    let complaints = first.errors
    try first.stop()
    let calls = try disk.calls()
    let second = try broker([:])
    defer { do { try second.stop(SIGKILL) } catch { print("the broker did not die: \(error)") } }
    let objections = try work.objections(on: second)
    return Outcome(
      exits: first.exits, complaints: complaints, clientErrors: work.errors, callsOfFirst: calls,
      objections: objections + second.exits.map { "the broker did not start: \($0)" })
  }

  private static var kafka: KafkaConfiguration {
    var logger = Logger(label: "wick.test")
    logger.logLevel = .critical
    return KafkaConfiguration(bootstrap: "", clientID: "wick-test", logger: logger)
  }
}
