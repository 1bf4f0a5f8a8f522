import Columns
import Formats
import SQL
import Values
import Windows

/// The engines of one push query, and its rows in the order in which they come. Belongs to one thread.
///
/// Partitions have an engine each, so that time passes in each as it does in a persistent query; where groups lie across
/// partitions they share one.
final class PushEngine {
  private let plan: QueryPlan
  private let isShared: Bool
  private var engines: [Int32: (stage: SourceStage, engine: QueryEngine)] = [:]
  private var pending: [Int32: RowBatch] = [:]
  private var order: [Int32] = []

  /// - Throws: for what the engine cannot do.
  init(_ plan: QueryPlan) throws(ServeError) {
    if plan.join != nil {
      throw ServeError(.badStatement, "a push query with a JOIN is not supported; write CREATE STREAM … AS SELECT, and ask that")
    }
    if plan.rollUp != nil || (plan.source.isTable && plan.aggregation != nil) {
      throw ServeError(
        .badStatement, "a push query with GROUP BY over a table is not supported; write CREATE TABLE … AS SELECT, and ask that")
    }
    var plan = plan
    // Changes of a table are a stream of rows to the engine.
    plan.source.isTable = false
    plan.source.headers = [:]
    self.plan = plan
    isShared = plan.aggregation?.repartition != nil
    do throws(WindowsError) { _ = try Self.engine(plan, 0) } catch { throw ServeError(.badStatement, "\(error)") }
  }

  private static func engine(
    _ plan: QueryPlan, _ partition: Int32
  ) throws(WindowsError) -> (stage: SourceStage, engine: QueryEngine) {
    let reach = max(plan.source.deduplicateWithin, plan.aggregation?.window.reach ?? 0)
    let stage = try SourceStage(source: plan.source, retention: reach, partition: partition)
    return (stage, try QueryEngine(plan, stage: stage, emissionTime: .newestRecord))
  }

  /// Takes one record; its rows come with the next `flush`, except for a deletion, which is its row.
  func take(_ row: SourceRow) throws -> [ResultRow] {
    if row.isDeletion {
      let before = try flush()
      return before + deletion(row)
    }
    let partition = isShared ? 0 : row.partition
    if pending[partition] == nil { order.append(partition) }
    pending[partition, default: RowBatch(plan.source)].append(row)
    return []
  }

  /// A record without a value is the deletion of a key for a table's reader, and nothing for a stream's.
  private func deletion(_ row: SourceRow) -> [ResultRow] {
    guard plan.sink.isTable, plan.aggregation == nil, plan.filter == nil else { return [] }
    return [ResultRow(values: plan.deletion(row.values, window: row.window), isDeletion: true)]
  }

  /// The rows of all that was taken since the last call.
  func flush() throws -> [ResultRow] {
    defer {
      pending = [:]
      order = []
    }
    var rows: [ResultRow] = []
    for partition in order {
      guard let batch = pending[partition] else { continue }
      rows += try process(batch, partition)
    }
    return rows
  }

  private func process(_ batch: RowBatch, _ partition: Int32) throws -> [ResultRow] {
    let known = try engines[partition] ?? Self.engine(plan, partition)
    engines[partition] = known
    let windows = plan.source.window == nil ? nil : (batch.starts, batch.ends)
    let staged = try known.stage.process(
      batch.columns, offsets: batch.offsets, timestamps: batch.timestamps, windows: windows)
    let result = try known.engine.process(staged)
    var rows: [ResultRow] = []
    if let projected = result.projected {
      for index in 0..<projected.rowCount { rows.append(ResultRow(values: try values(projected, index))) }
    }
    if let emission = known.engine.closeDue() {
      for index in 0..<emission.count {
        rows.append(ResultRow(values: try values(emission.rows, index), isDeletion: emission.isTombstone[index]))
      }
    }
    return rows
  }

  private func values(_ rows: ColumnBatch, _ index: Int) throws(ValueError) -> [Value] {
    var values: [Value] = []
    for (output, column) in zip(plan.projection, rows.columns) {
      values.append(try column.value(index, as: output.field.type))
    }
    return values
  }
}
