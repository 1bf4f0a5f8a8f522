#!/usr/bin/env python3
"""Makes the inputs of the golden SQL files, and what must come of them, record by record from the definitions.

It shares nothing with the engine: no windows in slots, no heaps, no batches, no state that is stored. Run it in this folder
after a change of a .sql file and look at the difference it makes; the tests only read what it has written.

<name>.input.jsonl holds a record a line. <name>.expected.json holds for each topic how it is compared and its rows:
  all      every record, as often as it stands here: streams and EMIT FINAL
  last     the last record of each key: EMIT CHANGES, whose earlier rows depend on where commits fall
  aside    late and invalid records: reason, place in the source; where queries fill that, its name; the windows missed
"""

import json
import random
from collections import defaultdict
from decimal import Decimal

PARTITIONS = 3


def compact(value):
    """JSON as the engine writes it; texts that stand for decimals keep their digits."""
    if isinstance(value, dict):
        return "{" + ",".join(f'"{k}":{compact(v)}' for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(compact(v) for v in value) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


class Input:
    def __init__(self):
        self.records = []
        self.offsets = defaultdict(int)

    def add(self, topic, partition, time, key, value):
        """Gives the place of the record in its topic."""
        place = f"{partition}/{self.offsets[topic, partition]}"
        self.offsets[topic, partition] += 1
        text = value if value is None or isinstance(value, str) else compact(value)
        self.records.append({"topic": topic, "partition": partition, "time": time, "key": key, "value": text})
        return place


def write(name, given, topics, sources):
    with open(f"{name}.input.jsonl", "w") as out:
        for record in given.records:
            out.write(json.dumps(record) + "\n")
    with open(f"{name}.expected.json", "w") as out:
        json.dump({"sources": sources, "topics": topics}, out, indent=1)
        out.write("\n")


def everything(topic, rows, window="none"):
    return {"topic": topic, "compare": "all", "window": window, "rows": sorted(rows)}


def last(topic, table, window="none"):
    return {"topic": topic, "compare": "last", "window": window, "rows": sorted(f"{k}={v}" for k, v in table.items())}


def aside(topic, rows):
    return {"topic": topic, "compare": "aside", "window": "none", "rows": sorted(rows)}


def missed(place, windows):
    return f"late {place} " + ";".join(f"{start * 1000}/{end * 1000}" for start, end in windows)


def windowed(trades, size, advance, grace, group):
    """The trades of each window and group, and the late ones.

    A window is late for a trade when it ends at or before the largest time of its partition so far, its own included, less grace.
    """
    now, windows, late = {}, defaultdict(list), []
    for trade in trades:
        part = trade["part"]
        now[part] = max(now.get(part, 0), trade["at"])
        gone = []
        first = max(0, (trade["at"] - size) // advance + 1) * advance
        for start in range(first, trade["at"] + 1, advance):
            if start + size <= now[part] - grace:
                gone.append((start, start + size))
            else:
                windows[start, group(trade)].append(trade)
        if gone:
            late.append(missed(trade["place"], gone))
    return windows, late


def make_windows():
    draw = random.Random(71)
    given, trades, broken = Input(), [], []
    for index in range(420):
        venue, symbol = draw.randrange(6), draw.randrange(3)
        # Now and then a silence, in which sessions end and windows stay empty.
        at = 100_000 + index * 60 + (index // 100) * 9000 + 2000 - draw.randrange(2200)
        value = {"SYMBOL": f"s{symbol}", "N": draw.randrange(-20, 300), "AT": at}
        text = '{"SYMBOL":"x","N":' if draw.randrange(50) == 0 else compact(value)
        place = given.add("trades", venue % PARTITIONS, at, f"v{venue}", text)
        if text != compact(value):
            broken.append(f"undecodable {place}")
            continue
        trades.append(
            {"part": venue % PARTITIONS, "venue": f"v{venue}", "symbol": f"s{symbol}", "n": value["N"], "at": at, "place": place})

    seconds, late_seconds = windowed(trades, 1000, 1000, 500, lambda t: f"{t['venue']},{t['symbol']}")
    rows = []
    for (start, key), found in seconds.items():
        n = [t["n"] for t in found]
        rows.append(f"{start} {key}=" + compact({"C": len(n), "S": sum(n), "LOW": min(n), "HIGH": max(n)}))
    topics = [everything("seconds", rows, "time"), aside("late-seconds", late_seconds), aside("invalid", broken)]

    hops, late_hops = windowed(
        [t for t in trades if t["n"] > 0], 3000, 1000, 500, lambda t: compact({"VENUE": t["venue"], "SYMBOL": t["symbol"]}))
    rows = [f"{start} {key}=" + compact({"C": len(f), "S": sum(t["n"] for t in f)}) for (start, key), f in hops.items()]
    topics += [everything("hops", rows, "time"), aside("late-hops", late_hops)]

    # A session is a run of a venue's sorted times without a gap of more than a second and a half.
    sessions = {}
    for venue in sorted({t["venue"] for t in trades}):
        run = []
        for trade in sorted((t for t in trades if t["venue"] == venue), key=lambda t: t["at"]) + [None]:
            if run and (trade is None or trade["at"] - run[-1]["at"] > 1500):
                value = {"C": len(run), "S": sum(t["n"] for t in run)}
                sessions[f"{run[0]['at']}-{run[-1]['at']} {venue}"] = compact(value)
                run = []
            run.append(trade)
    topics.append(last("sessions", sessions, "session"))

    filled, late_filled = windowed(trades, 2000, 2000, 1000, lambda t: t["venue"])
    rows = []
    for venue in sorted({key for _, key in filled}):
        starts = sorted(start for start, key in filled if key == venue)
        ends = {t["part"]: 0 for t in trades if t["venue"] == venue}
        (part,) = ends
        # What closes by time, and at the end of the input what is open.
        newest = max(t["at"] for t in trades if t["part"] == part)
        for index, start in enumerate(starts):
            found = filled[start, venue]
            high = max(t["n"] for t in found)
            rows.append(f"{start} {venue}=" + compact({"C": len(found), "HIGH": high}))
            until = starts[index + 1] if index + 1 < len(starts) else FILL_END(newest)
            for gap in range(start + 2000, min(until, start + 2000 + 6000), 2000):
                rows.append(f"{gap} {venue}=" + compact({"C": 0, "HIGH": high}))
    topics += [everything("filled", rows, "time"), aside("late-filled", late_filled)]
    write("windows", given, topics, {"trades": PARTITIONS})


def FILL_END(newest):
    """Gaps are filled as far as windows have closed: those that end by the newest time less grace; no further at the end."""
    return (newest - 1000) // 2000 * 2000


def candle(trades):
    by_time = sorted(trades, key=lambda t: (t["at"], t["id"]))
    prices = [t["price"] for t in trades]
    return compact({
        "OPEN": by_time[0]["price"], "HIGH": max(prices), "LOW": min(prices), "CLOSE": by_time[-1]["price"],
        "TURNOVER": sum(t["price"] * t["size"] for t in trades), "C": len(trades)})


def make_rollups():
    draw = random.Random(72)
    given, trades, seen = Input(), [], set()
    lines = []
    for index in range(500):
        venue = draw.randrange(5)
        at = 3_600_000 + index * 17_000 + 60_000 - draw.randrange(90_000)
        lines.append((venue, index, Decimal(draw.randrange(100, 100_000)) / 100, draw.randrange(1, 50), at))
        if draw.randrange(15) == 0:
            lines.append(lines[draw.randrange(max(0, len(lines) - 20), len(lines))])
    for venue, id, price, size, at in lines:
        value = {"ID": id, "PRICE": Decimal(f"{price:.2f}"), "SIZE": size, "AT": at}
        place = given.add("trades", venue % PARTITIONS, at, f"v{venue}", value)
        if (venue, id) in seen:
            continue
        seen.add((venue, id))
        trades.append({
            "part": venue % PARTITIONS, "venue": f"v{venue}", "id": id, "price": value["PRICE"], "size": size, "at": at,
            "place": place})
    minutes, late = windowed(trades, 60_000, 60_000, 20_000, lambda t: t["venue"])
    topics = [
        everything("minutes", [f"{start} {venue}={candle(found)}" for (start, venue), found in minutes.items()], "time"),
        aside("late", late)]
    for topic, size in [("fives", 300_000), ("hours", 3_600_000)]:
        merged = defaultdict(list)
        for (start, venue), found in minutes.items():
            merged[start // size * size, venue] += found
        rows = [f"{start} {venue}={candle(found)}" for (start, venue), found in merged.items()]
        topics.append(everything(topic, rows, "time"))
    write("rollups", given, topics, {"trades": PARTITIONS})


def make_groups():
    draw = random.Random(73)
    given, trades, broken = Input(), [], []
    names = {}
    for venue in range(5):
        for name in ["old", f"name {venue}"]:
            given.add("venues", venue % PARTITIONS, 1, f"v{venue}", {"NAME": name})
            names[f"v{venue}"] = name
    given.add("venues", 1, 1, "v4", None)
    del names["v4"]
    for index in range(400):
        venue, symbol = draw.randrange(7), f"s{draw.randrange(4)}"
        value = {"SYMBOL": symbol, "SIDE": draw.choice(["BUY", "SELL"]), "N": draw.randrange(-40 if venue < 3 else -3, 300)}
        text = "no JSON" if draw.randrange(60) == 0 else compact(value)
        place = given.add("trades", venue % PARTITIONS, 1000 + index, f"v{venue}", text)
        if text == "no JSON":
            broken.append(f"undecodable {place}")
        else:
            trades.append({"venue": f"v{venue}", "symbol": symbol, "side": value["SIDE"], "n": value["N"]})

    def grouped(key, rows=trades):
        groups = defaultdict(list)
        for trade in rows:
            groups[key(trade)].append(trade)
        return groups.items()

    def sums(found):
        return compact({"C": len(found), "S": sum(t["n"] for t in found)})

    totals = {k: sums(found) for k, found in grouped(lambda t: compact({"SYMBOL": t["symbol"], "SIDE": t["side"]}))}
    kept, collected = {}, {}
    for venue, found in grouped(lambda t: t["venue"]):
        n = [t["n"] for t in found]
        if min(n) > -5:
            kept[venue] = compact({"C": len(n), "LOW": min(n)})
        collected[venue] = compact({
            "C": len(n), "TOP": sorted(n, reverse=True)[:3], "SYMBOLS": list(dict.fromkeys(t["symbol"] for t in found)),
            "DIFFERENT": len(set(n))})
    notable = [t for t in trades if t["n"] >= 250 or t["n"] < 0]
    topics = [
        last("totals", totals), last("kept", kept), last("collected", collected), aside("invalid", broken),
        everything("moved", [f"{t['symbol']}=" + compact({"VENUE": t["venue"], "N": t["n"]}) for t in trades]),
        everything("named", [f"{t['venue']}=" + compact({"NAME": names.get(t["venue"]), "N": t["n"]}) for t in trades]),
        everything("notable", [f"{t['venue']}=" + compact({"SYMBOL": t["symbol"], "N": t["n"]}) for t in notable]),
        last("counted", {symbol: sums(found) for symbol, found in grouped(lambda t: t["symbol"], notable)}),
    ]
    assert 0 < len(kept) < len(collected)
    write("groups", given, topics, {"trades": PARTITIONS, "venues": PARTITIONS})


def make_formats():
    draw = random.Random(74)
    given, rows, broken = Input(), [], []
    for index in range(300):
        venue, at = f"v{draw.randrange(6)}", 60_000 + index * 700
        part = int(venue[1]) % PARTITIONS
        kind = draw.randrange(25)
        price = Decimal(draw.randrange(1, 1_000_000)) / 100
        note = draw.choice([None, "plain", "a|b", 'say "so"', "größer", " "])
        value = {"SYMBOL": f"s{draw.randrange(3)}", "PRICE": Decimal(f"{price:.2f}"), "NOTE": note}
        if kind == 0:
            given.add("ticks", part, at, venue, None)
            rows.append((venue, at, None))
        elif kind == 1:
            value["PRICE"] = Decimal(f"{price:.2f}5")
            broken.append("undecodable " + given.add("ticks", part, at, venue, value))
        else:
            given.add("ticks", part, at, venue, compact(value))
            rows.append((venue, at, value))
    lines, back, sums = [], [], defaultdict(list)
    for venue, at, value in rows:
        if value is None:
            lines.append(f'"{venue}"=~')
            back.append(f"{venue}=~")
            continue
        twice, note = value["PRICE"] * 2, value["NOTE"]
        lines.append(f'"{venue}"={value["SYMBOL"]}|{twice}|{csv(note)}')
        back.append(f"{venue}=" + compact({"NOTE": note, "SYMBOL": value["SYMBOL"], "TWICE": twice}))
        sums[at // 60_000 * 60_000, venue].append(value["PRICE"])
    none = sum(1 for row in rows if row[2] is None)
    topics = [
        everything("lines", lines), everything("back", back),
        # A stream that a query fills shares the invalid topic; where its records stand depends on how tasks take turns.
        aside("invalid", broken + ["undecodable packed"] * none),
        everything("sums", [f"{start} {venue}={len(p)},{sum(p)}" for (start, venue), p in sums.items()], "time")]
    write("formats", given, topics, {"ticks": PARTITIONS})


def csv(note):
    if note is None:
        return ""
    if any(c in note for c in '|"\n\r') or note != note.strip():
        return '"' + note.replace('"', '""') + '"'
    return note


make_windows()
make_rollups()
make_groups()
make_formats()
