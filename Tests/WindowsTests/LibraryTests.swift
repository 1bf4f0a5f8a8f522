import Columns
import SQL
import TestSupport
import Testing
import Values

@testable import Windows

/// Functions of the library from statement to column.
@Suite struct LibraryTests {
  private static let probe = """
    CREATE STREAM t (k STRING KEY, i INT, l BIGINT, x DOUBLE, s STRING, ts TIMESTAMP, d DATE, price DECIMAL(18, 8), b BOOLEAN)
    WITH (KAFKA_TOPIC = 'probe.in', TIMESTAMP = 'ts');
    """

  /// The value of an expression over one row, as text; "NULL"; or "fails".
  private func evaluate(_ expression: String, _ values: [String: Value] = [:]) throws -> String {
    let plan = try SQLProgram.plan(Self.probe + "CREATE STREAM o AS SELECT k, \(expression) AS r FROM t;")[0]
    let graph = ExpressionGraph()
    let output = plan.projection[1]
    let node = try graph.register(output.expression)
    var leaves = ExpressionGraph.Leaves()
    leaves.rowCount = 1
    for field in plan.source.columns {
      var builder = ValueColumnBuilder(field.type, dictionary: StringDictionary())
      try builder.append(values[field.name] ?? .null)
      leaves.columns.append(builder.column(named: field.name))
    }
    graph.begin(leaves)
    let vector = graph.value(node)
    #expect(vector.type == output.field.type)
    if vector.isFailed(0) { return "fails" }
    return try vector.value(0).text(as: vector.type) ?? "NULL"
  }

  @Test func `every example of the library gives what it says`() throws {
    var count = 0
    for function in FunctionLibrary.all {
      for example in function.examples {
        let result = try evaluate(example.expression)
        #expect(result == example.result, "\(example.expression)")
        count += 1
      }
    }
    #expect(count > 100)
  }

