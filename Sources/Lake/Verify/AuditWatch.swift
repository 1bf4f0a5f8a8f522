import Contracts
import Kafka

/// Reads audit rows as they come and counts those that do not add up, with code of its own.
///
/// Rows of the last day are read when it begins. Blocks: give it a thread of its own.
public final class AuditWatch {
  /// What has been seen so far.
  public struct Count: Hashable, Sendable {
    public var rows: Int64 = 0
    public var violations: Int64 = 0
  }

  private let kafka: KafkaConfiguration
  private let topic: String
  private let schemas: any SchemaSource
  private var count = Count()
  private var ends: [AuditCheck.Stretch: Int64] = [:]

  public init(_ kafka: KafkaConfiguration, topic: String, registry: [String]) throws {
    self.kafka = kafka
    self.topic = topic
    do { schemas = RegistrySchemaSource(client: try SchemaRegistryClient(urls: registry)) } catch {
      throw LakeError.wrapping(error)
    }
  }

  /// Runs until stopped. Waits for the topic, where there is none yet.
  ///
  /// - Parameters:
  ///   - since: milliseconds since the epoch; rows before are left out.
  ///   - onChange: called on this thread, once at the beginning and after each batch of rows.
  public func run(stop: StopHandle, since: Int64, _ onChange: (Count) -> Void) throws {
    do { try watch(stop, since, onChange) } catch { throw LakeError.wrapping(error) }
  }

  private func watch(_ stop: StopHandle, _ since: Int64, _ onChange: (Count) -> Void) throws {
    let consumer = try Consumer(kafka, .init(groupID: nil, reset: .earliest))
    let batch = RecordBatch(capacity: 4096)
    defer { batch.clear() }
    let result = Result {
      guard let partitions = try awaitTopic(stop) else { return }
      let starts = try consumer.offsets(.time(since), of: partitions)
      try consumer.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, .at(starts[$0] ?? 0)) }))
      onChange(count)
      while !stop.isStopped {
        try consumer.poll(into: batch, timeout: .milliseconds(200))
        guard batch.count > 0 else { continue }
        try take(batch)
        onChange(count)
      }
    }
    batch.clear()
    try consumer.close()
    try result.get()
  }

  private func awaitTopic(_ stop: StopHandle) throws -> [TopicPartition]? {
    let admin = try Admin(kafka)
    defer { admin.close() }
    while !stop.isStopped {
      if let partitions = try admin.partitions(of: topic) { return partitions }
      Blocking.pause(milliseconds: 250)
    }
    return nil
  }

  private func take(_ batch: RecordBatch) throws {
    let schemas = schemas
    let decoder = ConfluentColumnDecoder(AvroColumnBuilder(AuditEntry.requests)) { id throws(ContractError) in
      try schemas.schema(id: id)
    }
    for record in batch.records {
      guard let value = record.value else { continue }
      do {
        try decoder.append(value)
      } catch {
        guard !error.isRetriable else { throw error }
        // What is no audit row accounts for nothing.
        count.rows += 1
        count.violations += 1
      }
    }
    for entry in try AuditEntry.entries(decoder.take()) { take(entry) }
  }

  private func take(_ entry: AuditEntry) {
    count.rows += 1
    let stretch = AuditCheck.Stretch(query: entry.query, topic: entry.topic, partition: entry.partition)
    let isJoined = ends[stretch].map { $0 == entry.from } ?? true
    if !isJoined || !entry.addsUp { count.violations += 1 }
    ends[stretch] = entry.to
  }
}
