import Columns
import SQL
import Values

extension Expression {
  /// The values of constant expressions, such as those of INSERT INTO … VALUES.
  ///
  /// - Throws: `uncomputable` where one cannot be computed exactly.
  public static func constants(_ expressions: [Expression]) throws(WindowsError) -> [Value] {
    let graph = ExpressionGraph()
    var nodes: [Int] = []
    for expression in expressions { nodes.append(try graph.register(expression)) }
    var leaves = ExpressionGraph.Leaves()
    leaves.rowCount = 1
    graph.begin(leaves)
    var values: [Value] = []
    for (node, expression) in zip(nodes, expressions) {
      let vector = graph.value(node)
      guard !vector.isFailed(0) else { throw .uncomputable("a value") }
      guard vector.isValid(0) else {
        values.append(.null)
        continue
      }
      do throws(ValueError) { values.append(try Value(vector.values, at: 0, as: expression.type)) } catch {
        throw .uncomputable("a value")
      }
    }
    return values
  }
}
