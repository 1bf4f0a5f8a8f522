import Columns
import Contracts
import Formats
import Kafka
import SQL
import Values

/// Reads records of any format row by row: keys of several columns or with windows, headers, nested values, tables.
final class RowDecoder: RecordDecoder {
  private let source: SourcePlan
  private let key: RowCodec
  private let value: RowCodec
  private let places: [Place]
  private var dictionaries: [StringDictionary]
  private let takesRecordsWithoutValue: Bool

  /// Where a column comes from.
  private enum Place {
    case key(Int)
    case value(Int)
    case header(String)
  }

  /// - Parameter takesRecordsWithoutValue: otherwise those of a stream are broken. A table's delete rows.
  init(_ source: SourcePlan, store: any SchemaStore, takesRecordsWithoutValue: Bool = false) throws {
    self.source = source
    self.takesRecordsWithoutValue = takesRecordsWithoutValue || source.isTable
    let isValue = { (index: Int) in !source.columns[index].isKey && source.headers[index] == nil }
    let keys = source.keyColumns.map { source.columns[$0] }
    let values = source.columns.indices.filter(isValue).map { source.columns[$0] }
    let avro = AvroSource(store)
    do throws(FormatError) {
      // A stream without key columns ignores whatever stands in its keys.
      key = try RowCodec(
        keys.isEmpty ? .none : source.keyFormat, fields: keys, side: .key, options: source.options, avro: avro)
      value = try RowCodec(source.valueFormat, fields: values, side: .value, options: source.options, avro: avro)
    } catch {
      throw StreamsError(.badInput, "\(source.name) cannot be read: \(error.reason)", advice: "Declare it otherwise")
    }
    var (keyCount, valueCount) = (0, 0)
    places = source.columns.indices.map { index in
      if let header = source.headers[index] { return .header(header) }
      if source.columns[index].isKey {
        keyCount += 1
        return .key(keyCount - 1)
      }
      valueCount += 1
      return .value(valueCount - 1)
    }
    dictionaries = source.columns.map { _ in StringDictionary() }
  }

  func decode(_ batch: RecordBatch, at indexes: [Int32]) throws -> DecodedRun {
    RowColumns.renew(&dictionaries)
    var run = DecodedRun(capacity: indexes.count)
    if source.window != nil { run.windows = ([], []) }
    var rows = RowColumns(source.columns, dictionaries)
    for index in indexes {
      let record = batch.records[Int(index)]
      let row: Row
      do throws(FormatError) { row = try self.row(record, Int(index), batch) } catch {
        if error.code == .unavailable { throw error }
        run.undecodable.append(.init(index: index, error: error.reason))
        continue
      }
      do throws(FormatError) { try rows.append(row.values) } catch {
        return try decode(batch, at: indexes, without: index, error)
      }
      if let window = row.window {
        run.windows?.starts.append(window.start * 1000)
        run.windows?.ends.append(window.end * 1000)
      }
      run.isDeletion.append(row.isDeletion)
      run.add(index, record)
    }
    run.batch = rows.batch
    return run
  }

  /// Begins again without a record whose values do not fit its columns, which formats hardly ever let happen.
  private func decode(
    _ batch: RecordBatch, at indexes: [Int32], without index: Int32, _ error: FormatError
  ) throws -> DecodedRun {
    var run = try decode(batch, at: indexes.filter { $0 != index })
    run.undecodable.append(.init(index: index, error: error.reason))
    run.undecodable.sort { $0.index < $1.index }
    return run
  }

  private struct Row {
    var values: [Value]
    var window: WindowedKey.Parts?
    var isDeletion: Bool
  }

  private func row(_ record: RecordView, _ index: Int, _ batch: RecordBatch) throws(FormatError) -> Row {
    var (bytes, window) = (record.key.map { [UInt8]($0) }, nil as WindowedKey.Parts?)
    if let kind = source.window {
      guard let whole = bytes else { throw FormatError(.undecodable, "a record without the key that holds its window") }
      let parts = try WindowedKey.parts(whole, kind)
      guard parts.end <= .max / 1000 else { throw FormatError(.undecodable, "a window outside of time") }
      (bytes, window) = (parts.key, parts)
    }
    let keys = try key.decode(bytes)
    let values = try value.decode(record.value.map { [UInt8]($0) })
    if values == nil, !takesRecordsWithoutValue { throw FormatError(.undecodable, DecodedRun.withoutValue) }
    let headers = source.headers.isEmpty ? [] : batch.headers(of: index)
    let row = places.map { place -> Value in
      switch place {
      case .key(let column): keys?[column] ?? .null
      case .value(let column): values?[column] ?? .null
      case .header(let name): headers.last { $0.name == name }?.value.map { .bytes($0) } ?? .null
      }
    }
    return Row(values: row, window: window, isDeletion: values == nil)
  }
}

/// Columns made from rows.
struct RowColumns {
  private let fields: [Field]
  private var builders: [ValueColumnBuilder]
  private var rowCount = 0

  /// Texts of that many different values are held; then a column begins anew.
  private static let distinctTexts = 1 << 20

  static func renew(_ dictionaries: inout [StringDictionary]) {
    for index in dictionaries.indices where dictionaries[index].count > distinctTexts { dictionaries[index] = StringDictionary() }
  }

  /// - Parameter dictionaries: one per field, for texts.
  init(_ fields: [Field], _ dictionaries: [StringDictionary]) {
    self.fields = fields
    builders = zip(fields, dictionaries).map { ValueColumnBuilder($0.type, dictionary: $1) }
  }

  /// Adds a row. After an error the columns are of unequal length and of no use.
  mutating func append(_ row: [Value]) throws(FormatError) {
    for index in builders.indices {
      do throws(ValueError) { try builders[index].append(row[index]) } catch {
        throw FormatError(.undecodable, "\(fields[index].name): \(error)")
      }
    }
    rowCount += 1
  }

  var batch: ColumnBatch {
    ColumnBatch(columns: zip(builders, fields).map { $0.column(named: $1.name) }, rowCount: rowCount)
  }
}
