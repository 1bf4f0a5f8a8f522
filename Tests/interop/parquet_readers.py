#!/usr/bin/env python3
"""Reads Parquet files of Wick's writer with PyArrow, DuckDB and Polars and compares them with their NDJSON twins.

usage: parquet_readers.py [--write] FOLDER

FOLDER holds <name>.parquet and <name>.ndjson as ParquetTests/FixtureTests.swift writes them (WICK_PARQUET_FIXTURES=FOLDER).
Compared: every value, schema and field ids, null counts, statistics of every row group with the true least and greatest value,
and filters on every column with the rows that the same filter keeps of the twin.
With --write: writes FOLDER/foreign/*.parquet with PyArrow, DuckDB and Polars and their twins, for the Swift reader's test.
Prints `N passed, N failed`; exit code 1 if anything failed.
"""
import datetime
import decimal
import glob
import json
import math
import os
import struct
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from checks import Score

decimal.getcontext().prec = 100
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
ARROW = {
    "boolean": pa.bool_(), "int32": pa.int32(), "int64": pa.int64(), "double": pa.float64(), "string": pa.string(),
    "bytes": pa.binary(), "timestampMicros": pa.timestamp("us", tz="UTC"), "date": pa.date32(),
}


def twin(path):
    """Columns as (name, type, required, id) and per column a list of Python values, None for null."""
    with open(path) as file:
        header = json.loads(file.readline())
        rows = [json.loads(line) for line in file]
    parsed = []
    for index, (_, kind, _, _) in enumerate(header):
        parsed.append([None if row[index] is None else native(kind, row[index]) for row in rows])
    return header, parsed


def native(kind, text):
    if kind == "boolean":
        return text == "true"
    if kind == "double":
        return struct.unpack(">d", bytes.fromhex(text))[0]
    if kind == "string":
        return bytes.fromhex(text).decode()
    if kind == "bytes":
        return bytes.fromhex(text)
    if kind.startswith("decimal"):
        return decimal.Decimal(text)
    return int(text)  # dates and timestamps stay integers


def column_values(array, kind):
    """An Arrow column in the twin's terms."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if kind == "timestampMicros":
        if not (pa.types.is_timestamp(array.type) and array.type.unit == "us" and array.type.tz is not None):
            raise ValueError(f"not a timestamp in UTC microseconds: {array.type}")
        array = array.cast(pa.int64())
    elif kind == "date":
        array = array.cast(pa.int32())
    return array.to_pylist()


def same(kind, a, b):
    if len(a) != len(b):
        return False
    if kind == "double":
        bits = lambda v: None if v is None else ("nan" if math.isnan(v) else struct.pack(">d", v))
        return all(bits(x) == bits(y) for x, y in zip(a, b))
    return a == b


def order_key(kind, value):
    return value.encode() if kind == "string" else value


def literal(kind, value):
    """The twin's value as readers' filters want it."""
    if kind == "timestampMicros":
        return EPOCH + datetime.timedelta(microseconds=value)
    if kind == "date":
        return (EPOCH + datetime.timedelta(days=value)).date()
    return value


def usable(kind, value):
    """Python's own dates end with the years 1 and 9999, so filters beyond them cannot be asked for."""
    try:
        literal(kind, value)
        return not (kind == "double" and math.isnan(value))
    except OverflowError:
        return False


def check_values(score, name, path, header, columns):
    readers = {
        "pyarrow": lambda: pq.read_table(path),
        "duckdb": lambda: duckdb.connect().execute(f"select * from read_parquet('{path}')").to_arrow_table(),
        "polars": lambda: polars.read_parquet(path).to_arrow(),
    }
    for reader, read in readers.items():
        try:
            table = read()
        except Exception as error:
            score.check(False, f"{name}: {reader} cannot read: {type(error).__name__}: {str(error)[:200]}")
            continue
        for (column, kind, _, _), expected in zip(header, columns):
            score.attempt(
                f"{name}: {reader} column {column}",
                lambda: same(kind, column_values(table.column(column), kind), expected))


