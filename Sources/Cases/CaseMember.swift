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

  /// The plan without what is done here: times of written records, headers.
  var engine: QueryPlan {
    var plan = plan
    if plan.sink.timestampFormat == nil { plan.sink.timestampColumn = nil }
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

  /// A row that the sink's formats cannot hold becomes an error record: its key, no value, and why. A time before the epoch is
  /// no time of a row, which is then not written.
  func written(
    _ rows: ColumnBatch, _ index: Int, at time: Int64, _ record: StoredRecord, isTombstone: Bool = false,
    window: (start: Int64, end: Int64)? = nil
  ) -> [(topic: String, record: StoredRecord)] {
    var bytes: [UInt8]?
    do {
      var row: [Value] = []
      for (output, column) in zip(plan.projection, rows.columns) { row.append(try column.value(index, as: output.field.type)) }
      guard let time = isTombstone ? time : self.time(row, time), time >= 0 else { return [] }
      bytes = try sink.key.encode(zip(plan.projection, row).filter { $0.0.field.isKey }.map(\.1))
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

  /// The TIMESTAMP property of the sink; nil where its column holds no time.
  private func time(_ row: [Value], _ time: Int64) -> Int64? {
    guard let column = plan.sink.timestampColumn else { return time }
    switch row[column] {
    case .timestamp(let micros): return micros
    case .bigint(let millis):
      let (micros, overflow) = millis.multipliedReportingOverflow(by: 1000)
      return overflow ? nil : micros
    default: return nil
    }
  }
}
