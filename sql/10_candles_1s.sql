-- Candles of one second. A window closes once a trade 2 seconds past its end has been seen; later trades go to trades.late.
CREATE TABLE candles_1s WITH (
  KAFKA_TOPIC = 'candles.1s',
  LATE_TOPIC  = 'trades.late'
) AS
SELECT
  venue,
  symbol,
  FROM_UNIXTIME(WINDOWSTART)                                        AS window_start,
  FROM_UNIXTIME(WINDOWEND)                                          AS window_end,
  FIRST_BY(price, event_time, trade_id)                             AS open,
  MAX(price)                                                        AS high,
  MIN(price)                                                        AS low,
  LAST_BY(price, event_time, trade_id)                              AS close,
  SUM(quantity)                                                     AS volume,
  SUM(price * quantity)                                             AS quote_volume,
  VWAP(price, quantity)                                             AS vwap,
  SUM(CASE WHEN taker_side = 'BUY' THEN quantity ELSE 0 END)        AS taker_buy_volume,
  COUNT(*)                                                          AS trades,
  MIN(trade_id)                                                     AS first_trade_id,
  MAX(trade_id)                                                     AS last_trade_id,
  0                                                                 AS revision
FROM trades
WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 2 SECONDS)
GROUP BY venue, symbol
EMIT FINAL;