def check_schema(score, name, path, header):
    schema = pq.read_schema(path)
    score.check(schema.names == [entry[0] for entry in header], f"{name}: column names")
    for (column, kind, required, field_id), field in zip(header, schema):
        wanted = ARROW.get(kind) or pa.decimal128(*map(int, kind[11:-1].split(",")))
        score.check(field.type == wanted, f"{name}: {column} is {field.type}, not {wanted}")
        score.check(field.nullable == (not required), f"{name}: {column} nullable")
        score.check((field.metadata or {}).get(b"PARQUET:field_id") == str(field_id).encode(), f"{name}: {column} field id")


def check_statistics(score, name, path, header, columns):
    metadata = pq.ParquetFile(path).metadata
    start = 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        for index, (column, kind, _, _) in enumerate(header):
            values = columns[index][start:start + rows]
            what = f"{name}: statistics of {column} in row group {group}"
            score.attempt(what, lambda: statistics_agree(metadata.row_group(group).column(index).statistics, kind, values))
        start += rows
    score.check(start == metadata.num_rows == len(columns[0]), f"{name}: row counts of the footer")


def statistics_agree(statistics, kind, values):
    if statistics is None or statistics.null_count != values.count(None):
        return False
    present = [v for v in values if v is not None and not (kind == "double" and math.isnan(v))]
    if not present:
        return not statistics.has_min_max
    least = min(present, key=lambda v: order_key(kind, v))
    most = max(present, key=lambda v: order_key(kind, v))
    long = kind in ("string", "bytes") and max(len(order_key(kind, least)), len(order_key(kind, most))) > 1024
    if long and not statistics.has_min_max:  # no short string lies above the greatest value
        return True
    low, high = statistic(kind, statistics.min_raw, statistics.min), statistic(kind, statistics.max_raw, statistics.max)
    if long:
        return low <= order_key(kind, least) and high >= order_key(kind, most)
    if kind == "double":
        zeros_are_wide = (low != 0 or math.copysign(1, low) < 0) and (high != 0 or math.copysign(1, high) > 0)
        return (low, high) == (least, most) and zeros_are_wide
    return (low, high) == (order_key(kind, least), order_key(kind, most))


def statistic(kind, raw, value):
    if kind in ("date", "timestampMicros"):
        return raw
    if kind == "string":
        return value.encode() if isinstance(value, str) else value
    return value


OPERATORS = {
    "=": lambda a, b: a == b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b, ">": lambda a, b: a > b,
}


