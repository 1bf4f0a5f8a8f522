import Kafka
import Venues

/// Reads the positions topic: compacted, one partition, one record per source. Owned by one thread.
struct PositionStore {
  private let configuration: IngestConfiguration
  /// The record key of this source. A source that cannot be resumed gets one of its own for this run, so that a commit whose
  /// answer was lost can still be found.
  let key: String

  init(_ configuration: IngestConfiguration, key: String?) {
    self.configuration = configuration
    self.key = key ?? "run:\(UInt64.random(in: 0...UInt64.max))"
  }

  /// The last committed position of this source; nil when there is none.
  func load() throws(IngestError) -> SourcePosition? {
    do {
      return try read()
    } catch let error as KafkaError {
      throw IngestError(error)
    } catch let error as IngestError {
      throw error
    } catch {
      throw IngestError(.fatal, "Reading the stored position failed: \(error)")
    }
  }

  private func read() throws -> SourcePosition? {
    let consumer = try Consumer(configuration.kafka, .init(reset: .earliest))
    defer { try? consumer.close() }
    let partition = TopicPartition(configuration.positionsTopic, 0)
    let start = try consumer.offsets(.earliest, of: [partition])[partition] ?? 0
    // A transaction of another source may hold the last stable offset back; what this one has committed lies behind it.
    let end = try Consumer.highWatermarks(of: [partition], configuration.kafka)[partition] ?? 0
    guard end > start else { return nil }
    try consumer.assign([partition: .at(start)])
    var found: SourcePosition?
    let batch = RecordBatch(capacity: 1024)
    let wanted = Array(key.utf8)
    // The end may lie behind a control record, which is never delivered: the position tells.
    while (try consumer.positions()[partition] ?? nil) ?? start < end {
      _ = try consumer.poll(maximum: 1024, timeout: .milliseconds(100), using: batch) { record in
        guard let key = record.key, key.elementsEqual(wanted) else { return }
        found = try record.value.map { try SourcePosition(decoding: Array($0)) }
      }
    }
    return found
  }
}
