import Foundation
import SQL
import TestSupport
import Testing
import Windows

/// Aggregates whose state is a list, a set, a map or a path.
@Suite struct CollectorTests {
  private static func call(
    _ function: AggregateFunction, _ arguments: [SQL.Expression], _ type: SQLType, _ parameters: [Literal] = []
  ) -> AggregateCall {
    AggregateCall(function: function, arguments: arguments, parameters: parameters, type: type)
  }

  /// The results of one group, column by column.
  private func results(_ calls: [AggregateCall], _ rows: [Row], restarts: Bool = false) throws -> [String] {
    let run = try Harness(
      Trades.plan(size: 0, grace: 0, aggregates: calls, emit: .changes, groupBy: [Trades.venue], window: .unbounded))
    for (i, row) in rows.enumerated() {
      var row = row
      row.offset = Int64(i)
      try run.process([row])
      if restarts { try run.restart() }
    }
    run.emit()
    #expect(run.failed.isEmpty)
    return run.emitted.last.map { $0.split(separator: " ").dropFirst(2).map(String.init) } ?? []
  }

  private let sides = ["b", nil, "a", "b", "c", nil].map { Row(side: $0) }

  @Test func `COLLECT_LIST holds all values in order, COLLECT_SET each once, NULLs too`() throws {
    let calls = [
      Self.call(.collectList, [Trades.side], .array(.string)), Self.call(.collectSet, [Trades.side], .array(.string)),
    ]
    #expect(try results(calls, sides) == ["[b,NULL,a,b,c,NULL]", "[b,NULL,a,c]"])
    #expect(try results(calls, sides, restarts: true) == ["[b,NULL,a,b,c,NULL]", "[b,NULL,a,c]"])
  }

  @Test func `COLLECT_LIST and COLLECT_SET hold the first thousand values`() throws {
    let calls = [
      Self.call(.collectList, [Trades.id], .array(.bigint)), Self.call(.collectSet, [Trades.id], .array(.bigint)),
    ]
    let found = try results(calls, (0..<1_100).map { Row(id: Int64($0 / 2)) })
    #expect(found[0].split(separator: ",").count == 1_000)
    #expect(found[0].hasSuffix(",499,499]"))
    #expect(found[1].split(separator: ",").count == 550)
    let many = try results([calls[1]], (0..<1_100).map { Row(id: Int64($0)) })
    #expect(many[0].hasSuffix(",998,999]"))
  }

  @Test func `TOPK and TOPKDISTINCT give the largest first and ignore NULLs`() throws {
    let calls = [
      Self.call(.topK, [Trades.id], .array(.bigint), [.integer(3)]),
      Self.call(.topKDistinct, [Trades.id], .array(.bigint), [.integer(3)]),
      Self.call(.topK, [Trades.side], .array(.string), [.integer(2)]),
    ]
    let rows = [3, 9, nil, 9, 7, 1].map { Row(id: $0, side: $0.map { "s\($0)" }) }
    #expect(try results(calls, rows) == ["[9,9,7]", "[9,7,3]", "[s9,s9]"])
    #expect(try results(calls, Array(rows[..<1])) == ["[3]", "[3]", "[s3]"])
    #expect(try results(calls, [Row(id: nil, side: nil)]) == ["[]", "[]", "[]"])
  }

  @Test func `TOPK with other columns gives structures, of equal ones the earlier`() throws {
    let type = SQLType.structure([.init(name: "sort_col", type: .bigint), .init(name: "col0", type: .string)])
    let calls = [Self.call(.topK, [Trades.id, Trades.side], .array(type), [.integer(2)])]
    let rows = [Row(id: 5, side: "x"), Row(id: 7, side: nil), Row(id: 5, side: "y"), Row(id: 5, side: "z")]
    #expect(try results(calls, rows) == ["[(7,NULL),(5,x)]"])
  }

  @Test func `COUNT_DISTINCT is exact, and HISTOGRAM counts a thousand different texts`() throws {
    let calls = [
      Self.call(.countDistinct, [Trades.side], .bigint), Self.call(.histogram, [Trades.side], .map(.string, .bigint)),
      Self.call(.countDistinct, [Trades.id, Trades.side], .bigint),
    ]
    #expect(try results(calls, sides) == ["3", "{a:1,b:2,c:1}", "3"])
    let many = try results(calls, (0..<3_000).map { Row(id: 1, side: "v\($0 % 1_500)") })
    #expect(many[0] == "1500")
    #expect(many[1].split(separator: ",").count == 1_000)
    #expect(many[1].contains("v999:2"))
    #expect(!many[1].contains("v1000:"))
  }

