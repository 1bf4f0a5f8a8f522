import Columns
import SQL
import TestSupport
import Testing
import Values
import Windows

/// A table read by a query: rows that change leave the group that they were in.
@Suite struct TableTests {
  private static let source = SourcePlan(
    name: "HOLDING", topic: "holding", keyFormat: .kafka, valueFormat: .json, isTable: true,
    columns: [
      Field(name: "ID", type: .bigint, isKey: true), Field(name: "G", type: .string), Field(name: "X", type: .bigint),
      Field(name: "D", type: .double), Field(name: "M", type: .decimal(precision: 18, scale: 2)),
      Field(name: "A", type: .array(.bigint)),
    ], timestampColumn: nil, deduplicateBy: [], deduplicateWithin: 0, maxFutureSkew: nil, idleClose: nil,
    invalidTopic: "holding.invalid", partitions: nil)

  private static let (id, group, x) = (column(0), column(1), column(2))
  private static let (d, m, list) = (column(3), column(4), column(5))

  private static func column(_ index: Int) -> Expression { .column(index, source.columns[index].type) }

  private static func sink(_ isTable: Bool) -> SinkPlan {
    SinkPlan(name: "O", topic: "o", keyFormat: .kafka, valueFormat: .json, isTable: isTable, lateTopic: "late", partitions: nil)
  }

  private static func call(_ function: AggregateFunction, _ arguments: [Expression], _ type: SQLType) -> AggregateCall {
    AggregateCall(function: function, arguments: arguments, type: type)
  }

  private static let calls: [AggregateCall] = [
    call(.countAll, [], .bigint), call(.count, [x], .bigint), call(.sum, [x], .bigint), call(.average, [x], .double),
    call(.varianceSample, [x], .double), call(.sum, [d], .double), call(.average, [d], .double),
    call(.standardDeviationSample, [d], .double), call(.correlation, [d, x], .double),
    call(.sum, [m], .decimal(precision: 38, scale: 2)), call(.vwap, [m, m], .decimal(precision: 38, scale: 16)),
    call(.collectList, [x], .array(.bigint)), call(.histogram, [group], .map(.string, .bigint)), call(.attribute, [x], .bigint),
    call(.sumList, [list], .bigint),
  ]

  private static func grouped(_ calls: [AggregateCall] = calls, filter: Expression? = nil, having: Expression? = nil) -> QueryPlan
  {
    var outputs = [QueryPlan.Output(field: Field(name: "G", type: .string, isKey: true), expression: .groupKey(0, .string))]
    for (n, call) in calls.enumerated() {
      outputs.append(.init(field: Field(name: "A\(n)", type: call.type), expression: .aggregate(n, call.type)))
    }
    return QueryPlan(
      id: "CTAS_O", source: source, sink: sink(true), filter: filter,
      aggregation: AggregationPlan(groupBy: [group], window: .unbounded, aggregates: calls, having: having, emit: .changes),
      projection: outputs)
  }

  private struct Holding: Equatable {
    var group: String?
    var x: Int64?
    var d: Double
    var m: Int128
    var list: [Int64]
    var order: Int64 = 0
  }

  /// A query with its state outside, as a changelog would hold it, and the rows of its sink.
  private final class Run {
    let plan: QueryPlan
    var stage: SourceStage
    var engine: QueryEngine
    var state: [[UInt8]: [UInt8]] = [:]
    var sink: [[Value]: [Value]] = [:]
    var log: [String] = []
    var counters = QueryCounters()
    var offset: Int64 = 0

    init(_ plan: QueryPlan) throws {
      self.plan = plan
      stage = try SourceStage(source: plan.source, retention: 0)
      engine = try QueryEngine(plan, stage: stage)
    }

