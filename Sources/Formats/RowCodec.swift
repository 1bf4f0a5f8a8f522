import SQL
import Values

/// Turns one side of a record, its key or its value, into the values of its columns and back.
///
/// Follows ksqlDB's rules for nulls, missing and extra fields, and conversions; where ksqlDB would lose digits in silence, the
/// record is refused instead. Any bytes give a row or an error. Owned by one thread at a time.
public final class RowCodec {
  /// Which side of a record.
  public enum Side: Hashable, Sendable { case key, value }

  public let format: DataFormat
  /// The columns of this side, in the order in which the format holds them.
  public let fields: [Field]
  private let side: Side
  private let rows: any RowFormat

  /// - Parameters:
  ///   - fields: the columns of this side.
  ///   - avro: where schemas of AVRO come from; needed for that format only.
  /// - Throws: `unsupported` when the format cannot hold the columns.
  public init(
    _ format: DataFormat, fields: [Field], side: Side, options: FormatOptions = FormatOptions(), avro: AvroSource? = nil
  ) throws(FormatError) {
    self.format = format
    self.fields = fields
    self.side = side
    let isWrapped = fields.count != 1 || (side == .value && options.wrapsSingleValue != false)
    switch format {
    case .json: rows = try JSONRows(fields, isWrapped: isWrapped, isKey: side == .key)
    case .delimited:
      rows = try DelimitedRows(fields, delimiter: side == .key ? options.keyDelimiter : options.valueDelimiter)
    case .kafka: rows = try KafkaRows(fields)
    case .none: rows = NoRows(count: fields.count)
    case .avro:
      guard let avro else { throw FormatError(.unsupported, "AVRO needs a schema registry") }
      let name = side == .key ? options.keySchemaName : options.valueSchemaName
      rows = try AvroRows(fields, isWrapped: isWrapped, recordName: name ?? AvroSchemaText.name(isKey: side == .key), avro)
    }
  }

  /// The values of the columns, or nil where there is no row: no bytes, or a JSON `null`.
  public func decode(_ bytes: [UInt8]?) throws(FormatError) -> [Value]? {
    guard let bytes else { return nil }
    return try rows.decode(bytes)
  }

  /// The bytes of a row; nil for nil, for a single unwrapped NULL, and for a key of one column that is NULL.
  ///
  /// - Throws: `unsupported` when a value cannot be written.
  public func encode(_ row: [Value]?) throws(FormatError) -> [UInt8]? {
    guard let row else { return nil }
    guard row.count == fields.count else { throw FormatError(.unsupported, "a row with another number of columns") }
    if side == .key, row.count == 1, row[0].isNull { return nil }
    return try rows.encode(row)
  }

  /// Makes sure that rows can be written: AVRO asks for its schema, and compares it with the columns.
  ///
  /// - Throws: `unsupported` when no row of these columns fits the schema, `unavailable` when it cannot be asked for now.
  public func checkWriting() throws(FormatError) { try rows.checkWriting() }
}

/// What each format does.
protocol RowFormat {
  func decode(_ bytes: [UInt8]) throws(FormatError) -> [Value]?
  func encode(_ row: [Value]) throws(FormatError) -> [UInt8]?
  func checkWriting() throws(FormatError)
}

extension RowFormat {
  func checkWriting() {}
}

/// NONE: nothing is read and nothing is written.
struct NoRows: RowFormat {
  let count: Int

  func decode(_ bytes: [UInt8]) -> [Value]? { count == 0 ? [] : nil }
  func encode(_ row: [Value]) -> [UInt8]? { nil }
}
