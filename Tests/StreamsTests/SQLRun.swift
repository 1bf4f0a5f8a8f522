import Contracts
import Formats
import Foundation
import JSON
import Kafka
import SQL
import Testing
import Values

@testable import Streams

/// Statements on topics of one test: the names in the text are made its own.
struct SQLRun {
  let run: TestRun
  let plans: [QueryPlan]
  let catalog: Catalog

  /// - Parameter sql: every topic is written `@name`.
  init(_ run: TestRun, _ sql: String) throws {
    self.run = run
    let program = try SQLProgram(files: [SQLFile(name: "test", text: sql.replacing("@", with: "\(run.name)-"))])
    plans = program.plans
    catalog = program.catalog
  }

  func topic(_ name: String) -> String { "\(run.name)-\(name)" }

  func create(_ name: String, partitions: Int = 1) throws {
    try Admin(TestCluster.kafka()).create([TopicSpecification(topic(name), partitions: partitions)])
  }

  func application(
    _ change: (inout StreamsConfiguration) -> Void = { _ in }, interceptor: Interceptor? = nil
  ) throws -> StreamsApplication {
    var application = try StreamsApplication(run.configuration(change), plans: plans, schemas: run.schemas)
    application.interceptor = interceptor
    return application
  }

  /// One record to send: text of key and value as they stand on the topic.
  struct Sent {
    var key: [UInt8]?
    var value: [UInt8]?
    /// Milliseconds.
    var time: Int64
    var partition: Int32?
    var headers: [RecordHeader] = []

    init(_ key: [UInt8]?, _ value: [UInt8]?, at time: Int64, partition: Int32? = nil, headers: [RecordHeader] = []) {
      (self.key, self.value, self.time, self.partition, self.headers) = (key, value, time, partition, headers)
    }

    init(_ key: String?, _ value: String?, at time: Int64, partition: Int32? = nil) {
      self.init(key.map { Array($0.utf8) }, value.map { Array($0.utf8) }, at: time, partition: partition)
    }
  }

  func send(_ records: [Sent], to name: String) throws {
    let producer = try Producer(TestCluster.kafka())
    let topic = try producer.topic(topic(name))
    for record in records {
      func bytes(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws -> Void) throws {
        guard let bytes else { return try body(nil) }
        try bytes.withUnsafeBytes { try body($0) }
      }
      try bytes(record.key) { key in
        try bytes(record.value) { value in
          try producer.send(
            to: topic, partition: record.partition, key: key, value: value, timestamp: record.time, headers: record.headers)
        }
      }
    }
    try producer.flush()
  }

  func read(_ name: String) throws -> [Record] { try run.read(topic(name)) }

  /// `key=value` of each record, as text; `~` for none.
  func texts(_ name: String) throws -> [String] {
    try read(name).map { "\(Self.text($0.key))=\(Self.text($0.value))" }
  }

  static func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "~" }

  /// The key without its window, the window's start in front of it, the end too where it is a session.
  static func windowed(_ key: [UInt8]?, isSession: Bool = false) -> String {
    guard let key else { return "~" }
    let bound = { (bytes: ArraySlice<UInt8>) in Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) }) }
    let start = bound(key.suffix(8))
    guard isSession else { return "\(start) \(text(key.dropLast(8)))" }
    return "\(start)-\(bound(key.dropLast(8).suffix(8))) \(text(key.dropLast(16)))"
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension TestRun {
  /// A run of statements, which is closed at the end.
  static func withSQL(
    _ stem: String, _ sql: String, _ body: @escaping @Sendable (SQLRun) throws -> Void
  ) async throws {
    try await TestCluster.blocking {
      let run = try TestRun(stem)
      defer { run.close() }
      try body(SQLRun(run, sql))
    }
  }
}
