"""Statements that are refused when they are read, each with words of the refusal."""
from casefile import File

S = "CREATE STREAM S (K STRING KEY, V INT, P DECIMAL(10, 2), D DOUBLE, B BOOLEAN, A ARRAY<INT>, T TIMESTAMP) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');"
R = "CREATE TABLE R (K STRING PRIMARY KEY, N STRING) WITH (KAFKA_TOPIC = 'r', VALUE_FORMAT = 'JSON');"


def refused(file, name, words, *statements):
    file.case(name, list(statements), expectedException={"message": words})


def names_and_types():
    f = File("refusals/names-and-types.json", "What a statement cannot mean is refused when it is read, with the words that help.")
    for name, words, select in [
        ("an unknown column", "there is no column PRISE", "SELECT K, PRISE FROM S"),
        ("an unknown stream", "there is no stream Z", "SELECT K, V FROM Z"),
        ("an unknown function", "there is no function MEDIAN", "SELECT K, MEDIAN(V) AS M FROM S"),
        ("a comparison of a text with a number", "= cannot compare", "SELECT K, V FROM S WHERE K = 1"),
        ("a sum of texts", "+ needs numbers, not STRING", "SELECT K, K + V AS X FROM S"),
        ("a condition that is no BOOLEAN", "WHERE needs a condition, not INT", "SELECT K, V FROM S WHERE V"),
        ("AND of numbers", "AND needs", "SELECT K, V FROM S WHERE V AND B"),
        ("a negative text", "a sign needs a number", "SELECT K, -K AS X FROM S"),
        ("LIKE of a number", "LIKE", "SELECT K, V FROM S WHERE V LIKE '1%'"),
        ("IN over other types", "IN", "SELECT K, V FROM S WHERE V IN (1, 'a')"),
        ("BETWEEN of other types", "cannot compare", "SELECT K, V FROM S WHERE V BETWEEN 'a' AND 'b'"),
        ("CASE with results of several types", "CASE", "SELECT K, CASE WHEN B THEN 1 ELSE 'a' END AS X FROM S"),
        ("a CAST that has no meaning", "ARRAY<INT> cannot be cast to INT", "SELECT K, CAST(A AS INT) AS X FROM S"),
        ("a text that is no time", "this is not a TIMESTAMP", "SELECT K, V FROM S WHERE T > 'yesterday'"),
        ("a NULL without a type", "has no type", "SELECT K, NULL AS X FROM S"),
        ("two columns of one name", "X is selected twice", "SELECT K, V AS X, D AS X FROM S"),
        ("a field of what is no structure", "STRUCT", "SELECT K, V->X AS X FROM S"),
        ("an element of what is no array", "ARRAY", "SELECT K, V[1] AS X FROM S"),
        ("too few arguments", "REPLACE does not take", "SELECT K, REPLACE(K, 'a') AS X FROM S"),
        ("an argument of another type", "SUBSTRING", "SELECT K, SUBSTRING(V, 1) AS X FROM S"),
        ("a division by a zero that is written", "divides by zero", "SELECT K, V / 0 AS X FROM S"),
        ("the key left out", "the key column K must be selected", "SELECT V FROM S"),
        ("nothing but the key", "at least one column", "SELECT K FROM S"),
        ("the key twice", "AS_VALUE", "SELECT K, K AS L, V FROM S"),
        ("bounds without windows", "WINDOWSTART", "SELECT K, WINDOWSTART AS W FROM S"),
        ("an aggregate without GROUP BY", "an aggregate needs GROUP BY", "SELECT K, SUM(V) AS X FROM S"),
        ("HAVING without GROUP BY", "HAVING needs GROUP BY", "SELECT K, V FROM S HAVING V > 1"),
        ("a stream of groups", "GROUP BY makes a table", "SELECT K, COUNT(*) AS N FROM S GROUP BY K"),
        ("LIMIT in what runs for ever", "LIMIT", "SELECT K, V FROM S LIMIT 3"),
        ("a lambda", "lambda", "SELECT K, TRANSFORM(A, X => X + 1) AS X FROM S"),
        ("a function that gives rows", "EXPLODE", "SELECT K, EXPLODE(A) AS X FROM S"),
        ("a join of two streams", "two streams", "SELECT S.K, S.V FROM S JOIN S Q WITHIN 1 MINUTE ON S.K = Q.K"),
    ]:
        refused(f, name, words, S, f"CREATE STREAM O AS {select};")
    return f


