import Columns
import Formats
import SQL
import Values

/// Turns the records of a source into batches of one row.
final class SourceReader {
  private let source: SourcePlan
  private let codec: TopicCodec
  private let dictionaries: [StringDictionary]
  /// For each column: its place in the key or in the value.
  private let places: [(isKey: Bool, index: Int)?]

  init(_ source: SourcePlan, _ codec: TopicCodec) {
    self.source = source
    self.codec = codec
    dictionaries = source.columns.map { _ in StringDictionary() }
    var (keys, values) = (0, 0)
    places = source.columns.indices.map { index in
      if source.headers[index] != nil { return nil }
      if source.columns[index].isKey {
        keys += 1
        return (true, keys - 1)
      }
      values += 1
      return (false, values - 1)
    }
  }

  /// A record's columns.
  struct Row {
    /// One per column of the source.
    var values: [Value]
    /// Whether the record has no value.
    var isTombstone: Bool
    var isKeyNull: Bool
    /// The window its key carries, milliseconds.
    var window: WindowedKey.Parts?
  }

  func row(_ record: StoredRecord) throws(FormatError) -> Row {
    var (bytes, window) = (record.key, nil as WindowedKey.Parts?)
    if let kind = codec.window {
      guard let whole = record.key else { throw FormatError(.undecodable, "a record without the key that holds its window") }
      let parts = try WindowedKey.parts(whole, kind)
      (bytes, window) = (parts.key, parts)
    }
    let key = try codec.key.decode(bytes)
    let value = try codec.value.decode(record.value)
    let values = places.enumerated().map { index, place -> Value in
      guard let place else { return header(index, record) }
      guard let row = place.isKey ? key : value else { return .null }
      return row.indices.contains(place.index) ? row[place.index] : .null
    }
    return Row(values: values, isTombstone: value == nil, isKeyNull: record.key == nil, window: window)
  }

  /// The last header of a column's name.
  private func header(_ index: Int, _ record: StoredRecord) -> Value {
    let name = source.headers[index]
    return record.headers.last { $0.name == name }?.value.map { .bytes($0) } ?? .null
  }

  func isKey(_ index: Int) -> Bool { source.columns[index].isKey }

  func batch(_ row: Row) throws(ValueError) -> ColumnBatch {
    var columns: [Column] = []
    for (index, field) in source.columns.enumerated() {
      var builder = ValueColumnBuilder(field.type, dictionary: dictionaries[index])
      try builder.append(row.values[index])
      columns.append(builder.column(named: field.name))
    }
    return ColumnBatch(columns: columns, rowCount: 1)
  }
}
