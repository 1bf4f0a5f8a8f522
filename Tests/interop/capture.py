#!/usr/bin/env python3
"""Makes trades with exact answers where no recorded ones are at hand.

usage: capture.py FOLDER

Writes FOLDER/derived/ in the layout of the recorded data: trades-{spot,mixed}.csv.gz in arrival order, golden-ohlcv-*.csv.gz and
golden-late.csv. The same bytes every time. All sums are of integers: prices and quantities scaled by 10^8, their products by 10^16.
"""
import gzip
import hashlib
import os
import random
import sys

START_MS = 1_723_161_255_300
MARKETS = [("spot", "BTCUSDT", 6_180_000, 2), ("spot", "ETHUSDT", 268_000, 2), ("usdm", "BTCUSDT", 618_100, 1), ("usdm", "ETHUSDT", 268_050, 2)]
TRADES = ["recv_ns", "market", "symbol", "trade_id", "price", "qty", "trade_time_ms", "event_time_ms", "buyer_is_maker"]
BARS = ["market", "symbol", "window_start_ms", "window_end_ms", "open", "high", "low", "close", "volume", "quote_volume",
        "taker_buy_volume", "trades", "first_trade_id", "last_trade_id"]


def text(value, scale):
    """value / 10^scale as the shortest decimal text."""
    whole, rest = divmod(value, 10 ** scale)
    digits = str(rest).rjust(scale, "0").rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def trades(rng, markets, count):
    """Rows in arrival order: each market in order of its own, one beside the other up to 300 ms late."""
    rows, state = [], [[price, 1_000_000 * (i + 1), START_MS] for i, (_, _, price, _) in enumerate(markets)]
    for _ in range(count):
        index = rng.randrange(len(markets))
        market, symbol, _, decimals = markets[index]
        place = state[index]
        place[0] += rng.randint(-3, 3)
        place[1] += 1
        place[2] += rng.choice([0, 0, 0, 1, 7, 15, 40])
        price = place[0] * 10 ** (8 - decimals)
        quantity = rng.randint(1, 100) * rng.randint(1, 100) * 1000
        received = (place[2] + index * 35 + rng.randint(0, 20) - 1270) * 1_000_000 + rng.randrange(1_000_000)
        rows.append((received, market, symbol, place[1], price, quantity, place[2], place[2] + 1, rng.randint(0, 1)))
    arrival = {}
    for number, row in enumerate(rows):  # within one market nothing overtakes
        key = row[1:3]
        arrival[key] = max(arrival.get(key, 0), row[0])
        rows[number] = (arrival[key], *row[1:])
    return sorted(rows, key=lambda row: row[0])


def bars(rows, width):
    windows = {}
    for _, market, symbol, number, price, quantity, time, _, maker in rows:
        windows.setdefault((market, symbol, time // width * width), []).append((time, number, price, quantity, maker))
    for (market, symbol, start), inside in sorted(windows.items()):
        inside.sort()
        prices = [row[2] for row in inside]
        yield [
            market, symbol, start, start + width, text(prices[0], 8), text(max(prices), 8), text(min(prices), 8), text(prices[-1], 8),
            text(sum(row[3] for row in inside), 8), text(sum(row[2] * row[3] for row in inside), 16),
            text(sum(row[3] for row in inside if not row[4]), 8), len(inside), min(row[1] for row in inside),
            max(row[1] for row in inside)]


def late(rows, width, delay):
    """How many records come when their window's end is at or before the largest time seen less `delay`, and their digest."""
    newest, found = -1, []
    for _, market, symbol, number, _, _, time, _, _ in rows:
        newest = max(newest, time)
        if time // width * width + width <= newest - delay:
            found.append((market, symbol, number))
    identities = "".join(f"{market}/{symbol}/{number}\n" for market, symbol, number in sorted(found))
    return len(found), hashlib.sha256(identities.encode()).hexdigest()


def write(path, header, rows):
    with open(path, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        for row in [header, *rows]:
            packed.write((",".join(map(str, row)) + "\n").encode())


def main(folder):
    folder = os.path.join(folder, "derived")
    os.makedirs(folder, exist_ok=True)
    rng = random.Random(20240808)
    verdicts = ["set,window_ms,watermark_delay_ms,records,late_records,sha256_of_late_identities"]
    for name, markets, count in (("spot", MARKETS[:2], 12_000), ("mixed", MARKETS, 20_000)):
        rows = trades(rng, markets, count)
        write(f"{folder}/trades-{name}.csv.gz", TRADES, ((*r[:4], text(r[4], 8), text(r[5], 8), *r[6:]) for r in rows))
        for width in (1000, 60_000):
            write(f"{folder}/golden-ohlcv-{name}-{width}ms.csv.gz", BARS, bars(rows, width))
        for width, delay in ((100, 0), (100, 100), (1000, 0), (1000, 100)):
            number, digest = late(rows, width, delay)
            verdicts.append(f"{name},{width},{delay},{len(rows)},{number},{digest}")
    with open(f"{folder}/golden-late.csv", "w") as file:
        file.write("\n".join(verdicts) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
