import Testing

@testable import SQL

@Suite struct FunctionLibraryTests {
  @Test func `every signature can be read, and every name stands once`() {
    var names: Set<String> = []
    for function in FunctionLibrary.all {
      #expect(function.unreadable == [], "\(function.name)")
      #expect(!function.signatures.isEmpty && function.summary.hasSuffix("."), "\(function.name)")
      #expect(names.insert(function.name).inserted, "\(function.name)")
    }
    #expect(FunctionLibrary.all.map(\.name) == FunctionLibrary.all.map(\.name).sorted())
  }

  @Test func `the library names all that the analyzer knows, and nothing that it refuses`() {
    for name in Array(FunctionNames.scalars.keys) + Array(FunctionNames.aggregates.keys) {
      #expect(FunctionLibrary.function(named: name) != nil, "\(name)")
    }
    for function in FunctionLibrary.all where function.isAggregate {
      #expect(FunctionNames.aggregates[function.name] != nil, "\(function.name)")
    }
    for name in FunctionNames.unsupported.keys { #expect(FunctionLibrary.function(named: name) == nil, "\(name)") }
  }

  @Test(arguments: [
    ("POWER(i, l)", "DOUBLE", "POWER(CAST(i AS DOUBLE), CAST(l AS DOUBLE))"), ("SIGN(d42)", "INT", "SIGN(d42)"),
    ("TRUNC(d42)", "DECIMAL(2, 0)", "TRUNC(d42)"), ("TRUNC(price, i)", "DECIMAL(18, 8)", "TRUNC(price, i)"),
    ("TRUNC(i)", "BIGINT", "TRUNC(i)"), ("TRUNC(i, 2)", "DECIMAL(10, 0)", "TRUNC(CAST(i AS DECIMAL(10, 0)), 2)"),
    ("LPAD(s, 3, '0')", "STRING", "LPAD(s, 3, '0')"), ("LPAD(y, 3, y)", "BYTES", "LPAD(y, 3, y)"),
    ("LPAD(s, NULL, '0')", "STRING", "LPAD(s, NULL, '0')"), ("SPLIT(s, ',')", "ARRAY<STRING>", "SPLIT(s, ',')"),
    (
      "ARRAY_CONTAINS(GENERATE_SERIES(l, 5), i)", "BOOLEAN",
      "ARRAY_CONTAINS(GENERATE_SERIES(l, 5), CAST(i AS BIGINT))"
    ),
    (
      "ENTRIES(AS_MAP(SPLIT(s, ','), GENERATE_SERIES(1, 2)), TRUE)", "ARRAY<STRUCT<K STRING, V INT>>",
      "ENTRIES(AS_MAP(SPLIT(s, ','), GENERATE_SERIES(1, 2)), TRUE)"
    ),
    ("GENERATE_SERIES(i, l)", "ARRAY<BIGINT>", "GENERATE_SERIES(CAST(i AS BIGINT), l)"),
    ("CONCAT(y, y)", "BYTES", "CONCAT(y, y)"), ("CONCAT_WS(s, 'a', NULL)", "STRING", "CONCAT_WS(s, 'a', NULL)"),
    ("FIELD(s)", "INT", "FIELD(s)"), ("LEN(y)", "INT", "LEN(y)"),
    ("JSON_ARRAY_CONTAINS(s, x)", "BOOLEAN", "JSON_ARRAY_CONTAINS(s, x)"),
    ("AS_VALUE(k)", "STRING", "AS_VALUE(k)"),
    (
      "COALESCE(SPLIT(s, ','), SPLIT(k, ','))", "ARRAY<STRING>",
      "COALESCE(SPLIT(s, ','), SPLIT(k, ','))"
    ),
  ])
  func `a call takes the nearest signature and widens its numbers`(expression: String, type: String, text: String) throws {
    let plan = try planned(expression)
    #expect(plan.type == type)
    #expect(plan.text.lowercased() == text.lowercased())
  }

  @Test(arguments: [
    ("LPAD(s, 3)", "LPAD does not take (STRING, INT)"), ("LPAD(s, x, '0')", "LPAD does not take (STRING, DOUBLE, STRING)"),
    ("ARRAY_CONTAINS(SPLIT(s, ','), 1)", "ARRAY_CONTAINS does not take (ARRAY<STRING>, INT)"),
    ("ARRAY_UNION(SPLIT(s, ','), GENERATE_SERIES(1, 2))", "ARRAY_UNION does not take (ARRAY<STRING>, ARRAY<INT>)"),
    ("GREATEST(SPLIT(s, ','), SPLIT(s, ','))", "GREATEST has no meaning for ARRAY<STRING>"),
    ("REPLAC(s, 'a', 'b')", "there is no function REPLAC"),
    ("UNIX_DATE()", "UNIX_DATE() of the present day is not supported: a replay would differ; give it a DATE column"),
    ("TRANSFORM(s, s)", "the function TRANSFORM is not supported; lambdas are not: compute the values before they are written"),
    ("UUID()", "the function UUID is not supported; a replay would differ: put it into the record"),
  ])
  func `what fits no signature is refused with the ways to call it`(expression: String, message: String) {
    let error = refusal(of: expression)
    #expect(error?.message == message)
  }

  @Test func `a refused call shows its signatures`() {
    #expect(
      refusal(of: "LPAD(s)")?.expected == [
        "LPAD(text STRING, length INT, padding STRING)", "LPAD(data BYTES, length INT, padding BYTES)",
      ])
    #expect(refusal(of: "REPLAC(s, 'a', 'b')")?.suggestion == "REPLACE")
  }
}
