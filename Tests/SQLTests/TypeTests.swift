import Testing

@testable import SQL

/// ksqlDB's rules of typing, worked out by hand from its formulas.
@Suite struct TypeTests {
  @Test(arguments: [
    ("i + i", "INT"), ("i + l", "BIGINT"), ("l / i", "BIGINT"), ("i % x", "DOUBLE"), ("x + price", "DOUBLE"),
    // DECIMAL(p, s): + and - give max(p1-s1, p2-s2) + max(s1, s2) + 1.
    ("d42 + d42", "DECIMAL(5, 2)"), ("d42 + i", "DECIMAL(13, 2)"), ("d42 - l", "DECIMAL(22, 2)"),
    ("price - quantity", "DECIMAL(29, 8)"), ("quantity + big", "DECIMAL(38, 20)"),
    // * gives p1 + p2 + 1 and s1 + s2, the precision capped.
    ("d42 * d42", "DECIMAL(9, 4)"), ("d42 * i", "DECIMAL(15, 2)"), ("price * quantity", "DECIMAL(38, 16)"),
    // / gives s = max(6, s1 + p2 + 1), p = p1 - s1 + s2 + s; places give way to digits beyond 38.
    ("d42 / d42", "DECIMAL(11, 7)"), ("i / d42", "DECIMAL(18, 6)"), ("price / quantity", "DECIMAL(38, 20)"),
    ("big / d42", "DECIMAL(38, 18)"), ("quantity / big", "DECIMAL(38, 6)"),
    ("d42 % price", "DECIMAL(10, 8)"), ("price % 7", "DECIMAL(18, 8)"),
    ("-d42", "DECIMAL(4, 2)"), ("1.50", "DECIMAL(3, 2)"), ("0.05", "DECIMAL(2, 2)"), ("10.", "DECIMAL(2, 0)"),
    ("2147483647", "INT"), ("2147483648", "BIGINT"), ("-2147483648", "INT"), ("1e0", "DOUBLE"),
    ("s || 'x'", "STRING"), ("i = l", "BOOLEAN"),
    ("CASE WHEN b THEN i ELSE l END", "BIGINT"), ("CASE WHEN b THEN quantity ELSE 0 END", "DECIMAL(28, 8)"),
    ("CASE WHEN b THEN d42 ELSE 0 END", "DECIMAL(12, 2)"), ("CASE WHEN b THEN NULL ELSE ts END", "TIMESTAMP"),
    ("CASE WHEN b THEN d42 ELSE x END", "DOUBLE"), ("COALESCE(NULL, i, price)", "DECIMAL(18, 8)"),
    ("GREATEST(i, l, d42)", "DECIMAL(21, 2)"), ("LEAST(ts, ts)", "TIMESTAMP"), ("NULLIF(l, i)", "BIGINT"),
    ("ABS(price)", "DECIMAL(18, 8)"), ("CEIL(x)", "DOUBLE"), ("FLOOR(i)", "INT"), ("ROUND(x)", "BIGINT"),
    ("ROUND(price)", "DECIMAL(11, 0)"), ("ROUND(price, 2)", "DECIMAL(18, 8)"), ("SQRT(i)", "DOUBLE"), ("LN(price)", "DOUBLE"),
    ("LEN(s)", "INT"), ("UCASE(s)", "STRING"), ("SUBSTRING(s, 2)", "STRING"), ("SUBSTRING(s, 2, 3)", "STRING"),
    ("FROM_UNIXTIME(i)", "TIMESTAMP"), ("UNIX_TIMESTAMP(ts)", "BIGINT"),
    ("CAST(s AS DECIMAL(10, 2))", "DECIMAL(10, 2)"), ("CAST(NULL AS BYTES)", "BYTES"), ("CAST(ts AS DATE)", "DATE"),
  ])
  func `an expression has the type ksqlDB gives it`(expression: String, type: String) throws {
    #expect(try planned(expression).type == type)
  }