    @discardableResult
    func change(_ changes: [(id: Int64?, row: Holding?)]) throws -> ProcessResult {
      let types = plan.source.columns.map(\.type)
      var builders = types.map { ValueColumnBuilder($0, dictionary: StringDictionary()) }
      for (id, row) in changes {
        try builders[0].append(id.map { .bigint($0) } ?? .null)
        try builders[1].append(row?.group.map { .string($0) } ?? .null)
        try builders[2].append(row?.x.map { .bigint($0) } ?? .null)
        try builders[3].append(row.map { .double($0.d) } ?? .null)
        try builders[4].append(row.map { .decimal(unscaled: $0.m, scale: 2) } ?? .null)
        try builders[5].append(row.map { .array($0.list.map { .bigint($0) }) } ?? .null)
      }
      let columns = zip(builders, plan.source.columns).map { $0.column(named: $1.name) }
      let offsets = changes.indices.map { offset + Int64($0) }
      offset += Int64(changes.count)
      let staged = try stage.process(
        ColumnBatch(columns: columns, rowCount: changes.count), offsets: offsets, timestamps: offsets.map { $0 * 1000 },
        deletions: changes.map { $0.row == nil })
      let result = try engine.process(staged)
      counters = counters + engine.takeCounters()
      return result
    }

    func emit() throws {
      guard let emission = engine.closeDue() else { return }
      let types = plan.projection.map(\.field.type)
      for row in 0..<emission.count {
        let values = try zip(emission.rows.columns, types).map { try $0.value(row, as: $1) }
        sink[[values[0]]] = emission.isTombstone[row] ? nil : values
        log.append(emission.isTombstone[row] ? "\(values[0].shown) gone" : values.map(\.shown).joined(separator: " "))
      }
    }

    func restart() throws {
      for entry in engine.takeDirty() { state[entry.key] = entry.value }
      stage = try SourceStage(source: plan.source, retention: 0)
      engine = try QueryEngine(plan, stage: stage)
      for (key, value) in state { try engine.restore(key: key, value: value) }
    }
  }

  // MARK: By definition

  private func expected(_ rows: [Holding], _ name: String) -> [Value] {
    let rows = rows.sorted { $0.order < $1.order }
    let xs = rows.compactMap(\.x)
    let pairs = rows.compactMap { row in row.x.map { (row.d, Double($0)) } }
    let volume = rows.reduce(0) { $0 + $1.m }
    let different = Set(rows.map(\.x))
    let sums = rows.flatMap(\.list)
    return [
      .string(name), .bigint(Int64(rows.count)), .bigint(Int64(xs.count)), xs.isEmpty ? .null : .bigint(xs.reduce(0, +)),
      xs.isEmpty ? .null : .double(Double(xs.reduce(0, +)) / Double(xs.count)),
      variance(xs.map { Double($0) }).map { .double($0) } ?? .null,
      rows.isEmpty ? .null : .double(rows.reduce(0) { $0 + $1.d }),
      rows.isEmpty ? .null : .double(rows.reduce(0) { $0 + $1.d } / Double(rows.count)),
      variance(rows.map(\.d)).map { .double($0.squareRoot()) } ?? .null, .double(correlation(pairs)),
      rows.isEmpty ? .null : .decimal(unscaled: volume, scale: 2),
      volume == 0 ? .null : .double(Double(rows.reduce(0) { $0 + $1.m * $1.m }) / Double(volume) / 100),
      .array(rows.map { $0.x.map { .bigint($0) } ?? .null }),
      .map(of: rows.isEmpty ? [] : [(key: .string(name), value: .bigint(Int64(rows.count)))]),
      different.count == 1 ? (different.first ?? nil).map { .bigint($0) } ?? .null : .null,
      sums.isEmpty ? .null : .bigint(sums.reduce(0, +)),
    ]
  }

  private func variance(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }

