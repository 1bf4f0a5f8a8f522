import Columns
import Formats
import Kafka
import SQL
import Values
import Windows

/// A record of a stream or table, decoded.
struct SourceRow: Sendable {
  /// One per column of the source, in declaration order.
  var values: [Value]
  /// The window its key carries, milliseconds.
  var window: WindowedKey.Parts?
  /// Whether the record has no value: of a table the key is gone.
  var isDeletion: Bool
  /// Event time, milliseconds.
  var timestamp: Int64
  var partition: Int32
  var offset: Int64

  /// As questions find it.
  var tableRow: TableRow {
    let span = window.map { WindowSpan(start: $0.start &* 1000, end: $0.end &* 1000) }
    return TableRow(values: values, window: span, time: timestamp &* 1000)
  }
}

/// Decodes the records of one source, whatever its formats. Belongs to one thread.
final class SourceDecoder {
  let source: SourcePlan
  private let key: RowCodec
  private let value: RowCodec
  private let timePattern: TimePattern?
  /// For each column: its place in the key or in the value; nil for headers.
  private let places: [(isKey: Bool, index: Int)?]

  init(_ source: SourcePlan, schemas: SchemaAccess) throws(FormatError) {
    self.source = source
    do throws(ValueError) {
      timePattern = try source.timestampFormat.map { format throws(ValueError) in try TimePattern(format) }
    } catch {
      throw FormatError(.unsupported, "this TIMESTAMP_FORMAT: \(error)")
    }
    let keys = source.keyColumns.map { source.columns[$0] }
    let values = source.columns.enumerated().filter { !$1.isKey && source.headers[$0] == nil }.map(\.element)
    key = try RowCodec(
      keys.isEmpty ? .none : source.keyFormat, fields: keys, side: .key, options: source.options,
      avro: schemas.avro(topic: source.topic, isKey: true))
    value = try RowCodec(
      source.valueFormat, fields: values, side: .value, options: source.options,
      avro: schemas.avro(topic: source.topic, isKey: false))
    var (keyCount, valueCount) = (0, 0)
    places = source.columns.indices.map { index in
      if source.headers[index] != nil { return nil }
      if source.columns[index].isKey {
        keyCount += 1
        return (true, keyCount - 1)
      }
      valueCount += 1
      return (false, valueCount - 1)
    }
  }

  /// - Parameter headers: the record's headers; asked for only where the source has columns of them.
  /// - Throws: `undecodable` for a record that is not of the source.
  func row(_ record: RecordView, headers: () -> [RecordHeader]) throws(FormatError) -> SourceRow {
    var (bytes, window) = (record.key.map { [UInt8]($0) }, nil as WindowedKey.Parts?)
    if let kind = source.window {
      guard let whole = bytes else { throw FormatError(.undecodable, "a record without a key in a windowed table") }
      let parts = try WindowedKey.parts(whole, kind)
      (bytes, window) = (parts.key, parts)
    }
    let keys = try key.decode(bytes)
    let content = try value.decode(record.value.map { [UInt8]($0) })
    var values = places.map { place -> Value in
      guard let place, let side = place.isKey ? keys : content else { return .null }
      return side.indices.contains(place.index) ? side[place.index] : .null
    }
    if !source.headers.isEmpty { Self.fill(&values, source, headers()) }
    return SourceRow(
      values: values, window: window, isDeletion: content == nil,
      timestamp: content == nil ? record.timestamp : try time(values) ?? record.timestamp,
      partition: record.partition, offset: record.offset)
  }

  /// As `row`, and nil for a record that is not of the source: a worker tells of it on the topic of invalid records.
  ///
  /// - Throws: `unavailable` where a schema cannot be had now.
  func rowIfValid(_ record: RecordView, headers: () -> [RecordHeader]) throws(FormatError) -> SourceRow? {
    do { return try row(record, headers: headers) } catch {
      if error.code == .unavailable { throw error }
      return nil
    }
  }

  private static func fill(_ values: inout [Value], _ source: SourcePlan, _ headers: [RecordHeader]) {
    for (index, name) in source.headers {
      let value = headers.last { $0.name == name }?.value
      values[index] = value.map { .bytes($0) } ?? .null
    }
  }

  /// Milliseconds of the TIMESTAMP column; nil where the record's own timestamp counts.
  private func time(_ values: [Value]) throws(FormatError) -> Int64? {
    guard let column = source.timestampColumn else { return nil }
    switch values[column] {
    case .bigint(let milliseconds): return milliseconds
    case .timestamp(let micros): return micros.flooredQuotient(1000)
    case .string(let text):
      let micros: Int64?
      do throws(ValueError) { micros = try timePattern?.timestamp(text) } catch { micros = nil }
      if let micros { return micros.flooredQuotient(1000) }
    default: break
    }
    throw FormatError(.undecodable, "a record without an event time")
  }
}
