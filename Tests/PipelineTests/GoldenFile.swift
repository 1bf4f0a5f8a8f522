import Foundation
import Kafka
import TestSupport
import Testing

/// Statements of `Tests/Golden` with their input and what must come of it, which `generate.py` there has worked out.
struct GoldenFile {
  struct Record: Decodable {
    var topic: String
    var partition: Int32
    /// Milliseconds.
    var time: Int64
    var key: String?
    var value: String?
  }

  struct Expected: Decodable {
    /// Partitions of the topics to begin with.
    var sources: [String: Int]
    var topics: [Topic]
  }

  struct Topic: Decodable {
    enum Compare: String, Decodable { case all, last, aside }
    enum Window: String, Decodable { case none, time, session }
    var topic: String
    var compare: Compare
    var window: Window
    var rows: [String]
  }

  let name: String
  let sql: String
  let input: [Record]
  let expected: Expected

  init(_ name: String) throws {
    let folder = Project.folder.appendingPathComponent("Tests/Golden")
    func content(_ ending: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent("\(name).\(ending)")) }
    self.name = name
    sql = String(decoding: try content("sql"), as: UTF8.self)
    let lines = try content("input.jsonl").split(separator: UInt8(ascii: "\n"))
    input = try lines.map { try JSONDecoder().decode(Record.self, from: $0) }
    expected = try JSONDecoder().decode(Expected.self, from: content("expected.json"))
  }
}

/// One way of running a golden file: topics, an application and a file of its own.
struct GoldenRun {
  let scene: Scene
  let file: GoldenFile
  private let name: String
  private let path: String
  var application: String { "\(prefix)app" }
  private var prefix: String { "\(scene.mark)\(name)-" }

  init(_ scene: Scene, _ file: GoldenFile, _ way: String) throws {
    (self.scene, self.file) = (scene, file)
    name = "\(file.name)-\(way)"
    path = try scene.write("\(name).sql", file.sql.replacing("@", with: "\(scene.mark)\(name)-"))
    let admin = try Admin(scene.kafka)
    defer { admin.close() }
    try admin.create(file.expected.sources.sorted { $0.key < $1.key }.map { TopicSpecification(topic($0), partitions: $1) })
  }

  func topic(_ name: String) -> String { prefix + name }

  /// Arguments of `wick run`. Another cluster may allow no shorter session.
  func arguments(_ more: [String] = []) -> [String] {
    ["run", path, "--app", application, "--audit-topic", topic("audit"), "--commit-interval", "20"]
      + ["--session-timeout", scene.hasOwnBroker ? "1000" : "6000"] + scene.connection + more
  }

  func send(_ records: some Collection<GoldenFile.Record>) throws {
    let producer = try Producer(scene.kafka)
    defer { producer.close() }
    for record in records {
      let topic = try producer.topic(topic(record.topic))
      try Self.withBytes(record.key) { key in
        try Self.withBytes(record.value) { value in
          try producer.send(to: topic, partition: record.partition, key: key, value: value, timestamp: record.time)
        }
      }
    }
    try producer.flush()
  }

  private static func withBytes(_ text: String?, _ body: (UnsafeRawBufferPointer?) throws -> Void) throws {
    guard let text else { return try body(nil) }
    try Array(text.utf8).withUnsafeBytes { try body($0) }
  }

  /// Whether the group has committed all that the sources hold.
  func isRead() throws -> Bool {
    let admin = try Admin(scene.kafka)
    defer { admin.close() }
    let consumer = try Consumer(scene.kafka, .init(groupID: application))
    defer { do { try consumer.close() } catch { print("closing a consumer failed: \(error)") } }
    let partitions = try file.expected.sources.keys.flatMap { try admin.partitions(of: topic($0)) ?? [] }
    let ends = try consumer.offsets(.end, of: partitions)
    return try consumer.committed(partitions).allSatisfy { ($0.value ?? 0) >= ends[$0.key] ?? 0 }
  }

  /// How many members of the group have partitions.
  func members() throws -> Int {
    let admin = try Admin(scene.kafka)
    defer { admin.close() }
    return try admin.states(ofGroups: [application]).flatMap(\.members).count { !$0.isEmpty }
  }
}
