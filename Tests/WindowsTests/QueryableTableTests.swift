import SQL
import TestSupport
import Testing
import Values
import Windows

/// Questions without EMIT over the rows of a table.
@Suite struct QueryableTableTests {
  private static let statements = """
    CREATE TABLE LISTING (SYMBOL STRING PRIMARY KEY, LOT INT, SECTOR STRING)
      WITH (KAFKA_TOPIC = 'listing', VALUE_FORMAT = 'JSON');
    CREATE STREAM TRADES (SYMBOL STRING KEY, VENUE INT, PRICE DECIMAL(10, 2))
      WITH (KAFKA_TOPIC = 'trades', VALUE_FORMAT = 'JSON', KEY_FORMAT = 'JSON');
    CREATE TABLE CANDLES WITH (KEY_FORMAT = 'JSON') AS SELECT SYMBOL, VENUE, COUNT(*) AS N, MAX(PRICE) AS HIGH FROM TRADES
      WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY SYMBOL, VENUE;
    """

  private static func query(_ text: String) throws -> PullQuery {
    var session = SQLSession()
    _ = try session.read(SQLFile(name: "tables", text: statements))
    guard case .pull(let query)? = try session.read(SQLFile(name: "question", text: text)).first?.statement else {
      throw WindowsError.unsupported("no pull query")
    }
    return query
  }

  private static func listing() throws -> QueryableTable {
    let table = QueryableTable(try query("SELECT * FROM LISTING;").source)
    for (index, (symbol, lot, sector)) in [("B", 2, "x"), ("A", 1, nil), ("", 7, "y"), ("B", 3, "z")].enumerated() {
      try table.put(
        TableRow(values: [.string(symbol), .integer(Int32(lot)), sector.map { .string($0) } ?? .null], time: Int64(index) * 1000))
    }
    return table
  }

