import JSON
import Kafka
import SQL
import Streams

@testable import Serve

/// A server over candles that a worker has made of trades.
enum MarketServer {
  static let sql = """
    CREATE STREAM trades (symbol STRING KEY, venue STRING, trade_id BIGINT, price DECIMAL(18, 8), quantity DECIMAL(28, 8),
                          taker_side STRING, event_time TIMESTAMP)
      WITH (KAFKA_TOPIC = '{N}-trades', VALUE_FORMAT = 'JSON', KEY_FORMAT = 'KAFKA', TIMESTAMP = 'event_time',
            DEDUPLICATE_BY = 'venue, symbol, trade_id', DEDUPLICATE_WITHIN = '1 HOUR', INVALID_TOPIC = '{N}-invalid');
    CREATE TABLE candles_1m WITH (KAFKA_TOPIC = '{N}-candles', LATE_TOPIC = '{N}-late', VALUE_FORMAT = 'JSON') AS
      SELECT venue, symbol, FROM_UNIXTIME(WINDOWSTART) AS window_start, FROM_UNIXTIME(WINDOWEND) AS window_end,
             FIRST_BY(price, event_time, trade_id) AS open, MAX(price) AS high, MIN(price) AS low,
             LAST_BY(price, event_time, trade_id) AS close, SUM(quantity) AS volume, SUM(price * quantity) AS quote_volume,
             VWAP(price, quantity) AS vwap, SUM(CASE WHEN taker_side = 'BUY' THEN quantity ELSE 0 END) AS taker_buy_volume,
             COUNT(*) AS trades, MIN(trade_id) AS first_trade_id, MAX(trade_id) AS last_trade_id, 0 AS revision
      FROM trades WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 1 SECOND) GROUP BY venue, symbol EMIT FINAL;
    """

  /// The first minute, milliseconds: 2024-08-09T00:00:00Z.
  static let first: Int64 = 1_723_161_600_000

  typealias Record = (key: [UInt8]?, value: String?, timestamp: Int64)

  static func trade(_ id: Int, _ time: Int64, price: String, quantity: String, symbol: String = "BTC-USDT") -> Record {
    let value = """
      {"venue": "binance", "trade_id": \(id), "price": \(price), "quantity": \(quantity), "taker_side": "BUY", "event_time": \(time)}
      """
    return (.text(symbol), value, time)
  }

  /// Six minutes of two trades each, the first of them again, one late trade, and one record that is no trade.
  static var records: [Record] {
    var records = (0..<12).map { trade($0, first + Int64($0) * 30_000, price: "\(100 + $0).5", quantity: "0.25") }
    records.append(records[0])
    records.append(trade(100, first + 1_000, price: "99", quantity: "3"))
    records.append((.text("BTC-USDT"), "no trade", first))
    return records
  }

  static func start(_ change: @escaping @Sendable (inout ServeConfiguration) -> Void = { _ in }) async throws -> TestServer {
    let server = try await TestServer.start(sql, topics: ["trades": 1]) { configuration in
      configuration.previewTrades = 0
      change(&configuration)
    }
    server.service.watchMarket()
    return server
  }

  /// Writes records and lets a worker take them to the end, its windows staying open.
  static func run(_ server: TestServer, _ records: [Record]) async throws {
    try await server.produce("trades", records)
    var configuration = StreamsConfiguration(
      kafka: try TestServer.kafka(), application: server.name, commitInterval: .milliseconds(20),
      auditTopic: "\(server.name)-audit", hasStaticMembership: false, logger: TestServer.quiet)
    configuration.untilEnd = true
    let plans = server.service.control.state.queries.map(\.plan)
    let schemas = server.schemas
    try await TestServer.blocking { [configuration] in
      _ = try StreamsApplication(configuration, plans: plans, schemas: schemas).run(stop: StopHandle())
    }
  }

  /// Asks until the answer is as expected.
  static func eventually(
    _ server: TestServer, _ path: String, _ isExpected: (TestServer.Reply) throws -> Bool
  ) async throws -> TestServer.Reply {
    for _ in 0..<20_000 {
      let reply = try await server.request("GET", path)
      if try isExpected(reply) { return reply }
      await Task.yield()
    }
    return try await server.request("GET", path)
  }
}
