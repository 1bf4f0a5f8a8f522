#!/usr/bin/env python3
"""Computes the queries of sql/windows again, from the trades as any client reads them, and compares every window and late record.

usage: window_oracle.py BOOTSTRAP REGISTRY [CATALOG_DB]

Nothing is shared with Wick but the topics: records are taken in order of offset, partition by partition, copies of a trade are
dropped, stream time is the largest event time among a query's rows, and a window is late once its end is at or before the stream
time less the grace. Sums are exact, doubles are exact quotients rounded once, so that all comparisons are for equality.
With CATALOG_DB, the tables that the topics became are compared too.
"""
import collections
import decimal
import fractions
import math
import sys

from checks import Score
from topics import Topics, headers, window_key

decimal.getcontext().prec = 100
SECOND = 1_000_000
DIGIT_16 = decimal.Decimal(1).scaleb(-16)
Query = collections.namedtuple("Query", "topic size advance grace keeps columns having")


def variance(values):
    n = len(values)
    if n < 2:
        return None
    exact = [fractions.Fraction(v) for v in values]
    return float((n * sum(v * v for v in exact) - sum(exact) ** 2) / (n * (n - 1)))


def deviation(values):
    found = variance(values)
    return None if found is None else math.sqrt(found)


def mean(values):
    return float(sum(fractions.Fraction(v) for v in values) / len(values))


def vwap(rows):
    quotient = fractions.Fraction(sum(r["price"] * r["quantity"] for r in rows)) / fractions.Fraction(sum(r["quantity"] for r in rows))
    return decimal.Decimal(round(quotient * 10 ** 16)).scaleb(-16)  # round() takes halves to even


def first(rows):
    return min(rows, key=lambda r: (r["event_time"], r["trade_id"]))["price"]


def last(rows):
    return max(rows, key=lambda r: (r["event_time"], r["trade_id"]))["price"]


def prices(rows):
    return [r["price"] for r in rows]


def quantities(rows):
    return [r["quantity"] for r in rows]


QUERIES = [
    Query("oracle.tumbling", 7 * SECOND, 7 * SECOND, 50_000, lambda row: True, {
        "open": first, "close": last, "high": lambda rows: max(prices(rows)), "low": lambda rows: min(prices(rows)),
        "first_arrived": lambda rows: rows[0]["price"], "last_arrived": lambda rows: rows[-1]["price"],
        "volume": lambda rows: sum(quantities(rows)), "quote_volume": lambda rows: sum(r["price"] * r["quantity"] for r in rows),
        "taker_buy_volume": lambda rows: sum(r["quantity"] for r in rows if r["taker_side"] == "BUY"),
        "vwap": vwap, "mean": lambda rows: mean(prices(rows)), "variance": lambda rows: variance(prices(rows)),
        "deviation": lambda rows: deviation(prices(rows)), "trades": len,
    }, lambda rows: True),
    Query("oracle.hopping", 10 * SECOND, 2 * SECOND, 0, lambda row: row["taker_side"] == "BUY", {
        "open": first, "close": last, "volume": lambda rows: sum(quantities(rows)), "vwap": vwap,
        "mean": lambda rows: mean(quantities(rows)), "deviation": lambda rows: deviation(quantities(rows)),
        "last_trade_id": lambda rows: max(r["trade_id"] for r in rows), "trades": len,
    }, lambda rows: True),
    Query("oracle.having", 20_000, 20_000, 150_000, lambda row: True, {
        "price_range": lambda rows: max(prices(rows)) - min(prices(rows)), "volume": lambda rows: sum(quantities(rows)),
        "deviation": lambda rows: deviation(prices(rows)), "trades": len,
    }, lambda rows: len(rows) >= 2),
]


def distinct(trades):
    """The rows that are no copies, per partition in order of offset, and how many copies there were."""
    seen, partitions, copies = set(), collections.defaultdict(list), 0
    for row in trades:
        identity = (row["partition"], row["venue"], row["symbol"], row["trade_id"])
        if identity in seen:
            copies += 1
        else:
            seen.add(identity)
            partitions[row["partition"]].append(row)
    return partitions, copies


def compute(query, partitions):
    """Windows by key, and late records by source: ({(venue, symbol, start): rows}, {source: (windows, partial, stream time)})."""
    windows, late = collections.defaultdict(list), {}
    for rows in partitions.values():
        stream_time = -1
        for row in filter(query.keeps, rows):
            time = row["event_time"]
            stream_time = max(stream_time, time)
            newest = time // query.advance * query.advance
            starts = [s for s in range(newest, time - query.size, -query.advance) if s >= 0]
            missed = sorted(s for s in starts if s + query.size <= stream_time - query.grace)
            for start in starts:
                if start not in missed:
                    windows[row["venue"], row["symbol"], start].append(row)
            if missed:
                spans = ";".join(f"{s}/{s + query.size}" for s in missed)
                late[row["source"]] = (spans, len(missed) < len(starts), stream_time)
    return {key: rows for key, rows in windows.items() if query.having(rows)}, late


