-- Windows that close early, so that real disorder makes late records. With one partition, which ones is a matter of arithmetic.
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

CREATE TABLE counts_1000ms_0ms WITH (KAFKA_TOPIC = 'counts.1000ms.0ms', LATE_TOPIC = 'late.1000ms.0ms') AS
SELECT venue, symbol, COUNT(*) AS trades
FROM trades
WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 0 SECONDS)
GROUP BY venue, symbol
EMIT FINAL;

CREATE TABLE counts_100ms_100ms WITH (KAFKA_TOPIC = 'counts.100ms.100ms', LATE_TOPIC = 'late.100ms.100ms') AS
SELECT venue, symbol, COUNT(*) AS trades
FROM trades
WINDOW TUMBLING (SIZE 100 MILLISECONDS, GRACE PERIOD 100 MILLISECONDS)
GROUP BY venue, symbol
EMIT FINAL;
