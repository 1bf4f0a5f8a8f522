import Columns
import SQL
import TestSupport
import Testing
import Windows

/// Scalar expressions, seen through a projection without GROUP BY.
@Suite struct ExpressionTests {
  /// The value per row, "NULL", or "fails".
  private func evaluate(_ expression: Expression, _ rows: [Row]) throws -> [String] {
    let source = Trades.source()
    let plan = QueryPlan(
      id: "CSAS_X", source: source,
      sink: SinkPlan(
        name: "X", topic: "x", keyFormat: .kafka, valueFormat: .avro, isTable: false, lateTopic: "l", partitions: nil),
      filter: nil, aggregation: nil,
      projection: [.init(field: Field(name: "X", type: expression.type), expression: expression)])
    let stage = try SourceStage(source: source, retention: 0)
    let engine = try QueryEngine(plan, stage: stage)
    let staged = try stage.process(
      Decoder().batch(rows), offsets: rows.map(\.offset), timestamps: rows.map(\.timestamp))
    let result = try engine.process(staged)
    #expect(engine.takeCounters().isBalanced)
    var out = [String](repeating: "fails", count: rows.count)
    for (i, row) in result.projectedRows.enumerated() { out[Int(row)] = result.projected?.columns[0].text(i) ?? "" }
    #expect(result.failed == out.indices.filter { out[$0] == "fails" })
    return out
  }

  private func call(_ function: ScalarFunction, _ type: SQLType, _ arguments: Expression...) -> Expression {
    .call(function, arguments, type)
  }

  private func one(_ expression: Expression, _ row: Row = Row()) throws -> String { try evaluate(expression, [row])[0] }

  private func big(_ value: Int64) -> Expression { .literal(.integer(value), .bigint) }
  private func text(_ value: String) -> Expression { .literal(.string(value), .string) }
  private func flag(_ value: Bool?) -> Expression { .literal(value.map { .boolean($0) } ?? .null, .boolean) }
  private func decimal(_ value: Int128, _ precision: Int, _ scale: Int) -> Expression {
    .literal(.decimal(unscaled: value, scale: scale), .decimal(precision: precision, scale: scale))
  }

  @Test func `whole arithmetic fails on overflow and on division by zero, and never traps`() throws {
    let rows = [Int64.max, .min, 5, -5].map { Row(id: $0) }
    let id = Trades.id
    #expect(try evaluate(call(.add, .bigint, id, big(1)), rows) == ["fails", "\(Int64.min + 1)", "6", "-4"])
    #expect(try evaluate(call(.subtract, .bigint, id, big(1)), rows) == ["\(Int64.max - 1)", "fails", "4", "-6"])
    #expect(try evaluate(call(.multiply, .bigint, id, big(2)), rows) == ["fails", "fails", "10", "-10"])
    #expect(try evaluate(call(.divide, .bigint, id, big(-1)), rows) == ["\(-Int64.max)", "fails", "-5", "5"])
    #expect(try evaluate(call(.divide, .bigint, id, big(0)), rows) == ["fails", "fails", "fails", "fails"])
    #expect(try evaluate(call(.modulo, .bigint, id, big(-1)), rows) == ["0", "0", "0", "0"])
    #expect(try evaluate(call(.modulo, .bigint, id, big(3)), rows) == ["1", "-2", "2", "-2"])
    #expect(try evaluate(call(.negate, .bigint, id), rows) == ["\(-Int64.max)", "fails", "-5", "5"])
    #expect(try evaluate(call(.abs, .bigint, id), rows) == ["\(Int64.max)", "fails", "5", "5"])
    let largest = Expression.literal(.integer(2_147_483_647), .integer)
    #expect(try one(call(.add, .integer, largest, .literal(.integer(1), .integer))) == "fails")
  }