def filters_of(kind, values):
    """(text, predicate, operator, literals) for values that occur, lie between, or are the extremes."""
    present = sorted({v for v in values if v is not None and usable(kind, v)}, key=lambda v: order_key(kind, v))
    yield "is null", (lambda v: v is None), "is null", []
    if not present:
        return
    picks = sorted({0, len(present) // 3, len(present) - 1})
    for pick in picks:
        for operator, compare in OPERATORS.items():
            bound = present[pick]
            key = order_key(kind, bound)
            yield (f"{operator} value {pick}",
                   lambda v, key=key, compare=compare: v is not None and compare(order_key(kind, v), key), operator, [bound])
    chosen = [present[0], present[-1]]
    yield "in first and last", (lambda v: v is not None and v in chosen), "in", chosen


def duckdb_filter(path, column, operator, values, total):
    condition = {"is null": f'"{column}" is null', "in": f'"{column}" in (?, ?)'}.get(operator, f'"{column}" {operator} ?')
    query = f"select row_number from read_parquet('{path}', file_row_number = true) t({total}, row_number) where {condition}"
    return sorted(row[0] for row in duckdb.connect().execute(query, values).fetchall())


def polars_filter(path, column, kind, operator, values):
    frame = polars.scan_parquet(path, row_index_name="__row")
    col = polars.col(column)
    dtype = polars.read_parquet_schema(path)[column]
    lits = [polars.lit(v, dtype=dtype) for v in values]
    if operator == "is null":
        condition = col.is_null()
    elif operator == "in":
        condition = (col == lits[0]) | (col == lits[1])
    else:
        condition = {"=": col == lits[0], "<": col < lits[0], ">=": col >= lits[0], ">": col > lits[0]}[operator]
    # A row index in the scan may keep some readers from skipping, so the rows themselves are compared as well.
    rows = frame.filter(condition).select("__row").collect()["__row"].to_list()
    plain = polars.scan_parquet(path).filter(condition).select(column).collect().to_arrow().column(column)
    return sorted(rows), column_values(plain, kind)


def arrow_filter(path, column, kind, field_type, operator, values):
    field = ds.field(column)
    lits = [pa.scalar(v, type=field_type) for v in values]
    if operator == "is null":
        condition = field.is_null()
    elif operator == "in":
        condition = (field == lits[0]) | (field == lits[1])
    else:
        condition = {"=": field == lits[0], "<": field < lits[0], ">=": field >= lits[0], ">": field > lits[0]}[operator]
    return column_values(ds.dataset(path).to_table(columns=[column], filter=condition).column(column), kind)


def check_filters(score, name, path, header, columns):
    total = ", ".join(f'"{entry[0]}"' for entry in header)
    schema = pq.read_schema(path)
    for (column, kind, _, _), values in zip(header, columns):
        for text, keep, operator, chosen in filters_of(kind, values):
            nan_is_greatest = kind == "double" and operator in (">", ">=")
            expected = [i for i, v in enumerate(values) if keep(v) or (nan_is_greatest and v is not None and math.isnan(v))]
            kept = [values[i] for i in expected]
            without_nan = [v for v in kept if not (kind == "double" and v is not None and math.isnan(v))]
            literals = [literal(kind, v) for v in chosen]
            what = f"{name}: {column} {text}"
            score.attempt(f"{what} in duckdb", lambda: duckdb_filter(path, column, operator, literals, total) == expected)
            score.attempt(f"{what} in polars", lambda: polars_agrees(path, column, kind, operator, literals, expected, kept))
            score.attempt(
                f"{what} in pyarrow",
                lambda: same(kind, arrow_filter(path, column, kind, schema.field(column).type, operator, literals), without_nan))


def polars_agrees(path, column, kind, operator, literals, expected, kept):
    rows, plain = polars_filter(path, column, kind, operator, literals)
    return rows == expected and same(kind, plain, kept)


def foreign_columns(rows):
    """Columns that every writer here can write, with nulls in every second one."""
    seed = 12345

    def number(limit):
        nonlocal seed
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        return (seed >> 33) % limit

    def column(kind, make):
        return kind, [None if number(7) == 0 else make(i) for i in range(rows)], [make(i) for i in range(rows)]

    kinds = [
        column("boolean", lambda i: number(2) == 1), column("int32", lambda i: number(2**31) - 2**30),
        column("int64", lambda i: i * 1000 + number(3)), column("double", lambda i: number(1000) / 8 - 60),
        column("string", lambda i: f"S{number(9)}-USDT"), column("string", lambda i: "long é " * number(20) + str(i)),
        column("bytes", lambda i: bytes([number(256), i % 256])), column("timestampMicros", lambda i: 1723161254000000 + i * 997),
        column("date", lambda i: 19000 + number(3000)),
        column("decimal128(9, 2)", lambda i: decimal.Decimal(number(10**9) - 5 * 10**8).scaleb(-2)),
        column("decimal128(18, 8)", lambda i: decimal.Decimal(6183763000000 + number(50) * 10**6).scaleb(-8)),
        column("decimal128(38, 16)", lambda i: decimal.Decimal((number(2**31) - 2**30) * 10**27 + number(2**31)).scaleb(-16)),
    ]
    names, header, values = [], [], []
    for index, (kind, nullable, full) in enumerate(kinds):
        for suffix, data in (("n", nullable), ("f", full)):
            names.append(f"c{index}{suffix}")
            header.append([names[-1], kind, False, 0])
            values.append(data)
    return header, values


def twin_text(kind, value):
    if value is None:
        return None
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "double":
        return struct.pack(">d", value).hex()
    if kind in ("string", "bytes"):
        return (value.encode() if kind == "string" else value).hex()
    return f"{value:f}" if kind.startswith("decimal") else str(value)


def write_foreign(folder):
    folder = os.path.join(folder, "foreign")
    os.makedirs(folder, exist_ok=True)
    header, values = foreign_columns(6000)
    types = [ARROW.get(kind) or pa.decimal128(*map(int, kind[11:-1].split(","))) for _, kind, _, _ in header]
    table = pa.table({h[0]: pa.array(v, type=t) for h, v, t in zip(header, values, types)})
    names = [h[0] for h in header]
    delta = {f"c{i}{s}": "DELTA_BINARY_PACKED" for i in (1, 2, 7, 8) for s in "nf"}
    texts = ((4, "DELTA_BYTE_ARRAY"), (5, "DELTA_LENGTH_BYTE_ARRAY"), (6, "DELTA_BYTE_ARRAY"))
    lengths = {f"c{i}{s}": encoding for i, encoding in texts for s in "nf"}
    split = {f"c{i}{s}": "BYTE_STREAM_SPLIT" for i in (3, 10, 11) for s in "nf"}
    bools = {f"c0{s}": "RLE" for s in "nf"}
    variants = {
        "pyarrow-default": {}, "pyarrow-plain": dict(use_dictionary=False, compression="none"),
        "pyarrow-encodings": dict(use_dictionary=False, column_encoding={**delta, **lengths, **split}),
        "pyarrow-v2": dict(data_page_version="2.0", use_dictionary=False, column_encoding={**delta, **bools}),
        "pyarrow-integers": dict(
            store_decimal_as_integer=True, data_page_size=2000, write_page_index=True, dictionary_pagesize_limit=500),
    }
    for name, options in variants.items():
        pq.write_table(table, f"{folder}/{name}.parquet", row_group_size=2500, **{"compression": "zstd", **options})
    connection = duckdb.connect()
    connection.register("t", table)
    for version in ("v1", "v2"):
        settings = f"format parquet, codec zstd, parquet_version {version}"
        connection.execute(f"copy t to '{folder}/duckdb-{version}.parquet' ({settings})")
    polars.from_arrow(table).write_parquet(f"{folder}/polars.parquet", compression="zstd")
    lines = [json.dumps(header)]
    for row in zip(*values):
        cells = [twin_text(h[1], v) for h, v in zip(header, row)]
        lines.append(json.dumps(cells, separators=(",", ":")))
    for file in glob.glob(f"{folder}/*.parquet"):
        with open(file[:-len("parquet")] + "ndjson", "w") as out:
            out.write("\n".join(lines) + "\n")
    print(f"wrote {len(variants) + 3} files of {len(names)} columns to {folder}")


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--write":
        write_foreign(sys.argv[2])
        return 0
    if len(sys.argv) != 2 or not glob.glob(os.path.join(sys.argv[1], "*.parquet")):
        print(__doc__ if len(sys.argv) != 2 else f"no .parquet files in {sys.argv[1]}", file=sys.stderr)
        return 64
    score = Score()
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.parquet"))):
        name = os.path.basename(path)[:-len(".parquet")]
        header, columns = twin(path[:-len("parquet")] + "ndjson")
        check_schema(score, name, path, header)
        check_values(score, name, path, header, columns)
        check_statistics(score, name, path, header, columns)
        check_filters(score, name, path, header, columns)
    return score.finish()


if __name__ == "__main__":
    sys.exit(main())
