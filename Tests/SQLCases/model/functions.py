"""Scalar functions: what they give is computed here by Python's own libraries, or written out by hand."""
import base64
import datetime
import hashlib
import json
import math
import urllib.parse
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal, getcontext
from zoneinfo import ZoneInfo

from casefile import REFUSED, File, function

getcontext().prec = 400
S, I, L, D, B, T = "STRING", "INT", "BIGINT", "DOUBLE", "BYTES", "TIMESTAMP"
WORDS = ["btc-usdt", "", "Ünïcode ß", "  a b  ", "x'y\"z"]


def mapped(values, f):
    """Every value with its result, and NULL for NULL."""
    return [((v,), f(v)) for v in values] + [((None,), None)]


def rounded(value, places):
    """The nearest number with so many places, halves in the positive direction, by the digits that Python writes for it."""
    exact, unit = Decimal(str(value)), Decimal(1).scaleb(-places)
    nearest = exact.quantize(unit, ROUND_HALF_UP if exact > 0 else ROUND_HALF_DOWN)
    return int(nearest) if places == 0 and isinstance(value, float) else float(nearest)


def quotient(a, b, places):
    return float((Decimal(str(a)) / Decimal(str(b))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def b64(data):
    return base64.b64encode(data).decode()


def text():
    f = File("functions/text.json", "Functions of texts. A NULL argument gives NULL where nothing else is said.")
    function(f, "UCASE", "UCASE(A)", [S], mapped(["btc-usdt", "", "éa", "1x"], str.upper))
    function(f, "LCASE", "LCASE(A)", [S], mapped(["BTC-USDT", "", "ÉA", "1X"], str.lower))
    function(f, "TRIM", "TRIM(A)", [S], mapped(WORDS, lambda v: v.strip(" ")))
    function(f, "LEN counts characters", "LEN(A)", [S], mapped(WORDS, len))
    function(f, "LEN counts bytes", "LEN(A)", [B], [((b64(b"abc"),), 3), ((b64(b""),), 0), ((None,), None)])
    function(f, "CONCAT leaves NULLs out", "CONCAT(A, B, A)", [S, S],
             [(("a", "b"), "aba"), (("a", None), "aa"), ((None, "b"), "b"), (("", ""), "")])
    function(f, "|| gives NULL for a NULL", "A || '/' || B", [S, S],
             [(("a", "b"), "a/b"), (("a", None), None), ((None, "b"), None), (("", ""), "/")])
    function(f, "CONCAT_WS", "CONCAT_WS(A, B, C)", [S, S, S],
             [(("-", "a", "b"), "a-b"), (("-", None, "b"), "b"), (("", "a", "b"), "ab"), ((None, "a", "b"), None)])
    function(f, "SUBSTRING from a position", "SUBSTRING(A, B)", [S, I],
             [(("BTC-USDT", 5), "USDT"), (("BTC", 1), "BTC"), (("BTC", -2), "TC"), (("BTC", 4), ""), ((None, 1), None),
              (("BTC", None), None)])
    function(f, "SUBSTRING with a length", "SUBSTRING(A, B, C)", [S, I, I],
             [(("BTC-USDT", 5, 3), "USD"), (("BTC", 2, 9), "TC"), (("BTC-USDT", -4, 2), "US"), (("BTC", 1, 0), "")])
    function(f, "REPLACE", "REPLACE(A, B, C)", [S, S, S],
             [((a, b, c), a.replace(b, c)) for a, b, c in
              [("a.b.c", ".", "-"), ("aaa", "aa", "b"), ("abc", "x", "y"), ("", "a", "b")]] + [((None, "a", "b"), None)])
    function(f, "SPLIT", "SPLIT(A, B)", [S, S],
             [(("a,b,,c", ","), ["a", "b", "", "c"]), (("", ","), [""]), (("abc", ""), ["a", "b", "c"]),
              (("a||b", "||"), ["a", "b"]), (("a", None), None), ((None, ","), None)])
    function(f, "SPLIT_TO_MAP", "SPLIT_TO_MAP(A, ';', '=')", [S],
             [(("a=1;b=2",), {"a": "1", "b": "2"}), (("a=1;a=3",), {"a": "3"}), ((None,), None)])
    function(f, "INSTR", "INSTR(A, B)", [S, S],
             [(("CORPORATE", "OR"), 2), (("abc", "x"), 0), (("abcabc", "c"), 3), ((None, "a"), 0), (("a", None), 0)])
    function(f, "INSTR from a position, the nth time", "INSTR(A, 'OR', B, C)", [S, I, I],
             [(("CORPORATE FLOOR", 3, 2), 14), (("CORPORATE FLOOR", 1, 1), 2), (("CORPORATE FLOOR", -3, 1), 5),
              (("CORPORATE FLOOR", 1, 9), 0)])
    function(f, "LPAD", "LPAD(A, B, C)", [S, I, S],
             [((a, n, p), r) for a, n, p, r in
              [("7", 3, "0", "007"), ("foo", 2, "x", "fo"), ("a", 5, "xyz", "xyzxa"), ("ab", 2, "x", "ab"), ("ab", 0, "x", "")]]
             + [((None, 3, "0"), None), (("7", None, "0"), None), (("7", 3, None), None)])
    function(f, "RPAD", "RPAD(A, B, C)", [S, I, S],
             [(("7", 4, "ab"), "7aba"), (("foo", 2, "x"), "fo"), (("", 3, "."), "..."), ((None, 3, "0"), None)])
    function(f, "INITCAP", "INITCAP(A)", [S], [(("to THE moon",), "To The Moon"), (("",), ""), ((None,), None)])
    function(f, "CHR", "CHR(A)", [I], [((75,), "K"), ((233,), "é"), ((8364,), "€"), ((None,), None)])
    function(f, "ELT", "ELT(A, 'x', 'y')", [I], [((1,), "x"), ((2,), "y"), ((3,), None), ((0,), None), ((-1,), None)])
    function(f, "FIELD", "FIELD(A, 'x', 'y', 'x')", [S], [(("x",), 1), (("y",), 2), (("z",), 0), ((None,), 0)])
    function(f, "MD5", "MD5(A)", [S], mapped(["abc", "", "é"], lambda v: hashlib.md5(v.encode()).hexdigest()))
    function(f, "MASK", "MASK(A)", [S], [(("Ab-1 Z9",), "Xx-n-Xn"), (("",), ""), ((None,), None)])
    function(f, "MASK_LEFT", "MASK_LEFT(A, 2)", [S], [(("Ab-1",), "Xx-1"), (("A",), "X"), ((None,), None)])
    function(f, "MASK_RIGHT", "MASK_RIGHT(A, 2)", [S], [(("Ab-1",), "Ab-n"), (("1",), "n"), ((None,), None)])
    function(f, "MASK_KEEP_LEFT", "MASK_KEEP_LEFT(A, 1)", [S], [(("Ab-1",), "Ax-n"), ((None,), None)])
    function(f, "MASK_KEEP_RIGHT", "MASK_KEEP_RIGHT(A, 1)", [S], [(("Ab-1",), "Xx-1"), ((None,), None)])
    function(f, "LIKE", "A LIKE '_TC%'", [S], [(("BTC-USDT",), True), (("TC",), False), (("btc",), False), ((None,), None)])
    function(f, "LIKE with ESCAPE", "A LIKE '%10!%' ESCAPE '!'", [S], [(("up 10%",), True), (("10x",), False)])
    return f


def regular():
    f = File("functions/patterns.json", "Regular expressions and URLs.")
    function(f, "REGEXP_EXTRACT", "REGEXP_EXTRACT('([A-Z]+)-([A-Z]+)', A)", [S],
             [(("1 BTC-USD 2",), "BTC-USD"), (("btc",), None), ((None,), None)])
    function(f, "REGEXP_EXTRACT of a group", "REGEXP_EXTRACT('([A-Z]+)-([A-Z]+)', A, B)", [S, I],
             [(("BTC-USD", 1), "BTC"), (("BTC-USD", 2), "USD"), (("BTC-USD", 0), "BTC-USD")])
    function(f, "REGEXP_EXTRACT_ALL", "REGEXP_EXTRACT_ALL('[0-9]+', A)", [S],
             [(("a1b22c333",), ["1", "22", "333"]), (("abc",), []), ((None,), None)])
    function(f, "REGEXP_REPLACE", "REGEXP_REPLACE(A, '[0-9]+', '#')", [S],
             [(("a1b22",), "a#b#"), (("abc",), "abc"), ((None,), None)])
    function(f, "REGEXP_SPLIT_TO_ARRAY", "REGEXP_SPLIT_TO_ARRAY(A, '[0-9]+')", [S],
             [(("a1b22c",), ["a", "b", "c"]), (("abc",), ["abc"]), ((None,), None)])
    function(f, "URL_ENCODE_PARAM", "URL_ENCODE_PARAM(A)", [S], mapped(["a b&c=d", "é", "", "-_.*"], lambda v: urllib.parse.quote_plus(v, safe="*")))
    function(f, "URL_DECODE_PARAM", "URL_DECODE_PARAM(A)", [S], mapped(["a+b%26c", "%C3%A9", ""], urllib.parse.unquote_plus))
    url = "https://u@host.example:8443/a/b?x=1&y=a%20b#part"
    for name, result in [("PROTOCOL", "https"), ("HOST", "host.example"), ("PORT", 8443), ("PATH", "/a/b"),
                         ("QUERY", "x=1&y=a b"), ("FRAGMENT", "part")]:
        function(f, f"URL_EXTRACT_{name}", f"URL_EXTRACT_{name}(A)", [S], [((url,), result), ((None,), None)])
    function(f, "URL_EXTRACT_PARAMETER", "URL_EXTRACT_PARAMETER(A, B)", [S, S],
             [((url, "x"), "1"), ((url, "y"), "a b"), ((url, "z"), None), ((None, "x"), None)])
    return f


def numbers():
    f = File("functions/numbers.json", "Functions of numbers: exact on whole numbers and decimals, never a silent overflow.")
    dec, big = "DECIMAL(6, 2)", 2 ** 63 - 1
    function(f, "ABS of BIGINT, which has no room for one result", "ABS(A)", [L],
             [((5,), 5), ((-5,), 5), ((0,), 0), ((-big,), big), ((-big - 1,), REFUSED), ((None,), None)])
    function(f, "ABS of DECIMAL", "ABS(A)", [dec], [((1.25,), 1.25), ((-9999.99,), 9999.99), ((None,), None)])
    function(f, "CEIL and FLOOR of DECIMAL", "CEIL(A) * 10000 + FLOOR(A)", [dec], [((1.25,), 20001), ((-1.25,), -10002), ((3,), 30003)])
    function(f, "ROUND of DOUBLE, halves in the positive direction", "ROUND(A)", [D],
             [((v,), rounded(v, 0)) for v in (0.5, 1.5, 1.4, 1e15, -0.5, -1.5, -2.5, -1.6, 0.49999999999999994)])
    function(f, "ROUND of DECIMAL, halves in the positive direction", "ROUND(A)", [dec],
             [((v,), rounded(v, 0)) for v in (1.5, 2.5, -1.5, -2.5, -2.51, 0.49)])
    function(f, "ROUND of DECIMAL to places", "ROUND(A, 1)", [dec],
             [((v,), rounded(v, 1)) for v in (1.25, 1.24, -1.25, -1.26, 0.05, -0.05)])
    function(f, "ROUND of DECIMAL before the point", "ROUND(A, -2)", [dec], [((v,), rounded(v, -2)) for v in (150, -150, 149.99, -150.01, 9949)])
    function(f, "ROUND of DOUBLE to places goes by the digits that name it", "ROUND(A, 2)", [D],
             [((v,), rounded(v, 2)) for v in (1.005, 2.675, -1.005, -2.675, 1e300, 0.1)])
    function(f, "ROUND of DOUBLE to as many places as the record says", "ROUND(A, B)", [D, I],
             [((v, p), rounded(v, p)) for v, p in ((1234.5678, 3), (1234.5678, 0), (1234.5678, -2), (-0.045, 2))] + [((None, 1), None), ((1.5, None), None)])
    function(f, "TRUNC", "TRUNC(A)", [D], [((1.9,), 1), ((-1.9,), -1), ((0.0,), 0), ((None,), None)])
    function(f, "SIGN", "SIGN(A)", [D], [((2.5,), 1), ((-2.5,), -1), ((0.0,), 0), ((None,), None)])
    function(f, "SQRT", "SQRT(A)", [D], mapped([0.0, 2.25, 2.0, 1e300], math.sqrt))
    function(f, "CBRT", "CBRT(A)", [D], [((27.0,), 3.0), ((-8.0,), -2.0), ((None,), None)])
    function(f, "EXP", "EXP(A)", [D], mapped([0.0, 1.0, -2.0], math.exp))
    function(f, "LN", "LN(A)", [D], mapped([1.0, 2.0, 1e-5], math.log))
    function(f, "LOG to a base", "LOG(A, B)", [D, D], [((2.0, 8.0), 3.0), ((10.0, 0.01), -2.0), ((None, 1.0), None)])
    function(f, "POWER", "POWER(A, B)", [D, D], [((2.0, 10.0), 1024.0), ((4.0, -0.5), 0.5), ((0.0, 0.0), 1.0), ((None, 1.0), None)])
    for name, g in [("SIN", math.sin), ("COS", math.cos), ("TAN", math.tan), ("SINH", math.sinh), ("COSH", math.cosh),
                    ("TANH", math.tanh), ("ATAN", math.atan), ("DEGREES", math.degrees), ("RADIANS", math.radians)]:
        function(f, name, f"{name}(A)", [D], mapped([0.0, 0.5, -1.25], g))
    function(f, "ASIN and ACOS", "ASIN(A) - ACOS(A)", [D], mapped([0.0, 0.5, -1.0], lambda v: math.asin(v) - math.acos(v)))
    function(f, "ATAN2", "ATAN2(A, B)", [D, D], [((1.0, 1.0), math.pi / 4), ((-1.0, 0.0), -math.pi / 2)])
    function(f, "COT", "COT(A)", [D], [((0.5,), 1 / math.tan(0.5))])
    function(f, "PI", "PI() * A", [D], [((2.0,), 2 * math.pi)])
    function(f, "GREATEST leaves NULLs out", "GREATEST(A, B, C)", [I, I, I], [((1, 3, 2), 3), ((None, -3, -2), -2), ((None, None, None), None)])
    function(f, "LEAST leaves NULLs out", "LEAST(A, B)", [S, S], [(("b", "a"), "a"), (("b", None), "b")])
    function(f, "division of whole numbers cuts off, and by zero is an error", "A / B", [I, I],
             [((7, 2), 3), ((-7, 2), -3), ((7, 0), REFUSED), ((None, 0), None), ((7, None), None)])
    function(f, "remainders have the sign of the dividend", "A % B", [I, I], [((7, 3), 1), ((-7, 3), -1), ((7, -3), 1), ((7, 0), REFUSED)])
    function(f, "BIGINT does not wrap around", "A + B", [L, L], [((big, 0), big), ((big, 1), REFUSED), ((-big, -2), REFUSED)])
    function(f, "INT does not wrap around", "A * B", [I, I], [((46340, 46340), 46340 ** 2), ((46341, 46341), REFUSED)])
    function(f, "decimals are multiplied exactly", "A * B", [dec, "DECIMAL(4, 3)"], [((1.25, 0.125), 0.15625), ((-9999.99, 9.999), -99989.90001)])
    wide, narrow = "DECIMAL(18, 8)", "DECIMAL(28, 8)"
    function(f, "a quotient of decimals has max(6, s1 + p2 + 1) places, halves away from zero", "A / B", [dec, "DECIMAL(4, 1)"],
             [((a, b), quotient(a, b, 7)) for a, b in ((10, 3), (-10, 3), (2, 3), (1, 999.9), (0, 7), (9999.99, 0.1), (0.01, 64))] +
             [((1, 0), REFUSED), ((None, 3), None), ((1, None), None)])
    function(f, "a quotient of a DECIMAL and a whole number", "A / B", [dec, I],
             [((a, b), quotient(a, b, 13)) for a, b in ((1.25, 3), (-1.25, 7), (9999.99, -1))] + [((1.25, 0), REFUSED)])
    function(f, "a mean price in SQL: its digits after the point give way to those before it", "A * B / B", [wide, narrow],
             [((a, b), quotient(Decimal(str(a)) * Decimal(str(b)), b, 8)) for a, b in ((43210.12345678, 0.5), (0.00000001, 3), (43210.12345678, 0.33333333))])
    function(f, "a quotient with too many digits before the point is an error", "A / B", ["DECIMAL(38, 0)", "DECIMAL(4, 3)"],
             [((10 ** 20, 0.5), 2 * 10 ** 20), ((10 ** 34, 0.001), REFUSED)])
    function(f, "DOUBLE beyond its largest value is an error, whatever the sign", "A * B", [D, D],
             [((1e200, 1e100), 1e300), ((1e200, 1e200), REFUSED), ((-1e200, 1e200), REFUSED), ((1e-200, 1e-200), 0.0), ((None, 1e300), None)])
    function(f, "sums of DOUBLE", "A + B - 1e308", [D, D], [((1e308, 0.0), 0.0), ((1e308, 1e308), REFUSED)])
    function(f, "quotients of DOUBLE", "A / B", [D, D], [((1.0, 4.0), 0.25), ((1e308, 1e-10), REFUSED), ((1.0, 0.0), REFUSED), ((0.0, 0.0), REFUSED)])
    function(f, "EXP beyond the largest DOUBLE is an error", "EXP(A)", [D], [((709.0,), math.exp(709.0)), ((710.0,), REFUSED), ((-800.0,), 0.0)])
    function(f, "CAST to INT that loses digits is an error", "CAST(A AS INT)", [L], [((5,), 5), ((2 ** 31,), REFUSED), ((None,), None)])
    function(f, "CAST of DOUBLE to text has two digits at least, the nearest ones", "CAST(A AS STRING)", [D],
             [((1.0,), "1.0"), ((5e-324,), "4.9E-324"), ((-5e-324,), "-4.9E-324"), ((1e-323,), "9.9E-324"), ((2e-300,), "2.0E-300"),
              ((1.7976931348623157e308,), "1.7976931348623157E308"), ((1e7,), "1.0E7"), ((0.001,), "0.001"), ((None,), None)])
    function(f, "FROM_BYTES writes hexadecimal in capitals, ENCODE in small letters", "FROM_BYTES(A, 'hex') || ' ' || ENCODE(FROM_BYTES(A, 'hex'), 'hex', 'hex')", [B],
             [((b64(b),), b.hex().upper() + " " + b.hex()) for b in (b"\x1a\xb2", b"\xff\x00\x0a")] + [((None,), None)])
    function(f, "CAST of texts", "CAST(A AS DECIMAL(6, 2))", [S], [(("1.50",), 1.5), (("-0.01",), -0.01), (("x",), REFUSED), ((None,), None)])
    return f


def times():
    f = File("functions/times.json", "Functions of times. TIMESTAMP in milliseconds, DATE in days, TIME in milliseconds of the day.")
    utc = datetime.timezone.utc
    moments = [0, 1700000000123, -1, 951782400000]

    def at(ms, zone=utc):
        return (datetime.datetime(1970, 1, 1, tzinfo=utc) + datetime.timedelta(milliseconds=ms)).astimezone(zone)

    function(f, "FORMAT_TIMESTAMP", "FORMAT_TIMESTAMP(A, 'yyyy-MM-dd HH:mm:ss.SSS')", [T],
             mapped(moments, lambda v: at(v).strftime("%Y-%m-%d %H:%M:%S.") + f"{v % 1000:03d}"))
    berlin = ZoneInfo("Europe/Berlin")
    function(f, "FORMAT_TIMESTAMP in a zone with summer time", "FORMAT_TIMESTAMP(A, 'dd.MM. HH:mm', 'Europe/Berlin')", [T],
             mapped([1711846799000, 1711846800000, 1729990800000, 1729994400000], lambda v: at(v, berlin).strftime("%d.%m. %H:%M")))
    function(f, "FORMAT_TIMESTAMP with names", "FORMAT_TIMESTAMP(A, 'EEE d MMMM yyyy, h a')", [T],
             mapped([1700000000123], lambda v: at(v).strftime("%a %-d %B %Y, %-I %p")))
    function(f, "PARSE_TIMESTAMP", "PARSE_TIMESTAMP(A, 'yyyy-MM-dd''T''HH:mm:ss')", [S],
             [(("1970-01-01T00:00:01",), 1000), (("2024-02-29T12:00:00",), 1709208000000), (("2023-02-29T12:00:00",), REFUSED),
              (("x",), REFUSED), ((None,), None)])
    function(f, "PARSE_TIMESTAMP in a zone", "PARSE_TIMESTAMP(A, 'yyyy-MM-dd HH:mm', 'America/New_York')", [S],
             [(("2024-01-15 09:30",), 1705329000000), (("2024-07-15 09:30",), 1721050200000)])
    function(f, "STRINGTOTIMESTAMP and back", "TIMESTAMPTOSTRING(STRINGTOTIMESTAMP(A, 'yyyyMMddHHmm'), 'HH:mm dd/MM/yyyy')", [S],
             [(("202311142213",), "22:13 14/11/2023"), ((None,), None)])
    function(f, "FROM_UNIXTIME and UNIX_TIMESTAMP", "UNIX_TIMESTAMP(FROM_UNIXTIME(A)) + 1", [L], mapped(moments, lambda v: v + 1))
    function(f, "FROM_DAYS and FORMAT_DATE", "FORMAT_DATE(FROM_DAYS(A), 'yyyy/MM/dd')", [I],
             mapped([0, 19675, -1], lambda v: (datetime.date(1970, 1, 1) + datetime.timedelta(v)).strftime("%Y/%m/%d")))
    function(f, "PARSE_DATE", "PARSE_DATE(A, 'dd.MM.yyyy')", [S],
             [((d,), (datetime.datetime.strptime(d, "%d.%m.%Y") - datetime.datetime(1970, 1, 1)).days) for d in ("01.01.1970", "29.02.2024")]
             + [(("30.02.2024",), REFUSED), ((None,), None)])
    function(f, "UNIX_DATE", "UNIX_DATE(A)", ["DATE"], [((0,), 0), ((-5,), -5), ((None,), None)])
    function(f, "PARSE_TIME and FORMAT_TIME", "FORMAT_TIME(PARSE_TIME(A, 'HH:mm:ss'), 'h:mm a')", [S],
             [(("21:05:59",), "9:05 PM"), (("00:00:00",), "12:00 AM"), (("24:00:01",), REFUSED), ((None,), None)])
    function(f, "DATETOSTRING and STRINGTODATE", "STRINGTODATE(DATETOSTRING(A, 'yyyy-MM-dd'), 'yyyy-MM-dd')", [I], [((12345,), 12345), ((-1,), -1)])
    function(f, "CONVERT_TZ", "CONVERT_TZ(A, 'UTC', B)", [T, S], [((0, "Asia/Tokyo"), 32400000), ((0, "-03:30"), -12600000), ((None, "UTC"), None)])
    units = {"MILLISECONDS": 1, "SECONDS": 1000, "MINUTES": 60000, "HOURS": 3600000, "DAYS": 86400000}
    for unit, size in units.items():
        function(f, f"TIMESTAMPADD and TIMESTAMPSUB in {unit}", f"TIMESTAMPADD({unit}, 3, TIMESTAMPSUB({unit}, A, B))", [I, T],
                 [((1, 0), 2 * size), ((-1, 1000), 1000 + 4 * size), ((1, None), None)])
    function(f, "DATEADD and DATESUB", "DATESUB(DAYS, 1, DATEADD(DAYS, A, B))", [I, "DATE"], [((31, 0), 30), ((-1, 5), 3), ((1, None), None)])
    function(f, "TIMEADD past midnight", "TIMEADD(HOURS, A, B)", [I, "TIME"], [((3, 81000000), 5400000), ((-3, 5400000), 81000000)])
    function(f, "TIMESTAMP beside a text", "A >= '2024-01-01T00:00:00'", [T], [((1704067200000,), True), ((1704067199999,), False), ((None,), False)])
    return f


def collections():
    f = File("functions/collections.json", "Arrays, maps, structures and JSON texts.")
    A, M = "ARRAY<INT>", "MAP<STRING, INT>"
    function(f, "elements by position, from the end too", "A[B]", [A, I],
             [(([1, 2, 3], 1), 1), (([1, 2, 3], -1), 3), (([1, 2, 3], 4), None), (([1, 2, 3], 0), None), ((None, 1), None)])
    function(f, "entries by key", "A[B]", [M, S], [(({"a": 1}, "a"), 1), (({"a": 1}, "b"), None), ((None, "a"), None), (({"a": 1}, None), None)])
    function(f, "fields of structures", "A->Y->Z", ["STRUCT<X INT, Y STRUCT<Z STRING>>"],
             [(({"X": 1, "Y": {"Z": "u"}},), "u"), (({"X": 1, "Y": None},), None), ((None,), None)])
    function(f, "ARRAY, MAP and STRUCT", "STRUCT(L := ARRAY[A, B], M := MAP('a' := A))", [I, I],
             [((1, 2), {"L": [1, 2], "M": {"a": 1}}), ((None, 2), {"L": [None, 2], "M": {"a": None}})])
    function(f, "ARRAY_LENGTH", "ARRAY_LENGTH(A)", [A], [(([1, 2, None],), 3), (([],), 0), ((None,), None)])
    function(f, "ARRAY_CONTAINS", "ARRAY_CONTAINS(A, B)", [A, I], [(([1, 2], 2), True), (([1, 2], 3), False), ((None, 1), False)])
    function(f, "ARRAY_CONCAT", "ARRAY_CONCAT(A, B)", [A, A], [(([1], [2, 1]), [1, 2, 1]), (([], []), [])])
    function(f, "ARRAY_DISTINCT", "ARRAY_DISTINCT(A)", [A], [(([2, 1, 2, None, None],), [2, 1, None]), ((None,), None)])
    function(f, "ARRAY_EXCEPT", "ARRAY_EXCEPT(A, B)", [A, A], [(([1, 2, 1, 3], [2]), [1, 3]), (([1], []), [1])])
    function(f, "ARRAY_INTERSECT", "ARRAY_INTERSECT(A, B)", [A, A], [(([3, 1, 2, 1], [1, 3]), [3, 1]), (([1], []), [])])
    function(f, "ARRAY_UNION", "ARRAY_UNION(A, B)", [A, A], [(([1, 2, 1], [3, 2]), [1, 2, 3])])
    function(f, "ARRAY_REMOVE", "ARRAY_REMOVE(A, B)", [A, I], [(([1, 2, 1], 1), [2]), (([1], 2), [1])])
    function(f, "ARRAY_MIN and ARRAY_MAX", "ARRAY_MAX(A) * 100 + ARRAY_MIN(A)", [A], [(([3, 1, None, 2],), 301), (([],), None), (([None],), None)])
    function(f, "ARRAY_SORT", "ARRAY_SORT(A, B)", [A, S], [(([3, None, 1, 2], "ASC"), [1, 2, 3, None]), (([3, None, 1, 2], "DESC"), [3, 2, 1, None])])
    function(f, "ARRAY_JOIN", "ARRAY_JOIN(A, '/')", [A], [(([1, 2],), "1/2"), (([],), "")])
    function(f, "SLICE", "SLICE(A, B, C)", [A, I, I], [(([1, 2, 3], 2, 3), [2, 3]), (([1, 2, 3], 1, 1), [1])])
    function(f, "MAP_KEYS and MAP_VALUES in order", "ARRAY_JOIN(MAP_KEYS(A)) || ':' || ARRAY_JOIN(MAP_VALUES(A))", [M], [(({"b": 1, "a": 2},), "a,b:2,1")])
    function(f, "MAP_UNION", "MAP_UNION(A, B)", [M, M], [(({"a": 1, "b": 2}, {"b": 3}), {"a": 1, "b": 3}), (({}, {}), {})])
    function(f, "ENTRIES", "ENTRIES(A, TRUE)", [M], [(({"b": 1, "a": 2},), [{"K": "a", "V": 2}, {"K": "b", "V": 1}]), ((None,), None)])
    function(f, "AS_MAP", "AS_MAP(A, B)", ["ARRAY<STRING>", A], [((["x", "y"], [1, 2]), {"x": 1, "y": 2})])
    function(f, "GENERATE_SERIES", "GENERATE_SERIES(A, B, C)", [I, I, I], [((1, 7, 3), [1, 4, 7]), ((3, 1, -1), [3, 2, 1]), ((1, 1, 1), [1])])
    doc = json.dumps({"a": [1, {"b": "x"}], "n": None, "t": True})
    function(f, "EXTRACTJSONFIELD", "EXTRACTJSONFIELD(A, B)", [S, S],
             [((doc, "$.a[1].b"), "x"), ((doc, "$.a[0]"), "1"), ((doc, "$.t"), "true"), ((doc, "$.z"), None), ((None, "$.a"), None)])
    function(f, "IS_JSON_STRING", "IS_JSON_STRING(A)", [S], [((doc,), True), (("[1, ",), False), (("",), False), ((None,), False)])
    function(f, "JSON_ARRAY_CONTAINS", "JSON_ARRAY_CONTAINS(A, B)", [S, I], [(("[1, 2]", 2), True), (('["2"]', 2), False), (("{}", 2), False)])
    function(f, "JSON_ARRAY_LENGTH", "JSON_ARRAY_LENGTH(A)", [S], [(("[1, [2, 3]]",), 2), (("[]",), 0), (("{}",), None), ((None,), None)])
    function(f, "JSON_KEYS", "JSON_KEYS(A)", [S], [(('{"b": 1, "a": {"c": 2}}',), ["b", "a"]), (("[]",), None), ((None,), None)])
    function(f, "JSON_ITEMS", "JSON_ITEMS(A)", [S], [(('[1,{"a":2},"x"]',), ["1", '{"a":2}', '"x"']), ((None,), None)])
    function(f, "JSON_RECORDS", "JSON_RECORDS(A)", [S], [(('{"a":"x","b":[1]}',), {"a": "x", "b": "[1]"}), (("[]",), None)])
    function(f, "TO_JSON_STRING", "TO_JSON_STRING(A)", ["STRUCT<X INT, Y ARRAY<STRING>>"], [(({"X": 1, "Y": ["u", None]},), '{"X":1,"Y":["u",null]}')])
    return f


def bytes_and_nulls():
    f = File("functions/bytes-and-nulls.json", "Bytes, which JSON writes in Base64, and functions of NULL.")
    data = b"\x00\xffAb"
    for encoding, written in [("hex", "00FF4162"), ("base64", b64(data))]:
        function(f, f"TO_BYTES of {encoding}", f"TO_BYTES(A, '{encoding}')", [S], [((written,), b64(data)), ((None,), None)])
    function(f, "TO_BYTES and FROM_BYTES of utf8", "FROM_BYTES(TO_BYTES(A, 'utf8'), 'base64')", [S], mapped(["é", "", "abc"], lambda v: b64(v.encode())))
    function(f, "FROM_BYTES in Base64", "FROM_BYTES(A, 'base64')", [B], [((b64(data),), b64(data)), ((None,), None)])
    function(f, "SUBSTRING of bytes", "SUBSTRING(A, 2, 2)", [B], [((b64(data),), b64(data[1:3]))])
    function(f, "numbers from bytes", "INT_FROM_BYTES(A)", [B], [((b64((258).to_bytes(4, "big")),), 258), ((b64((2 ** 32 - 1).to_bytes(4, "big")),), -1), ((None,), None)])
    function(f, "numbers from bytes, the low ones first", "BIGINT_FROM_BYTES(A, 'LITTLE_ENDIAN')", [B], [((b64((258).to_bytes(8, "little")),), 258)])
    function(f, "too few bytes for a number", "BIGINT_FROM_BYTES(A)", [B], [((b64(b"abc"),), REFUSED)])
    function(f, "COALESCE", "COALESCE(A, B, 0)", [I, I], [((1, 2), 1), ((None, 2), 2), ((None, None), 0)])
    function(f, "IFNULL", "IFNULL(A, 'none')", [S], [(("a",), "a"), ((None,), "none"), (("",), "")])
    function(f, "NULLIF", "NULLIF(A, B)", [I, I], [((1, 2), 1), ((1, 1), None), ((None, 1), None), ((1, None), 1)])
    function(f, "IS DISTINCT FROM takes NULL for a value", "A IS DISTINCT FROM B", [I, I],
             [((1, 1), False), ((1, 2), True), ((None, None), False), ((None, 1), True), ((1, None), True)])
    function(f, "AND, OR and NOT with NULL", "(A AND B) IS NULL AND (A OR B) IS NULL AND (NOT A) IS NULL", ["BOOLEAN", "BOOLEAN"],
             [((None, None), True), ((None, True), False), ((None, False), False), ((True, None), False)])
    function(f, "BETWEEN and IN", "A BETWEEN 2 AND 4 AND A NOT IN (3)", [I], [((1,), False), ((2,), True), ((3,), False), ((4,), True), ((5,), False)])
    function(f, "CASE", "CASE WHEN A > 10 THEN 'high' WHEN A > 5 THEN 'middle' ELSE 'low' END", [I],
             [((11,), "high"), ((10,), "middle"), ((5,), "low"), ((None,), "low")])
    function(f, "simple CASE without ELSE", "CASE A WHEN 1 THEN 'one' WHEN 2 THEN 'two' END", [I], [((1,), "one"), ((2,), "two"), ((3,), None), ((None,), None)])
    return f


FILES = [text, regular, numbers, times, collections, bytes_and_nulls]
