import Contracts
import Foundation
import Kafka
import TestSupport

/// A short run of what clients do with a broker, with the rule by which they recover: after an error of definite outcome they
/// abort; after any other they take a new producer of the same id and read from the group what is done.
///
/// Two partitions and the group's offset move together in transactions, some of which are aborted first; segments are so small that
/// they roll. Beside it a plain producer and a schema.
final class BrokerWork {
  private static let money = "money"
  private static let plain = "plain"
  private static let subject = "unit-value"
  private static let schema = #"{"type":"record","name":"Unit","fields":[{"name":"number","type":"long"}]}"#

  private let units: Int
  private let broker: KeptBroker
  private let kafka: KafkaConfiguration
  private var producer: TransactionalProducer?
  private var plainProducer: Producer?
  private var reader: Consumer?
  private var schemaID: Int32 = 0
  private var acknowledged: Set<Int> = []
  private var doubtful: Set<Int> = []
  private var aborted: Set<Int> = []
  /// What clients were told when something did not work.
  private(set) var errors: [String] = []
  private let deadline = ContinuousClock.now + .seconds(60)

  init(_ broker: KeptBroker, _ kafka: KafkaConfiguration, units: Int = 8) {
    self.units = units
    self.broker = broker
    var kafka = kafka
    kafka.bootstrap = broker.bootstrap
    kafka.settings["reconnect.backoff.ms"] = "10"
    kafka.settings["reconnect.backoff.max.ms"] = "50"
    kafka.settings["retry.backoff.ms"] = "20"
    self.kafka = kafka
  }

  /// Does everything once.
  func run() throws {
    defer { close() }
    try repeating(create)
    try repeating(register)
    var next = 0
    while next < units {
      try repeating { next = try self.done() }
      guard next < units else { break }
      try repeating(once: true) { try self.unit(next) }
      sendPlain(next)
    }
  }

  private func repeating(once: Bool = false, _ body: () throws -> Void) throws {
    while true {
      do { return try body() } catch {
        errors.append("\(error)")
        guard ContinuousClock.now < deadline else {
          throw Scene.Broken(description: "the work did not end: \(errors.suffix(3)), broker: \(broker.exits) \(broker.errors)")
        }
        if let error = error as? KafkaError { recover(error) }
        if once { return }
        Blocking.pause(milliseconds: 10)
      }
    }
  }

  private func create() throws {
    let admin = try Admin(kafka, timeout: .seconds(3))
    defer { admin.close() }
    do {
      try admin.create([
        TopicSpecification(Self.money, partitions: 2, settings: ["segment.bytes": "500"]),
        TopicSpecification(Self.plain, partitions: 1),
      ])
    } catch { guard error.code == .topicAlreadyExists else { throw error } }
    for topic in [Self.money, Self.plain] where try admin.partitions(of: topic) == nil {
      throw Scene.Broken(description: "there is no topic \(topic) yet")
    }
  }

  private func register() throws {
    var options = SchemaRegistryClient.Options()
    options.attempts = 1
    options.timeoutMs = 3000
    let client = try SchemaRegistryClient(urls: [broker.registry], options: options)
    schemaID = try client.register(try AvroSchema(json: Self.schema), under: Self.subject)
  }

  private func connected() throws -> (TransactionalProducer, Consumer) {
    let reader = try self.reader ?? Consumer(kafka, .init(groupID: "work"))
    self.reader = reader
    if let producer { return (producer, reader) }
    let new = try TransactionalProducer(kafka, transactionalID: "work", transactionTimeout: .seconds(4))
    do { try new.initialise(timeout: .seconds(4)) } catch {
      new.close()
      throw error
    }
    producer = new
    return (new, reader)
  }

  /// The units done; known only once the transaction before is decided.
  private func done() throws -> Int {
    let (_, reader) = try connected()
    let place = TopicPartition(Self.money, 0)
    return Int(try reader.committed([place], timeout: .seconds(4))[place].flatMap { $0 } ?? 0)
  }

  private func unit(_ number: Int) throws {
    let (producer, reader) = try connected()
    let topic = try producer.topic(Self.money)
    let permit = try producer.begin()
    for partition in 0..<Int32(2) {
      try Array("unit \(number)".utf8).withUnsafeBytes {
        try producer.send(to: topic, partition: partition, key: nil, value: $0)
      }
    }
    if number % 3 == 1, aborted.insert(number).inserted { return try producer.abort(timeout: .seconds(4)) }
    try producer.sendOffsets(
      [TopicPartition(Self.money, 0): Int64(number + 1)], group: reader.groupMetadata(), timeout: .seconds(4))
    try producer.commit(permit, timeout: .seconds(4))
  }

  private func sendPlain(_ number: Int) {
    guard !acknowledged.contains(number), !doubtful.contains(number) else { return }
    do {
      let producer = try plainProducer ?? Producer(plainKafka)
      plainProducer = producer
      let topic = try producer.topic(Self.plain)
      try Array("\(number)".utf8).withUnsafeBytes { try producer.send(to: topic, partition: 0, key: nil, value: $0) }
      try producer.flush(timeout: .seconds(5))
      acknowledged.insert(number)
    } catch {
      errors.append("\(error)")
      doubtful.insert(number)
      plainProducer?.close()
      plainProducer = nil
    }
  }

  private var plainKafka: KafkaConfiguration {
    var kafka = kafka
    kafka.settings["message.timeout.ms"] = "4000"
    return kafka
  }

  private func recover(_ error: KafkaError) {
    if error.recovery == .abortAndReplay || error.recovery == .retrySameCall, let producer,
      (try? producer.abort(timeout: .seconds(4))) != nil
    {
      return
    }
    producer?.close()
    producer = nil
  }

  private func close() {
    producer?.close()
    plainProducer?.close()
    do { try reader?.close() } catch { print("closing a reader failed: \(error)") }
  }

  /// What is wrong with what a broker now has; empty where everything is there once.
  func objections(on broker: KeptBroker) throws -> [String] {
    var kafka = kafka
    kafka.bootstrap = broker.bootstrap
    var found: [String] = []
    func expect<T: Equatable>(_ what: String, _ value: T, _ expected: T) {
      if value != expected { found.append("\(what): \(value) instead of \(expected)") }
    }
    func text(_ records: [TopicRecord]) -> [String] { records.map { String(decoding: $0.value ?? [], as: UTF8.self) } }
    let money = try TopicRecord.all(of: Self.money, kafka)
    for partition in 0..<Int32(2) {
      let seen = text(money.filter { $0.partition == partition })
      expect("partition \(partition)", seen, (0..<units).map { "unit \($0)" })
    }
    let numbers = text(try TopicRecord.all(of: Self.plain, kafka)).compactMap { Int($0) }
    let certain = numbers.filter { !doubtful.contains($0) }
    expect("acknowledged records", certain, acknowledged.sorted())
    expect("units done", try groupOffset(kafka), Int64(units))
    let client = try SchemaRegistryClient(urls: [broker.registry])
    expect("schema id", try client.register(try AvroSchema(json: Self.schema), under: Self.subject), schemaID)
    expect("schema versions", try client.versions(of: Self.subject), [1])
    return found
  }

  private func groupOffset(_ kafka: KafkaConfiguration) throws -> Int64? {
    let reader = try Consumer(kafka, .init(groupID: "work"))
    defer { do { try reader.close() } catch { print("closing a reader failed: \(error)") } }
    let place = TopicPartition(Self.money, 0)
    return try reader.committed([place])[place].flatMap { $0 }
  }
}
