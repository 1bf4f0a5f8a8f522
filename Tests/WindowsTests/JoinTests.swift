import Columns
import SQL
import TestSupport
import Testing
import Windows

/// A stream joined with a table: trades and the list of what is traded.
@Suite struct JoinTests {
  private static let table = SourcePlan(
    name: "LISTING", topic: "listing", keyFormat: .kafka, valueFormat: .avro, isTable: true,
    columns: [
      Field(name: "SYMBOL", type: .string, isKey: true), Field(name: "SECTOR", type: .string),
      Field(name: "LOT", type: .decimal(precision: 28, scale: 2)), Field(name: "TAGS", type: .array(.bigint)),
    ], timestampColumn: nil, deduplicateBy: [], deduplicateWithin: 0, maxFutureSkew: nil, idleClose: nil,
    invalidTopic: "listing.invalid", partitions: nil)

  private static let sector = Expression.column(9, .string)
  private static let lot = Expression.column(10, .decimal(precision: 28, scale: 2))

  /// symbol, price, sector, lot of every trade.
  private static func plan(_ kind: JoinPlan.Kind, key: Expression = Trades.symbol, filter: Expression? = nil) -> QueryPlan {
    let outputs: [(String, Expression)] = [
      ("S", Trades.symbol), ("P", Trades.price), ("SECTOR", sector), ("LOT", lot), ("TAGS", .column(11, .array(.bigint))),
    ]
    return QueryPlan(
      id: "CSAS_J", source: Trades.source(),
      sink: SinkPlan(
        name: "J", topic: "j", keyFormat: .kafka, valueFormat: .avro, isTable: false, lateTopic: "late", partitions: nil),
      join: JoinPlan(kind: kind, table: table, key: key), filter: filter, aggregation: nil,
      projection: outputs.map { .init(field: Field(name: $0.0, type: $0.1.type), expression: $0.1) })
  }

  final class Run {
    let plan: QueryPlan
    var table: MaterialisedTable
    var stage: SourceStage
    var engine: QueryEngine
    var tableState: [[UInt8]: [UInt8]] = [:]
    var state: [[UInt8]: [UInt8]] = [:]
    var shown: [String] = []
    var origins: [Int32] = []
    var counters = QueryCounters()

    init(_ plan: QueryPlan) throws {
      self.plan = plan
      table = try MaterialisedTable(JoinTests.table)
      stage = try SourceStage(source: plan.source, retention: 0)
      engine = try QueryEngine(plan, stage: stage, table: table)
    }

    /// Rows of the table; a row without a sector is a deletion.
    func list(_ rows: [(symbol: String?, sector: String?, lot: Int128)]) throws -> [Int] {
      let dictionary = StringDictionary()
      func codes(_ values: [String?]) -> ColumnValues { .codes(values.map { dictionary.code(of: $0 ?? "") }, dictionary) }
      var tags = BytesVector()
      // ARRAY of one BIGINT 7, NULL where the sector is.
      for _ in rows { tags.append(contentsOf: [12, 1, 4, 14]) }
      let types = JoinTests.table.columns
      func column(_ i: Int, _ values: ColumnValues, _ valid: [Bool]) -> Column {
        Column(
          name: types[i].name, type: [.string, .string, .decimal(precision: 28, scale: 2), .bytes][i], values: values,
          validity: valid)
      }
      let valid = rows.map { $0.sector != nil }
      return try table.apply(
        ColumnBatch(
          columns: [
            column(0, codes(rows.map(\.symbol)), rows.map { $0.symbol != nil }), column(1, codes(rows.map(\.sector)), valid),
            column(2, .int128(rows.map(\.lot)), valid), column(3, .bytes(tags), valid),
          ], rowCount: rows.count), isDeletion: valid.map { !$0 })
    }

    func trade(_ rows: [Row]) throws -> ProcessResult {
      let staged = try stage.process(Decoder().batch(rows), offsets: rows.map(\.offset), timestamps: rows.map(\.timestamp))
      let result = try engine.process(staged)
      counters = counters + engine.takeCounters()
      if let projected = result.projected {
        for row in 0..<projected.rowCount {
          shown.append(zip(projected.columns, plan.projection).map { $0.text(row, $1.field.type) }.joined(separator: " "))
        }
        origins += result.projectedRows
      }
      return result
    }

    func restart() throws {
      for entry in table.takeDirty() { tableState[entry.key] = entry.value }
      for entry in engine.takeDirty() { state[entry.key] = entry.value }
      table = try MaterialisedTable(JoinTests.table)
      for (key, value) in tableState { try table.restore(key: key, value: value) }
      stage = try SourceStage(source: plan.source, retention: 0)
      engine = try QueryEngine(plan, stage: stage, table: table)
      for (key, value) in state { try engine.restore(key: key, value: value) }
    }
  }

  @Test func `LEFT JOIN keeps a record without a match, with NULL in the table's columns`() throws {
    let run = try Run(Self.plan(.left))
    _ = try run.trade([Row(symbol: "A", price: 1)])
    #expect(try run.list([("A", "tech", 250)]) == [])
    _ = try run.trade([Row(symbol: "A", price: 2), Row(symbol: "B", price: 3), Row(symbol: nil, price: 4)])
    #expect(run.shown == ["A 1 NULL NULL NULL", "A 2 tech 250 [7]", "B 3 NULL NULL NULL", "NULL 4 NULL NULL NULL"])
    #expect(run.counters.aggregated == 4)
    #expect(run.counters.isBalanced)
  }

