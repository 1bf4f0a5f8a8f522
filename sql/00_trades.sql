-- Trades as the ingest writes them. The topic is keyed by the canonical symbol.
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
