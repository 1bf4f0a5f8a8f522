import Foundation
import Kafka
import Logging
import Testing

/// A broker that does `BrokerWork` on a disk that fails at one call, and is looked at after a restart.
final class BrokerDisk {
  private let folder: URL
  let disk: FaultyDisk
  private var data: String { folder.appendingPathComponent("data").path }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("wick-broker-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    disk = try FaultyDisk(under: folder.appendingPathComponent("data").path, scratch: folder)
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
      try? first.stop(SIGKILL)
      throw error
    }
    let complaints = first.errors
    try first.stop()
    let second = try broker([:])
    defer { do { try second.stop(SIGKILL) } catch { print("the broker did not die: \(error)") } }
    let objections = try work.objections(on: second)
    return Outcome(
      exits: first.exits, complaints: complaints, clientErrors: work.errors,
      objections: objections + second.exits.map { "the broker did not start: \($0)" })
  }

  private static var kafka: KafkaConfiguration {
    var logger = Logger(label: "wick.test")
    logger.logLevel = .critical
    return KafkaConfiguration(bootstrap: "", clientID: "wick-test", logger: logger)
  }
}
