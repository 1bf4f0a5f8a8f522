-- What window_oracle.py computes again, from the same records, in Python.
CREATE STREAM trades (
  venue         STRING,
  symbol        STRING KEY,
  trade_id      BIGINT,
  price         DECIMAL(18, 8),
  quantity      DECIMAL(28, 8),
  taker_side    STRING,
  event_time    TIMESTAMP,
  received_time TIMESTAMP
) WITH (
  KAFKA_TOPIC        = 'trades.raw',
  KEY_FORMAT         = 'KAFKA',
  VALUE_FORMAT       = 'AVRO',
  TIMESTAMP          = 'event_time',
  DEDUPLICATE_BY     = 'venue, symbol, trade_id',
  DEDUPLICATE_WITHIN = '1 HOUR',
  INVALID_TOPIC      = 'trades.invalid'
);

CREATE TABLE tumbling_7s WITH (KAFKA_TOPIC = 'oracle.tumbling', LATE_TOPIC = 'oracle.tumbling.late') AS
SELECT
  venue,
  symbol,
  FROM_UNIXTIME(WINDOWSTART)                                 AS window_start,
  FROM_UNIXTIME(WINDOWEND)                                   AS window_end,
  FIRST_BY(price, event_time, trade_id)                      AS open,
  MAX(price)                                                 AS high,
  MIN(price)                                                 AS low,
  LAST_BY(price, event_time, trade_id)                       AS close,
  EARLIEST_BY_OFFSET(price)                                  AS first_arrived,
  LATEST_BY_OFFSET(price)                                    AS last_arrived,
  SUM(quantity)                                              AS volume,
  SUM(price * quantity)                                      AS quote_volume,
  SUM(CASE WHEN taker_side = 'BUY' THEN quantity ELSE 0 END) AS taker_buy_volume,
  VWAP(price, quantity)                                      AS vwap,
  AVG(price)                                                 AS mean,
  VAR_SAMP(price)                                            AS variance,
  STDDEV_SAMP(price)                                         AS deviation,
  COUNT(*)                                                   AS trades
FROM trades
WINDOW TUMBLING (SIZE 7 SECONDS, GRACE PERIOD 50 MILLISECONDS)
GROUP BY venue, symbol
EMIT FINAL;

CREATE TABLE hopping_10s WITH (KAFKA_TOPIC = 'oracle.hopping', LATE_TOPIC = 'oracle.hopping.late') AS
SELECT
  venue,
  symbol,
  FROM_UNIXTIME(WINDOWSTART)            AS window_start,
  FROM_UNIXTIME(WINDOWEND)              AS window_end,
  FIRST_BY(price, event_time, trade_id) AS open,
  LAST_BY(price, event_time, trade_id)  AS close,
  SUM(quantity)                         AS volume,
  VWAP(price, quantity)                 AS vwap,
  AVG(quantity)                         AS mean,
  STDDEV_SAMP(quantity)                 AS deviation,
  MAX(trade_id)                         AS last_trade_id,
  COUNT(*)                              AS trades
FROM trades
WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 2 SECONDS, GRACE PERIOD 0 SECONDS)
WHERE taker_side = 'BUY'
GROUP BY venue, symbol
EMIT FINAL;

CREATE TABLE having_20ms WITH (KAFKA_TOPIC = 'oracle.having', LATE_TOPIC = 'oracle.having.late') AS
SELECT
  venue,
  symbol,
  FROM_UNIXTIME(WINDOWSTART)    AS window_start,
  FROM_UNIXTIME(WINDOWEND)      AS window_end,
  MAX(price) - MIN(price)       AS price_range,
  SUM(quantity)                 AS volume,
  STDDEV_SAMP(price)            AS deviation,
  COUNT(*)                      AS trades
FROM trades
WINDOW TUMBLING (SIZE 20 MILLISECONDS, GRACE PERIOD 150 MILLISECONDS)
GROUP BY venue, symbol
HAVING COUNT(*) >= 2
EMIT FINAL;