def grouping():
    f = File("refusals/grouping.json", "Windows, groups and joins that have no meaning or no end.")
    for name, words, select in [
        ("a column that is neither grouped nor aggregated", "V is neither grouped nor aggregated", "SELECT K, V, COUNT(*) AS N FROM S GROUP BY K"),
        ("a group that is not selected", "must be selected", "SELECT COUNT(*) AS N FROM S GROUP BY K"),
        ("an aggregate of an aggregate", "cannot contain another", "SELECT K, SUM(COUNT(*)) AS X FROM S GROUP BY K"),
        ("an aggregate in WHERE", "aggregate", "SELECT K, COUNT(*) AS N FROM S WHERE COUNT(*) > 1 GROUP BY K"),
        ("an aggregate in GROUP BY", "aggregate", "SELECT SUM(V) AS X, COUNT(*) AS N FROM S GROUP BY SUM(V)"),
        ("a window without a size", "expected SIZE", "SELECT K, COUNT(*) AS N FROM S WINDOW TUMBLING (10 SECONDS) GROUP BY K"),
        ("a window of no time", "cannot be empty", "SELECT K, COUNT(*) AS N FROM S WINDOW TUMBLING (SIZE 0 SECONDS) GROUP BY K"),
        ("an unknown unit", "FORTNIGHT", "SELECT K, COUNT(*) AS N FROM S WINDOW TUMBLING (SIZE 1 FORTNIGHT) GROUP BY K"),
        ("an unknown window", "TUMBLING", "SELECT K, COUNT(*) AS N FROM S WINDOW SLIDING (SIZE 1 DAY) GROUP BY K"),
        ("an advance beyond the size", "at most its size", "SELECT K, COUNT(*) AS N FROM S WINDOW HOPPING (SIZE 1 MINUTE, ADVANCE BY 2 MINUTES) GROUP BY K"),
        ("a retention below size and grace", "RETENTION", "SELECT K, COUNT(*) AS N FROM S WINDOW TUMBLING (SIZE 1 HOUR, RETENTION 1 HOUR, GRACE PERIOD 1 MINUTE) GROUP BY K"),
        ("a window without GROUP BY", "needs GROUP BY", "SELECT K, V FROM S WINDOW TUMBLING (SIZE 1 HOUR)"),
        ("EMIT FINAL without a window", "EMIT FINAL needs a window", "SELECT K, COUNT(*) AS N FROM S GROUP BY K EMIT FINAL"),
        ("PARTITION BY beside GROUP BY", "PARTITION BY", "SELECT K, COUNT(*) AS N FROM S GROUP BY K PARTITION BY K"),
        ("bounds of windows in HAVING", "WINDOWSTART", "SELECT K, COUNT(*) AS N FROM S WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY K HAVING WINDOWSTART > 0"),
        ("HAVING over a column", "V is neither grouped nor aggregated", "SELECT K, COUNT(*) AS N FROM S GROUP BY K HAVING V > 1"),
        ("a table without groups from a stream", "GROUP BY", "SELECT K, V FROM S"),
        ("MAX of arrays", "MAX cannot order", "SELECT K, MAX(A) AS X FROM S GROUP BY K"),
        ("SUM of texts", "SUM", "SELECT K, SUM(UCASE(K)) AS X FROM S GROUP BY K"),
        ("TOPK of no values", "TOPK", "SELECT K, TOPK(V, 0) AS X FROM S GROUP BY K"),
        ("a RIGHT join", "RIGHT joins are not supported", "SELECT S.K, COUNT(*) AS N FROM S RIGHT JOIN R ON S.K = R.K GROUP BY S.K"),
        ("a join by something else than the key", "R.K, the PRIMARY KEY", "SELECT S.K, COUNT(*) AS N FROM S LEFT JOIN R ON S.K = R.N GROUP BY S.K"),
        ("a join with itself", "a stream is joined with a table", "SELECT S.K, COUNT(*) AS N FROM S LEFT JOIN S ON S.K = S.K GROUP BY S.K"),
    ]:
        refused(f, name, words, S, R, f"CREATE TABLE O AS {select};")
    return f