  @Test func `INNER JOIN drops a record without a match, and rows are told by their places in the source`() throws {
    let run = try Run(Self.plan(.inner))
    _ = try run.list([("A", "tech", 1), ("C", "oil", 2)])
    _ = try run.trade([Row(symbol: "B"), Row(symbol: "A"), Row(symbol: nil), Row(time: nil), Row(symbol: "C")])
    #expect(run.shown == ["A 100 tech 1 [7]", "C 100 oil 2 [7]"])
    #expect(run.origins == [1, 4])
    #expect(run.counters.filtered == 2)
    #expect(run.counters.isBalanced)
  }

  @Test func `a record finds the row of its moment: changed, deleted, and back after a restart`() throws {
    let run = try Run(Self.plan(.left))
    for change: (symbol: String?, sector: String?, lot: Int128) in [("A", "x", 1), ("A", "y", 1), ("A", nil, 0), ("A", "z", 1)] {
      _ = try run.list([change])
      try run.restart()
      _ = try run.trade([Row(symbol: "A", price: 5)])
    }
    #expect(run.shown == ["A 5 x 1 [7]", "A 5 y 1 [7]", "A 5 NULL NULL NULL", "A 5 z 1 [7]"])
    #expect(run.table.count == 1)
    #expect(run.tableState.count == 1)
  }

  @Test func `a row without a key is refused`() throws {
    let run = try Run(Self.plan(.left))
    #expect(try run.list([(nil, "x", 1), ("A", "y", 1)]) == [0])
    #expect(run.table.count == 1)
  }

  @Test func `WHERE and GROUP BY see the table's columns`() throws {
    var plan = Self.plan(.inner, filter: .call(.notEqual, [Self.sector, .literal(.string("oil"), .string)], .boolean))
    plan.aggregation = AggregationPlan(
      groupBy: [Self.sector], window: WindowPlan(size: 1_000, advance: 1_000, grace: 0),
      aggregates: [Trades.call(.countAll, [], .bigint), Trades.call(.sum, [Self.lot], .decimal(precision: 38, scale: 2))],
      having: nil, emit: .final)
    plan.projection = [
      .init(field: Field(name: "K", type: .string, isKey: true), expression: .groupKey(0, .string)),
      .init(field: Field(name: "N", type: .bigint), expression: .aggregate(0, .bigint)),
      .init(
        field: Field(name: "L", type: .decimal(precision: 38, scale: 2)),
        expression: .aggregate(1, .decimal(precision: 38, scale: 2))),
    ]
    let run = try Run(plan)
    _ = try run.list([("A", "tech", 3), ("B", "tech", 4), ("C", "oil", 5)])
    _ = try run.trade([
      Row(symbol: "A", time: 1), Row(symbol: "C", time: 2), Row(symbol: "B", time: 3), Row(symbol: "X", time: 3),
    ])
    try run.restart()
    let result = try run.trade([Row(symbol: "Q", time: 9_000), Row(symbol: "A", time: 5_000), Row(symbol: "B", time: 4)])
    #expect(result.late.map(\.row) == [2])
    let emission = try #require(run.engine.closeDue())
    #expect((0..<emission.count).map { row in emission.rows.columns.map { $0.text(row) }.joined(separator: " ") } == ["tech 2 7"])
    #expect(run.counters.isBalanced)
    #expect(run.counters.filtered == 3)
    #expect(run.counters.late == 1)
  }

  @Test func `a key that cannot be computed fails its record`() throws {
    let key = Expression.cast(
      .call(.divide, [Trades.id, .literal(.integer(0), .bigint)], .bigint), to: .string)
    let run = try Run(Self.plan(.left, key: key))
    let result = try run.trade([Row(id: 1), Row(id: nil)])
    #expect(result.failed == [0])
    #expect(run.shown.count == 1)
    #expect(run.counters.isBalanced)
  }

  @Test func `stored rows are restored as they were, and broken ones are refused`() throws {
    let run = try Run(Self.plan(.left))
    _ = try run.list([("A", "tech", 3), ("B\u{0}", "oil", 4)])
    let entries = run.table.takeDirty()
    let other = try MaterialisedTable(Self.table)
    for entry in entries { try other.restore(key: entry.key, value: entry.value) }
    #expect(other.count == 2)
    #expect(other.takeDirty().isEmpty)
    var rng = SeededGenerator.forTest("broken table rows")
    for entry in entries {
      let value = entry.value ?? []
      for cut in 0..<value.count {
        #expect(throws: WindowsError.self) { try other.restore(key: entry.key, value: Array(value[..<cut])) }
      }
      #expect(throws: WindowsError.self) { try other.restore(key: Array(entry.key.dropLast()), value: value) }
      for _ in 0..<100 {
        var broken = value
        broken[Int.random(in: 0..<value.count, using: &rng)] = UInt8.random(in: 0...255, using: &rng)
        do { try other.restore(key: entry.key, value: broken) } catch { continue }
      }
    }
    run.table = other
  }

  @Test func `what cannot be joined is refused`() throws {
    #expect(throws: WindowsError.self) { try MaterialisedTable(Trades.source()) }
    let stage = try SourceStage(source: Trades.source(), retention: 0)
    #expect(throws: WindowsError.self) { try QueryEngine(Self.plan(.left), stage: stage) }
    let table = try MaterialisedTable(Self.table)
    #expect(throws: WindowsError.self) { try QueryEngine(Self.plan(.left, key: Trades.id), stage: stage, table: table) }
  }
}
