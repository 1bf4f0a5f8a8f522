import Columns
import SQL
import Values

/// Joins the records of a stream with a table: each with the row of its key at that moment. The query's own part of the
/// partition's stage, over the columns of both.
final class TableJoin {
  let stage: SourceStage
  private let plan: JoinPlan
  private let table: MaterialisedTable
  private let outer: SourceStage
  private let key: Int
  private var dictionaries: [StringDictionary]

  init(_ plan: QueryPlan, _ join: JoinPlan, _ table: MaterialisedTable, _ outer: SourceStage) throws(WindowsError) {
    guard table.source == join.table else { throw .unsupported("a JOIN with another table than \(join.table.name)") }
    guard join.table.keyColumns.count == 1, let keyColumn = join.table.keyColumns.first,
      join.key.type == join.table.columns[keyColumn].type
    else { throw .unsupported("a JOIN by something other than the table's PRIMARY KEY") }
    self.plan = join
    self.table = table
    self.outer = outer
    key = try outer.graph.register(join.key)
    // Event times, duplicates and broken records are matters of the stage before.
    var source = plan.source
    source.columns = plan.columns
    source.timestampColumn = nil
    source.timestampFormat = nil
    source.deduplicateBy = []
    source.maxFutureSkew = nil
    stage = try SourceStage(source: source, retention: 0, partition: outer.partition)
    dictionaries = join.table.columns.map { _ in StringDictionary() }
  }

  /// The joined records, and for each the row of the source's batch that it comes from.
  ///
  /// A record whose key cannot be computed fails; with INNER one without a row in the table is dropped.
  func process(
    _ staged: StagedBatch, _ failed: inout [Int], dropped: inout Int
  ) throws(WindowsError) -> (StagedBatch, rows: [Int32]) {
    let vector = outer.graph.value(key)
    var (rows, found): ([Int32], [[Value]?]) = ([], [])
    for row in staged.selection {
      if vector.isFailed(Int(row)) {
        failed.append(Int(row))
        continue
      }
      var match: [Value]?
      if vector.isValid(Int(row)) {
        var bytes: [UInt8] = []
        KeyCodec.append(vector, Int(row), to: &bytes)
        match = table.row(bytes)
      }
      if match == nil, plan.kind == .inner {
        dropped += 1
        continue
      }
      rows.append(row)
      found.append(match)
    }
    let columns = staged.batch.gathered(rows).columns + joined(found)
    let joined = try stage.process(
      ColumnBatch(columns: columns, rowCount: rows.count), offsets: rows.map { staged.offsets[Int($0)] },
      timestamps: rows.map { staged.eventTimes[Int($0)] })
    return (joined, rows)
  }

  private func joined(_ rows: [[Value]?]) -> [Column] {
    plan.table.columns.enumerated().map { i, field in
      // One that has grown large is replaced: the codes of a batch are of no use after it.
      if dictionaries[i].count > 1 << 20 { dictionaries[i] = StringDictionary() }
      var builder = ValueColumnBuilder(field.type, dictionary: dictionaries[i])
      for row in rows {
        // Rows were made from columns of these types, or checked when they were restored.
        do throws(ValueError) { try builder.append(row?[i] ?? .null) } catch { builder.appendNull() }
      }
      return builder.column(named: field.name)
    }
  }
}

extension ProcessResult {
  /// The same with rows as numbers of the batch that `rows` come from.
  func mapped(_ rows: [Int32], failed before: [Int]) -> ProcessResult {
    func row(_ index: Int) -> Int { Int(rows[index]) }
    var result = self
    result.late = late.map { entry in
      var entry = entry
      entry.row = row(entry.row)
      return entry
    }
    result.failed = (failed.map(row) + before).sorted()
    result.nullKeys = nullKeys.map(row)
    result.projectedRows = projectedRows.map { rows[Int($0)] }
    return result
  }
}
