import Columns
import Formats
import SQL
import Values
import Windows

/// One query and where it writes.
struct CaseMember {
  let plan: QueryPlan
  let sink: TopicCodec

  init(_ plan: QueryPlan, sink: TopicCodec) {
    self.plan = plan
    self.sink = sink
  }

  /// The plan without what is done here: headers.
  var engine: QueryPlan {
    var plan = plan
    plan.source.headers = [:]
    return plan
  }

  func written(_ emission: Emission, _ record: StoredRecord) -> [(topic: String, record: StoredRecord)] {
    (0..<emission.count).flatMap { index in
      written(
        emission.rows, index, at: emission.timestamps[index], record, isTombstone: emission.isTombstone[index],
        window: (emission.windowStarts[index] / 1000, emission.windowEnds[index] / 1000))
    }
  }

  /// A row that the sink's formats cannot hold becomes an error record: its key, no value, and why.
  func written(
    _ rows: ColumnBatch, _ index: Int, at time: Int64, _ record: StoredRecord, isTombstone: Bool = false,
    window: (start: Int64, end: Int64)? = nil, isKeyNull: Bool = false
  ) -> [(topic: String, record: StoredRecord)] {
    var bytes: [UInt8]?
    do {
      var row: [Value] = []
      for (output, column) in zip(plan.projection, rows.columns) { row.append(try column.value(index, as: output.field.type)) }
      if !isKeyNull || plan.partitionBy != nil || plan.join != nil {
        bytes = try sink.key.encode(zip(plan.projection, row).filter { $0.0.field.isKey }.map(\.1))
      }
      if let window, let kind = sink.window {
        bytes = WindowedKey.bytes(bytes ?? [], start: window.start, end: window.end, kind)
      }
      let payload = isTombstone ? nil : try sink.value.encode(zip(plan.projection, row).filter { !$0.0.field.isKey }.map(\.1))
      return [(plan.sink.topic, StoredRecord(key: bytes, value: payload, timestamp: time / 1000, cause: record.cause))]
    } catch {
      let refused = StoredRecord(key: bytes, value: nil, timestamp: time / 1000, cause: record.cause, refusal: "\(error)")
      return [(plan.source.invalidTopic, refused)]
    }
  }
}
