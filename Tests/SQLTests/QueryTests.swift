import Testing

@testable import SQL

@Suite struct QueryTests {
  private let minute: Int64 = 60_000_000

  @Test func `a declaration alone plans nothing and is remembered`() throws {
    let program = try SQLProgram(files: [SQLFile(name: "a.sql", text: probe)])
    #expect(program.plans.isEmpty)
    let source = try #require(program.catalog.streams["T"])
    #expect(source.topic == "probe.in")
    #expect(source.columns.map(\.name).prefix(3) == ["K", "B", "I"])
    #expect(source.columns.filter(\.isKey).map(\.name) == ["K"])
    #expect(source.timestampColumn == 7)
    #expect(source.deduplicateBy == [])
    #expect(source.invalidTopic == "probe.invalid")
    #expect(source.keyFormat == .kafka && source.valueFormat == .avro)
    #expect(source.maxFutureSkew == nil && source.idleClose == nil && source.partitions == nil)
  }

  @Test func `every property of a source reaches the plan`() throws {
    let program = try SQLProgram(
      files: [
        SQLFile(
          name: "a.sql",
          text: """
            create stream S (K bigint key, `id` int, at timestamp) with (
              kafka_topic='in', key_format='kafka', value_format='avro', partitions=3, replicas='2', timestamp='at',
              deduplicate_by='k, `id`', deduplicate_within='90 seconds', max_future_skew='5 Seconds',
              idle_close='1 minute', invalid_topic='broken')
            """)
      ])
    let source = try #require(program.catalog.streams["S"])
    #expect(source.deduplicateBy == [0, 1])
    #expect(source.deduplicateWithin == 90_000_000)
    #expect(source.maxFutureSkew == 5_000_000)
    #expect(source.idleClose == minute)
    #expect(source.invalidTopic == "broken")
    #expect(source.partitions == 3 && source.replicas == 2)
    #expect(source.timestampColumn == 2)
  }

  @Test func `duplicates are looked for within an hour unless said otherwise`() throws {
    let text = "CREATE STREAM s (k STRING KEY, i INT) WITH (KAFKA_TOPIC='in', DEDUPLICATE_BY='i');"
    #expect(try SQLProgram(files: [SQLFile(name: "a", text: text)]).catalog.streams["S"]?.deduplicateWithin == 60 * minute)
  }

  @Test func `a stateless query keeps the key and carries the stream on`() throws {
    let program = try SQLProgram(
      files: [
        SQLFile(
          name: "a.sql",
          text: probe + """
            CREATE STREAM big WITH (KAFKA_TOPIC='big') AS
              SELECT k AS symbol, ts, price * 2 AS twice, i + 1 FROM t AS u WHERE u.price > 10 EMIT CHANGES;
            CREATE STREAM bigger AS SELECT *, twice > 5 AS b FROM big;
            """)
      ])
    let plan = program.plans[0]
    #expect(plan.id == "CSAS_BIG")
    #expect(plan.aggregation == nil && !plan.sink.isTable && plan.sink.topic == "big")
    #expect(plan.projection.map(\.field.name) == ["SYMBOL", "TS", "TWICE", "KSQL_COL_0"])
    #expect(plan.projection.map(\.field.isKey) == [true, false, false, false])
    #expect(plan.filter != nil)
    #expect(program.catalog.streams["BIG"]?.timestampColumn == 1)
    #expect(program.plans[1].projection.map(\.field.name) == ["SYMBOL", "TS", "TWICE", "KSQL_COL_0", "B"])
    #expect(program.plans[1].source.name == "BIG")
    #expect(program.plans[1].sink.topic == "BIGGER")
  }