  @Test func `decimal products are exact into 38 digits and fail beyond`() throws {
    let rows = [
      Row(price: 999_999_999_999_999_999, quantity: 99_999_999_999_999_999_999),
      Row(price: 999_999_999_999_999_999, quantity: 9_999_999_999_999_999_999_999_999_999),
      Row(price: -3, quantity: 5), Row(price: nil, quantity: 5),
    ]
    let expected = "\(Int128(999_999_999_999_999_999) * 99_999_999_999_999_999_999)"
    #expect(try evaluate(Trades.amount, rows) == [expected, "fails", "-15", "NULL"])
    // Digits that the result type has no place for are lost, and that is a failure, not a rounding.
    let narrow = call(.multiply, .decimal(precision: 38, scale: 8), Trades.price, Trades.price)
    #expect(try evaluate(narrow, [Row(price: 100_000_000), Row(price: 1)]) == ["100000000", "fails"])
  }

  @Test func `decimal sums align scales, and quotients are rounded`() throws {
    let type = SQLType.decimal(precision: 20, scale: 8)
    #expect(try one(call(.add, type, Trades.price, decimal(15, 3, 1)), Row(price: 1)) == "150000001")
    #expect(try one(call(.subtract, type, Trades.price, big(2)), Row(price: 1)) == "-199999999")
    #expect(try one(call(.divide, type, Trades.price, big(4)), Row(price: 1_00000000)) == "25000000")
    #expect(try one(call(.divide, type, Trades.price, big(3)), Row(price: 1_00000000)) == "33333333")
    #expect(try one(call(.divide, type, Trades.price, big(3)), Row(price: -2_00000000)) == "-66666667")
    #expect(try one(call(.divide, type, Trades.price, big(0))) == "fails")
    #expect(try one(call(.modulo, type, Trades.price, big(2)), Row(price: 5_50000000)) == "150000000")
    #expect(try one(call(.add, .decimal(precision: 3, scale: 0), decimal(999, 3, 0), decimal(1, 3, 0))) == "fails")
  }

  @Test func `NULL spreads through operators, and a NULL row cannot fail`() throws {
    let overflow = call(.multiply, .bigint, Trades.id, big(.max))
    #expect(try evaluate(overflow, [Row(id: nil), Row(id: 2)]) == ["NULL", "fails"])
    #expect(try one(call(.equal, .boolean, Trades.side, text("BUY")), Row(side: nil)) == "false")
    #expect(try one(call(.isNull, .boolean, Trades.side), Row(side: nil)) == "true")
    #expect(try one(call(.isNotNull, .boolean, Trades.side), Row(side: nil)) == "false")
    #expect(try one(call(.coalesce, .string, Trades.side, text("none")), Row(side: nil)) == "none")
    #expect(try one(call(.nullIf, .string, Trades.side, text("BUY"))) == "NULL")
  }

  @Test func `AND and OR follow the three-valued tables`() throws {
    let values: [Bool?] = [true, false, nil]
    func name(_ value: Bool?) -> String { value.map { "\($0)" } ?? "NULL" }
    for a in values {
      for b in values {
        let and: Bool? = a == false || b == false ? false : (a == nil || b == nil ? nil : true)
        let or: Bool? = a == true || b == true ? true : (a == nil || b == nil ? nil : false)
        #expect(try one(call(.and, .boolean, flag(a), flag(b))) == name(and))
        #expect(try one(call(.or, .boolean, flag(a), flag(b))) == name(or))
      }
    }
    let fails = call(.equal, .boolean, call(.divide, .bigint, big(1), big(0)), big(1))
    #expect(try one(call(.and, .boolean, flag(false), fails)) == "false")
    #expect(try one(call(.or, .boolean, fails, flag(true))) == "true")
    #expect(try one(call(.and, .boolean, flag(nil), fails)) == "fails")
  }