  private func correlation(_ pairs: [(Double, Double)]) -> Double {
    let n = Double(pairs.count)
    let (a, b) = (pairs.reduce(0) { $0 + $1.0 } / n, pairs.reduce(0) { $0 + $1.1 } / n)
    let (da, db) = (pairs.map { $0.0 - a }, pairs.map { $0.1 - b })
    let divisor = da.reduce(0) { $0 + $1 * $1 }.squareRoot() * db.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return divisor < 1e-9 ? .nan : zip(da, db).reduce(0) { $0 + $1.0 * $1.1 } / divisor
  }

  private func agree(_ got: Value, _ wanted: Value) -> Bool {
    switch (got, wanted) {
    case (.double(let a), .double(let b)): return a.isNaN ? b.isNaN : abs(a - b) <= 1e-9 * max(1, abs(b))
    case (.decimal(let unscaled, 16), .double(let b)): return abs(Double(unscaled) / 1e16 - b) <= 1e-9 * max(1, abs(b))
    default: return got == wanted
    }
  }

  @Test(arguments: [1, 7]) func `aggregates are those of the rows that are there`(batch: Int) throws {
    var generator = SeededGenerator.forTest("tables in batches of \(batch)")
    let run = try Run(Self.grouped())
    var table: [Int64: Holding] = [:]
    var seen: Set<String> = []
    for round in 0..<60 {
      var changes: [(id: Int64?, row: Holding?)] = []
      for _ in 0..<batch {
        let id = Int64.random(in: 0..<9, using: &generator)
        let name = ["a", "b", nil, "c"].randomElement(using: &generator) ?? nil
        let row = Holding(
          group: name, x: Bool.random(using: &generator) ? Int64.random(in: -3...3, using: &generator) : nil,
          d: Double.random(in: -4...4, using: &generator), m: Int128(Int64.random(in: 1...999, using: &generator)),
          list: (0..<Int.random(in: 0...2, using: &generator)).map { Int64($0) + id }, order: run.offset + Int64(changes.count))
        let isDeletion = Int.random(in: 0..<4, using: &generator) == 0
        changes.append((id, isDeletion ? nil : row))
        table[id] = isDeletion ? nil : row
        if !isDeletion, let name { seen.insert(name) }
      }
      try run.change(changes)
      try run.emit()
      if round % 5 == 4 { try run.restart() }
      for name in seen {
        let wanted = expected(table.values.filter { $0.group == name }, name)
        let got = try #require(run.sink[[.string(name)]])
        for (n, (a, b)) in zip(got, wanted).enumerated() where !agree(a, b) {
          Issue.record("round \(round), \(name), column \(n): \(a.shown) instead of \(b.shown)")
        }
      }
    }
    #expect(run.sink.count == seen.count)
    #expect(run.counters.isBalanced)
    #expect(run.counters.consumed == Int64(60 * batch))
  }

  @Test func `a row that moves is taken from its old group before it comes into the new one`() throws {
    let run = try Run(Self.grouped([Self.calls[0]]))
    try run.change([(1, Holding(group: "b", x: 1, d: 0, m: 1, list: []))])
    try run.emit()
    try run.change([(1, Holding(group: "a", x: 1, d: 0, m: 1, list: []))])
    try run.emit()
    try run.change([(1, nil), (1, nil), (2, nil)])
    try run.emit()
    try run.change([(nil, Holding(group: "a", x: 1, d: 0, m: 1, list: [])), (3, nil)])
    try run.emit()
    #expect(run.log == ["b 1", "b 0", "a 1", "a 0"])
    #expect(run.counters.nullKey == 1)
  }

  @Test func `WHERE and HAVING take a row away that does not satisfy them any more`() throws {
    let positive = Expression.call(.greater, [Self.x, .literal(.integer(0), .bigint)], .boolean)
    let many = Expression.call(.greater, [.aggregate(0, .bigint), .literal(.integer(1), .bigint)], .boolean)
    let run = try Run(Self.grouped([Self.calls[0]], filter: positive, having: many))
    for (id, x) in [(1, 1), (2, 1), (3, -1), (2, -1), (3, 5)] as [(Int64, Int64)] {
      try run.change([(id, Holding(group: "a", x: x, d: 0, m: 1, list: []))])
      try run.emit()
      try run.restart()
    }
    #expect(run.log == ["a 2", "a gone", "a 2"])
    #expect(run.counters.filtered == 2)
  }

