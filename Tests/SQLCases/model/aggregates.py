"""Aggregates by their definitions: of all records so far, after each record."""
import math
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

from casefile import File, aggregate

S, I, L, D = "STRING", "INT", "BIGINT", "DOUBLE"
WHOLE = [(3,), (None,), (-7,), (3,), (0,), (12,)]
REAL = [(0.1,), (None,), (0.2,), (-1.5,), (1e10,)]
PRICE = [(10.25,), (None,), (-0.01,), (9999.99,), (10.25,)]
TEXT = [("b",), (None,), ("a",), ("",), ("b",), ("ü",)]


def present(rows, index=0):
    return [row[index] for row in rows if row[index] is not None]


def over(f, empty=None):
    """f of the values that are there; `empty` where there is none."""
    return lambda rows: f(present(rows)) if present(rows) else empty


def exact(values):
    return float(sum(Decimal(str(v)) for v in values))


def distinct(values):
    return list(dict.fromkeys(values))


def numbers():
    f = File("aggregates/numbers.json", "Sums and moments. NULLs are left out.")
    aggregate(f, "COUNT of a column", "COUNT(A)", [I], WHOLE, lambda rows: len(present(rows)))
    aggregate(f, "COUNT of records", "COUNT(*)", [I], WHOLE, len)
    for kind, rows, total in [(I, WHOLE, sum), (L, WHOLE, sum), (D, REAL, math.fsum), ("DECIMAL(6, 2)", PRICE, exact)]:
        aggregate(f, f"SUM of {kind}", "SUM(A)", [kind], rows, over(total))
        aggregate(f, f"MIN of {kind}", "MIN(A)", [kind], rows, over(min))
        aggregate(f, f"MAX of {kind}", "MAX(A)", [kind], rows, over(max))
    aggregate(f, "MIN and MAX of texts", "MIN(A) || '…' || MAX(A)", [S], TEXT, over(lambda v: f"{min(v)}…{max(v)}"))
    aggregate(f, "SUM without any value", "SUM(A)", [I], [(None,), (None,)], lambda rows: None)
    aggregate(f, "AVG", "AVG(A)", [I], [(3,), (None,), (-7,), (4,)], over(lambda v: sum(v) / len(v)))

    def variance(values):
        if len(values) < 2:
            return None
        exactly = [Fraction(str(v)) for v in values]
        mean = sum(exactly) / len(exactly)
        return float(sum((v - mean) ** 2 for v in exactly) / (len(exactly) - 1))

    aggregate(f, "VAR_SAMP", "VAR_SAMP(A)", [D], REAL[:4], lambda rows: variance(present(rows)))
    aggregate(f, "STDDEV_SAMP is a root", "STDDEV_SAMP(A)", [I], WHOLE,
              lambda rows: None if (v := variance(present(rows))) is None else math.sqrt(v))
    aggregate(f, "STDDEV_SAMPLE is the same", "STDDEV_SAMPLE(A) - STDDEV_SAMP(A)", [I], WHOLE,
              lambda rows: None if variance(present(rows)) is None else 0.0)

    def vwap(rows):
        pairs = [(Fraction(str(p)), Fraction(str(q))) for p, q in rows if p is not None and q is not None]
        volume = sum(q for _, q in pairs)
        if not volume:
            return None
        with localcontext() as context:
            context.prec = 60
            quotient = sum(p * q for p, q in pairs) / volume
            return float((Decimal(quotient.numerator) / quotient.denominator).quantize(Decimal(1).scaleb(-16), ROUND_HALF_EVEN))

    aggregate(f, "VWAP as DOUBLE", "CAST(VWAP(A, B) AS DOUBLE)", ["DECIMAL(8, 2)", "DECIMAL(8, 2)"],
              [(1.5, 2), (2.5, 0), (3, 1), (None, 5), (7, None)], vwap)

    def correlation(rows):
        pairs = [(x, y) for x, y in rows if x is not None and y is not None]
        if len(pairs) < 2:
            return "NaN"
        mx, my = (sum(p[i] for p in pairs) / len(pairs) for i in (0, 1))
        top = sum((x - mx) * (y - my) for x, y in pairs)
        below = math.sqrt(sum((x - mx) ** 2 for x, _ in pairs) * sum((y - my) ** 2 for _, y in pairs))
        return top / below if below else "NaN"

    aggregate(f, "CORRELATION", "CORRELATION(A, B)", [D, D], [(1.0, 2.0), (2.0, 3.0), (None, 9.0), (4.0, -1.0), (5.0, None), (0.0, 0.5)], correlation)
    aggregate(f, "SUM_LIST", "SUM_LIST(A)", ["ARRAY<INT>"], [([1, 2],), (None,), ([],), ([None, 3],)],
              lambda rows: sum(x for v in present(rows) for x in v if x is not None))

    def volatility(rows):
        prices = [p for p, _ in sorted((r for r in rows if None not in r), key=lambda r: r[1])]
        if len(prices) < 2:
            return None
        return math.sqrt(math.fsum(math.log(b / a) ** 2 for a, b in zip(prices, prices[1:])))

    aggregate(f, "REALIZED_VOL in the order of a column", "REALIZED_VOL(A, B)", [D, I], [(100.0, 1), (103.0, 5), (99.0, 3), (None, 4), (98.5, 9)], volatility)
    return f