  @Test(arguments: [
    ("COUNT(*)", "BIGINT"), ("COUNT(s)", "BIGINT"), ("SUM(i)", "BIGINT"), ("SUM(l)", "BIGINT"), ("SUM(x)", "DOUBLE"),
    ("SUM(price)", "DECIMAL(38, 8)"), ("SUM(price * quantity)", "DECIMAL(38, 16)"), ("MIN(d42)", "DECIMAL(4, 2)"),
    ("MAX(s)", "STRING"), ("MAX(ts)", "TIMESTAMP"), ("AVG(i)", "DOUBLE"), ("AVG(price)", "DOUBLE"),
    ("FIRST_BY(price, ts, l)", "DECIMAL(18, 8)"), ("LAST_BY(b, ts)", "BOOLEAN"), ("EARLIEST_BY_OFFSET(d)", "DATE"),
    ("LATEST_BY_OFFSET(s)", "STRING"), ("VWAP(price, quantity)", "DECIMAL(38, 16)"), ("VWAP(price, i)", "DECIMAL(38, 16)"),
    ("VAR_SAMP(price)", "DOUBLE"), ("STDDEV_SAMP(x)", "DOUBLE"), ("STDDEV_SAMPLE(i)", "DOUBLE"),
    ("EARLIEST_BY_OFFSET(y)", "BYTES"), ("EARLIEST_BY_OFFSET(i, FALSE)", "INT"), ("LATEST_BY_OFFSET(s, 3)", "ARRAY<STRING>"),
    ("LATEST_BY_OFFSET(s, 3, FALSE)", "ARRAY<STRING>"), ("TOPK(d42, 3)", "ARRAY<DECIMAL(4, 2)>"),
    ("TOPK(x, s, ts, 3)", "ARRAY<STRUCT<sort_col DOUBLE, col0 STRING, col1 TIMESTAMP>>"), ("TOPKDISTINCT(s, 1)", "ARRAY<STRING>"),
    ("COLLECT_LIST(b)", "ARRAY<BOOLEAN>"), ("COLLECT_SET(y)", "ARRAY<BYTES>"), ("COUNT_DISTINCT(s, i)", "BIGINT"),
    ("CORRELATION(price, i)", "DOUBLE"), ("HISTOGRAM(s)", "MAP<STRING, BIGINT>"), ("ATTR(d)", "DATE"),
    ("REALIZED_VOL(price, ts, l)", "DOUBLE"), ("ARG_MIN(s, price)", "STRING"),
    ("SUM(i) / COUNT(*)", "BIGINT"), ("MAX(price) - MIN(price)", "DECIMAL(19, 8)"), ("WINDOWSTART", "BIGINT"),
    ("FROM_UNIXTIME(WINDOWEND)", "TIMESTAMP"),
  ])
  func `an aggregate has the type the contract gives it`(expression: String, type: String) throws {
    #expect(try grouped("\(expression) AS r, COUNT(*) AS n").projection[1].field.type.description == type)
  }

