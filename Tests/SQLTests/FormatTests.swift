import Testing

@testable import SQL

/// Formats and what belongs to them, and columns out of the registry.
@Suite struct FormatTests {
  private func source(_ text: String, schemas: (any SchemaSource)? = nil) throws -> SourcePlan {
    var session = SQLSession(schemas: schemas)
    guard case .declare(let source, _) = try session.statement(text) else { throw NoSource() }
    return source
  }

  private struct NoSource: Error {}

  @Test func `every property of formats reaches the plan`() throws {
    let csv = try source(
      """
      CREATE STREAM s (a INT KEY, b INT KEY, c STRING, t VARCHAR, h BYTES HEADER('trace')) WITH (KAFKA_TOPIC='s', FORMAT='delimited',
        KEY_DELIMITER='|', VALUE_DELIMITER='TAB', TIMESTAMP='t', TIMESTAMP_FORMAT='yyyy-MM-dd''T''HH:mm:ss');
      """)
    #expect(csv.keyFormat == .delimited && csv.valueFormat == .delimited && csv.keyColumns == [0, 1])
    #expect(csv.options.keyDelimiter == "|" && csv.options.valueDelimiter == "\t")
    #expect(csv.timestampColumn == 3 && csv.timestampFormat == "yyyy-MM-dd'T'HH:mm:ss" && csv.headers == [4: "trace"])
    let avro = try source(
      """
      CREATE TABLE s (a STRUCT<x INT> PRIMARY KEY, c STRING) WITH (KAFKA_TOPIC='s', KEY_FORMAT='AVRO', VALUE_FORMAT='AVRO',
        WRAP_SINGLE_VALUE=false, VALUE_AVRO_SCHEMA_FULL_NAME='com.acme.Name', KEY_SCHEMA_ID=7);
      """)
    #expect(
      avro.options.wrapsSingleValue == false && avro.options.valueSchemaName == "com.acme.Name" && avro.options.keySchemaID == 7)
    #expect(
      try source("CREATE STREAM s (c INT) WITH (KAFKA_TOPIC='s', KEY_FORMAT='NONE', VALUE_FORMAT='KAFKA');").keyFormat == .none)
  }

  @Test func `a sink has the formats of its source unless it says others`() throws {
    let base =
      "CREATE STREAM s (k INT KEY, v STRING, w INT) WITH (KAFKA_TOPIC='s', KEY_FORMAT='JSON', VALUE_FORMAT='DELIMITED', VALUE_DELIMITER=';');"
    let plain = try SQLProgram.plan(base + "CREATE STREAM o AS SELECT * FROM s;")[0].sink
    #expect(plain.keyFormat == .json && plain.valueFormat == .delimited && plain.options.valueDelimiter == ";")
    let other = try SQLProgram.plan(
      base + "CREATE STREAM o WITH (FORMAT='AVRO', TIMESTAMP='w2') AS SELECT k, v, CAST(w AS BIGINT) AS w2 FROM s;")[0].sink
    #expect(
      other.keyFormat == .avro && other.valueFormat == .avro && other.timestampColumn == 2 && other.options == FormatOptions())
    let keys = try SQLProgram.plan(
      "CREATE STREAM s (k INT KEY, v STRING, w ARRAY<INT>) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');"
        + "CREATE TABLE a AS SELECT w, COUNT(*) AS n FROM s GROUP BY w; CREATE TABLE b AS SELECT k, v, COUNT(*) AS n FROM s GROUP BY k, v;"
    )
    #expect(keys.map(\.sink.keyFormat) == [.json, .delimited])
  }

  @Test(arguments: [
    (
      "a INT KEY, b INT KEY, c INT", "",
      "a second KEY column is not supported by the KAFKA key format, which holds one value; use another KEY_FORMAT"
    ),
    ("a ARRAY<INT> KEY, c INT", "KEY_FORMAT='DELIMITED'", "the DELIMITED format cannot hold A, which is of type ARRAY<INT>"),
    ("a MAP<STRING, INT> KEY, c INT", "KEY_FORMAT='JSON'", "the key column A holds a MAP, which has no order; use other columns"),
    ("a INT KEY, c INT", "KEY_FORMAT='NONE'", "the key column A contradicts KEY_FORMAT = 'NONE'; use another format"),
    ("a INT, c INT", "VALUE_FORMAT='KAFKA'", "the KAFKA value format holds one value; use another VALUE_FORMAT"),
    ("a INT", "VALUE_DELIMITER='x'", "VALUE_DELIMITER belongs to the format DELIMITED, and this one is AVRO"),
    ("a INT", "VALUE_FORMAT='DELIMITED', VALUE_DELIMITER='xy'", "VALUE_DELIMITER is one character, SPACE or TAB"),
    ("a INT, b INT", "WRAP_SINGLE_VALUE=TRUE", "WRAP_SINGLE_VALUE is for values of one column, and here are 2; leave it out"),
    ("a INT", "WRAP_SINGLE_VALUE='maybe'", "WRAP_SINGLE_VALUE is TRUE or FALSE"),
    ("a INT", "FORMAT='JSON', VALUE_FORMAT='JSON'", "FORMAT sets both formats; give it alone, or KEY_FORMAT and VALUE_FORMAT"),
    ("a INT", "VALUE_SCHEMA_FULL_NAME='1.x'", "VALUE_SCHEMA_FULL_NAME is a name such as 'com.example.Trade'"),
    (
      "a STRING", "TIMESTAMP='a'",
      "the TIMESTAMP column A has the type STRING; declare it as TIMESTAMP, as BIGINT of milliseconds, or as STRING with TIMESTAMP_FORMAT"
    ),
    ("a BIGINT", "TIMESTAMP='a', TIMESTAMP_FORMAT='yyyy'", "TIMESTAMP_FORMAT belongs to a STRING column, and A is a BIGINT"),
    ("a BIGINT", "TIMESTAMP_FORMAT='yyyy'", "TIMESTAMP_FORMAT needs TIMESTAMP"),
    ("a INT", "WINDOW_SIZE='1 DAY'", "WINDOW_SIZE needs WINDOW_TYPE"),
    ("a INT KEY, b INT", "WINDOW_TYPE='TUMBLING'", "a TUMBLING window needs WINDOW_SIZE"),
    ("a INT", "WINDOW_TYPE='SESSION'", "a windowed topic has keys; mark their column with KEY"),
    ("a INT, h INT HEADER('x')", "", "a HEADER column has the type BYTES"),
  ])
  func `formats that cannot hold what they should are refused`(columns: String, properties: String, message: String) {
    let rest = properties.isEmpty ? "" : ", " + properties
    #expect(refusal("CREATE STREAM s (\(columns)) WITH (KAFKA_TOPIC='t'\(rest));")?.message == message)
  }

  private struct Registry: SchemaSource {
    var answers: [String: SchemaAnswer]

    func columns(topic: String, isKey: Bool, format: DataFormat, id: Int?) -> SchemaAnswer {
      answers["\(topic)-\(isKey ? "key" : "value")\(id.map { "-\($0)" } ?? "")"] ?? .none
    }
  }

  @Test func `columns that are left out come from the registry`() throws {
    let value = SchemaAnswer.columns([.init(name: "price", type: .double), .init(name: "Side", type: .string)])
    let registry = Registry(answers: [
      "t-value": value, "t-key": .value(.bigint), "u-value-3": value, "bad-value": .unreadable("it is a union"),
      "twice-value": .columns([.init(name: "a", type: .double), .init(name: "A", type: .string)]),
    ])
    let whole = try source("CREATE STREAM s WITH (KAFKA_TOPIC='t', FORMAT='AVRO');", schemas: registry)
    #expect(
      whole.columns == [
        Field(name: "ROWKEY", type: .bigint, isKey: true), Field(name: "PRICE", type: .double),
        Field(name: "SIDE", type: .string),
      ])
    let keyed = try source("CREATE STREAM s (k STRING KEY) WITH (KAFKA_TOPIC='u', VALUE_SCHEMA_ID=3);", schemas: registry)
    #expect(keyed.columns.map(\.name) == ["K", "price", "Side"] && keyed.options.valueSchemaID == 3)
    let declared = try source("CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='t', FORMAT='AVRO');", schemas: registry)
    #expect(declared.columns == [Field(name: "ROWKEY", type: .bigint, isKey: true), Field(name: "V", type: .integer)])
    let bare = try source(
      "CREATE STREAM s WITH (KAFKA_TOPIC='t', VALUE_FORMAT='AVRO', WRAP_SINGLE_VALUE=FALSE);", schemas: registry)
    let row = SQLType.structure([.init(name: "PRICE", type: .double), .init(name: "SIDE", type: .string)])
    #expect(bare.columns == [Field(name: "ROWVAL", type: row)])
    for (topic, part) in [
      ("none", "there is no schema none-value"), ("bad", "it is a union"), ("twice", "cannot all be columns"),
    ] {
      #expect { try source("CREATE STREAM s WITH (KAFKA_TOPIC='\(topic)');", schemas: registry) } throws: { error in
        (error as? SQLError)?.message.contains(part) == true
      }
    }
  }
}
