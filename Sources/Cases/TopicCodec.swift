import Formats
import JSON
import SQL

/// A topic's records, as a case writes them and as bytes.
final class TopicCodec {
  let key: SideCodec
  let value: SideCodec
  /// Whether keys carry a window.
  let window: KeyWindow?

  init(_ source: SourcePlan, schemas: CaseSchemas) throws(CaseError) {
    do throws(FormatError) {
      key = try SideCodec(
        source.keyFormat, fields: source.keyColumns.map { source.columns[$0] }, side: .key, options: source.options,
        topic: source.topic, schemas: schemas)
      value = try SideCodec(
        source.valueFormat, fields: source.columns.enumerated().filter { !$1.isKey && source.headers[$0] == nil }.map(\.element),
        side: .value, options: source.options, topic: source.topic, schemas: schemas)
    } catch {
      throw .refused("\(source.name): \(error.reason)")
    }
    window = source.window
  }

  init(_ plan: QueryPlan, schemas: CaseSchemas) throws(CaseError) {
    let (sink, fields) = (plan.sink, plan.projection.map(\.field))
    do throws(FormatError) {
      key = try SideCodec(
        sink.keyFormat, fields: fields.filter(\.isKey), side: .key, options: sink.options, topic: sink.topic, schemas: schemas)
      value = try SideCodec(
        sink.valueFormat, fields: fields.filter { !$0.isKey }, side: .value, options: sink.options, topic: sink.topic,
        schemas: schemas)
      try key.checkWriting()
      try value.checkWriting()
    } catch {
      throw .refused("\(sink.name): \(error.reason)")
    }
    window = plan.keyWindow
  }

  var shape: TopicShape {
    TopicShape(keyFormat: key.format, valueFormat: value.format, key: key.type, value: value.type)
  }

  /// The record of a case as a topic holds it.
  func stored(_ record: CaseRecord) throws(FormatError) -> StoredRecord {
    var bytes = try key.bytes(of: record.key)
    if let span = record.window, let window {
      bytes = WindowedKey.bytes(bytes ?? [], start: span.start, end: span.end, window)
    }
    return StoredRecord(
      key: bytes, value: try value.bytes(of: record.value), timestamp: record.timestamp ?? 0, headers: record.headers ?? [])
  }

  /// What a case writes for a record of the topic.
  func produced(_ record: StoredRecord) throws(FormatError) -> ProducedRecord {
    var (bytes, span) = (record.key, nil as CaseWindow?)
    if let window, let whole = record.key {
      let parts = try WindowedKey.parts(whole, window)
      bytes = parts.key
      span = CaseWindow(start: parts.start, end: parts.end, isSession: window == .session)
    }
    return ProducedRecord(
      key: try key.json(of: bytes), value: try value.json(of: record.value), timestamp: record.timestamp, window: span)
  }
}

/// A record as a topic holds it.
struct StoredRecord: Hashable {
  var key: [UInt8]?
  var value: [UInt8]?
  /// Milliseconds.
  var timestamp: Int64
  var headers: [CaseHeader] = []
  /// Which input caused it, for joining topics in the order of the inputs.
  var cause = 0
  /// Why it is an error record in place of a row.
  var refusal: String?
  /// The input it is, where it is one.
  var input: CaseRecord?
}