  @Test(arguments: [
    ("i + s", "+ needs numbers, not STRING"), ("i + NULL", "+ needs numbers, not NULL"),
    ("-s", "a sign needs a number, not STRING"),
    ("i = s", "= cannot compare INT with STRING; use CAST"), ("ts > i", "> cannot compare TIMESTAMP with INT; use CAST"),
    ("b < b", "< has no meaning for BOOLEAN; use = or <>"),
    ("i = NULL", "nothing is = NULL"), ("NULL IN (NULL)", "IN has no meaning between NULLs; use IS NULL"),
    ("b AND i", "AND needs a condition, not INT"), ("NOT s", "NOT needs a condition, not STRING"),
    ("s LIKE 1", "LIKE works on STRINGs, not INT"), ("s || i", "|| joins STRINGs, not INT; use CAST(… AS STRING)"),
    ("i / 0", "this divides by zero"), ("price % 0.0", "this divides by zero"),
    (
      "big * big",
      "an exact result of DECIMAL(38, 20) * DECIMAL(38, 20) has more than 38 digits after the point; CAST an operand to fewer"
    ),
    (
      "CASE WHEN b THEN 1 ELSE 'x' END",
      "the results of CASE must have one type, but this is STRING and others are INT"
    ),
    ("CASE WHEN b THEN NULL END", "every result of this CASE is NULL; give one a type with CAST(NULL AS …)"),
    ("CAST(b AS INT)", "BOOLEAN cannot be cast to INT"), ("CAST(i AS TIMESTAMP)", "INT cannot be cast to TIMESTAMP"),
    ("NULL", "this column has no type; write CAST(NULL AS …)"), ("LEN(i)", "LEN needs a STRING, not INT; use CAST(… AS STRING)"),
    ("SUBSTRING(s, x)", "SUBSTRING needs a whole number (INT) here, not DOUBLE"), ("ABS(s)", "ABS needs a number, not STRING"),
    ("GREATEST(b, b)", "GREATEST has no meaning for BOOLEAN"), ("SQRT()", "a wrong number of arguments"),
    ("9223372036854775808", "this number is too large for a BIGINT; write it as a DECIMAL, with a point"),
    ("123456789012345678901234567890123456789.", "a DECIMAL has at most 38 digits"),
    ("COUNT(*)", "an aggregate needs GROUP BY"),
    ("CAST(y AS STRING)", "BYTES cannot be cast to STRING"),
    ("UNIX_TIMESTAMP(s)", "UNIX_TIMESTAMP needs a TIMESTAMP, not STRING"),
  ])
  func `what has no meaning is refused with a sentence`(expression: String, message: String) {
    #expect(refusal(of: expression)?.message == message)
  }

  @Test(arguments: [
    ("VWAP(x, l)", "VWAP is exact and needs DECIMALs, not DOUBLE; use CAST"), ("SUM(s)", "SUM needs a number, not STRING"),
    ("MAX(b)", "MAX cannot order values of type BOOLEAN"),
    ("LAST_BY(i, y)", "LAST_BY by a BYTES is not supported yet; use a number or a time"),
    ("LAST_BY(i, s)", "LAST_BY by a STRING is not supported yet; use a number or a time"),
    ("ARG_MAX(i, s)", "ARG_MAX by a STRING is not supported yet; use a number or a time"),
    ("ARG_MIN(i, ts, l)", "a wrong number of arguments"), ("TOPK(i)", "a wrong number of arguments"),
    ("TOPK(i, l)", "TOPK needs to know how many values to keep: a number from 1 to 10000"),
    ("TOPKDISTINCT(i, 0)", "TOPKDISTINCT needs to know how many values to keep: a number from 1 to 10000"),
    ("TOPK(b, 2)", "TOPK cannot order values of type BOOLEAN"), ("TOPKDISTINCT(i, l, 2)", "a wrong number of arguments"),
    ("EARLIEST_BY_OFFSET(i, 2, b)", "EARLIEST_BY_OFFSET needs TRUE or FALSE here: whether NULLs are ignored"),
    ("LATEST_BY_OFFSET(i, TRUE, 2)", "LATEST_BY_OFFSET needs TRUE or FALSE here: whether NULLs are ignored"),
    ("HISTOGRAM(i)", "HISTOGRAM counts STRINGs, not INT; use CAST(… AS STRING)"),
    ("SUM_LIST(i)", "SUM_LIST needs an ARRAY of numbers, not INT"),
    ("CORRELATION(i, s)", "CORRELATION needs a number, not STRING"),
    ("REALIZED_VOL(price)", "a wrong number of arguments"), ("REALIZED_VOL(s, ts)", "REALIZED_VOL needs a number, not STRING"),
    ("VWAP(big, big)", "VWAP of these has more than 38 digits after the point; CAST an argument to fewer"),
    ("LAST_BY(i)", "a wrong number of arguments"), ("SUM(NULL)", "SUM of NULL is always NULL; name a column"),
    ("SUM(COUNT(*))", "an aggregate cannot contain another"),
    ("SUM(WINDOWSTART)", "WINDOWSTART can only be used in the SELECT of a windowed GROUP BY"),
  ])
  func `an aggregate over what it cannot take is refused`(item: String, message: String) {
    #expect { try grouped("\(item) AS r") } throws: { ($0 as? SQLError)?.message == message }
  }
}
