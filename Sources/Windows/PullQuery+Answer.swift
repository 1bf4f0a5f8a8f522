import Columns
import SQL
import Values

extension PullQuery {
  /// Rows evaluated at a time, so that LIMIT ends a scan early.
  private static let chunk = 1024

  /// Applies WHERE, SELECT and LIMIT to rows of the source, in their order. Pure; may run on any thread.
  ///
  /// - Throws: `uncomputable` where a value of a row cannot be computed, `unsupported` for an expression that the engine does
  ///   not have, `mismatch` where a row does not have the source's columns.
  public func answer(from rows: [TableRow]) throws(WindowsError) -> [[Value]] {
    if let limit, limit <= 0 { return [] }
    let graph = ExpressionGraph()
    let condition = try filter.map { expression throws(WindowsError) in try graph.register(expression) }
    var nodes: [Int] = []
    for output in projection { nodes.append(try graph.register(output.expression)) }
    var answer: [[Value]] = []
    for start in stride(from: 0, to: rows.count, by: Self.chunk) {
      let chunk = rows[start..<min(rows.count, start + Self.chunk)]
      try graph.begin(leaves(of: chunk))
      let kept = try self.kept(condition, graph, chunk.count)
      for row in kept {
        answer.append(try values(nodes, graph, row))
        if answer.count == limit { return answer }
      }
    }
    return answer
  }

  private func kept(_ condition: Int?, _ graph: ExpressionGraph, _ count: Int) throws(WindowsError) -> [Int] {
    guard let condition else { return Array(0..<count) }
    let vector = graph.value(condition)
    var kept: [Int] = []
    for row in 0..<count {
      guard !vector.isFailed(row) else { throw .uncomputable("WHERE") }
      if vector.isValid(row), vector.bools[row & vector.mask] { kept.append(row) }
    }
    return kept
  }

  private func values(_ nodes: [Int], _ graph: ExpressionGraph, _ row: Int) throws(WindowsError) -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(nodes.count)
    for (node, output) in zip(nodes, projection) {
      let vector = graph.value(node)
      guard !vector.isFailed(row) else { throw .uncomputable(output.field.name) }
      guard vector.isValid(row) else {
        values.append(.null)
        continue
      }
      do throws(ValueError) {
        values.append(try Value(vector.values, at: row & vector.mask, as: output.expression.type))
      } catch {
        throw .uncomputable(output.field.name)
      }
    }
    return values
  }

  private func leaves(of rows: ArraySlice<TableRow>) throws(WindowsError) -> ExpressionGraph.Leaves {
    var leaves = ExpressionGraph.Leaves()
    for (index, field) in source.columns.enumerated() {
      var builder = ValueColumnBuilder(field.type, dictionary: StringDictionary())
      for row in rows {
        guard row.values.count == source.columns.count else { throw .mismatch("a row of other columns") }
        do throws(ValueError) { try builder.append(row.values[index]) } catch {
          throw .mismatch("column \(field.name) holds what is no \(field.type)")
        }
      }
      leaves.columns.append(builder.column(named: field.name))
    }
    leaves.rowCount = rows.count
    leaves.windowStarts = rows.map { ($0.window?.start ?? 0).flooredQuotient(1000) }
    leaves.windowEnds = rows.map { ($0.window?.end ?? 0).flooredQuotient(1000) }
    leaves.eventTimes = rows.map(\.time)
    leaves.offsets = rows.map { _ in 0 }
    return leaves
  }
}
