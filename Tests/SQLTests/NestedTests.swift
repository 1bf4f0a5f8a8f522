import Testing

@testable import SQL

/// ARRAY, MAP and STRUCT.
@Suite struct NestedTests {
  private let stream = """
    CREATE STREAM n (
      k STRING KEY, a ARRAY<BIGINT>, m MAP<STRING, ARRAY<STRUCT<x INT, `y` TIME>>>, s STRUCT<p DECIMAL(9, 2), q STRUCT<r VARCHAR>>,
      i INT, y STRING
    ) WITH (KAFKA_TOPIC='n', VALUE_FORMAT='JSON');
    """

  private func expression(_ text: String) throws -> Expression {
    try SQLProgram.plan(stream + "CREATE STREAM o AS SELECT k, \(text) AS r FROM n;")[0].projection[1].expression
  }

  private var source: SourcePlan {
    get throws { try #require(try SQLProgram(files: [SQLFile(name: "n", text: stream)]).catalog.sources["N"]) }
  }

  @Test func `types are read at any depth`() throws {
    let types = try source.columns.map(\.type.description)
    #expect(
      types == [
        "STRING", "ARRAY<BIGINT>", "MAP<STRING, ARRAY<STRUCT<X INT, y TIME>>>",
        "STRUCT<P DECIMAL(9, 2), Q STRUCT<R STRING>>", "INT", "STRING",
      ])
  }

  @Test(arguments: [
    ("a[1]", "BIGINT", "[](A, 1)"), ("a[-1] + 1", "BIGINT", "([](A, -1) + 1)"), ("a[i]", "BIGINT", "[](A, I)"),
    ("m['u'][1]->x", "INT", "->([]([](M, 'u'), 1), 'X')"), ("m[y][2]->`y`", "TIME", "->([]([](M, Y), 2), 'y')"),
    ("s->q->r", "STRING", "->(->(S, 'Q'), 'R')"), ("n.s->p * 2", "DECIMAL(20, 2)", "(->(S, 'P') * 2.)"),
    ("ARRAY[1, 2000000000000, NULL]", "ARRAY<BIGINT>", "ARRAY(1, 2000000000000, NULL)"),
    ("ARRAY[1.5, 2]", "ARRAY<DECIMAL(11, 1)>", "ARRAY(1.5, 2.0)"), ("ARRAY[1, '2']", "ARRAY<INT>", "ARRAY(1, 2)"),
    ("MAP('a' := 1, y := 2)", "MAP<STRING, INT>", "MAP('a', 1, Y, 2)"),
    ("STRUCT(u := i, v := ARRAY[y])", "STRUCT<U INT, V ARRAY<STRING>>", "STRUCT(I, ARRAY(Y))"),
    ("STRUCT(u := 1)->u", "INT", "->(STRUCT(1), 'U')"), ("CAST(a AS ARRAY<STRING>)", "ARRAY<STRING>", "CAST(A AS ARRAY<STRING>)"),
    ("a = ARRAY[1]", "BOOLEAN", "(A = CAST(ARRAY(1) AS ARRAY<BIGINT>))"),
  ])
  func `nested values are read and made`(text: String, type: String, printed: String) throws {
    let plan = try SQLProgram.plan(stream + "CREATE STREAM o AS SELECT k, \(text) AS r FROM n;")[0]
    #expect(plan.projection[1].field.type.description == type)
    #expect(ExpressionPrinter(plan).text(plan.projection[1].expression) == printed)
  }

  @Test func `a field without an alias is called by its own name`() throws {
    let plan = try SQLProgram.plan(stream + "CREATE STREAM o AS SELECT k, s->q->r, m['u'][1]->x, s->q->r || 'a', i + 1 FROM n;")[
      0]
    #expect(plan.projection.map(\.field.name) == ["K", "R", "X", "KSQL_COL_0", "KSQL_COL_1"])
  }

  @Test(arguments: [
    ("a[0]", "positions in an ARRAY begin at 1; -1 is the last"),
    ("a['x']", "the position in an ARRAY is a whole number, not STRING"),
    ("m[1]", "the keys of this MAP are of type STRING, not INT"), ("i[1]", "[ ] reads from an ARRAY or a MAP, not from INT"),
    ("i->x", "-> reads a field of a STRUCT, not of INT"), ("s->z", "this STRUCT has no field Z"),
    ("s->* = 1", "a selection of all columns can only stand alone between commas"),
    ("ARRAY[]", "the type of this ARRAY's elements is not known; write CAST(… AS …) for one of them"),
    ("ARRAY[1, TRUE]", "the elements of an ARRAY must have one type, but this is BOOLEAN and others are INT"),
    ("MAP(NULL := 1)", "a key of a MAP cannot be NULL"), ("STRUCT(a := 1, a := 2)", "the field A is given twice"),
    ("STRUCT()", "a STRUCT has at least one field"), ("a > a", "> has no meaning for ARRAY<BIGINT>; use = or <>"),
    ("a + 1", "+ needs numbers, not ARRAY<BIGINT>"), ("CAST(a AS INT)", "ARRAY<BIGINT> cannot be cast to INT"),
    ("n->a", "N is a source; its columns are read with a point"),
  ])
  func `nested values that have no meaning are refused`(text: String, message: String) {
    #expect(refusal(stream + "CREATE STREAM o AS SELECT k, \(text) AS r FROM n;")?.message == message)
  }

  @Test(arguments: [
    ("a ARRAY<INT", "expected >"), ("a MAP<STRING>", "expected ,"), ("a STRUCT<x INT, x INT>", "the field X is declared twice"),
    ("a MAP<ARRAY<INT>, INT>", "the keys of a MAP are no ARRAY, MAP or STRUCT"),
    ("a VARCHAR(3)", "VARCHAR has no length here"),
    ("a STRUCT<x FLOAT>", "use DOUBLE"), ("a MAP<INT, INT>", "must have STRING keys"),
    ("`1a` INT", "AVRO cannot name a field 1a"),
  ])
  func `types that have no meaning are refused`(column: String, part: String) throws {
    let error = try #require(refusal("CREATE STREAM s (k INT KEY, \(column)) WITH (KAFKA_TOPIC='t');"))
    #expect("\(error)".contains(part), "\(error)")
  }

  @Test func `a type too deep is refused, not crashed on`() throws {
    let deep = String(repeating: "ARRAY<", count: 10_000) + "INT" + String(repeating: ">", count: 10_000)
    #expect(try #require(refusal("CREATE STREAM s (a \(deep)) WITH (KAFKA_TOPIC='t');")).message.contains("levels deep"))
    let brackets = "a" + String(repeating: "[1]", count: 10_000)
    #expect(
      try #require(refusal(stream + "CREATE STREAM o AS SELECT k, \(brackets) AS r FROM n;")).message.contains("levels deep"))
  }
}
