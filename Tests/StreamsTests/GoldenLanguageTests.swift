import Kafka
import SQL
import Synchronization
import TestSupport
import Testing

@testable import Streams

/// One file of statements, run straight, with kills and resumes, and rescaled from one worker to three: always the same answer, which
/// is that of a model that shares no code with the engine.
@Suite struct GoldenLanguageTests {
  static let text = """
    CREATE STREAM trades (venue STRING KEY, symbol STRING, n BIGINT, at BIGINT)
      WITH (KAFKA_TOPIC='@in', VALUE_FORMAT='JSON', TIMESTAMP='at');
    CREATE TABLE hops WITH (KAFKA_TOPIC='@hops', KEY_FORMAT='JSON', LATE_TOPIC='@late-hops') AS
      SELECT venue, symbol, COUNT(*) AS c, SUM(n) AS s FROM trades
      WINDOW HOPPING (SIZE 3 SECONDS, ADVANCE BY 1 SECOND, GRACE PERIOD 500 MILLISECONDS)
      WHERE n > 0 GROUP BY venue, symbol EMIT FINAL;
    CREATE TABLE sessions WITH (KAFKA_TOPIC='@sessions', KEY_FORMAT='DELIMITED') AS
      SELECT venue, symbol, COUNT(*) AS c, SUM(n) AS s FROM trades
      WINDOW SESSION (2 SECONDS, GRACE PERIOD 1 DAY) GROUP BY venue, symbol EMIT CHANGES;
    CREATE TABLE few WITH (KAFKA_TOPIC='@few') AS
      SELECT venue, COUNT(*) AS c, MIN(n) AS low FROM trades GROUP BY venue HAVING MIN(n) > -5 EMIT CHANGES;
    CREATE TABLE symbols WITH (KAFKA_TOPIC='@symbols') AS
      SELECT symbol, COUNT(*) AS c, SUM(n) AS s FROM trades GROUP BY symbol EMIT CHANGES;
    CREATE TABLE seconds WITH (KAFKA_TOPIC='@seconds', KEY_FORMAT='DELIMITED', LATE_TOPIC='@late-seconds') AS
      SELECT venue, symbol, COUNT(*) AS c, SUM(n) AS s FROM trades
      WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 500 MILLISECONDS) GROUP BY venue, symbol EMIT FINAL;
    CREATE TABLE fives WITH (KAFKA_TOPIC='@fives', KEY_FORMAT='DELIMITED') AS
      SELECT venue, symbol, MERGE(c) AS c, MERGE(s) AS s FROM seconds
      WINDOW TUMBLING (SIZE 5 SECONDS, GRACE PERIOD 500 MILLISECONDS) GROUP BY venue, symbol EMIT FINAL;
    """

  enum Way: String, CaseIterable { case straight, killed, rescaled }

  @Test(arguments: Way.allCases) func `the answer is the same, however it is come by`(way: Way) async throws {
    var generator = SeededGenerator.forTest("golden language \(way)")
    let trades = GoldenModel.trades(900, &generator)
    let random = Mutex(generator)
    try await TestRun.withSQL("golden", Self.text) { sql in
      try sql.create("in", partitions: 3)
      switch way {
      case .straight:
        try Self.send(trades[...], sql)
        _ = try sql.application { $0.final = true }.run()
      case .killed:
        try Self.send(trades[..<500], sql)
        for _ in 0..<4 { try Self.runUntilKilled(sql, random) }
        try Self.send(trades[500...], sql)
        for _ in 0..<4 { try Self.runUntilKilled(sql, random) }
        _ = try sql.application { $0.final = true }.run()
      case .rescaled:
        try Self.send(trades[..<450], sql)
        _ = try sql.application { $0.hasStaticMembership = false }.run()
        try Self.send(trades[450...], sql)
        _ = try sql.application {
          $0.final = true
          $0.workers = 3
          $0.hasStaticMembership = false
        }.run()
      }
      try Self.expectGolden(sql, GoldenModel(trades))
    }
  }

  private static func send(_ trades: ArraySlice<GoldenModel.Trade>, _ sql: SQLRun) throws {
    try sql.send(
      trades.map { .init(Array($0.venue.utf8), Array($0.json.utf8), at: $0.time, partition: $0.partition) }, to: "in")
  }

  /// A worker that vanishes at a random step, as if it had been killed there; or comes to the end before.
  private static func runUntilKilled(_ sql: SQLRun, _ random: borrowing Mutex<SeededGenerator>) throws {
    let rest = Mutex(random.withLock { Int.random(in: 1..<25, using: &$0) })
    let application = try sql.application { _ in
    } interceptor: { _, _ in
      let isNow = rest.withLock { rest in
        rest -= 1
        return rest == 0
      }
      if isNow { throw StreamsError(.fatal, "killed for the test") }
    }
    do { _ = try application.run() } catch let error as StreamsError {
      guard error.reason == "killed for the test" else { throw error }
    }
  }

  private static func expectGolden(_ sql: SQLRun, _ model: GoldenModel) throws {
    #expect(try once(sql, "hops") == model.hops)
    #expect(try once(sql, "seconds") == model.seconds)
    #expect(try once(sql, "fives") == model.fives)
    #expect(try last(sql, "sessions") { SQLRun.windowed($0, isSession: true) } == model.sessions)
    #expect(try last(sql, "few") { SQLRun.text($0) } == model.few)
    #expect(try last(sql, "symbols") { SQLRun.text($0) } == model.symbols)
    #expect(try places(sql, "late-hops") == model.lateHops)
    #expect(try places(sql, "late-seconds") == model.lateSeconds)
    #expect(try places(sql, "in.invalid") == model.broken)
    #expect(!model.lateHops.isEmpty && !model.broken.isEmpty && model.sessions.count > model.few.count)
  }

  /// A table each of whose rows was emitted once.
  private static func once(_ sql: SQLRun, _ name: String) throws -> [String: String] {
    var table: [String: String] = [:]
    for record in try sql.read(name) {
      let key = SQLRun.windowed(record.key)
      #expect(table.updateValue(SQLRun.text(record.value), forKey: key) == nil, "\(name): \(key) was emitted twice")
    }
    return table
  }

  /// A table by its last rows.
  private static func last(_ sql: SQLRun, _ name: String, _ key: ([UInt8]?) -> String) throws -> [String: String] {
    var table: [String: String] = [:]
    for record in try sql.read(name) { table[key(record.key)] = record.value == nil ? nil : SQLRun.text(record.value) }
    return table
  }

  /// `partition/offset` of the records set aside, each once.
  private static func places(_ sql: SQLRun, _ name: String) throws -> Set<String> {
    let places = try sql.read(name).map { record in
      try #require(record.headers["wick.source"]).split(separator: "/").suffix(2).joined(separator: "/")
    }
    #expect(Set(places).count == places.count, "\(name) holds a record twice")
    return Set(places)
  }
}