  @Test func `equal aggregates are computed once and expressions run over groups`() throws {
    let plan = try grouped("SUM(price) / COUNT(*) AS mean, COUNT(*) AS n, UCASE(k) AS u", rest: "HAVING COUNT(*) > 1")
    let aggregation = try #require(plan.aggregation)
    #expect(aggregation.aggregates.map(\.function) == [.sum, .countAll])
    #expect(aggregation.groupBy == [.column(0, .string)])
    #expect(plan.projection[0].expression == .groupKey(0, .string))
    #expect(plan.projection[2].expression == .aggregate(1, .bigint))
    #expect(plan.projection[3].expression == .call(.upper, [.groupKey(0, .string)], .string))
    #expect(
      aggregation.having
        == .call(.greater, [.aggregate(1, .bigint), .literal(.integer(1), .bigint)], .boolean))
  }

  @Test func `a grouping expression is found inside larger ones`() throws {
    let plan = try SQLProgram.plan(
      probe + """
        CREATE TABLE o AS SELECT k, i % 10 AS bucket, (i % 10) * 2 AS twice, COUNT(*) AS n
        FROM t WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY (k, i % 10);
        """)[0]
    #expect(plan.projection.map(\.field.isKey) == [true, true, false, false])
    #expect(
      plan.projection[2].expression == .call(.multiply, [.groupKey(1, .integer), .literal(.integer(2), .integer)], .integer))
    #expect(plan.sink.keyFormat == .delimited)
  }

  @Test func `one plain key is KAFKA and several are DELIMITED`() throws {
    #expect(try grouped("COUNT(*) AS n").sink.keyFormat == .kafka)
    let text =
      probe + "CREATE TABLE o WITH (KEY_FORMAT='DELIMITED') AS SELECT k, COUNT(*) AS n FROM t "
      + "WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k;"
    #expect(try SQLProgram.plan(text)[0].sink.keyFormat == .delimited)
  }

  @Test(
    arguments: [
      ("TUMBLING (SIZE 1 MINUTE)", "", 60, 60, 86_340), ("TUMBLING (SIZE 1 MINUTE)", "EMIT CHANGES", 60, 60, 86_340),
      ("TUMBLING (SIZE 1 MINUTE)", "EMIT FINAL", 60, 60, 0), ("TUMBLING (SIZE 2 DAYS)", "", 172_800, 172_800, 0),
      ("TUMBLING (SIZE 1 minutes, GRACE PERIOD 5 second)", "EMIT FINAL", 60, 60, 5),
      ("TUMBLING (SIZE 1 HOUR, RETENTION 1 DAY, GRACE PERIOD 10 SECONDS)", "", 3_600, 3_600, 10),
      ("HOPPING (SIZE 5 MINUTES, ADVANCE BY 1 MINUTE)", "EMIT FINAL", 300, 60, 0),
      ("HOPPING (SIZE 5 MINUTES, ADVANCE BY 5 MINUTES, RETENTION 10 MINUTES, GRACE PERIOD 0 DAYS)", "", 300, 300, 0),
    ] as [(String, String, Int64, Int64, Int64)])
  func `windows and their grace are those of ksqlDB`(
    window: String, emit: String, size: Int64, advance: Int64, grace: Int64
  ) throws {
    let aggregation = try #require(try grouped("COUNT(*) AS n", window: window, rest: emit).aggregation)
    let plan = try #require(aggregation.window.time)
    #expect([plan.size, plan.advance, plan.grace] == [size, advance, grace].map { $0 * 1_000_000 })
    #expect(aggregation.emit == (emit == "EMIT FINAL" ? .final : .changes))
  }

  @Test func `milliseconds are the smallest unit`() throws {
    let plan = try grouped("COUNT(*) AS n", window: "TUMBLING (SIZE 100 MILLISECONDS, GRACE PERIOD 1 MILLISECOND)")
    #expect(plan.aggregation?.window == WindowPlan(size: 100_000, advance: 100_000, grace: 1_000))
  }

  @Test func `late records go where LATE_TOPIC says, or beside the source`() throws {
    #expect(try grouped("COUNT(*) AS n").sink.lateTopic == "probe.late")
    let text =
      probe + "CREATE TABLE o WITH (LATE_TOPIC='too.late') AS SELECT k, COUNT(*) AS n FROM t "
      + "WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k;"
    #expect(try SQLProgram.plan(text)[0].sink.lateTopic == "too.late")
  }

  @Test func `IF NOT EXISTS leaves what exists alone`() throws {
    let again = probe + "CREATE STREAM IF NOT EXISTS t (z INT) WITH (KAFKA_TOPIC='other');"
    #expect(try SQLProgram(files: [SQLFile(name: "a", text: again)]).catalog.streams["T"]?.topic == "probe.in")
  }

  @Test func `statements see what earlier files and an earlier program declared`() throws {
    let first = try SQLProgram(files: [SQLFile(name: "1.sql", text: probe)])
    let second = SQLFile(name: "2.sql", text: "CREATE STREAM o AS SELECT k, i FROM t")
    #expect(try SQLProgram(files: [second], catalog: first.catalog).plans.count == 1)
    #expect(try SQLProgram.plan([SQLFile(name: "1.sql", text: probe), second]).count == 1)
    #expect(first.catalog.names == ["T"])
  }

  @Test func `settings that say what happens anyway are taken`() throws {
    let text = "SET 'auto.offset.reset' = 'earliest'; SET 'ksql.streams.processing.guarantee'='exactly_once_v2';"
    #expect(try SQLProgram.plan(text).isEmpty)
    #expect(try SQLProgram.plan("DROP STREAM IF EXISTS nothing DELETE TOPIC; ; ;").isEmpty)
  }

  @Test func `a topic of one partition needs no key to be grouped`() throws {
    let text = """
      CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='one', PARTITIONS=1);
      CREATE TABLE o AS SELECT v, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY v;
      """
    #expect(try SQLProgram.plan(text).count == 1)
  }
}
