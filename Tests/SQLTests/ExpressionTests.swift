import Testing

@testable import SQL

/// Precedence and meaning, seen in the plan's text, in which every operator has its parentheses.
@Suite struct ExpressionTests {
  @Test(arguments: [
    ("i + i * i - i", "((I + (I * I)) - I)"),
    ("i * -i", "(I * (-I))"),
    ("-i * i", "((-I) * I)"),
    ("- - i", "(-(-I))"),
    ("+i", "I"),
    ("(i + i) * i", "((I + I) * I)"),
    ("i - i - i", "((I - I) - I)"),
    ("i + i = i * i", "((I + I) = (I * I))"),
    ("s || s || s", "CONCAT(CONCAT(S, S), S)"),
    ("s + s", "CONCAT(S, S)"),
    ("b OR b AND NOT b", "(B OR (B AND (NOT B)))"),
    ("NOT i = i AND b", "((NOT (I = I)) AND B)"),
    ("(b OR b) AND b", "((B OR B) AND B)"),
    ("i BETWEEN i AND i + 1 AND b", "(((I >= I) AND (I <= (I + 1))) AND B)"),
    ("i NOT BETWEEN 1 AND 2", "(NOT ((I >= 1) AND (I <= 2)))"),
    ("s IN ('a', 'it''s')", "(S IN ('a', 'it''s'))"),
    ("s NOT IN ('a')", "(NOT (S IN ('a')))"),
    ("s LIKE 'a%' OR s NOT LIKE 'b_'", "((S LIKE 'a%') OR (NOT (S LIKE 'b_')))"),
    ("s IS NULL", "(S IS NULL)"),
    ("i + 1 IS NOT NULL", "((I + 1) IS NOT NULL)"),
    ("(i = i) = b", "((I = I) = B)"),
    (
      "i IS DISTINCT FROM 1",
      "CASE WHEN (I IS NULL) THEN (1 IS NOT NULL) WHEN (1 IS NULL) THEN TRUE ELSE (I <> 1) END"
    ),
    ("CASE WHEN b THEN 1 END", "CASE WHEN B THEN 1 ELSE NULL END"),
    ("CASE s WHEN 'x' THEN 1 WHEN 'y' THEN 2 ELSE 3 END", "CASE WHEN (S = 'x') THEN 1 WHEN (S = 'y') THEN 2 ELSE 3 END"),
    ("cast(i AS VARCHAR)", "CAST(I AS STRING)"),
    ("T.i + `I`", "(I + I)"),
    ("ROWTIME", "UNIX_TIMESTAMP(TS)"),
    ("ifnull(s, 'none')", "COALESCE(S, 'none')"),
    ("concat(s, 'x')", "CONCAT(COALESCE(S, ''), 'x')"),
    ("NULLIF(i, 0)", "NULLIF(I, 0)"),
    ("true", "TRUE"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("-.50", "-0.50"),
    ("1e3", "1000.0e0"),
  ])
  func `operators bind as in ksqlDB`(expression: String, expected: String) throws {
    #expect(try planned(expression).text == expected)
  }

  @Test(arguments: [
    ("ts >= '2026-11-21'", "(TS >= TIMESTAMP 1795219200000000)"),
    ("ts >= '2026'", "(TS >= TIMESTAMP 1767225600000000)"),
    ("ts < '2024-02-29T12:30:15.123456Z'", "(TS < TIMESTAMP 1709209815123456)"),
    ("ts < '2024-02-29 12:30:15.5+01:30'", "(TS < TIMESTAMP 1709204415500000)"),
    ("ts = '1969-12-31T23:59:59.999999'", "(TS = TIMESTAMP -1)"),
    ("'2000-03-01' <= ts", "(TIMESTAMP 951868800000000 <= TS)"),
    ("ts BETWEEN '1970' AND '1970-01-02'", "((TS >= TIMESTAMP 0) AND (TS <= TIMESTAMP 86400000000))"),
    ("ts IN ('1970', '1970-01')", "(TS IN (TIMESTAMP 0, TIMESTAMP 0))"),
    ("d = '1972-03-01'", "(D = DATE 790)"),
    ("CAST('1970-01-01T00:00:01' AS TIMESTAMP)", "TIMESTAMP 1000000"),
  ])
  func `texts beside times are read as ISO-8601 when planned`(expression: String, expected: String) throws {
    #expect(try planned(expression).text == expected)
  }

  @Test(arguments: [
    "2023-02-29", "2023-13-01", "2023-1-1", "0000", "2023-01-01T24", "2023-01-01T10:60", "2023-01-01T10:00:00.",
    "2023-01-01T10:00:00.1234567", "2023-01-01T10:00:00+1", "2023-01-01x", "yesterday", "", "２０２３",
  ])
  func `a text that is no moment is refused`(text: String) {
    #expect(refusal(of: "ts > '\(text)'")?.message == "this is not a TIMESTAMP")
  }

  @Test func `a comparison of a decimal with a literal keeps the column's own type`() throws {
    #expect(try planned("price > 100").text == "(PRICE > 100.00000000)")
    #expect(try planned("price > 0.5").text == "(PRICE > 0.50000000)")
    #expect(try planned("price = l").text == "(CAST(PRICE AS DECIMAL(27, 8)) = CAST(L AS DECIMAL(27, 8)))")
  }

  @Test func `casts that widen literals are done when planned`() throws {
    #expect(try planned("COALESCE(l, 1)").text == "COALESCE(L, 1)")
    #expect(try planned("x + 1").text == "(X + 1.0e0)")
    #expect(try planned("x + i").text == "(X + CAST(I AS DOUBLE))")
    #expect(try planned("l + i").text == "(L + CAST(I AS BIGINT))")
  }
}
