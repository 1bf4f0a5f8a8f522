import Foundation

/// A registry's log in one partition of the broker beside it: the compacted topic `_schemas`, which clients may read too.
struct PartitionRegistryLog: RegistryLog {
  let partition: PartitionLog

  func append(key: [UInt8], value: [UInt8]?) throws {
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    _ = try partition.appendInternal(records: [(key: key, value: value)], timestampMs: now)
  }

  func replay(_ body: (_ key: [UInt8], _ value: [UInt8]?) throws -> Void) throws {
    // The partition's replay throws its own error type only; another one has to wait outside.
    var failure: (any Error)?
    try partition.replay(from: partition.logStartOffset) { header, records throws(LogError) in
      guard !header.isControl, failure == nil else { return }
      for record in records {
        guard let key = record.key, failure == nil else { continue }
        do { try body(Array(key), record.value.map { Array($0) }) } catch { failure = error }
      }
    }
    if let failure { throw failure }
  }
}

extension EmbeddedSchemaRegistry {
  /// The topic that holds the schemas, as in Confluent's registry.
  public static let topic = "_schemas"

  /// A registry that keeps its schemas in the topic `_schemas` of `broker`, which must be started and outlive the registry.
  ///
  /// - Throws: `BrokerError` when the topic cannot be created.
  public convenience init(host: String = "127.0.0.1", port: Int, broker: EmbeddedBroker) throws {
    let log = PartitionRegistryLog(partition: try broker.internalTopic(Self.topic))
    self.init(host: host, port: port, log: log)
  }
}
