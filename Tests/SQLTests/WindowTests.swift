import Testing

@testable import SQL

/// Sessions, offsets, time zones, filling and rolling up.
@Suite struct WindowTests {
  private let second: Int64 = 1_000_000
  private let base =
    probe + """
      CREATE TABLE one AS SELECT k, i, MAX(price) AS high, SUM(quantity) AS volume, COUNT(*) AS n, VWAP(price, quantity) AS vwap,
        SUM(price) / COUNT(*) AS mean, FIRST_BY(price, ts, l) AS open
      FROM t WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 SECONDS) WHERE b GROUP BY k, i EMIT FINAL;
      """

  private func rollUp(_ items: String, _ rest: String = "", window: String = "TUMBLING (SIZE 5 MINUTES)") -> String {
    base + "CREATE TABLE five AS SELECT \(items) FROM one WINDOW \(window) \(rest.isEmpty ? "GROUP BY k, i" : rest) EMIT FINAL;"
  }

  @Test(
    arguments: [
      ("SESSION (30 SECONDS)", "", 30, 86_370), ("SESSION (30 SECONDS)", "EMIT FINAL", 30, 0),
      ("SESSION (1 MINUTE, GRACE PERIOD 5 SECONDS)", "", 60, 5),
      ("SESSION (1 MINUTE, RETENTION 2 MINUTES, GRACE PERIOD 1 MINUTE)", "", 60, 60),
      ("session (2 days)", "", 172_800, 0),
    ] as [(String, String, Int64, Int64)])
  func `sessions have a gap and the grace of ksqlDB`(window: String, emit: String, gap: Int64, grace: Int64) throws {
    let plan = try grouped("COUNT(*) AS n, WINDOWSTART AS a, WINDOWEND AS b", window: window, rest: emit)
    guard case .session(let session) = try #require(plan.aggregation).window else {
      Issue.record("no session")
      return
    }
    #expect(session.gap == gap * second && session.grace == grace * second && plan.sink.window == .session)
  }

  @Test func `windows move by an offset and by the clock of a place`() throws {
    let moved = try grouped("COUNT(*) AS n", window: "HOPPING (SIZE 1 HOUR, ADVANCE BY 15 MINUTES, OFFSET 5 MINUTES)")
    #expect(
      moved.aggregation?.window.time?.offset == 300 * second && moved.sink.window == .time(size: 3_600 * second, isHopping: true))
    let local = try grouped(
      "COUNT(*) AS n", window: "TUMBLING (SIZE 1 DAY, GRACE PERIOD 1 MINUTE, OFFSET 9 HOURS, TIME ZONE 'America/New_York')")
    #expect(
      local.aggregation?.window.time?.timeZone == "America/New_York" && local.aggregation?.window.time?.offset == 32_400 * second)
  }

  @Test func `empty windows are filled with counts of nothing and values of before`() throws {
    let plan = try grouped(
      "FIRST_BY(price, ts) AS open, LAST_BY(price, ts) AS close, SUM(quantity) AS volume, COUNT(*) AS n, WINDOWSTART AS w",
      window: "TUMBLING (SIZE 1 MINUTE, FILL PREVIOUS (close AS open, 0 AS volume) WITHIN 1 HOUR)", rest: "EMIT FINAL")
    let fill = try #require(plan.aggregation?.fill)
    #expect(fill.within == 3_600 * second)
    #expect(
      fill.values == [
        .computed, .previous(2), .previous(2), .constant(.decimal(unscaled: 0, scale: 8)), .constant(.integer(0)), .computed,
      ])
  }

  @Test func `windows of a table are merged into larger ones`() throws {
    let items =
      "i, k, MAX(high) AS high, SUM(volume) AS volume, SUM(n) AS n, MERGE(vwap) AS vwap, FIRST_BY(open, WINDOWSTART) AS open"
    let plans = try SQLProgram.plan(rollUp(items + ", WINDOWEND AS w", "WHERE k <> 'x' GROUP BY k, i HAVING SUM(n) > 2"))
    let (inner, plan) = (plans[0], plans[1])
    let aggregation = try #require(plan.aggregation)
    #expect(
      plan.source == inner.source
        && plan.rollUp == RollUpPlan(table: "ONE", query: "CTAS_ONE", groups: [0, 1], aggregates: [0, 1, 2, 3, 5]))
    #expect(
      aggregation.groupBy == inner.aggregation?.groupBy
        && aggregation.aggregates == plan.rollUp?.aggregates.map { inner.aggregation!.aggregates[$0] })
    let chosen = Expression.call(.notEqual, [.groupKey(0, .string), .literal(.string("x"), .string)], .boolean)
    #expect(plan.filter == nil)
    guard case .call(.and, let conditions, _)? = aggregation.having else { Issue.record("WHERE is no condition"); return }
    #expect(conditions.first == chosen && conditions.count == 2)
    #expect(plan.projection.map(\.field.name) == ["K", "I", "HIGH", "VOLUME", "N", "VWAP", "OPEN", "W"])
    #expect(
      plan.projection[5].expression == .aggregate(3, .decimal(precision: 38, scale: 16))
        && plan.projection[7].expression == .windowEnd)
    #expect(aggregation.having != nil && aggregation.window == WindowPlan(size: 300 * second, advance: 300 * second, grace: 0))
    #expect(PlanPrinter.text(plan).contains("merge      the windows of TABLE ONE (CTAS_ONE)"))
  }

  @Test func `a roll-up is rolled up again`() throws {
    let text =
      rollUp("k, i, MAX(high) AS high, SUM(n) AS n")
      + "CREATE TABLE hour AS SELECT k, MERGE(high) AS h FROM five WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k EMIT CHANGES;"
    let plan = try #require(try SQLProgram.plan(text).last)
    #expect(plan.rollUp == RollUpPlan(table: "FIVE", query: "CTAS_FIVE", groups: [0], aggregates: [0]))
    #expect(plan.source.name == "T" && plan.aggregation?.aggregates.map(\.function) == [.max])
  }

  @Test(arguments: [
    ("k, i, AVG(high) AS a", "", "AVG of MAX cannot be merged from windows"),
    ("k, i, COUNT(*) AS a", "", "COUNT(*) cannot be computed from windows; name the column of the table that shall be merged"),
    (
      "k, i, MERGE(mean) AS a", "",
      "MEAN is not one aggregate of ONE, so that it has nothing to merge; merge its parts and compute it anew"
    ),
    (
      "k, i, MERGE(k) AS a", "",
      "K is not one aggregate of ONE, so that it has nothing to merge; merge its parts and compute it anew"
    ),
    ("k, i, high", "", "HIGH is neither grouped nor aggregated; add it to GROUP BY, or use an aggregate such as LAST_BY or MAX"),
    ("high, SUM(n) AS n", "GROUP BY high", "windows are merged by key columns of ONE"),
    (
      "k, i, SUM(n) AS n", "WHERE high > 1 GROUP BY k, i",
      "HIGH is no key column: WHERE chooses among the groups whose windows are merged; use HAVING"
    ),
    ("*", "", "* cannot be grouped; name the grouped columns and the aggregates"),
  ])
  func `what cannot be merged is refused`(items: String, rest: String, message: String) {
    #expect(refusal(rollUp(items, rest))?.message == message)
  }

  @Test(arguments: [
    ("TUMBLING (SIZE 90 SECONDS)", "SIZE must be a multiple of 1 MINUTE, the size of ONE, with windows that begin together"),
    ("TUMBLING (SIZE 1 MINUTE)", "SIZE must be a multiple of 1 MINUTE, the size of ONE, with windows that begin together"),
    (
      "TUMBLING (SIZE 1 HOUR, OFFSET 30 SECONDS)",
      "SIZE must be a multiple of 1 MINUTE, the size of ONE, with windows that begin together"
    ),
    ("HOPPING (SIZE 5 MINUTES, ADVANCE BY 1 MINUTE)", "only TUMBLING windows can be merged into TUMBLING windows"),
    ("SESSION (5 MINUTES)", "only TUMBLING windows can be merged into TUMBLING windows"),
  ])
  func `windows that do not fit into one another are refused`(window: String, message: String) {
    #expect(refusal(rollUp("k, i, SUM(n) AS n", window: window))?.message == message)
  }

  @Test(arguments: [
    ("SESSION (0 SECONDS)", "", "a window cannot be empty"),
    (
      "SESSION (1 MINUTE, RETENTION 1 MINUTE, GRACE PERIOD 1 SECOND)", "",
      "RETENTION must be at least the gap and GRACE PERIOD together, which is 61 SECONDS"
    ),
    ("SESSION (1 MINUTE, OFFSET 1 SECOND)", "", "SESSION windows have a gap, RETENTION and GRACE PERIOD alone, in this order"),
    ("TUMBLING (SIZE 1 MINUTE, OFFSET 60 SECONDS)", "", "OFFSET must be less than 1 MINUTE, after which the next window begins"),
    ("TUMBLING (SIZE 1 HOUR, TIME ZONE 'UTC')", "", "TIME ZONE is for TUMBLING windows of whole days"),
    ("TUMBLING (SIZE 1 DAY, TIME ZONE 'a b')", "", "a time zone is named such as 'Europe/Berlin'"),
    ("TUMBLING (SIZE 1 DAY, FILL PREVIOUS)", "", "FILL PREVIOUS needs a TUMBLING window with EMIT FINAL"),
    ("TUMBLING (SIZE 1 DAY, FILL PREVIOUS (n AS m))", "EMIT FINAL", "no column M is selected"),
    ("TUMBLING (SIZE 1 DAY, FILL PREVIOUS (k AS n))", "EMIT FINAL", "K is of type STRING, but N of type BIGINT"),
    ("TUMBLING (SIZE 1 DAY, FILL PREVIOUS (1 AS k))", "EMIT FINAL", "K is the same in every row of its window; leave it out"),
  ])
  func `windows that have no meaning are refused`(window: String, rest: String, message: String) {
    let text = probe + "CREATE TABLE o AS SELECT k, COUNT(*) AS n FROM t WINDOW \(window) GROUP BY k \(rest);"
    #expect(refusal(text)?.message == message)
  }

  @Test func `a topic with windowed keys is declared with its windows`() throws {
    let text = """
      CREATE STREAM w (k STRING KEY, n BIGINT) WITH (KAFKA_TOPIC='w', WINDOW_TYPE='hopping', WINDOW_SIZE='2 MINUTES');
      CREATE STREAM v AS SELECT k, n, WINDOWSTART AS a FROM w WHERE WINDOWEND > '1970-01-01T00:02';
      CREATE TABLE s (k STRING PRIMARY KEY, n BIGINT) WITH (KAFKA_TOPIC='s', WINDOW_TYPE='SESSION');
      """
    let program = try SQLProgram(files: [SQLFile(name: "w", text: text)])
    #expect(program.catalog.sources["W"]?.window == .time(size: 120 * second, isHopping: true))
    #expect(program.catalog.sources["S"]?.window == .session)
    let plan = program.plans[0]
    #expect(plan.sink.window == plan.source.window && plan.projection[2].expression == .windowStart)
    #expect(plan.filter == .call(.greater, [.windowEnd, .literal(.integer(120_000), .bigint)], .boolean))
    #expect(
      refusal(text + "CREATE TABLE x AS SELECT k, n FROM s;")?.message.hasPrefix("S is a windowed table that no query here fills")
        == true)
  }
}