  @Test func `the last row of a key counts, in the order of keys`() throws {
    let table = try Self.listing()
    #expect(table.count == 3)
    let answer = try table.answer(Self.query("SELECT * FROM LISTING;"))
    #expect(
      answer == [
        [.string(""), .integer(7), .string("y")], [.string("A"), .integer(1), .null], [.string("B"), .integer(3), .string("z")],
      ])
  }

  @Test func `keys are looked up in the order in which they are asked for`() throws {
    let table = try Self.listing()
    let query = try Self.query("SELECT SYMBOL, LOT * 2 AS D, ROWTIME FROM LISTING WHERE SYMBOL IN ('B', 'none', 'A', 'B');")
    #expect(table.rows(for: query).map { $0.values[0] } == [.string("B"), .string("A")])
    #expect(try table.answer(query) == [[.string("B"), .integer(6), .bigint(3)], [.string("A"), .integer(2), .bigint(1)]])
  }

  @Test func `a deletion takes the row away, and an unknown one nothing`() throws {
    let table = try Self.listing()
    table.remove(key: [.string("A")])
    table.remove(key: [.string("none")])
    #expect(table.count == 2)
    #expect(try table.answer(Self.query("SELECT SYMBOL FROM LISTING;")) == [[.string("")], [.string("B")]])
    #expect(try table.answer(Self.query("SELECT SYMBOL FROM LISTING WHERE SYMBOL = 'A';")) == [])
  }

  @Test func `LIMIT ends an answer, NULL does not satisfy WHERE`() throws {
    let table = try Self.listing()
    #expect(try table.answer(Self.query("SELECT LOT FROM LISTING LIMIT 2;")) == [[.integer(7)], [.integer(1)]])
    #expect(try table.answer(Self.query("SELECT LOT FROM LISTING LIMIT 0;")) == [])
    #expect(try table.answer(Self.query("SELECT LOT FROM LISTING WHERE SECTOR <> 'z' OR SECTOR IS NULL;")).count == 2)
    #expect(try table.answer(Self.query("SELECT LOT FROM LISTING WHERE SECTOR <> 'z';")) == [[.integer(7)]])
  }

  @Test func `what cannot be computed is an error, unless WHERE leaves its row out`() throws {
    let table = try Self.listing()
    #expect(throws: WindowsError.uncomputable("Q")) {
      try table.answer(Self.query("SELECT 10 / (LOT - 7) AS Q FROM LISTING;"))
    }
    #expect(throws: WindowsError.uncomputable("WHERE")) {
      try table.answer(Self.query("SELECT LOT FROM LISTING WHERE 10 / (LOT - 7) > 0;"))
    }
    #expect(try table.answer(Self.query("SELECT 10 / (LOT - 7) AS Q FROM LISTING WHERE LOT < 2;")) == [[.integer(-1)]])
  }

  @Test func `rows of another shape are refused`() throws {
    let table = try Self.listing()
    #expect(throws: WindowsError.self) { try table.put(TableRow(values: [.string("C")], time: 0)) }
    let query = try Self.query("SELECT * FROM LISTING;")
    #expect(throws: WindowsError.self) {
      try query.answer(from: [TableRow(values: [.string("C"), .string("no number"), .null], time: 0)])
    }
  }

  @Test func `columns of an answer are told as ksqlDB's REST API does`() throws {
    #expect(
      try Self.query("SELECT * FROM CANDLES;").schemaText
        == "`SYMBOL` STRING KEY, `VENUE` INTEGER KEY, `WINDOWSTART` BIGINT KEY, `WINDOWEND` BIGINT KEY, "
        + "`N` BIGINT, `HIGH` DECIMAL(10, 2)")
    #expect(try Self.query("SELECT * FROM TRADES;").schemaText == "`SYMBOL` STRING, `VENUE` INTEGER, `PRICE` DECIMAL(10, 2)")
    #expect(try Self.query("SELECT SYMBOL AS S, LOT FROM LISTING;").schemaText == "`S` STRING KEY, `LOT` INTEGER")
  }

  private struct Candle: Hashable {
    var symbol: String
    var venue: Int32
    var start: Int64
    var count: Int64

    var row: TableRow {
      let window = WindowSpan(start: start * 1000, end: (start + 10_000) * 1000)
      let values: [Value] = [.string(symbol), .integer(venue), .bigint(count), .decimal(unscaled: Int128(count), scale: 2)]
      return TableRow(values: values, window: window, time: start * 1000)
    }

    func precedes(_ other: Candle) -> Bool {
      (symbol, venue, start) < (other.symbol, other.venue, other.start)
    }
  }

  @Test func `windows found by key and bounds are those that a look at every row finds`() throws {
    var random = SeededGenerator.forTest("queryable table")
    let table = QueryableTable(try Self.query("SELECT * FROM CANDLES;").source)
    var naive: [Candle] = []
    for _ in 0..<1500 {
      let candle = Candle(
        symbol: ["A", "B", "B\0", "ü", ""].randomElement(using: &random) ?? "", venue: Int32.random(in: -2...2, using: &random),
        start: Int64.random(in: 0..<20, using: &random) * 10_000, count: Int64.random(in: 0..<1000, using: &random))
      naive.removeAll { ($0.symbol, $0.venue, $0.start) == (candle.symbol, candle.venue, candle.start) }
      if Int.random(in: 0..<4, using: &random) == 0 {
        table.remove(key: [.string(candle.symbol), .integer(candle.venue)], window: candle.row.window)
      } else {
        try table.put(candle.row)
        naive.append(candle)
      }
      #expect(table.count == naive.count)
    }
    naive.sort { $0.precedes($1) }
    let select = "SELECT SYMBOL, VENUE, WINDOWSTART, N FROM CANDLES"
    let questions: [(String, (Candle) -> Bool)] = [
      ("", { _ in true }),
      ("WHERE SYMBOL = 'B' AND VENUE = -1", { $0.symbol == "B" && $0.venue == -1 }),
      ("WHERE SYMBOL = 'ü'", { $0.symbol == "ü" }),
      (
        "WHERE VENUE = 2 AND SYMBOL = 'A' AND WINDOWSTART >= 50000 AND WINDOWEND < 120000",
        { $0.symbol == "A" && $0.venue == 2 && $0.start >= 50_000 && $0.start + 10_000 < 120_000 }
      ),
      ("WHERE WINDOWSTART = '1970-01-01T00:00:30'", { $0.start == 30_000 }),
      ("WHERE N > 500 AND 90000 <= WINDOWEND", { $0.count > 500 && $0.start + 10_000 >= 90_000 }),
      ("WHERE WINDOWSTART > 70000 AND WINDOWSTART < 70000", { _ in false }),
    ]
    for (condition, keeps) in questions {
      let answer = try table.answer(Self.query("\(select) \(condition);"))
      let wanted = naive.filter(keeps).map { candle -> [Value] in
        [.string(candle.symbol), .integer(candle.venue), .bigint(candle.start), .bigint(candle.count)]
      }
      #expect(answer == wanted, "\(condition)")
    }
    table.removeWindows(endingBy: 100_000_000)
    let left = naive.filter { $0.start + 10_000 > 100_000 }
    #expect(table.count == left.count)
    #expect(try table.answer(Self.query("\(select);")).count == left.count)
  }
}
