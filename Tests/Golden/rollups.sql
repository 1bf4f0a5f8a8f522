-- Candles of one minute, merged into such of five minutes and of one hour.
CREATE STREAM trades (venue STRING KEY, id BIGINT, price DECIMAL(10, 2), size BIGINT, at BIGINT)
  WITH (KAFKA_TOPIC = '@trades', VALUE_FORMAT = 'JSON', TIMESTAMP = 'at', DEDUPLICATE_BY = 'venue, id', DEDUPLICATE_WITHIN = '1 HOUR');

CREATE TABLE minutes WITH (KAFKA_TOPIC = '@minutes', LATE_TOPIC = '@late') AS
  SELECT venue, FIRST_BY(price, at, id) AS open, MAX(price) AS high, MIN(price) AS low, LAST_BY(price, at, id) AS close,
    SUM(price * size) AS turnover, COUNT(*) AS c
  FROM trades WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 20 SECONDS) GROUP BY venue EMIT FINAL;

CREATE TABLE fives WITH (KAFKA_TOPIC = '@fives') AS
  SELECT venue, MERGE(open) AS open, MERGE(high) AS high, MERGE(low) AS low, MERGE(close) AS close, MERGE(turnover) AS turnover,
    MERGE(c) AS c
  FROM minutes WINDOW TUMBLING (SIZE 5 MINUTES, GRACE PERIOD 10 SECONDS) GROUP BY venue EMIT FINAL;

CREATE TABLE hours WITH (KAFKA_TOPIC = '@hours') AS
  SELECT venue, MERGE(open) AS open, MERGE(high) AS high, MERGE(low) AS low, MERGE(close) AS close, MERGE(turnover) AS turnover,
    MERGE(c) AS c
  FROM fives WINDOW TUMBLING (SIZE 1 HOUR, GRACE PERIOD 10 SECONDS) GROUP BY venue EMIT FINAL;
