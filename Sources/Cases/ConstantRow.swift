import Columns
import SQL
import Values
import Windows

/// Values of constant expressions, computed by the engine.
enum ConstantRow {
  /// One value per expression. Throws a refusal where one cannot be computed.
  static func values(_ expressions: [Expression]) throws(CaseError) -> [Value] {
    let nothing = Field(name: "NOTHING", type: .boolean)
    let source = SourcePlan(
      name: "", topic: "", keyFormat: .none, valueFormat: .none, columns: [nothing], timestampColumn: nil, deduplicateBy: [],
      deduplicateWithin: 0, maxFutureSkew: nil, idleClose: nil, invalidTopic: "", partitions: nil)
    let sink = SinkPlan(
      name: "", topic: "", keyFormat: .none, valueFormat: .none, isTable: false, lateTopic: "", partitions: nil)
    let outputs = expressions.map { QueryPlan.Output(field: Field(name: "V", type: $0.type), expression: $0) }
    let plan = QueryPlan(id: "", source: source, sink: sink, filter: nil, aggregation: nil, projection: outputs)
    let batch = ColumnBatch(columns: [Column(name: nothing.name, type: .boolean, values: .bool([true]))], rowCount: 1)
    do {
      let stage = try SourceStage(source: source, retention: 0)
      let engine = try QueryEngine(plan, stage: stage)
      let result = try engine.process(stage.process(batch, offsets: [0], timestamps: [0]))
      guard let row = result.projected, row.rowCount == 1 else { throw CaseError.refused("a value cannot be computed") }
      var values: [Value] = []
      for (column, expression) in zip(row.columns, expressions) { values.append(try column.value(0, as: expression.type)) }
      return values
    } catch {
      throw .refused("\(error)")
    }
  }
}
