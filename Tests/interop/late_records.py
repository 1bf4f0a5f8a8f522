#!/usr/bin/env python3
"""Compares late records with recorded verdicts.

usage: late_records.py BOOTSTRAP REGISTRY GOLDEN_LATE_CSV SET

The topics `late.<window>ms.<grace>ms` hold what the queries of sql/late found late in the trades of SET, read as one partition.
Each must hold exactly the records that GOLDEN_LATE_CSV counts for that window and delay, told by the sha256 of their identities.
"""
import csv
import hashlib
import sys

from checks import Score
from topics import Topics, headers

MARKETS = {"binance": "spot", "binance-usdm": "usdm"}
WINDOWS = [(1000, 0), (100, 100)]


def verdicts(path, name):
    with open(path, newline="") as file:
        return {
            (int(row["window_ms"]), int(row["watermark_delay_ms"])): (int(row["late_records"]), row["sha256_of_late_identities"])
            for row in csv.DictReader(file) if row["set"] == name}


def digest(identities):
    return hashlib.sha256("".join(f"{m}/{s}/{i}\n" for m, s, i in sorted(identities)).encode()).hexdigest()


def check(score, topics, originals, window, grace, expected):
    topic = f"late.{window}ms.{grace}ms"
    identities, reasons, changed = [], set(), 0
    for message in topics.records(topic):
        row = topics.value(message)
        identities.append((MARKETS[row["venue"]], row["symbol"].replace("-", ""), row["trade_id"]))
        told = headers(message)
        reasons.add(told["wick.reason"])
        changed += originals[told["wick.source"]] != (message.key(), message.value())
    count, wanted = expected
    print(f"{topic}: {len(identities)} records, sha256 {digest(identities)}", flush=True)
    score.check(len(identities) == count, f"{topic}: {len(identities)} records instead of {count}")
    score.check(digest(identities) == wanted, f"{topic}: other records than expected")
    score.check(reasons <= {"late"}, f"{topic}: reasons {reasons}")
    score.check(changed == 0, f"{topic}: {changed} records are not the bytes of their originals")


def main(bootstrap, registry, golden, name):
    score, topics = Score(), Topics(bootstrap, registry)
    originals = {
        f"{m.topic()}/{m.partition()}/{m.offset()}": (m.key(), m.value()) for m in topics.records("trades.raw")}
    expected = verdicts(golden, name)
    for window, grace in WINDOWS:
        score.attempt(
            f"late.{window}ms.{grace}ms is read",
            lambda: check(score, topics, originals, window, grace, expected[window, grace]) or True)
    return score.finish()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
