import Columns
import Contracts
import Kafka
import SQL
import Windows

/// Sends a query's rows to its sink. Owned by its worker's thread.
final class SinkWriter {
  let binding: SinkBinding
  private let keys: SinkKeyEncoder
  private var values: AvroRowEncoder
  private var key: [UInt8] = []
  private var value: [UInt8] = []
  /// Rows that the schema has no room for, since the last `takeRefused`.
  private var refused = 0

  init(_ binding: SinkBinding) throws {
    self.binding = binding
    keys = try SinkKeyEncoder(
      binding.plan.sink.keyFormat, projection: binding.plan.projection.map(\.field), query: binding.plan.id)
    values = try AvroRowEncoder(binding.schema)
  }

  /// Sends closed or touched windows, or groups without windows. The record's timestamp is the row's event time, so that a
  /// replay writes the same.
  ///
  /// - Returns: the number of rows sent.
  func send(_ emission: Emission, source: TopicPartition, with producer: TransactionalProducer) throws -> Int64 {
    let topic = try producer.topic(binding.plan.sink.topic)
    let before = refused
    for row in 0..<emission.count {
      key.removeAll(keepingCapacity: true)
      let hasKey = keys.append(row, of: emission.rows, to: &key)
      // The window is no part of what spreads keys: all windows of a key share a partition, as with Kafka Streams.
      let partition = key.withUnsafeBytes { Murmur2.partition(of: $0, among: binding.partitions) }
      if hasKey { appendWindow(emission, row) }
      let sent = Sent(
        row: row, isTombstone: emission.isTombstone[row], hasKey: hasKey, partition: hasKey ? partition : nil,
        timestamp: emission.timestamps[row] / 1000)
      try send(sent, of: emission.rows, to: topic, source, producer)
    }
    return Int64(emission.count - (refused - before))
  }

  /// What a windowed key carries behind its columns: the start, in front of which sessions put the end.
  private func appendWindow(_ emission: Emission, _ row: Int) {
    switch binding.plan.aggregation?.window {
    case .time: break
    case .session: SinkKeyEncoder.append(time: emission.windowEnds[row] / 1000, to: &key)
    case .unbounded, nil: return
    }
    SinkKeyEncoder.append(time: emission.windowStarts[row] / 1000, to: &key)
  }

  /// Sends the rows of a projection without windows, under their source records' timestamps.
  ///
  /// - Parameter timestamps: per row, milliseconds.
  func send(
    _ rows: ColumnBatch, timestamps: [Int64], source: TopicPartition, with producer: TransactionalProducer
  ) throws -> Int64 {
    let topic = try producer.topic(binding.plan.sink.topic)
    let before = refused
    for row in 0..<rows.rowCount {
      key.removeAll(keepingCapacity: true)
      let hasKey = keys.append(row, of: rows, to: &key)
      let sent = Sent(row: row, isTombstone: false, hasKey: hasKey, partition: nil, timestamp: timestamps[row])
      try send(sent, of: rows, to: topic, source, producer)
    }
    return Int64(rows.rowCount - (refused - before))
  }

  /// The number of rows refused since the last call.
  func takeRefused() -> Int {
    defer { refused = 0 }
    return refused
  }

  private struct Sent {
    var row: Int
    var isTombstone: Bool
    var hasKey: Bool
    var partition: Int32?
    var timestamp: Int64
  }

  private func send(
    _ sent: Sent, of rows: ColumnBatch, to topic: TopicHandle, _ source: TopicPartition,
    _ producer: TransactionalProducer
  ) throws {
    value.removeAll(keepingCapacity: true)
    if !sent.isTombstone, let error = try objection(to: sent.row, of: rows) {
      return try refuse(sent, source, error, producer)
    }
    let (key, value) = (self.key, self.value)
    try key.withUnsafeBytes { (key: UnsafeRawBufferPointer) throws -> Void in
      try value.withUnsafeBytes { (value: UnsafeRawBufferPointer) throws -> Void in
        try producer.send(
          to: topic, partition: sent.partition, key: sent.hasKey ? key : nil, value: sent.isTombstone ? nil : value,
          timestamp: max(0, sent.timestamp))
      }
    }
  }

  /// Encodes a row into `value`, or says why the schema has no room for it.
  private func objection(to row: Int, of rows: ColumnBatch) throws(ContractError) -> ContractError? {
    do throws(ContractError) {
      try values.encode(row, of: rows, schemaID: binding.schemaID, into: &value)
      return nil
    } catch {
      if error.code == .badData { return error }
      throw error
    }
  }

  /// A row with a null or a number that its contract has no room for becomes an error record, never a rounding (I7). The
  /// error names the field, not the value.
  private func refuse(
    _ sent: Sent, _ source: TopicPartition, _ error: ContractError, _ producer: TransactionalProducer
  ) throws {
    refused += 1
    let headers = [
      RecordHeader("wick.reason", "overflow"), RecordHeader("wick.query", binding.plan.id),
      RecordHeader("wick.source", "\(source.topic)/\(source.partition)"), RecordHeader("wick.error", error.reason),
    ]
    let topic = try producer.topic(binding.plan.source.invalidTopic)
    let key = self.key
    try key.withUnsafeBytes { (key: UnsafeRawBufferPointer) throws -> Void in
      try producer.send(
        to: topic, key: sent.hasKey ? key : nil, value: nil, timestamp: max(0, sent.timestamp), headers: headers)
    }
  }
}
