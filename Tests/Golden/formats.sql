-- From JSON to AVRO to DELIMITED and back, with records that have no value and such that are broken.
CREATE STREAM ticks (venue STRING KEY, symbol STRING, price DECIMAL(10, 2), note STRING)
  WITH (KAFKA_TOPIC = '@ticks', VALUE_FORMAT = 'JSON', INVALID_TOPIC = '@invalid');

CREATE STREAM packed WITH (KAFKA_TOPIC = '@packed', VALUE_FORMAT = 'AVRO') AS
  SELECT venue, symbol, price, note FROM ticks;

CREATE STREAM lines WITH (KAFKA_TOPIC = '@lines', KEY_FORMAT = 'JSON', VALUE_FORMAT = 'DELIMITED', VALUE_DELIMITER = '|') AS
  SELECT venue, symbol, price * 2 AS twice, note FROM packed;

CREATE STREAM back WITH (KAFKA_TOPIC = '@back', KEY_FORMAT = 'KAFKA', VALUE_FORMAT = 'JSON') AS
  SELECT venue, note, symbol, twice FROM lines;

CREATE TABLE sums WITH (KAFKA_TOPIC = '@sums', VALUE_FORMAT = 'DELIMITED') AS
  SELECT venue, COUNT(*) AS c, SUM(price) AS s FROM packed
  WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 1 DAY) GROUP BY venue EMIT FINAL;
