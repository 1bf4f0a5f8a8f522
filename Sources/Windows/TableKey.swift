import Columns
import SQL
import Values

/// The primary key of a table's records.
struct TableKey {
  private let columns: [Int]
  private let types: [SQLType]

  init(_ source: SourcePlan) {
    columns = source.keyColumns
    types = columns.map { source.columns[$0].type }
  }

  /// The key's columns as one value; nil for a record without a key, which says nothing of any row. Some of several columns
  /// may be NULL, as in ksqlDB.
  func bytes(_ batch: ColumnBatch, _ row: Int) -> [UInt8]? {
    var values: [Value] = []
    for (index, type) in zip(columns, types) {
      do throws(ValueError) { values.append(try batch.columns[index].value(row, as: type)) } catch { return nil }
    }
    return values.allSatisfy(\.isNull) ? nil : Value.array(values).encoded()
  }

  func check(_ bytes: [UInt8]) throws(WindowsError) {
    do throws(ValueError) {
      guard case .array(let values) = try Value(decoding: bytes), values.count == types.count else {
        throw ValueError.corrupt("another number of columns")
      }
    } catch { throw .corruptState("a key of other columns") }
  }
}
