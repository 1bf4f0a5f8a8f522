#!/usr/bin/env python3
"""Reads the lake's Iceberg tables with independent readers and checks what they see.

usage: lake_readers.py CATALOG_DB [--golden INTERVAL=CSV]... [--tables NAMES] [--all-readers]

CATALOG_DB is the SQLite file of the catalog `wick` (PyIceberg's SqlCatalog layout). PyIceberg and DuckDB must be installed; with
--all-readers Polars, ClickHouse (chdb) and Daft are asked too where they are.

Checked: (a) candles of each INTERVAL equal the rows of CSV in every column, exactly; (b) filters on every column through each
reader keep the rows that the same filter keeps of the unfiltered read; (c) no record of a topic lies in a table twice; (d) all
readers see the same rows. Prints `N passed, N failed`; exit code 1 if anything failed.
"""
import argparse
import csv
import datetime
import decimal
import glob
import gzip
import importlib.util
import logging
import os
import site
import sys

import pyarrow as pa
from pyiceberg import expressions as ice
from pyiceberg.catalog.sql import SqlCatalog

from checks import Score

decimal.getcontext().prec = 100
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
ORIGIN = ["_topic", "_partition", "_offset"]
CANDLE_KEY = ["interval", "venue", "symbol", "window_start", "revision"]
VENUES = {"spot": "binance", "usdm": "binance-usdm"}
SYMBOLS = {"BTCUSDT": "BTC-USDT", "ETHUSDT": "ETH-USDT"}
GOLDEN_DECIMALS = ["open", "high", "low", "close", "volume", "quote_volume", "taker_buy_volume"]
GOLDEN_INTEGERS = ["trades", "first_trade_id", "last_trade_id"]