def check_windows(score, topics, query, windows):
    messages = topics.records(query.topic)
    found, doubled = {}, 0
    for message in messages:
        (venue, symbol), start = window_key(message)
        key = (venue, symbol, start * 1000)
        doubled += key in found
        found[key] = topics.value(message)
    print(f"{query.topic}: {len(found)} windows, {len(windows)} computed", flush=True)
    score.check(windows, f"{query.topic}: nothing to compare")
    score.check(doubled == 0, f"{query.topic}: {doubled} windows emitted twice")
    score.check(not windows.keys() - found.keys(), f"{query.topic}: {len(windows.keys() - found.keys())} windows missing")
    score.check(not found.keys() - windows.keys(), f"{query.topic}: {len(found.keys() - windows.keys())} windows too many")
    compare(score, query, query.topic, windows, found)


def compare(score, query, what, windows, found):
    common = sorted(windows.keys() & found.keys())
    bounds = {"window_start": lambda key: key[2], "window_end": lambda key: key[2] + query.size}
    for column, bound in bounds.items():
        wrong = [key for key in common if found[key][column] != bound(key)]
        score.check(not wrong, f"{what}: {column} differs in {len(wrong)} of {len(common)}")
    for column, value in query.columns.items():
        wrong = [key for key in common if found[key][column] != value(windows[key])]
        example = f", first {wrong[0]}: {found[wrong[0]][column]} instead of {value(windows[wrong[0]])}" if wrong else ""
        score.check(not wrong, f"{what}: {column} differs in {len(wrong)} of {len(common)}{example}")


def check_late(score, topics, query, late):
    topic, found, doubled = query.topic + ".late", {}, 0
    for message in topics.records(topic):
        told = headers(message)
        doubled += told["wick.source"] in found
        found[told["wick.source"]] = (told["wick.window"], told.get("wick.partial") == "true", int(told["wick.stream_time"]))
    print(f"{topic}: {len(found)} records, {len(late)} computed", flush=True)
    score.check(doubled == 0, f"{topic}: {doubled} records twice")
    score.check(found.keys() == late.keys(), f"{topic}: {len(found.keys() ^ late.keys())} records differ")
    for place, name in enumerate(["windows", "partial", "stream time"]):
        wrong = [s for s in found.keys() & late.keys() if found[s][place] != late[s][place]]
        example = f", first {wrong[0]}: {found[wrong[0]][place]} instead of {late[wrong[0]][place]}" if wrong else ""
        score.check(not wrong, f"{topic}: {name} differs in {len(wrong)}{example}")


def check_table(score, catalog, query, windows):
    table = catalog.load_table(("silver", query.topic.replace(".", "_")))
    arrow = table.scan().to_arrow()
    columns = {name.lower(): arrow.column(name) for name in arrow.column_names}
    lists = {name: (c.cast("int64") if str(c.type).startswith("timestamp") else c).to_pylist() for name, c in columns.items()}
    rows = [dict(zip(lists, values)) for values in zip(*lists.values())]
    found = {(row["venue"], row["symbol"], row["window_start"]): row for row in rows}
    what = f"table of {query.topic}"
    score.check(len(rows) == len(windows) == len(found), f"{what}: {len(rows)} rows for {len(windows)} windows")
    compare(score, query, what, windows, found)


def main(bootstrap, registry, catalog_path=None):
    score, topics, trades = Score(), Topics(bootstrap, registry), []
    for message in topics.records("trades.raw"):
        source = {"partition": message.partition(), "source": f"{message.topic()}/{message.partition()}/{message.offset()}"}
        trades.append(topics.value(message) | source)
    partitions, copies = distinct(trades)
    print(f"trades.raw: {len(trades)} records in {len(partitions)} partitions, {copies} of them copies", flush=True)
    score.check(copies > 0 and len(partitions) > 1, "the source has copies and several partitions")
    catalog = None
    if catalog_path:
        from pyiceberg.catalog.sql import SqlCatalog
        catalog = SqlCatalog("wick", uri=f"sqlite:///{catalog_path}")
    for query in QUERIES:
        windows, late = compute(query, partitions)
        score.check(late, f"{query.topic}: no late record to compare")
        score.attempt(f"{query.topic} is read", lambda: check_windows(score, topics, query, windows) or True)
        score.attempt(f"{query.topic}.late is read", lambda: check_late(score, topics, query, late) or True)
        if catalog:
            score.attempt(f"{query.topic}: its table is read", lambda: check_table(score, catalog, query, windows) or True)
    return score.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
