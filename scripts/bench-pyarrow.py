"""Writes the columns that wick-bench has saved with PyArrow, on one thread; prints "variant rows/s bytes" each."""
import os
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

pa.set_cpu_count(1)
pa.set_io_thread_count(1)
folder = sys.argv[1]


def load(name, kind=np.int64):
    return np.fromfile(f"{folder}/{name}.bin", kind)


def decimals(name, precision):
    values = load(name)
    wide = np.empty((len(values), 2), np.int64)
    wide[:, 0], wide[:, 1] = values, values >> 63
    return pa.Array.from_buffers(pa.decimal128(precision, 8), len(values), [None, pa.py_buffer(wide)])


def coded(codes, words):
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words))


symbols = open(f"{folder}/symbols.txt").read().split("\n")
rows = len(load("price"))
zeros = np.zeros(rows, np.int32)
time_type = pa.timestamp("us", "UTC")
columns = {
    "venue": coded(zeros, ["sim"]),
    "symbol": coded(load("symbol", np.int32), symbols),
    "trade_id": pa.array(load("trade_id")),
    "price": decimals("price", 18),
    "quantity": decimals("quantity", 28),
    "taker_side": coded(load("taker_side", np.int32), ["BUY", "SELL"]),
    "event_time": pa.array(load("event_time")).cast(time_type),
    "received_time": pa.array(load("received_time")).cast(time_type),
    "_topic": coded(zeros, ["trades.raw"]),
    "_partition": pa.array(load("_partition")).cast(pa.int32()),
    "_offset": pa.array(load("_offset")),
}
plain = {k: v.cast(pa.string()) if pa.types.is_dictionary(v.type) else v for k, v in columns.items()}
delta = {k: "DELTA_BINARY_PACKED" for k in ("trade_id", "event_time", "received_time", "_offset")}
variants = {
    "strings": (plain, {}),
    "dictionaries": (columns, {}),
    "tuned": (
        columns,
        {
            "store_decimal_as_integer": True,
            "use_dictionary": [k for k in columns if k not in delta],
            "column_encoding": delta,
        },
    ),
}
for name, (data, options) in variants.items():
    table = pa.table(data)
    path = f"{folder}/pyarrow.parquet"
    times = []
    for _ in range(4):
        start = time.process_time()
        pq.write_table(table, path, compression="zstd", compression_level=1, **options)
        times.append(time.process_time() - start)
    times.sort()
    print(name, rows / ((times[1] + times[2]) / 2), os.path.getsize(path))
