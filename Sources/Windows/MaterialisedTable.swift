import Columns
import SQL
import Values

/// The rows of a table's partition, by key: what streams are joined with.
///
/// One per table and partition, shared by the queries that join with it; it belongs to their thread. Its changes are stored
/// with the commit that carries the table's offsets, so that after a restart each record finds the row it found before.
public final class MaterialisedTable {
  public let source: SourcePlan
  private let keys: [Int]
  private var rows: [[UInt8]: [Value]] = [:]
  private var dirty: Set<[UInt8]> = []

  /// Throws when `source` is no table that can be looked up.
  public init(_ source: SourcePlan) throws(WindowsError) {
    keys = source.keyColumns
    guard source.isTable, !keys.isEmpty, source.window == nil else {
      throw .unsupported("a JOIN with \(source.name), which is no table with a PRIMARY KEY")
    }
    self.source = source
  }

  /// The number of rows.
  public var count: Int { rows.count }

  /// Takes records of the table's topic in order: each becomes the row of its key, or deletes it.
  ///
  /// - Parameter isDeletion: one per row: the record has no value. Only its key columns are read then.
  /// - Returns: rows that cannot be used because a key column is NULL.
  public func apply(_ batch: ColumnBatch, isDeletion: [Bool]) throws(WindowsError) -> [Int] {
    guard batch.columns.count == source.columns.count, isDeletion.count == batch.rowCount else {
      throw .mismatch("another number of columns than the table \(source.name) has")
    }
    for (column, field) in zip(batch.columns, source.columns) where !column.values.matches(field.type.columnType.lane) {
      throw .mismatch("column \(field.name) has another type")
    }
    var refused: [Int] = []
    for row in 0..<batch.rowCount {
      guard let key = key(batch, row) else {
        refused.append(row)
        continue
      }
      rows[key] = isDeletion[row] ? nil : try values(batch, row)
      dirty.insert(key)
    }
    return refused
  }

  private func key(_ batch: ColumnBatch, _ row: Int) -> [UInt8]? {
    var key: [UInt8] = []
    for index in keys {
      let column = batch.columns[index]
      if column.isNull(row) { return nil }
      KeyCodec.append(Vector(source.columns[index].type, column.values), row, to: &key)
    }
    return key
  }

  private func values(_ batch: ColumnBatch, _ row: Int) throws(WindowsError) -> [Value] {
    var values: [Value] = []
    for (column, field) in zip(batch.columns, source.columns) {
      do throws(ValueError) { values.append(try column.value(row, as: field.type)) } catch {
        throw .mismatch("column \(field.name) holds what is no \(field.type)")
      }
    }
    return values
  }

  func row(_ key: [UInt8]) -> [Value]? { rows[key] }

  /// What changed since the last call: to be written with the commit, each key replacing its last value.
  public func takeDirty() -> [StateEntry] {
    defer { dirty.removeAll() }
    return dirty.map { key in
      let value = rows[key].map { row -> [UInt8] in
        var writer = StateWriter()
        writer.byte(1)
        writer.value(.array(row))
        return writer.bytes
      }
      return StateEntry(key: key, value: value)
    }
  }

  /// Puts back one entry of `takeDirty`. Throws, and never traps, on bytes that are not this table's.
  public func restore(key: [UInt8], value: [UInt8]?) throws(WindowsError) {
    var reader = KeyReader(key)
    for index in keys {
      var unused = ColumnBuilder(source.columns[index].type, dictionary: StringDictionary())
      try reader.read(source.columns[index].type, into: &unused)
    }
    guard reader.isAtEnd else { throw .corruptState("a key of other columns") }
    guard let value else {
      rows[key] = nil
      return
    }
    var content = StateReader(value)
    guard try content.byte() == 1 else { throw .corruptState("an unknown version of a table's row") }
    guard case .array(let row) = try content.value(), content.isAtEnd, row.count == source.columns.count else {
      throw .corruptState("a row of other columns")
    }
    for (value, field) in zip(row, source.columns) {
      var builder = ValueColumnBuilder(field.type, dictionary: StringDictionary())
      do throws(ValueError) { try builder.append(value) } catch { throw .corruptState("a row of other columns") }
    }
    rows[key] = row
  }
}