def declarations():
    f = File("refusals/declarations.json", "Declarations that contradict themselves.")
    w = "WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON')"
    for name, words, statement in [
        ("no topic", "needs WITH (KAFKA_TOPIC", "CREATE STREAM T (V INT) WITH (VALUE_FORMAT = 'JSON');"),
        ("no such property", "KAFKA_TOPIK", "CREATE STREAM T (V INT) WITH (KAFKA_TOPIK = 't');"),
        ("a property twice", "twice", "CREATE STREAM T (V INT) WITH (KAFKA_TOPIC = 't', KAFKA_TOPIC = 'u');"),
        ("a table without a key", "PRIMARY KEY", f"CREATE TABLE T (V INT) {w};"),
        ("a stream with a PRIMARY KEY", "PRIMARY KEY belongs to a TABLE", f"CREATE STREAM T (K INT PRIMARY KEY, V INT) {w};"),
        ("a table with a KEY", "PRIMARY KEY", f"CREATE TABLE T (K INT KEY, V INT) {w};"),
        ("a column twice", "declared twice", f"CREATE STREAM T (V INT, V STRING) {w};"),
        ("a column that every stream has", "ROWTIME", f"CREATE STREAM T (ROWTIME BIGINT) {w};"),
        ("an unknown type", "no type FLOAT128", f"CREATE STREAM T (V FLOAT128) {w};"),
        ("more digits than there are", "DECIMAL", f"CREATE STREAM T (V DECIMAL(39, 2)) {w};"),
        ("more places than digits", "DECIMAL", f"CREATE STREAM T (V DECIMAL(4, 5)) {w};"),
        ("a name in use", "already declared", f"CREATE STREAM S (V INT) {w};"),
        ("no PROTOBUF", "PROTOBUF is not supported; use AVRO or JSON", "CREATE STREAM T (V INT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'PROTOBUF');"),
        ("a delimiter without DELIMITED", "VALUE_DELIMITER belongs to the format DELIMITED", "CREATE STREAM T (V INT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON', VALUE_DELIMITER = '|');"),
        ("FORMAT beside KEY_FORMAT", "FORMAT sets both", "CREATE STREAM T (V INT) WITH (KAFKA_TOPIC = 't', FORMAT = 'JSON', KEY_FORMAT = 'JSON');"),
        ("a window without its size", "WINDOW_SIZE", "CREATE STREAM T (K STRING KEY, V INT) WITH (KAFKA_TOPIC = 't', VALUE_FORMAT = 'JSON', WINDOW_TYPE = 'TUMBLING');"),
        ("a key for records that have none", "KEY_FORMAT", "CREATE STREAM T WITH (KEY_FORMAT = 'JSON') AS SELECT K, V FROM S PARTITION BY NULL;"),
        ("a query that reads what it writes", "read what it writes", "CREATE STREAM T WITH (KAFKA_TOPIC = 's') AS SELECT * FROM S;"),
        ("a type of one's own", "CREATE TYPE is not supported", "CREATE TYPE ADDRESS AS STRUCT<CITY STRING>;"),
        ("a connector", "connectors are not supported", "CREATE SOURCE CONNECTOR C WITH ('connector.class' = 'x');"),
        ("something dropped that does not exist", "there is no", "DROP STREAM NOTHING;"),
        ("something dropped that is read", "read by CSAS_O", "CREATE STREAM O AS SELECT K, V FROM S; DROP STREAM S;"),
        ("a text without an end", "never closed", "CREATE STREAM O AS SELECT K, 'abc AS X FROM S;"),
        ("half a statement", "expected", "CREATE STREAM O AS SELECT K, FROM S;"),
        ("an unknown statement", "GRANT", "GRANT ALL ON S TO ME;"),
    ]:
        refused(f, name, words, S, statement)
    return f


FILES = [names_and_types, grouping, declarations]