def plain(column):
    """An Arrow column as Python values; timestamps as integer microseconds, so that no time zone database matters."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us", array.type.tz)).cast(pa.int64())
    elif pa.types.is_date(array.type):
        array = array.cast(pa.int32())
    return array.to_pylist()


def moment(micros):
    return EPOCH + datetime.timedelta(microseconds=micros)


def sql_literal(kind, value, text_prefix=""):
    """The value for DuckDB; text and bytes go in as parameters elsewhere."""
    if kind == "timestamp":
        return f"make_timestamptz({value})"
    if kind == "string":
        return "'" + value.replace("'", "''") + "'"
    if kind == "binary":
        return "from_hex('" + value.hex() + "')"
    return format(value, "f") if kind == "decimal" else str(value)


class PyIceberg:
    name = "pyiceberg"

    def read(self, table, columns, test=None):
        """The rows of `table` (its `columns`) that pass `test`, a (column, kind, operator, values) or nothing."""
        row_filter = self.expression(*test) if test else ice.AlwaysTrue()
        return table.scan(row_filter=row_filter, selected_fields=tuple(columns)).to_arrow()

    def expression(self, column, kind, operator, values):
        values = [moment(v).isoformat() if kind == "timestamp" else v for v in values]
        if operator == "in":
            return ice.In(column, values)
        if operator == "is null":
            return ice.IsNull(column)
        if operator == "is not null":
            return ice.NotNull(column)
        kinds = {"=": ice.EqualTo, "<": ice.LessThan, ">=": ice.GreaterThanOrEqual}
        return kinds[operator](column, values[0])


def where(test, literal):
    """A WHERE clause, or nothing."""
    if not test:
        return ""
    column, kind, operator, values = test
    texts = [literal(kind, v) for v in values]
    right = {"in": f"({', '.join(texts)})", "is null": "", "is not null": ""}.get(operator, texts[0] if texts else "")
    return f' where "{column}" {operator} {right}'


class DuckDB:
    name = "duckdb"

    def __init__(self):
        import duckdb
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        for extension in ("avro", "iceberg"):  # the second needs the first
            for folder in site.getsitepackages():
                for file in glob.glob(f"{folder}/duckdb_extension_{extension}/extensions/*/*.duckdb_extension"):
                    self.connection.execute(f"load '{file}'")

    def read(self, table, columns, test=None):
        names = ", ".join(f'"{c}"' for c in columns)
        query = f"select {names} from iceberg_scan('{table.metadata_location}')" + where(test, sql_literal)
        return self.connection.execute(query).to_arrow_table()


class Polars:
    name = "polars"

    def read(self, table, columns, test=None):
        import polars
        frame = polars.scan_iceberg(table, reader_override="native")
        if test:
            column, kind, operator, values = test
            col, dtype = polars.col(column), frame.collect_schema()[column]
            lits = [polars.lit(moment(v) if kind == "timestamp" else v, dtype=dtype) for v in values]
            frame = frame.filter({
                "is null": lambda: col.is_null(), "is not null": lambda: col.is_not_null(), "=": lambda: col == lits[0],
                "<": lambda: col < lits[0], ">=": lambda: col >= lits[0], "in": lambda: (col == lits[0]) | (col == lits[1]),
            }[operator]())
        return frame.select(columns).collect().to_arrow()


class ClickHouse:
    name = "clickhouse"

    def __init__(self):
        os.chdir("/")  # chdb reads only below its working folder
        import chdb
        self.chdb = chdb

    def read(self, table, columns, test=None):
        location = table.location().removeprefix("file://")
        metadata = "metadata/" + table.metadata_location.rsplit("/", 1)[1]
        names = ", ".join(f'"{c}"' for c in columns)
        query = (f"select {names} from icebergLocal('{location}', SETTINGS iceberg_metadata_file_path='{metadata}')"
                 + where(test, self.literal) + " settings output_format_arrow_string_as_string=0")
        data = self.chdb.query(query, "Arrow").bytes()
        return pa.ipc.open_file(pa.BufferReader(data)).read_all() if data else None

    @staticmethod
    def literal(kind, value):
        if kind == "timestamp":
            return f"fromUnixTimestamp64Micro(toInt64({value}), 'UTC')"
        if kind == "decimal":
            return f"toDecimal128('{value:f}', {max(0, -value.as_tuple().exponent)})"
        if kind == "binary":
            return f"unhex('{value.hex()}')"
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'" if kind == "string" else str(value)


class Daft:
    name = "daft"

    def read(self, table, columns, test=None):
        import daft
        logging.getLogger("daft").setLevel(logging.ERROR)  # it warns of every scan without a partition filter
        frame = daft.read_iceberg(table)
        if test:
            column, kind, operator, values = test
            col = daft.col(column)
            lits = [daft.lit(moment(v) if kind == "timestamp" else v) for v in values]
            frame = frame.where({
                "is null": lambda: col.is_null(), "is not null": lambda: col.not_null(), "=": lambda: col == lits[0],
                "<": lambda: col < lits[0], ">=": lambda: col >= lits[0], "in": lambda: (col == lits[0]) | (col == lits[1]),
            }[operator]())
        return frame.select(*columns).to_arrow()


def readers(everything):
    found = [PyIceberg(), DuckDB()]
    extra = [("polars", Polars), ("chdb", ClickHouse), ("daft", Daft)] if everything else []
    for module, reader in extra:
        if importlib.util.find_spec(module):
            found.append(reader())
        else:
            print(f"skipped: {module} is not installed")
    return found


def rows_of(table, columns):
    """Rows as tuples in the order of `columns`."""
    if table is None:
        return []
    lists = []
    for name in columns:
        values = plain(table.column(name))
        lists.append([v.decode() if isinstance(v, bytes) and name in TEXT else v for v in values])
    return list(zip(*lists))


# Columns that ClickHouse hands out as bytes though they are text.
TEXT = set()


def ordered(rows):
    return sorted(rows, key=lambda row: tuple((v is not None, v) for v in row))


def kind_of(field_type):
    """The kind of a primitive Iceberg type for literals, or None for those no filter is asked of."""
    text = str(field_type)
    if text.startswith("decimal"):
        return "decimal"
    return {"string": "string", "int": "number", "long": "number", "timestamptz": "timestamp", "binary": "binary"}.get(text)


def tests_of(column, kind, values):
    """Filters with the rows they keep: at the extremes, in the middle, and for nulls."""
    present = sorted({v for v in values if v is not None})
    yield (column, kind, "is null", []), lambda v: v is None
    yield (column, kind, "is not null", []), lambda v: v is not None
    if not present:
        return
    least, middle, most = present[0], present[len(present) // 2], present[-1]
    for bound in sorted({least, middle, most}):
        yield (column, kind, "=", [bound]), lambda v, b=bound: v == b
        yield (column, kind, "<", [bound]), lambda v, b=bound: v is not None and v < b
        yield (column, kind, ">=", [bound]), lambda v, b=bound: v is not None and v >= b
    if least != most:
        yield (column, kind, "in", [least, most]), lambda v: v in (least, most)


def check_filters(score, reader, table, name, unfiltered, columns, key):
    """(b): each filter keeps what it keeps of the unfiltered read, told by the rows' keys."""
    for field in table.schema().fields:
        kind = kind_of(field.field_type)
        if kind is None:
            continue
        place = columns.index(field.name)
        wanted = list(dict.fromkeys(key + [field.name]))
        for test, keeps in tests_of(field.name, kind, [row[place] for row in unfiltered]):
            expected = ordered(tuple(row[columns.index(c)] for c in wanted) for row in unfiltered if keeps(row[place]))
            score.attempt(
                f"{name}: {reader.name} where {field.name} {test[2]} ({len(test[3])} values), {len(expected)} rows expected",
                lambda: ordered(rows_of(reader.read(table, wanted, test), wanted)) == expected)


