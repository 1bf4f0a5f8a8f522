-- How much prices moved in the last five minutes, every minute.
CREATE TABLE volatility_5m WITH (
  KAFKA_TOPIC = 'volatility.5m',
  LATE_TOPIC  = 'trades.late'
) AS
SELECT
  venue,
  symbol,
  FROM_UNIXTIME(WINDOWSTART)                  AS window_start,
  FROM_UNIXTIME(WINDOWEND)                    AS window_end,
  STDDEV_SAMP(price)                          AS price_stddev,
  AVG(price)                                  AS price_mean,
  MIN(price)                                  AS low,
  MAX(price)                                  AS high,
  VWAP(price, quantity)                       AS vwap,
  COUNT(*)                                    AS trades
FROM trades
WINDOW HOPPING (SIZE 5 MINUTES, ADVANCE BY 1 MINUTE, GRACE PERIOD 10 SECONDS)
GROUP BY venue, symbol
EMIT FINAL;
