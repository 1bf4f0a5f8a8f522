import Columns
import SQL

/// Writes a sink's keys as ksqlDB does: the key columns in the key format, then, for a windowed table, the window's start as
/// 8 bytes big endian (Kafka Streams' `TimeWindowedSerializer`; the end is not stored).
///
/// DELIMITED is CSV: fields quoted only where they hold a comma, a quote, a line break, or outer spaces. KAFKA takes one
/// column: text as UTF-8, numbers big endian.
struct SinkKeyEncoder {
  private let format: DataFormat
  private let columns: [Int]
  private let types: [SQLType]

  /// - Parameter projection: the sink's columns; those with `isKey` make the key.
  init(_ format: DataFormat, projection: [Field], query: String) throws(StreamsError) {
    columns = projection.indices.filter { projection[$0].isKey }
    types = columns.map { projection[$0].type }
    self.format = columns.isEmpty ? .none : format
    switch self.format {
    case .delimited, .none: break
    case .kafka:
      guard columns.count == 1 else {
        throw StreamsError(
          .badInput, "The key of \(query) has \(columns.count) columns, and the format KAFKA holds one",
          advice: "Set KEY_FORMAT = 'DELIMITED'")
      }
      if case .decimal = types[0] { throw Self.unsupported(format, query) }
    case .avro, .json: throw Self.unsupported(format, query)
    }
  }

  private static func unsupported(_ format: DataFormat, _ query: String) -> StreamsError {
    StreamsError(
      .badInput, "The key of \(query) cannot be written as \(format.rawValue)", advice: "Set KEY_FORMAT = 'DELIMITED'")
  }

  /// Appends the key of one row, without a window. False for a null key: no key columns, or a null in KAFKA format.
  func append(_ row: Int, of batch: ColumnBatch, to bytes: inout [UInt8]) -> Bool {
    switch format {
    case .none, .avro, .json: return false
    case .kafka:
      let column = batch.columns[columns[0]]
      if column.isNull(row) { return false }
      Self.kafka(column.values, types[0], row, &bytes)
    case .delimited:
      for (position, index) in columns.enumerated() {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        let column = batch.columns[index]
        if !column.isNull(row) { Self.delimited(column, row, &bytes) }
      }
    }
    return true
  }

  /// Appends the start or end of a window, milliseconds since the epoch.
  static func append(time: Int64, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: time.bigEndian) { bytes.append(contentsOf: $0) }
  }

  private static func kafka(_ values: ColumnValues, _ type: SQLType, _ row: Int, _ bytes: inout [UInt8]) {
    switch values {
    case .int64(let v) where type == .integer || type == .date:
      withUnsafeBytes(of: Int32(truncatingIfNeeded: v[row]).bigEndian) { bytes.append(contentsOf: $0) }
    case .int64(let v) where type == .timestamp:
      withUnsafeBytes(of: (v[row] / 1000).bigEndian) { bytes.append(contentsOf: $0) }
    case .int64(let v): withUnsafeBytes(of: v[row].bigEndian) { bytes.append(contentsOf: $0) }
    case .double(let v): withUnsafeBytes(of: v[row].bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
    case .codes(let v, let dictionary): dictionary.withBytes(v[row]) { bytes.append(contentsOf: $0) }
    case .bytes(let v): bytes.append(contentsOf: v[row])
    case .bool(let v): bytes.append(v[row] ? 1 : 0)
    case .int128: break
    }
  }

  private static func delimited(_ column: Column, _ row: Int, _ bytes: inout [UInt8]) {
    switch column.values {
    case .codes(let v, let dictionary): dictionary.withBytes(v[row]) { quoted($0, &bytes) }
    case .bytes(let v): v[row].withUnsafeBytes { quoted($0, &bytes) }
    case .bool(let v): bytes.append(contentsOf: (v[row] ? "true" : "false").utf8)
    case .double(let v): bytes.append(contentsOf: "\(v[row])".utf8)
    case .int128(let v): number(v[row], column.type, &bytes)
    case .int64(let v):
      // ksqlDB's timestamps are milliseconds.
      number(Int128(column.type == .timestampMicros ? v[row] / 1000 : v[row]), column.type, &bytes)
    }
  }

  private static func number(_ value: Int128, _ type: ColumnType, _ bytes: inout [UInt8]) {
    if case .decimal(_, let scale) = type {
      let digits = String(value.magnitude)
      let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
      bytes.append(contentsOf: (value < 0 ? "-" : "").utf8)
      bytes.append(contentsOf: padded.dropLast(scale).utf8)
      if scale > 0 { bytes.append(contentsOf: ".\(padded.suffix(scale))".utf8) }
    } else {
      bytes.append(contentsOf: "\(value)".utf8)
    }
  }

  private static func quoted(_ text: UnsafeRawBufferPointer, _ bytes: inout [UInt8]) {
    let space = UInt8(ascii: " ")
    let needsQuotes =
      text.isEmpty || text.first == space || text.last == space
      || text.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 10 || $0 == 13 }
    guard needsQuotes else {
      bytes.append(contentsOf: text)
      return
    }
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