  @Test func `EARLIEST and LATEST take several values, with and without NULLs`() throws {
    func calls(_ function: AggregateFunction) -> [AggregateCall] {
      [
        Self.call(function, [Trades.side], .string, [.boolean(false)]), Self.call(function, [Trades.side], .string),
        Self.call(function, [Trades.side], .array(.string), [.integer(2)]),
        Self.call(function, [Trades.side], .array(.string), [.integer(3), .boolean(false)]),
      ]
    }
    let rows = [nil, "a", "b", "c", nil].map { Row(side: $0) }
    #expect(try results(calls(.earliestByOffset), rows) == ["NULL", "a", "[a,b]", "[NULL,a,b]"])
    #expect(try results(calls(.latestByOffset), rows) == ["NULL", "c", "[b,c]", "[b,c,NULL]"])
    #expect(try results(calls(.latestByOffset), rows, restarts: true) == ["NULL", "c", "[b,c]", "[b,c,NULL]"])
  }

  @Test func `ATTR is the value that all rows have`() throws {
    let calls = [Self.call(.attribute, [Trades.side], .string), Self.call(.attribute, [Trades.id], .bigint)]
    #expect(try results(calls, [Row(id: 4, side: "x"), Row(id: 4, side: "x")]) == ["x", "4"])
    #expect(try results(calls, [Row(id: 4, side: "x"), Row(id: 4, side: nil)], restarts: true) == ["NULL", "4"])
    #expect(try results(calls, [Row(id: 4, side: "x"), Row(id: 5, side: "y"), Row(id: 4, side: "x")]) == ["NULL", "NULL"])
  }

  @Test func `CORRELATION is exactly one on a line and NaN without one`() throws {
    let calls = [Self.call(.correlation, [Trades.price, Trades.quantity], .double)]
    let rising = (1...50).map { Row(price: 900_000_000_000_000_000 + Int64($0), quantity: Int128($0) * 3 - 7) }
    #expect(try results(calls, rising) == ["1.0"])
    #expect(try results(calls, rising.map { Row(price: $0.price, quantity: -($0.quantity ?? 0)) }) == ["-1.0"])
    #expect(try results(calls, [Row(price: 5, quantity: 1)]) == ["nan"])
    #expect(try results(calls, [Row(price: 5, quantity: 1), Row(price: 5, quantity: 2)]) == ["nan"])
    #expect(try results(calls, [Row(price: nil, quantity: 1)]) == ["nan"])
    // x = 1 2 3 4, y = 2 1 4 3: covariance 3/4 of the variances' 5/4, so 0.6.
    let known = try results(calls, [(1, 2), (2, 1), (3, 4), (4, 3)].map { Row(price: $0.0, quantity: $0.1) })
    #expect(abs((Double(known[0]) ?? 0) - 0.6) < 1e-15)
  }

  @Test func `REALIZED_VOL goes from price to price in the order of its columns`() throws {
    let calls = [Self.call(.realizedVolatility, [Trades.price, Trades.time, Trades.id], .double)]
    let rows = [
      Row(id: 2, price: 110, time: 5), Row(id: 1, price: 100, time: 5), Row(id: 3, price: nil, time: 6),
      Row(id: 4, price: 121, time: 7),
    ]
    let expected = (2 * log(1.1) * log(1.1)).squareRoot()
    for (turn, order) in [rows, rows.reversed()].enumerated() {
      let found = Double(try results(calls, order, restarts: turn == 1)[0]) ?? 0
      #expect(abs(found - expected) < 1e-12)
    }
    #expect(try results(calls, [rows[0]]) == ["NULL"])
  }

  @Test func `a price without a logarithm fails its record`() throws {
    let calls = [Self.call(.realizedVolatility, [Trades.price, Trades.time], .double)]
    let run = try Harness(Trades.plan(size: 1_000, grace: 0, aggregates: calls))
    try run.process([Row(price: 0, offset: 3), Row(price: -1, offset: 4), Row(price: 1, offset: 5)])
    #expect(run.failed == [3, 4])
    #expect(run.counters.isBalanced)
  }

