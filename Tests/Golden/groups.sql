-- Groups without windows, records that move to other partitions, a table that is joined with, and a stream filled twice.
CREATE STREAM trades (venue STRING KEY, symbol STRING, side STRING, n BIGINT)
  WITH (KAFKA_TOPIC = '@trades', VALUE_FORMAT = 'JSON', INVALID_TOPIC = '@invalid');
CREATE TABLE venues (id STRING PRIMARY KEY, name STRING) WITH (KAFKA_TOPIC = '@venues', VALUE_FORMAT = 'JSON');

CREATE TABLE totals WITH (KAFKA_TOPIC = '@totals', KEY_FORMAT = 'JSON') AS
  SELECT symbol, side, COUNT(*) AS c, SUM(n) AS s FROM trades GROUP BY symbol, side EMIT CHANGES;

CREATE TABLE kept WITH (KAFKA_TOPIC = '@kept') AS
  SELECT venue, COUNT(*) AS c, MIN(n) AS low FROM trades GROUP BY venue HAVING MIN(n) > -5 EMIT CHANGES;

CREATE TABLE collected WITH (KAFKA_TOPIC = '@collected') AS
  SELECT venue, COUNT(*) AS c, TOPK(n, 3) AS top, COLLECT_SET(symbol) AS symbols, COUNT_DISTINCT(n) AS different
  FROM trades GROUP BY venue EMIT CHANGES;

CREATE STREAM moved WITH (KAFKA_TOPIC = '@moved') AS SELECT symbol, venue, n FROM trades PARTITION BY symbol;

CREATE STREAM named WITH (KAFKA_TOPIC = '@named') AS
  SELECT t.venue AS venue, v.name AS name, t.n AS n FROM trades t LEFT JOIN venues v ON t.venue = v.id;

CREATE STREAM notable WITH (KAFKA_TOPIC = '@notable') AS SELECT venue, symbol, n FROM trades WHERE n >= 250;
INSERT INTO notable SELECT venue, symbol, n FROM trades WHERE n < 0;

CREATE TABLE counted WITH (KAFKA_TOPIC = '@counted') AS
  SELECT symbol, COUNT(*) AS c, SUM(n) AS s FROM notable GROUP BY symbol EMIT CHANGES;
