/// A candle query of a test.
struct CandleQuery {
  let name: String
  let size: String
  let grace: String

  static let second = CandleQuery(name: "1s", size: "1 SECOND", grace: "2 SECONDS")
  static let minute = CandleQuery(name: "1m", size: "1 MINUTE", grace: "10 SECONDS")
}

extension Scene {
  /// Writes the stream of trades and `queries` over it to a file, with this scene's topics; gives its path.
  func writeSQL(_ queries: [CandleQuery], name: String = "queries.sql") throws -> String {
    try write(name, ([streamText] + queries.map(text)).joined(separator: "\n"))
  }

  private var streamText: String {
    """
    CREATE STREAM trades (
      venue STRING, symbol STRING KEY, trade_id BIGINT, price DECIMAL(18, 8), quantity DECIMAL(28, 8), taker_side STRING,
      event_time TIMESTAMP, received_time TIMESTAMP
    ) WITH (
      KAFKA_TOPIC = '\(tradesTopic)', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'AVRO', TIMESTAMP = 'event_time',
      DEDUPLICATE_BY = 'venue, symbol, trade_id', DEDUPLICATE_WITHIN = '1 HOUR', INVALID_TOPIC = '\(invalidTopic)'
    );
    """
  }

  private func text(_ query: CandleQuery) -> String {
    """
    CREATE TABLE \(self.query(query.name).dropFirst("CTAS_".count)) WITH (
      KAFKA_TOPIC = 'candles.\(interval(query.name))', LATE_TOPIC = '\(lateTopic)'
    ) AS SELECT
      venue, symbol, FROM_UNIXTIME(WINDOWSTART) AS window_start, FROM_UNIXTIME(WINDOWEND) AS window_end,
      FIRST_BY(price, event_time, trade_id) AS open, MAX(price) AS high, MIN(price) AS low,
      LAST_BY(price, event_time, trade_id) AS close, SUM(quantity) AS volume, SUM(price * quantity) AS quote_volume,
      VWAP(price, quantity) AS vwap, SUM(CASE WHEN taker_side = 'BUY' THEN quantity ELSE 0 END) AS taker_buy_volume,
      COUNT(*) AS trades, MIN(trade_id) AS first_trade_id, MAX(trade_id) AS last_trade_id, 0 AS revision
    FROM trades
    WINDOW TUMBLING (SIZE \(query.size), GRACE PERIOD \(query.grace))
    GROUP BY venue, symbol
    EMIT FINAL;
    """
  }
}
