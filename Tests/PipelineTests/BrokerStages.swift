import Contracts
import Foundation
import Kafka
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// `wick broker` dies under clients that use all of it, and is started again beneath them.
struct BrokerStage: CrashStage {
  let name = "broker"
  let killsBroker = true
  /// Rounds of retention and compaction follow each other closely.
  private static let options = ["--maintenance-interval", "20"]

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let scene = try Scene(alone: true, startsBroker: false)
    try scene.reserveAddresses()
    let arming = Arming(scene, spot)
    let keeper = try BrokerKeeper(scene, Self.options, arming)
    defer { keeper.release() }
    let workload = BrokerWorkload(scene)
    try workload.run { try keeper.awaitMaintenance($0) }
    // In order, as far as it lives: then it is closed in order too.
    let (code, first) = try keeper.stop()
    arming.note(code, first, &played)
    try scene.startBroker()
    try workload.check(&played)
    return played
  }
}

/// `wick broker` dies while it cuts off what a crash has torn.
struct TornLogStage: CrashStage {
  let name = "broker, torn logs"
  let killsBroker = true

  func play(_ spot: CrashSpot?) throws -> Played {
    var played = Played()
    let scene = try Scene(alone: true)
    let admin = try Admin(scene.kafka)
    try admin.create([TopicSpecification("numbers", partitions: 3)])
    admin.close()
    let sent = (0..<30).map { "number \($0)" }
    try scene.sendNumbered(sent, to: "numbers", partitions: 3)
    scene.broker?.kill9()
    for partition in 0..<3 { try scene.tear("numbers-\(partition)", byte: partition) }
    let arming = Arming(scene, spot)
    let process = try scene.startBrokerProcess(environment: arming.environment)
    try arming.wait(process) { process.output.contains("ready") }
    if process.exitCode == nil { process.send(SIGTERM) }
    try arming.end(process, &played)
    try scene.startBroker()
    let found = try scene.records("numbers").map { String(decoding: $0.value ?? [], as: UTF8.self) }
    played.expectSame(found, sent, "numbers")
    return played
  }
}

/// Keeps a broker running: the one that is to die, and after it one that is not.
final class BrokerKeeper {
  private let scene: Scene
  private let arming: Arming
  private let first: WickProcess
  private let watcher: BlockingThread<Void>

  init(_ scene: Scene, _ options: [String], _ arming: Arming) throws {
    self.scene = scene
    self.arming = arming
    let first = try scene.startBrokerProcess(options, environment: arming.environment)
    self.first = first
    let starter = Starter(scene: scene, options: options)
    watcher = BlockingThread(name: "keeper") {
      guard first.wait(seconds: 60) == -SIGKILL else { return }
      _ = try starter.scene.startBrokerProcess(starter.options)
    }
  }

  /// Only the watching thread touches the scene until `stop` has joined it.
  private struct Starter: @unchecked Sendable {
    let scene: Scene
    let options: [String]
  }

  /// Waits until old segments have gone and keys been compacted, where the first broker lives to do it.
  func awaitMaintenance(_ rounds: Int) throws {
    try arming.wait(first) { ["log.start", "log.delete", "log.compact"].allSatisfy { arming.count($0) >= rounds } }
  }

  /// Stops the broker that runs now, in order; gives the end of the first.
  func stop() throws -> (Int32, WickProcess) {
    if first.exitCode == nil { first.send(SIGTERM) }
    guard let code = first.wait(seconds: 30) else { throw Scene.Broken(description: "the broker did not leave: \(first.errors)") }
    try watcher.join()
    guard let second = scene.broker, second !== first else { return (code, first) }
    second.send(SIGTERM)
    let ended = second.wait(seconds: 30)
    guard ended == 0 else {
      throw Scene.Broken(description: "started again, the broker ended with \(ended ?? -1): \(second.errors)")
    }
    return (code, first)
  }

  func release() {
    if first.exitCode == nil { first.kill9() }
    do { try watcher.join() } catch { print("the broker was not started again: \(error)") }
  }
}

extension Scene {
  /// Sends numbered texts in turn to the partitions, idempotently.
  func sendNumbered(_ texts: [String], to topic: String, partitions: Int32) throws {
    let producer = try Producer(patient)
    defer { producer.close() }
    let handle = try producer.topic(topic)
    for (index, text) in texts.enumerated() {
      let key = Array("k\(index % 5)".utf8)
      try key.withUnsafeBytes { key in
        try Array(text.utf8).withUnsafeBytes {
          try producer.send(to: handle, partition: Int32(index) % partitions, key: key, value: $0)
        }
      }
      // Batches of a few: segments are small.
      if index % 4 == 3 { try producer.flush() }
    }
    try producer.flush()
  }

  /// Appends what a crash in the middle of a write leaves.
  func tear(_ partition: String, byte: Int) throws {
    let folder = "\(data)/broker/\(partition)"
    let segments = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".log") }.sorted()
    guard let last = segments.last, let file = FileHandle(forWritingAtPath: "\(folder)/\(last)") else {
      throw Broken(description: "no segment in \(folder)")
    }
    defer { try? file.close() }
    try file.seekToEnd()
    try file.write(contentsOf: Data(repeating: UInt8(byte + 1), count: 40 + byte * 50))
  }

  /// Clients that come back soon after the broker has.
  var patient: KafkaConfiguration {
    var kafka = kafka
    kafka.settings["reconnect.backoff.ms"] = "5"
    kafka.settings["reconnect.backoff.max.ms"] = "40"
    kafka.settings["retry.backoff.ms"] = "20"
    return kafka
  }
}