def check_origin(score, reader, name, rows, columns):
    """(c): count = count of distinct (topic, partition, offset)."""
    places = [columns.index(c) for c in ORIGIN]
    origins = [tuple(row[p] for p in places) for row in rows]
    score.check(all(None not in origin for origin in origins), f"{name}: {reader.name} sees rows without origin")
    score.check(len(set(origins)) == len(origins), f"{name}: {reader.name} sees {len(origins) - len(set(origins))} records twice")


def golden_rows(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        for row in csv.DictReader(file):
            key = (VENUES[row["market"]], SYMBOLS[row["symbol"]], int(row["window_start_ms"]) * 1000)
            values = {"window_end": int(row["window_end_ms"]) * 1000}
            values.update({c: decimal.Decimal(row[c]) for c in GOLDEN_DECIMALS})
            values.update({c: int(row[c]) for c in GOLDEN_INTEGERS})
            yield key, values


def check_golden(score, reader, interval, path, rows, columns):
    """(a): the final candles of `interval` are those of the CSV, no more, no fewer, equal in every column."""
    golden = dict(golden_rows(path))
    found, doubled = {}, 0
    for row in rows:
        candle = dict(zip(columns, row))
        if candle["interval"] != interval:
            continue
        key = (candle["venue"], candle["symbol"], candle["window_start"])
        known = found.get(key)
        doubled += known is not None and known["revision"] == candle["revision"]
        if known is None or known["revision"] <= candle["revision"]:
            found[key] = candle
    what = f"candles of {interval} by {reader.name}"
    score.check(doubled == 0, f"{what}: {doubled} windows twice in the same revision")
    score.check(not golden.keys() - found.keys(), f"{what}: {len(golden.keys() - found.keys())} of {len(golden)} missing")
    score.check(not found.keys() - golden.keys(), f"{what}: {len(found.keys() - golden.keys())} that should not be")
    for column in ["window_end"] + GOLDEN_DECIMALS + GOLDEN_INTEGERS:
        differing = [k for k in golden.keys() & found.keys() if found[k][column] != golden[k][column]]
        example = f", first at {min(differing)}" if differing else ""
        score.check(not differing, f"{what}: {column} differs in {len(differing)} of {len(golden)}{example}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalog")
    parser.add_argument("--golden", action="append", default=[], metavar="INTERVAL=CSV")
    parser.add_argument("--tables", default="silver.candles,bronze.trades,bronze.late")
    parser.add_argument("--all-readers", action="store_true")
    return parser.parse_args()


def main():
    options = arguments()
    catalog_path = os.path.abspath(options.catalog)
    goldens = [(interval, os.path.abspath(path)) for interval, path in (g.split("=", 1) for g in options.golden)]
    if not os.path.exists(catalog_path):
        print(f"there is no catalog at {catalog_path}", file=sys.stderr)
        return 64
    score = Score()
    catalog = SqlCatalog("wick", uri=f"sqlite:///{catalog_path}")
    asked = readers(options.all_readers)
    for name in options.tables.split(","):
        if not catalog.table_exists(name):
            score.check(False, f"{name}: the catalog does not have it")
            continue
        check_table(score, asked, catalog.load_table(name), name, goldens if name == "silver.candles" else [])
    return score.finish()


def check_table(score, asked, table, name, goldens):
    columns = [field.name for field in table.schema().fields if field.field_type.is_primitive]
    TEXT.clear()
    TEXT.update(field.name for field in table.schema().fields if str(field.field_type) == "string")
    has_origin = all(c in columns for c in ORIGIN)
    key = ORIGIN if has_origin else CANDLE_KEY
    first = None
    for reader in asked:
        try:
            rows = rows_of(reader.read(table, columns), columns)
        except Exception as error:
            score.check(False, f"{name}: {reader.name} cannot read: {type(error).__name__}: {str(error)[:300]}")
            continue
        print(f"{name}: {reader.name} reads {len(rows)} rows", flush=True)
        summary = table.current_snapshot().summary if table.current_snapshot() else None
        total = int(summary["total-records"] if summary else 0)
        score.check(len(rows) == total, f"{name}: {reader.name} and the snapshot's total of {total} differ")
        if first is None:
            first = ordered(rows)
        else:
            score.check(ordered(rows) == first, f"{name}: {reader.name} and {asked[0].name} see different rows")
        if has_origin:
            check_origin(score, reader, name, rows, columns)
        for interval, path in goldens:
            check_golden(score, reader, interval, path, rows, columns)
        check_filters(score, reader, table, name, rows, columns, key)


if __name__ == "__main__":
    sys.exit(main())