  @Test func `strings compare by text, across dictionaries and against literals`() throws {
    let rows = ["BUY", "SELL", "", "BUYS"].map { Row(symbol: $0, side: "BUY") }
    #expect(try evaluate(call(.equal, .boolean, Trades.symbol, text("BUY")), rows) == ["true", "false", "false", "false"])
    #expect(try evaluate(call(.notEqual, .boolean, text("never seen"), Trades.symbol), rows) == ["true", "true", "true", "true"])
    #expect(try evaluate(call(.equal, .boolean, Trades.symbol, Trades.side), rows) == ["true", "false", "false", "false"])
    #expect(try evaluate(call(.less, .boolean, Trades.symbol, Trades.side), rows) == ["false", "false", "true", "false"])
    #expect(try evaluate(call(.greaterOrEqual, .boolean, Trades.symbol, text("BUY")), rows) == ["true", "true", "false", "true"])
    #expect(
      try evaluate(call(.isIn, .boolean, Trades.symbol, text("SELL"), text("")), rows)
        == ["false", "true", "true", "false"])
  }

  @Test func `numbers of different types and scales compare by value`() throws {
    let huge = decimal(Int128("99999999999999999999999999999999999999")!, 38, 0)
    #expect(try one(call(.less, .boolean, Trades.price, huge)) == "true")
    #expect(try one(call(.equal, .boolean, decimal(150, 3, 2), decimal(15, 2, 1))) == "true")
    #expect(try one(call(.greater, .boolean, big(2), decimal(199, 3, 2))) == "true")
    #expect(try one(call(.less, .boolean, Trades.value, big(2)), Row(value: 1.5)) == "true")
    let nan = Row(value: .nan)
    #expect(try one(call(.equal, .boolean, Trades.value, Trades.value), nan) == "false")
    #expect(try one(call(.notEqual, .boolean, Trades.value, Trades.value), nan) == "true")
  }

  @Test func `CASE takes the first true branch, and a branch not taken cannot fail`() throws {
    let fails = call(.divide, .bigint, Trades.id, big(0))
    let expression = Expression.conditional(
      [
        .init(condition: call(.equal, .boolean, Trades.side, text("BUY")), result: Trades.id),
        .init(condition: call(.equal, .boolean, Trades.side, text("BAD")), result: fails),
      ], otherwise: .literal(.null, .bigint), .bigint)
    let rows = ["BUY", "BAD", "SELL", nil].map { Row(id: 4, side: $0) }
    #expect(try evaluate(expression, rows) == ["4", "fails", "NULL", "NULL"])
  }

  @Test func `GREATEST and LEAST ignore NULL`() throws {
    let rows = [Row(id: 3), Row(id: nil), Row(id: 9)]
    #expect(try evaluate(call(.greatest, .bigint, Trades.id, big(5), .literal(.null, .bigint)), rows) == ["5", "5", "9"])
    #expect(try evaluate(call(.least, .bigint, Trades.id, big(5)), rows) == ["3", "5", "5"])
    #expect(try one(call(.greatest, .string, Trades.side, Trades.symbol)) == "BUY")
  }

  @Test func `rounding of decimals and doubles`() throws {
    let whole = SQLType.decimal(precision: 18, scale: 0)
    let cases: [(Int64, String, String, String)] = [
      (1_50000000, "2", "2", "1"), (-1_50000000, "-1", "-1", "-2"), (-1_50000001, "-2", "-1", "-2"), (1_49999999, "1", "2", "1"),
      (-1, "0", "0", "-1"),
    ]
    for (price, round, ceil, floor) in cases {
      let row = Row(price: price)
      #expect(try one(call(.round, whole, Trades.price), row) == round)
      #expect(try one(call(.ceil, whole, Trades.price), row) == ceil)
      #expect(try one(call(.floor, whole, Trades.price), row) == floor)
    }
    #expect(try one(call(.round, Trades.priceType, Trades.price, big(2)), Row(price: 1_23500000)) == "124000000")
    #expect(try one(call(.round, .double, Trades.value), Row(value: -2.5)) == "-2.0")
    #expect(try one(call(.multiply, .double, Trades.value, Trades.value), Row(value: 1e200)) == "fails")
    #expect(try one(call(.add, .double, Trades.value, Trades.value), Row(value: -1e308)) == "fails")
    #expect(try one(call(.add, .double, Trades.value, Trades.value), Row(value: 1e307)) == "2e+307")
    #expect(try one(call(.sqrt, .double, Trades.value), Row(value: -1)) == "fails")
    #expect(try one(call(.ln, .double, Trades.value), Row(value: 0)) == "fails")
    #expect(try one(call(.sqrt, .double, Trades.price), Row(price: 2_25000000)) == "1.5")
  }

  @Test func `casts are exact or fail`() throws {
    func cast(_ expression: Expression, _ type: SQLType) -> Expression { .cast(expression, to: type) }
    #expect(try one(cast(Trades.price, .double), Row(price: 61837_63000000)) == "61837.63")
    #expect(try one(cast(Trades.value, .decimal(precision: 10, scale: 2)), Row(value: 0.1)) == "10")
    #expect(try one(cast(Trades.value, .decimal(precision: 10, scale: 2)), Row(value: 0.125)) == "fails")
    #expect(try one(cast(Trades.value, .bigint), Row(value: 1e300)) == "fails")
    #expect(try one(cast(Trades.value, .bigint), Row(value: -7.9)) == "-7")
    #expect(try one(cast(Trades.id, .integer), Row(id: 1 << 31)) == "fails")
    #expect(try one(cast(Trades.side, .bigint), Row(side: "-42")) == "-42")
    #expect(try one(cast(Trades.side, .decimal(precision: 5, scale: 2)), Row(side: "1.005")) == "fails")
    #expect(try one(cast(Trades.price, .string), Row(price: 5)) == "0.00000005")
    #expect(try one(cast(Trades.time, .date), Row(time: 86_400_000_000)) == "1")
    #expect(try one(call(.unixTimestamp, .bigint, Trades.time), Row(time: 1_999_999)) == "1999")
    #expect(try one(call(.fromUnixTime, .timestamp, Trades.id), Row(id: .max)) == "fails")
  }

  @Test func `functions of text`() throws {
    func like(_ value: String, _ pattern: String) throws -> String {
      try one(call(.like, .boolean, Trades.symbol, text(pattern)), Row(symbol: value))
    }
    #expect(try like("BTC-USDT", "%USD_") == "true")
    #expect(try like("BTC-USDT", "%USD") == "false")
    #expect(try like("a%b", "a\\%b") == "true")
    #expect(try like("axb", "a\\%b") == "false")
    #expect(try like("", "%") == "true")
    let row = Row(venue: "  Zürich ", symbol: "BTC-USDT")
    #expect(try one(call(.concat, .string, Trades.symbol, text("/"), Trades.side), row) == "BTC-USDT/BUY")
    #expect(try one(call(.upper, .string, Trades.venue), row) == "  ZÜRICH ")
    #expect(try one(call(.trim, .string, Trades.venue), row) == "Zürich")
    #expect(try one(call(.length, .integer, Trades.venue), row) == "9")
    #expect(try one(call(.substring, .string, Trades.symbol, big(5)), row) == "USDT")
    #expect(try one(call(.substring, .string, Trades.symbol, big(-4), big(3)), row) == "USD")
    #expect(try one(call(.substring, .string, Trades.symbol, big(.min), big(.min)), row) == "")
  }

  @Test func `what cannot be evaluated is refused when the query starts`() {
    for expression in [
      call(.add, .bigint, Trades.side, Trades.id), call(.equal, .boolean, Trades.side, Trades.id),
      call(.and, .boolean, Trades.id, Trades.id), .cast(Trades.time, to: .bigint), call(.like, .boolean, Trades.id, text("%")),
    ] {
      #expect(throws: WindowsError.self) { try self.evaluate(expression, [Row()]) }
    }
  }

  @Test func `a batch that is not of the source is refused`() throws {
    let stage = try SourceStage(source: Trades.source(), retention: 0)
    var batch = Decoder().batch([Row(), Row()])
    batch.columns.removeLast()
    #expect(throws: WindowsError.self) { try stage.process(batch, offsets: [0, 1], timestamps: [0, 1]) }
    batch = Decoder().batch([Row(), Row()])
    batch.columns[2] = Column(name: "TRADE_ID", type: .double, values: .double([1, 2]))
    #expect(throws: WindowsError.self) { try stage.process(batch, offsets: [0, 1], timestamps: [0, 1]) }
    #expect(throws: WindowsError.self) { try stage.process(Decoder().batch([Row()]), offsets: [], timestamps: [0]) }
  }
}