  @Test func `state that has grown to a changelog record's size takes no more rows`() throws {
    let calls = [Self.call(.collectList, [Trades.side], .array(.string))]
    let run = try Harness(Trades.plan(size: 1_000, grace: 0, aggregates: calls))
    let long = String(repeating: "x", count: 100_000)
    try run.process((0..<12).map { Row(side: long, offset: Int64($0)) })
    #expect(run.failed == [9, 10, 11])
    run.checkpoint()
    #expect(run.state.values.allSatisfy { $0.count < 1 << 20 })
  }

  @Test func `what these aggregates cannot take is refused`() {
    for call in [
      Self.call(.topK, [Trades.id], .array(.bigint)), Self.call(.topK, [Trades.id], .array(.bigint), [.integer(0)]),
      Self.call(.correlation, [Trades.price, Trades.side], .double), Self.call(.histogram, [Trades.id], .map(.bigint, .bigint)),
      Self.call(.realizedVolatility, [Trades.price], .double),
      Self.call(.realizedVolatility, [Trades.price, Trades.side], .double),
      Self.call(.earliestByOffset, [Trades.id], .array(.bigint), [.integer(0)]),
      Self.call(.sumList, [Trades.id], .bigint),
    ] {
      #expect(throws: WindowsError.self) { try Harness(Trades.plan(size: 1, grace: 0, aggregates: [call])) }
    }
  }

  @Test func `the collecting aggregates agree with their definitions in any order of arrival within windows`() throws {
    var rng = SeededGenerator.forTest("collectors")
    let calls = [
      Self.call(.collectList, [Trades.side], .array(.string)), Self.call(.collectSet, [Trades.price], .array(Trades.priceType)),
      Self.call(.topK, [Trades.price], .array(Trades.priceType), [.integer(4)]),
      Self.call(.topKDistinct, [Trades.id], .array(.bigint), [.integer(4)]),
      Self.call(.countDistinct, [Trades.price], .bigint), Self.call(.histogram, [Trades.side], .map(.string, .bigint)),
      Self.call(.latestByOffset, [Trades.id], .array(.bigint), [.integer(3)]),
      Self.call(.correlation, [Trades.price, Trades.value], .double),
      Self.call(.realizedVolatility, [Trades.price, Trades.time, Trades.id], .double),
    ]
    for _ in 0..<20 {
      let rows = (0..<60).map { i in
        Row(
          id: Int64.random(in: 0..<6, using: &rng) == 0 ? nil : Int64.random(in: 0..<20, using: &rng),
          price: Bool.random(using: &rng) ? nil : Int64.random(in: 1...30, using: &rng),
          side: ["a", "bb", "c", nil].randomElement(using: &rng) ?? nil, time: Int64.random(in: 0..<9, using: &rng),
          value: Double(Int.random(in: -9...9, using: &rng)), offset: Int64(i))
      }
      let found = try results(calls, rows, restarts: Bool.random(using: &rng))
      let prices = rows.map(\.price)
      #expect(found[0] == NaiveAggregates.list(rows.map { NaiveAggregates.text($0.side) }))
      #expect(found[1] == NaiveAggregates.list(NaiveAggregates.distinct(prices).map(NaiveAggregates.text)))
      #expect(found[2] == NaiveAggregates.top(prices, 4))
      #expect(found[3] == NaiveAggregates.top(NaiveAggregates.distinct(rows.map(\.id)), 4))
      #expect(found[4] == "\(Set(prices.compactMap { $0 }).count)")
      #expect(found[5] == NaiveAggregates.histogram(rows.map(\.side)))
      #expect(found[6] == NaiveAggregates.list(rows.compactMap(\.id).suffix(3).map { "\($0)" }))
      let pairs = rows.compactMap { row in row.price.flatMap { p in row.value.map { (x: Double(p), y: $0) } } }
      #expect(abs((Double(found[7]) ?? 9) - NaiveAggregates.correlation(pairs)) < 1e-12)
      let path = NaiveAggregates.path(rows).map { log(Double($0.price ?? 1)) }
      let sum = zip(path.dropFirst(), path).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
      #expect(abs((Double(found[8]) ?? 9) - sum.squareRoot()) < 1e-12)
    }
  }
}