def order():
    f = File("aggregates/order.json", "First and last: by offset, or by columns of order.")
    aggregate(f, "EARLIEST_BY_OFFSET", "EARLIEST_BY_OFFSET(A)", [S], [(None,), ("b",), ("a",)], over(lambda v: v[0]))
    aggregate(f, "LATEST_BY_OFFSET", "LATEST_BY_OFFSET(A)", [S], [("b",), ("a",), (None,)], over(lambda v: v[-1]))
    aggregate(f, "EARLIEST_BY_OFFSET with NULLs", "EARLIEST_BY_OFFSET(A, FALSE)", [S], [(None,), ("b",)], lambda rows: rows[0][0])
    aggregate(f, "LATEST_BY_OFFSET with NULLs", "LATEST_BY_OFFSET(A, FALSE)", [S], [("b",), (None,), ("c",)], lambda rows: rows[-1][0])
    aggregate(f, "the first two", "EARLIEST_BY_OFFSET(A, 2)", [I], WHOLE, lambda rows: present(rows)[:2])
    aggregate(f, "the last two", "LATEST_BY_OFFSET(A, 2)", [I], WHOLE, lambda rows: present(rows)[-2:])
    aggregate(f, "the last two, NULLs too", "LATEST_BY_OFFSET(A, 2, FALSE)", [I], WHOLE, lambda rows: [r[0] for r in rows][-2:])
    trades = [("d", 5, 1), ("b", 3, 2), ("a", 3, 1), (None, 1, 0), ("z", None, 0), ("e", 5, 0), ("f", 5, 9)]

    def ordered(pick):
        def result(rows):
            there = sorted((r for r in rows if None not in r), key=lambda r: r[1:])
            return there[pick][0] if there else None
        return result

    aggregate(f, "FIRST_BY two columns", "FIRST_BY(A, B, C)", [S, I, I], trades, ordered(0))
    aggregate(f, "LAST_BY two columns", "LAST_BY(A, B, C)", [S, I, I], trades, ordered(-1))
    pairs = [("d", 5), ("b", 3), (None, 1), ("z", None), ("e", 7)]
    aggregate(f, "ARG_MIN", "ARG_MIN(A, B)", [S, I], pairs, ordered(0))
    aggregate(f, "ARG_MAX", "ARG_MAX(A, B)", [S, I], pairs, ordered(-1))
    return f


def collected():
    f = File("aggregates/collected.json", "Aggregates that keep values.")
    aggregate(f, "TOPK", "TOPK(A, 3)", [I], WHOLE, lambda rows: sorted(present(rows), reverse=True)[:3])
    aggregate(f, "TOPK of texts", "TOPK(A, 2)", [S], TEXT, lambda rows: sorted(present(rows), reverse=True)[:2])
    aggregate(f, "TOPK with another column", "TOPK(A, B, 2)", [I, S], [(3, "a"), (5, "b"), (None, "c"), (4, None)],
              lambda rows: [{"sort_col": a, "col0": b} for a, b in sorted((r for r in rows if r[0] is not None), key=lambda r: -r[0])[:2]])
    aggregate(f, "TOPKDISTINCT", "TOPKDISTINCT(A, 2)", [I], WHOLE, lambda rows: sorted(set(present(rows)), reverse=True)[:2])
    aggregate(f, "COLLECT_LIST keeps NULLs", "COLLECT_LIST(A)", [I], WHOLE, lambda rows: [r[0] for r in rows])
    aggregate(f, "COLLECT_SET keeps the first of equal ones", "COLLECT_SET(A)", [S], TEXT, lambda rows: distinct(r[0] for r in rows))
    aggregate(f, "COUNT_DISTINCT", "COUNT_DISTINCT(A)", [S], TEXT, lambda rows: len(set(present(rows))))
    aggregate(f, "COUNT_DISTINCT of pairs", "COUNT_DISTINCT(A, B)", [S, I], [("a", 1), ("a", 1), ("a", 2), ("b", 1), ("a", None)],
              lambda rows: len({r for r in rows if None not in r}))
    aggregate(f, "HISTOGRAM", "HISTOGRAM(A)", [S], TEXT, lambda rows: dict(Counter(present(rows))))
    aggregate(f, "ATTR, for which NULL is a value", "ATTR(A)", [I], [(3,), (3,), (None,), (3,)],
              lambda rows: rows[0][0] if len({r[0] for r in rows}) == 1 else None)
    aggregate(f, "COLLECT_LIST of structures", "COLLECT_LIST(A)", ["STRUCT<X INT>"], [({"X": 1},), ({"X": None},), (None,)], lambda rows: [r[0] for r in rows])
    aggregate(f, "LATEST_BY_OFFSET of a map", "LATEST_BY_OFFSET(A)", ["MAP<STRING, INT>"], [({"a": 1},), (None,), ({},)], over(lambda v: v[-1]))
    return f


FILES = [numbers, order, collected]
