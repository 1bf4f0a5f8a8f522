import Testing

@testable import SQL

/// Tables, joins, keys and repartitioning.
@Suite struct TableTests {
  private let table = "CREATE TABLE names (id STRING PRIMARY KEY, name STRING, rank INT) WITH (KAFKA_TOPIC='names');"

  private func plan(_ text: String) throws -> QueryPlan { try #require(try SQLProgram.plan(probe + table + text).last) }

  @Test func `a table over a topic has a primary key`() throws {
    let source = try #require(try SQLProgram(files: [SQLFile(name: "a", text: table)]).catalog.tables["NAMES"])
    #expect(source.isTable && source.keyColumns == [0] && source.columns.map(\.isKey) == [true, false, false])
    let two = "CREATE SOURCE TABLE p (a INT PRIMARY KEY, b INT PRIMARY KEY, c INT) WITH (KAFKA_TOPIC='p', FORMAT='JSON');"
    let pair = try #require(try SQLProgram(files: [SQLFile(name: "a", text: two)]).catalog.tables["P"])
    #expect(pair.keyColumns == [0, 1] && pair.isReadOnly && pair.keyFormat == .json && pair.valueFormat == .json)
  }

  @Test func `a table of a table keeps its key`() throws {
    let plan = try plan("CREATE TABLE top AS SELECT name, id AS who FROM names WHERE rank < 10;")
    #expect(plan.sink.isTable && plan.aggregation == nil && plan.source.isTable && plan.sink.keyFormat == .kafka)
    #expect(plan.projection.map(\.field.isKey) == [false, true])
  }

  @Test func `a stream is joined with a table by its key`() throws {
    let plan = try plan(
      "CREATE STREAM o AS SELECT t.k AS k, name, price FROM t LEFT OUTER JOIN names n ON t.k = n.id WHERE n.rank > 1 OR name IS NULL;"
    )
    let join = try #require(plan.join)
    #expect(join.kind == .left && join.table.name == "NAMES" && join.key == .column(0, .string) && join.repartition == nil)
    let base = plan.source.columns.count
    #expect(
      plan.projection.map(\.expression) == [
        .column(0, .string), .column(base + 1, .string), .column(10, .decimal(precision: 18, scale: 8)),
      ])
    #expect(plan.projection.map(\.field.isKey) == [true, false, false])
    #expect(plan.columns[base + 2].name == "RANK")
  }

