import Formats
import JSON
import Kafka
import SQL
import Values
import Windows

/// Writes records into streams and tables, acknowledged by the cluster one call at a time. Belongs to one thread.
final class RowWriter {
  let target: SourcePlan
  private let key: RowCodec
  private let value: RowCodec
  private let producer: Producer

  init(_ target: SourcePlan, _ kafka: KafkaConfiguration, _ schemas: SchemaAccess) throws {
    self.target = target
    let keys = target.keyColumns.map { target.columns[$0] }
    let values = target.columns.enumerated().filter { !$1.isKey && target.headers[$0] == nil }.map(\.element)
    key = try RowCodec(
      keys.isEmpty ? .none : target.keyFormat, fields: keys, side: .key, options: target.options,
      avro: schemas.avro(topic: target.topic, isKey: true))
    value = try RowCodec(
      target.valueFormat, fields: values, side: .value, options: target.options,
      avro: schemas.avro(topic: target.topic, isKey: false))
    producer = try Producer(kafka)
  }

  /// Writes one row and waits until the cluster has it.
  ///
  /// - Parameter time: milliseconds; nil for now.
  func write(_ values: [Value], time: Int64?) throws {
    let keyBytes = try key.encode(target.keyColumns.map { values[$0] })
    let content = target.columns.indices.filter { !target.columns[$0].isKey && target.headers[$0] == nil }.map { values[$0] }
    let valueBytes = try value.encode(content)
    let topic = try producer.topic(target.topic)
    try Self.withBytes(keyBytes) { key in
      try Self.withBytes(valueBytes) { value in
        try producer.send(to: topic, key: key, value: value, timestamp: time)
      }
    }
    try producer.flush()
  }

  func close() { producer.close() }

  private static func withBytes(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws -> Void) throws {
    guard let bytes else { return try body(nil) }
    try bytes.withUnsafeBytes { try body($0) }
  }
}

extension QueryService {
  func insert(_ insert: InsertValues) throws {
    let writer = try RowWriter(insert.target, configuration.kafka, schemas)
    defer { writer.close() }
    let values = try Expression.constants(insert.values + (insert.rowTime.map { [$0] } ?? []))
    var time: Int64?
    if insert.rowTime != nil, case .bigint(let milliseconds)? = values.last { time = milliseconds }
    // The client writes the present moment where it is told 0.
    if let time, time <= 0 { throw ServeError(.badStatement, "ROWTIME is milliseconds since 1970, from 1 on.") }
    try writer.write(Array(values.prefix(insert.target.columns.count)), time: time)
  }

  /// The stream or table that rows of `/inserts-stream` go into, and how its columns are read from JSON. Blocks.
  func writer(into name: String) throws -> (RowWriter, (JSONValue) throws(FormatError) -> [Value]) {
    try checkWritable()
    let unquoted = name.hasPrefix("`") ? String(name.dropFirst().dropLast()) : name.uppercased()
    let catalog = control.state.session.catalog
    guard let target = catalog.sources[unquoted] else {
      throw ServeError(.badStatement, "There is no stream or table \(unquoted); SHOW STREAMS lists them.")
    }
    guard !target.isReadOnly, target.window == nil, catalog.query(filling: target.name) == nil || !target.isTable else {
      throw ServeError(.badStatement, "Nothing can be inserted into \(target.name); insert into the stream it is made from.")
    }
    let codec = try RowCodec(.json, fields: target.columns, side: .value, options: FormatOptions(wrapsSingleValue: true))
    let writer = try RowWriter(target, configuration.kafka, schemas)
    return (writer, { json throws(FormatError) in try codec.decode(json.utf8) ?? [] })
  }
}