  @Test(arguments: [
    ("LPAD(s, i, '*')", ["S": Value.string("ab"), "I": .integer(4)], "**ab"), ("LPAD(s, i, '*')", ["S": .string("ab")], "NULL"),
    ("LPAD(s, i, '*')", ["S": .string("ab"), "I": .integer(.max)], "fails"),
    ("POWER(i, 2)", ["I": .integer(3)], "9.0"),
    ("POWER(price, l)", ["PRICE": .decimal(unscaled: 150_000_000, scale: 8), "L": .bigint(2)], "2.25"),
    ("POWER(x, 2)", ["X": .double(1e200)], "fails"), ("LOG(x)", ["X": .double(-1)], "fails"),
    ("SIGN(price)", ["PRICE": .decimal(unscaled: -1, scale: 8)], "-1"),
    ("TRUNC(price, 1)", ["PRICE": .decimal(unscaled: 199_999_999, scale: 8)], "1.90000000"),
    ("CAST(x AS STRING)", ["X": .double(1e10)], "1.0E10"),
    ("CAST(s AS DATE)", ["S": .string("2026-02")], "2026-02-01"), ("CAST(s AS DATE)", ["S": .string("2026-02-30")], "fails"),
    ("CAST(s AS TIMESTAMP)", ["S": .string("2026-01-31T09:30:00.5+01:00")], "2026-01-31T08:30:00.500"),
    ("CAST(s AS TIME)", ["S": .string("09:30")], "09:30"), ("CAST(s AS TIME)", ["S": .string("09:30Z")], "fails"),
    ("CAST(ts AS STRING)", ["TS": .timestamp(1)], "1970-01-01T00:00:00.000001"),
    ("CAST(d AS STRING)", ["D": .date(-1)], "1969-12-31"),
    ("CAST(ts AS TIME)", ["TS": .timestamp(-1_000_000)], "23:59:59"), ("ARRAY[i, 2][-1]", ["I": .integer(1)], "2"),
    ("ARRAY[i, l][3]", ["I": .integer(1)], "NULL"), ("ARRAY[i, NULL]", ["I": .integer(1)], "[1, null]"),
    ("MAP('a' := i, 'b' := 2)['a']", ["I": .integer(1)], "1"), ("MAP(s := 1)", [:], "fails"),
    ("STRUCT(a := i, b := s)->b", ["S": .string("x")], "x"), ("STRUCT(a := i, b := s)", ["I": .integer(1)], "Struct{A=1}"),
    ("CAST(ARRAY[i, 2] AS ARRAY<STRING>)", ["I": .integer(1)], "[1, 2]"),
    ("CAST(ARRAY[x] AS ARRAY<INT>)", ["X": .double(1e300)], "fails"),
    ("CAST(STRUCT(a := i) AS STRUCT<B INT, A STRING>)", ["I": .integer(1)], "Struct{A=1}"),
    ("CAST(MAP('1' := i) AS MAP<STRING, DOUBLE>)", ["I": .integer(1)], "{1=1.0}"),
    ("s LIKE 'a!_%' ESCAPE '!'", ["S": .string("a_b")], "true"),
    (
      "TO_JSON_STRING(STRUCT(b := ARRAY[i], a := ts))", ["I": .integer(1), "TS": .timestamp(0)],
      #"{"A":"1970-01-01T00:00:00.000","B":[1]}"#
    ),
    ("CAST(s AS BOOLEAN)", ["S": .string("Y")], "true"), ("CAST(s AS BOOLEAN)", ["S": .string("maybe")], "fails"),
    ("CAST(b AS STRING)", ["B": .boolean(true)], "true"),
    ("TIMESTAMPADD('DAYS', i, ts)", ["I": .integer(1), "TS": .timestamp(0)], "1970-01-02T00:00:00.000"),
    ("TIMESTAMPADD('FORTNIGHTS', i, ts)", ["I": .integer(1), "TS": .timestamp(0)], "fails"),
    ("CONCAT_WS('-', s, k, s)", ["S": .string("a")], "a-a"), ("ELT(i, 'a', s)", ["I": .integer(3)], "NULL"),
    ("COALESCE(SPLIT(s, ','), SPLIT('x', ','))", [:], "[x]"), ("JSON_ITEMS(s)", ["S": .string("{}")], "fails"),
    ("ARRAY_LENGTH(JSON_ITEMS(s))", ["S": .string("[1,2,3]")], "3"), ("LEN(TO_BYTES(s, 'utf8'))", ["S": .string("é")], "2"),
    ("AS_VALUE(k)", ["K": .string("key")], "key"),
    // A failed argument fails the call, also one that takes NULL.
    ("CONCAT_WS('-', s, CAST(1 / i AS STRING))", ["S": .string("a"), "I": .integer(0)], "fails"),
  ])
  func `a call has the value or failure of its row`(expression: String, values: [String: Value], result: String) throws {
    #expect(try evaluate(expression, values) == result)
  }

  @Test func `every function has what computes it`() throws {
    for function in FunctionLibrary.all where !function.isAggregate {
      #expect(function.signatures.count >= 1)
      for signature in function.signatures {
        let types = signature.parameters.map { $0.type.sample }
        let match = try #require(function.match(types), "\(function.name)\(signature.text)")
        #expect(LibraryCall(function.name, arguments: match.arguments, result: match.result) != nil, "\(function.name)")
      }
    }
  }

  @Test func `a plan with a function that does not exist is refused`() {
    for expression in [
      Expression.function("NO_SUCH", [], .string), .function("LPAD", [.literal(.integer(1), .integer)], .string),
      .cast(.literal(.bytes([1]), .bytes), to: .string),
    ] {
      #expect(throws: WindowsError.self) { try ExpressionGraph().register(expression) }
    }
  }
}

extension ParameterType {
  /// A type that fits.
  fileprivate var sample: SQLType {
    switch self {
    case .exact(let type): type
    case .decimal, .wholeDecimal: .decimal(precision: 10, scale: 2)
    case .generic: .string
    case .array(let element): .array(element.sample)
    case .map(let key, let value): .map(key.sample, value.sample)
    case .structure: .structure([])
    }
  }
}