  @Test func `a join by another column than the key passes through a topic`() throws {
    let plan = try plan("CREATE STREAM o AS SELECT n.id, i FROM t JOIN names n ON n.id = UCASE(t.s);")
    let join = try #require(plan.join)
    #expect(join.kind == .inner && join.key == .call(.upper, [.column(5, .string)], .string))
    #expect(join.repartition == Repartition(name: "CSAS_O-join-repartition", key: [join.key], keyFormat: .kafka))
    // The table's key column stands for the key that records are joined by.
    #expect(
      plan.projection[0].expression == join.key && plan.projection[0].field == Field(name: "ID", type: .string, isKey: true))
  }

  @Test func `all columns of a join carry their source's name`() throws {
    let plan = try plan("CREATE STREAM o AS SELECT * FROM t s JOIN names ON s.k = id;")
    #expect(
      plan.projection.map(\.field.name).first == "S_K"
        && plan.projection.map(\.field.name).suffix(3) == ["NAMES_ID", "NAMES_NAME", "NAMES_RANK"])
    #expect(plan.projection.filter(\.field.isKey).map(\.field.name) == ["S_K"])
  }

  @Test func `joined records are grouped by columns of either side`() throws {
    let plan = try plan(
      "CREATE TABLE o AS SELECT name, COUNT(*) AS n FROM t JOIN names ON k = id WINDOW TUMBLING (SIZE 1 DAY) GROUP BY name EMIT FINAL;"
    )
    let aggregation = try #require(plan.aggregation)
    let name = Expression.column(plan.source.columns.count + 1, .string)
    #expect(aggregation.groupBy == [name])
    #expect(aggregation.repartition == Repartition(name: "CTAS_O-group-repartition", key: [name], keyFormat: .kafka))
  }

  @Test(arguments: [
    ("k, i", "i", ["I"], true), ("i, k, s", "(s, i)", ["S", "I"], false), ("s, i + 1 AS j, k", "i + 1", ["J"], true),
    ("*", "i % 3", ["KSQL_COL_0"], true), ("*", "ROWTIME", ["ROWTIME"], true),
  ])
  func `PARTITION BY sets the key`(items: String, by: String, keys: [String], isKafka: Bool) throws {
    let plan = try plan("CREATE STREAM o AS SELECT \(items) FROM t PARTITION BY \(by);")
    #expect(plan.partitionBy?.count == keys.count)
    #expect(plan.projection.filter(\.field.isKey).map(\.field.name) == keys)
    #expect(plan.projection.filter(\.field.isKey).map(\.expression) == plan.partitionBy)
    #expect(plan.sink.keyFormat == (isKafka ? .kafka : .delimited))
  }

  @Test func `PARTITION BY NULL takes the key away`() throws {
    let plan = try plan("CREATE STREAM o AS SELECT i FROM t PARTITION BY NULL;")
    #expect(plan.partitionBy == [] && !plan.projection.contains { $0.field.isKey })
  }

  @Test func `keys stand in the order of GROUP BY`() throws {
    let plan = try plan("CREATE TABLE o AS SELECT i, COUNT(*) AS n, k FROM t WINDOW TUMBLING (SIZE 1 DAY) GROUP BY k, i;")
    #expect(plan.projection.map(\.field.name) == ["K", "N", "I"])
    #expect(plan.projection.map(\.field.isKey) == [true, false, true])
    #expect(plan.aggregation?.repartition == nil)
  }

  @Test func `groups without the source's key pass through a topic`() throws {
    let plan = try plan("CREATE TABLE o AS SELECT s, COUNT(*) AS n FROM t GROUP BY s;")
    let aggregation = try #require(plan.aggregation)
    #expect(aggregation.window == .unbounded && aggregation.emit == .changes && plan.sink.window == nil)
    #expect(aggregation.repartition?.key == [.column(5, .string)])
    let single =
      "CREATE STREAM one (a INT, b INT) WITH (KAFKA_TOPIC='one', PARTITIONS=1); CREATE TABLE p AS SELECT a, SUM(b) AS s FROM one GROUP BY a;"
    #expect(try SQLProgram.plan(single)[0].aggregation?.repartition == nil)
    let global = try self.plan("CREATE TABLE o AS SELECT 1 AS k, COUNT(*) AS n FROM t GROUP BY 1;")
    #expect(global.projection[0].expression == .groupKey(0, .integer) && global.projection[0].field.isKey)
  }

  @Test func `results are inserted into a stream by place and type`() throws {
    let text = """
      CREATE STREAM sink (key STRING KEY, amount DECIMAL(20, 4), note STRING) WITH (KAFKA_TOPIC='sink', VALUE_FORMAT='JSON');
      INSERT INTO sink SELECT s AS note2, i AS n, k FROM t;
      INSERT INTO sink SELECT k, d42, s FROM t WHERE b;
      """
    #expect(refusal(probe + text)?.message == "NOTE2 is of type STRING, but AMOUNT of SINK of type DECIMAL(20, 4); use CAST")
    let plans = try SQLProgram.plan(probe + text.replacing("s AS note2, i AS n", with: "i AS n, s AS note2"))
    #expect(plans.map(\.id) == ["INSERT_SINK_1", "INSERT_SINK_2"] && plans.allSatisfy { $0.sink.valueFormat == .json })
    #expect(plans[0].projection.map(\.field.name) == ["KEY", "AMOUNT", "NOTE"])
    #expect(plans[0].projection[1].expression == .cast(.column(2, .integer), to: .decimal(precision: 20, scale: 4)))
  }

  @Test func `a query is replaced by one that only adds columns or another WHERE`() throws {
    let first = probe + "CREATE STREAM o AS SELECT k, i FROM t WHERE i > 1;"
    let program = try SQLProgram(files: [
      SQLFile(name: "a", text: first + "CREATE OR REPLACE STREAM o AS SELECT k, i, s FROM t WHERE i > 2;")
    ])
    #expect(program.plans.count == 1 && program.plans[0].projection.count == 3)
    #expect(program.catalog.sources["O"]?.columns.count == 3)
    #expect(
      refusal(first + "CREATE OR REPLACE STREAM o AS SELECT k, i + 1 AS i FROM t;")?.message
        == "O cannot be replaced: the meaning of I would change; only WHERE and new columns at the end may; give it a new name and topic"
    )
    #expect(refusal(first + "CREATE OR REPLACE STREAM o AS SELECT k, s FROM t;")?.message.contains("column 2 is I INT") == true)
    let grouped = probe + "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;"
    #expect(
      refusal(grouped + "CREATE OR REPLACE TABLE o AS SELECT k, COUNT(*) AS n FROM t WHERE i > 1 GROUP BY k;")?.message
        == "O cannot be replaced: its groups have state; give it a new name and topic")
  }

  @Test(arguments: [
    (
      "CREATE TABLE x (a INT) WITH (KAFKA_TOPIC='x');",
      "a TABLE needs a column with PRIMARY KEY; a topic without keys is a STREAM"
    ),
    ("CREATE TABLE x (a INT KEY) WITH (KAFKA_TOPIC='x');", "the key of a TABLE is marked PRIMARY KEY"),
    (
      "CREATE STREAM x (a INT PRIMARY KEY) WITH (KAFKA_TOPIC='x');",
      "the key of a STREAM is marked KEY; PRIMARY KEY belongs to a TABLE"
    ),
    (
      "CREATE STREAM o AS SELECT id, rank FROM names;",
      "NAMES is a table, and what is selected from it is one; write CREATE TABLE O"
    ),
    (
      "CREATE TABLE o AS SELECT id, COUNT(*) AS n FROM names WINDOW TUMBLING (SIZE 1 DAY) GROUP BY id;",
      "WINDOW needs a stream: rows of a table belong to no time; read the stream behind it"
    ),
    (
      "CREATE TABLE o AS SELECT name, MAX(rank) AS n FROM names GROUP BY name;",
      "an aggregate over the table NAMES must take back rows that change, and this one cannot; use COUNT, SUM or AVG, or read a stream"
    ),
    (
      "CREATE TABLE o AS SELECT id, t.i FROM names JOIN t ON id = k;",
      "NAMES is a table; a join begins with a stream: FROM stream JOIN table"
    ),
    (
      "CREATE STREAM o AS SELECT k, i FROM t JOIN names ON t.i = id;",
      "the PRIMARY KEY is of type STRING, but this of type INT; use CAST"
    ),
    (
      "CREATE STREAM o AS SELECT k, i FROM t JOIN names ON k = name;",
      "one side of ON must be NAMES.ID, the PRIMARY KEY of the table"
    ),
    ("CREATE STREAM o AS SELECT k, i FROM t JOIN names ON k < id;", "a join is ON the stream's value = the table's PRIMARY KEY"),
    ("CREATE STREAM o AS SELECT i, rank FROM t JOIN names ON k = id;", "the key column K must be selected"),
    (
      "CREATE STREAM o AS SELECT k, i FROM t JOIN names ON k = id JOIN names m ON k = m.id;",
      "a query joins one table; write the first join into a stream, and join that one"
    ),
    (
      "CREATE STREAM o AS SELECT k, names.ROWTIME AS r FROM t JOIN names ON k = id;",
      "ROWTIME of the joined table is not known; use that of T"
    ),
    ("CREATE STREAM o AS SELECT k, ROWTIME FROM t;", "ROWTIME is a column every stream has; give it another name with AS"),
    (
      "CREATE STREAM o AS SELECT k, i FROM t PARTITION BY s;",
      "every expression of PARTITION BY must be selected, and this is not"
    ),
    ("CREATE TABLE o AS SELECT id, rank FROM names PARTITION BY rank;", "a table keeps its key; PARTITION BY is for streams"),
    ("INSERT INTO names SELECT k, s, i FROM t;", "INSERT INTO … SELECT is for streams, and NAMES is a table"),
    ("CREATE OR REPLACE SOURCE STREAM s (a INT) WITH (KAFKA_TOPIC='x');", "a SOURCE cannot be replaced; leave OR REPLACE out"),
  ])
  func `tables and joins that have no meaning are refused`(text: String, message: String) {
    #expect(refusal(probe + table + text)?.message == message)
  }
}
