import Columns
import Formats
import Kafka
import SQL
import Values
import Windows

/// Sends a query's rows to its sink. Owned by its worker's thread.
final class SinkWriter {
  let binding: SinkBinding
  private let keys: SinkKeys
  private var values: SinkValues
  /// The window that keys carry.
  private let window: KeyWindow?
  private let isTable: Bool
  private var key: [UInt8] = []
  private var value: [UInt8] = []
  /// Rows that the schema has no room for, since the last `takeRefused`.
  private var refused = 0

  init(_ binding: SinkBinding, store: any SchemaStore) throws {
    self.binding = binding
    window = binding.plan.keyWindow
    isTable = binding.plan.aggregation != nil
    keys = try SinkKeys(binding, store: store)
    values = try SinkValues(binding, store: store)
  }

  /// Sends closed or touched windows, or groups without windows. The record's timestamp is the row's event time, so that a
  /// replay writes the same.
  ///
  /// - Returns: the number of rows sent.
  func send(_ emission: Emission, source: TopicPartition, with producer: TransactionalProducer) throws -> Int64 {
    let topic = try producer.topic(binding.plan.sink.topic)
    let before = refused
    for row in 0..<emission.count {
      let sent = Sent(
        row: row, isTombstone: emission.isTombstone[row], timestamp: emission.timestamps[row] / 1000,
        window: window == nil ? nil : (emission.windowStarts[row] / 1000, emission.windowEnds[row] / 1000))
      try send(sent, of: emission.rows, to: topic, source, producer)
    }
    return Int64(emission.count - (refused - before))
  }

  /// Sends the rows of a projection without windows, under their source records' timestamps.
  ///
  /// - Parameters:
  ///   - timestamps: per row, milliseconds.
  ///   - windows: per row, milliseconds, where keys carry one.
  ///   - deletions: per row whether it deletes that of its key; empty where none does.
  func send(
    _ rows: ColumnBatch, timestamps: [Int64], windows: [(start: Int64, end: Int64)]?, deletions: [Bool],
    source: TopicPartition, with producer: TransactionalProducer
  ) throws -> Int64 {
    let topic = try producer.topic(binding.plan.sink.topic)
    let before = refused
    for row in 0..<rows.rowCount {
      let sent = Sent(
        row: row, isTombstone: deletions.isEmpty ? false : deletions[row], timestamp: timestamps[row], window: windows?[row])
      try send(sent, of: rows, to: topic, source, producer)
    }
    return Int64(rows.rowCount - (refused - before))
  }

  /// Sends rows to an inner topic: the key columns spread them, the others travel with the record they come from.
  ///
  /// Rows without a key go to the first partition, so that a replay does the same.
  ///
  /// - Parameter times: per row the event time, microseconds.
  func forward(
    _ rows: ColumnBatch, times: [Int64], origins: [InnerRecord.Origin], with rejects: RejectWriter
  ) throws -> Int64 {
    let (producer, before) = (rejects.producer, refused)
    let topic = try producer.topic(binding.plan.sink.topic)
    let columns = binding.plan.projection.indices.filter { !binding.plan.projection[$0].field.isKey }
    let fields = columns.map { binding.plan.projection[$0].field }
    for row in 0..<rows.rowCount {
      key.removeAll(keepingCapacity: true)
      let (hasKey, values): (Bool, [Value])
      do throws(FormatError) {
        (hasKey, values) = (
          try keys.append(row, of: rows, to: &key), try SinkValues.values(row, of: rows, columns, fields)
        )
      } catch {
        refused += 1
        try rejects.invalid(
          .forwarded(origins[row]), reason: "overflow", error: error.reason, query: binding.plan.id,
          to: binding.plan.source.invalidTopic)
        continue
      }
      let inner = InnerRecord(eventTime: times[row], origin: origins[row], row: values).bytes
      let partition = hasKey ? key.withUnsafeBytes { Murmur2.partition(of: $0, among: binding.partitions) } : 0
      let key = hasKey ? self.key : nil
      try key.withBytes { key throws(KafkaError) in
        try Optional(inner).withBytes { value throws(KafkaError) in
          try producer.send(to: topic, partition: partition, key: key, value: value, timestamp: max(0, times[row] / 1000))
        }
      }
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
    /// Milliseconds.
    var timestamp: Int64
    /// Milliseconds.
    var window: (start: Int64, end: Int64)?
  }

  private func send(
    _ sent: Sent, of rows: ColumnBatch, to topic: TopicHandle, _ source: TopicPartition,
    _ producer: TransactionalProducer
  ) throws {
    key.removeAll(keepingCapacity: true)
    value.removeAll(keepingCapacity: true)
    var (hasKey, hasValue) = (false, false)
    do throws(FormatError) {
      hasKey = try keys.append(sent.row, of: rows, to: &key)
      if !sent.isTombstone { hasValue = try values.encode(sent.row, of: rows, into: &value) }
    } catch {
      if error.code == .unavailable { throw error }
      return try refuse(sent, hasKey, source, error, producer)
    }
    var partition: Int32?
    if hasKey, isTable || sent.window != nil {
      // The window is no part of what spreads keys: all windows of a key share a partition, as with Kafka Streams.
      partition = key.withUnsafeBytes { Murmur2.partition(of: $0, among: binding.partitions) }
      if let window = sent.window { append(window) }
    }
    let (key, value) = (self.key, self.value)
    try key.withUnsafeBytes { (key: UnsafeRawBufferPointer) throws -> Void in
      try value.withUnsafeBytes { (value: UnsafeRawBufferPointer) throws -> Void in
        try producer.send(
          to: topic, partition: partition, key: hasKey ? key : nil, value: hasValue ? value : nil,
          timestamp: max(0, sent.timestamp))
      }
    }
  }

  /// What a windowed key carries behind its columns: the start, in front of which sessions put the end.
  private func append(_ window: (start: Int64, end: Int64)) {
    if self.window == .session { SinkKeyEncoder.append(time: window.end, to: &key) }
    SinkKeyEncoder.append(time: window.start, to: &key)
  }

  /// A row with a null or a number that its contract has no room for becomes an error record, never a rounding (I7). The
  /// error names the field, not the value.
  private func refuse(
    _ sent: Sent, _ hasKey: Bool, _ source: TopicPartition, _ error: FormatError, _ producer: TransactionalProducer
  ) throws {
    refused += 1
    let headers = [
      RecordHeader("wick.reason", "overflow"), RecordHeader("wick.query", binding.plan.id),
      RecordHeader("wick.source", "\(source.topic)/\(source.partition)"), RecordHeader("wick.error", error.reason),
    ]
    let topic = try producer.topic(binding.plan.source.invalidTopic)
    if hasKey, let window = sent.window { append(window) }
    let key = self.key
    try key.withUnsafeBytes { (key: UnsafeRawBufferPointer) throws -> Void in
      try producer.send(
        to: topic, key: hasKey ? key : nil, value: nil, timestamp: max(0, sent.timestamp), headers: headers)
    }
  }
}