  @Test func `a row that cannot be added exactly changes nothing, not even its old group`() throws {
    let run = try Run(Self.grouped([Self.calls[2]]))
    func row(_ name: String, _ x: Int64) -> Holding { Holding(group: name, x: x, d: 0, m: 1, list: []) }
    try run.change([(1, row("a", .max)), (2, row("b", 5))])
    let result = try run.change([(2, row("a", 1)), (1, row("a", 7)), (2, row("a", 1))])
    #expect(result.failed == [0])
    try run.emit()
    #expect(run.log == ["a 8", "b NULL"])
    #expect(run.counters.overflow == 1)
  }

  @Test func `a projection passes rows on and deletes those that are gone or fail WHERE`() throws {
    let positive = Expression.call(.greater, [Self.x, .literal(.integer(0), .bigint)], .boolean)
    let outputs = [
      QueryPlan.Output(field: Field(name: "ID", type: .bigint, isKey: true), expression: Self.id),
      QueryPlan.Output(
        field: Field(name: "H", type: .bigint),
        expression: .call(.divide, [.literal(.integer(100), .bigint), Self.x], .bigint)),
    ]
    let plan = QueryPlan(
      id: "CTAS_O", source: Self.source, sink: Self.sink(true), filter: positive, aggregation: nil, projection: outputs)
    let run = try Run(plan)
    func row(_ x: Int64?) -> Holding { Holding(group: nil, x: x, d: 0, m: 1, list: []) }
    let result = try run.change([(1, row(4)), (1, row(-4)), (2, nil), (nil, row(1)), (3, row(0)), (4, row(nil)), (5, row(50))])
    let projected = try #require(result.projected)
    #expect((0..<projected.rowCount).map { projected.columns[0].text($0) } == ["1", "1", "2", "3", "4", "5"])
    #expect(result.projectedDeletions == [false, true, true, true, true, false])
    #expect(projected.columns[1].text(5) == "2")
    #expect(result.nullKeys == [3])
    #expect(run.counters.isBalanced)
  }

  @Test func `aggregates that cannot let go of rows are refused, and so are windows`() throws {
    for function in [AggregateFunction.min, .max, .latestByOffset, .collectSet, .topK] {
      let call = Self.call(function, [Self.x], .bigint)
      #expect(throws: WindowsError.self) { try Run(Self.grouped([call])) }
    }
    var plan = Self.grouped()
    plan.aggregation?.window = WindowPlan(size: 10, advance: 10, grace: 0)
    #expect(throws: WindowsError.self) { try Run(plan) }
  }

  @Test func `broken state is refused and never traps`() throws {
    var generator = SeededGenerator.forTest("broken state of tables")
    let run = try Run(Self.grouped())
    try run.change((0..<6).map { ($0, Holding(group: ["a", "b"][Int($0) % 2], x: $0, d: 0.5, m: 3, list: [$0])) })
    try run.emit()
    let entries = run.engine.takeDirty()
    #expect(entries.count == 9)
    for _ in 0..<2_000 {
      let fresh = try Run(Self.grouped())
      for var entry in entries {
        if Bool.random(using: &generator), var value = entry.value, let at = value.indices.randomElement(using: &generator) {
          value[at] = UInt8.random(in: 0...255, using: &generator)
          entry.value = value
        }
        try? fresh.engine.restore(key: entry.key, value: entry.value)
      }
      try fresh.change([(1, nil), (2, Holding(group: "b", x: 1, d: 1, m: 1, list: []))])
      try fresh.emit()
    }
  }
}
