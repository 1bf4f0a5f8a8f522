import Testing

@testable import SQL

/// SELECT as a statement.
@Suite struct SelectTests {
  private func session() throws -> SQLSession {
    var session = try sessionOverProbe()
    _ = try session.statement(
      "CREATE TABLE c AS SELECT k, i, COUNT(*) AS n, MAX(price) AS high FROM t WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY k, i")
    return session
  }

  private func pull(_ text: String) throws -> PullQuery {
    var session = try session()
    guard case .pull(let pull) = try session.statement(text) else { throw SQLTestFailure() }
    return pull
  }

  struct SQLTestFailure: Error {}

  @Test func `all columns of a windowed table come with the window behind the key`() throws {
    let pull = try pull("SELECT * FROM c")
    #expect(pull.projection.map(\.field.name) == ["K", "I", "WINDOWSTART", "WINDOWEND", "N", "HIGH"])
    #expect(pull.keys == nil && pull.filter == nil && pull.limit == nil && pull.windowStart == Int64.min...Int64.max)
  }

  @Test(
    arguments: [
      ("k = 'a' AND i = 1", [[Literal.string("a"), .integer(1)]]),
      ("k IN ('a', 'b') AND 2 = i", [[.string("a"), .integer(2)], [.string("b"), .integer(2)]]),
      ("k = 'a'", nil), ("k = 'a' OR i = 1", nil), ("k = 'a' AND i > 1", nil), ("i = 1 AND k = 'a' AND k = 'b'", []),
      ("k IN ('a', 'b') AND k = 'b' AND i = 1 AND n > 5", [[.string("b"), .integer(1)]]),
    ] as [(String, [[Literal]]?)])
  func `keys that are asked for are looked up`(condition: String, keys: [[Literal]]?) throws {
    #expect(try pull("SELECT n FROM c WHERE \(condition)").keys == keys)
  }

  @Test(
    arguments: [
      ("WINDOWSTART = 60000", 60_000, 60_000), ("WINDOWSTART > 1 AND 9 >= WINDOWSTART", 2, 9),
      ("WINDOWSTART >= '1970-01-01T00:01:00Z' AND WINDOWSTART < '1970-01-01T01:02+01:00'", 60_000, 119_999),
      ("WINDOWSTART BETWEEN 3 AND 4", 3, 4), ("WINDOWSTART < 5 AND WINDOWSTART > 7", 8, 8),
    ] as [(String, Int64, Int64)])
  func `bounds of windows are understood as numbers and times`(condition: String, low: Int64, high: Int64) throws {
    let pull = try pull("SELECT n FROM c WHERE k = 'a' AND \(condition) LIMIT 7")
    #expect(pull.windowStart == low...high && pull.filter != nil && pull.limit == 7)
  }

  @Test func `a push query is a plan without a sink`() throws {
    var session = try session()
    guard case .push(let push) = try session.statement("SELECT i, ROWTIME, s FROM t WHERE b EMIT CHANGES LIMIT 2"),
      case .push(let grouped) = try session.statement(
        "SELECT COUNT(*) FROM t WINDOW SESSION (1 MINUTE) GROUP BY k, s EMIT FINAL"),
      case .push(let table) = try session.statement("SELECT * FROM c EMIT CHANGES")
    else {
      Issue.record("no push query")
      return
    }
    #expect(push.limit == 2 && push.plan.sink.topic.isEmpty && push.plan.projection.map(\.field.name) == ["I", "ROWTIME", "S"])
    #expect(grouped.plan.aggregation?.emit == .final && grouped.limit == nil)
    // `*` brings the bounds of a windowed source along, behind its key.
    let keys = table.plan.source.keyColumns.count
    #expect(table.plan.source.isTable)
    #expect(table.plan.projection.dropFirst(keys).prefix(2).map(\.expression) == [.windowStart, .windowEnd])
    #expect(session.catalog.queries.count == 1)
  }

  @Test(arguments: [
    (
      "SELECT * FROM c GROUP BY k", "a query without EMIT has no GROUP BY; add EMIT CHANGES, or ask a table that holds the result"
    ),
    (
      "SELECT k FROM c WINDOW TUMBLING (SIZE 1 DAY)",
      "a query without EMIT has no WINDOW; add EMIT CHANGES, or ask a table that holds the result"
    ),
    ("SELECT k, ROWOFFSET FROM c", "ROWOFFSET is not kept with a table's rows; use EMIT CHANGES to see it"),
    ("SELECT k, k FROM c", "a column K is selected twice; give one another name with AS"),
    ("SELECT COUNT(*) FROM c", "an aggregate needs GROUP BY"), ("SELECT kk FROM c", "there is no column KK in C"),
    ("SELECT k FROM cc", "there is no stream or table CC"),
    ("SELECT k FROM c WHERE k = 1", "= cannot compare STRING with INT; use CAST"),
    ("SELECT k FROM c WHERE WINDOWSTART > 'soon'", "this is not a TIMESTAMP"),
    ("SELECT k FROM c LIMIT 5 OFFSET 2", "OFFSET is not supported; select by WINDOWSTART instead"),
  ])
  func `questions that have no answer are refused`(text: String, message: String) throws {
    var session = try session()
    #expect { try session.statement(text) } throws: { ($0 as? SQLError)?.message == message }
  }
}
