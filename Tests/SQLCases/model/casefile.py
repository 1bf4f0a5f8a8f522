"""Writes case files: records as JSON, times as comments beside them."""
import json
import os

REFUSED = object()


def clock(ms):
    seconds, rest = divmod(ms, 1000)
    days, seconds = divmod(seconds, 86400)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" + (f".{rest:03d}" if rest else "")
    return (f"{days}d " if days else "") + text


def dumps(value):
    return json.dumps(value, ensure_ascii=False)


def record(topic, key, value, ts, window=None, session=False):
    parts = [f'"topic": {dumps(topic)}', f'"key": {dumps(key)}', f'"value": {dumps(value)}', f'"timestamp": {ts}']
    if window:
        kind = "session" if session else "time"
        parts.append(f'"window": {{"start": {window[0]}, "end": {window[1]}, "type": "{kind}"}}')
    return "{" + ", ".join(parts) + "}"


class File:
    def __init__(self, path, intro):
        self.path, self.intro, self.cases = path, intro, []

    def case(self, name, statements, inputs=(), outputs=(), **extra):
        """inputs and outputs: pairs of text and comment."""
        lines = ["    {", f'      "name": {dumps(name)},']
        lines += [f'      "{key}": {dumps(value)},' for key, value in extra.items()]
        lines.append('      "statements": [')
        lines += [f"        {dumps(s)}" + ("," if i + 1 < len(statements) else "") for i, s in enumerate(statements)]
        lines.append("      ],")
        for member, records in (("inputs", inputs), ("outputs", outputs)):
            if not records and "expectedException" in extra:
                continue
            lines.append(f'      "{member}": [')
            for index, (text, comment) in enumerate(records):
                comma = "," if index + 1 < len(records) else ""
                lines.append(f"        {text}{comma}" + (f" // {comment}" if comment else ""))
            lines.append("      ],")
        lines[-1] = lines[-1].rstrip(",")
        lines.append("    }")
        self.cases.append("\n".join(lines))

    def write(self, root):
        path = os.path.join(root, self.path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write("".join(f"// {line}\n" for line in self.intro.strip().split("\n")))
            out.write("// Written by model/generate.py.\n")
            out.write('{\n  "tests": [\n' + ",\n".join(self.cases) + "\n  ]\n}\n")
        return len(self.cases)


def function(file, name, expression, columns, rows):
    """One case: rows are pairs of the arguments' values and the result, REFUSED where the record has none.

    columns: types of A, B, C, …
    """
    names = "ABCDEFGH"[: len(columns)]
    declared = "".join(f", {n} {t}" for n, t in zip(names, columns))
    inputs, outputs, refused = [], [], []
    for ts, (arguments, result) in enumerate(rows):
        value = dict(zip(names, arguments))
        inputs.append((record("s", "k", value, ts), ""))
        if result is REFUSED:
            refused.append((record("s.invalid", "k", value, ts), "an error record"))
        else:
            outputs.append((record("O", "k", {"R": result}, ts), ""))
    file.case(
        name,
        [
            f"CREATE STREAM S (K STRING KEY{declared}) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');",
            f"CREATE STREAM O WITH (WRAP_SINGLE_VALUE = TRUE) AS SELECT K, {expression} AS R FROM S;",
        ],
        inputs,
        outputs + refused,
    )


def aggregate(file, name, expression, columns, rows, result):
    """One case of one group: `result` of all rows so far, after each of them. Rows are tuples of A, B, C, …"""
    names = "ABCDEFGH"[: len(columns)]
    declared = "".join(f", {n} {t}" for n, t in zip(names, columns))
    inputs, outputs = [], []
    for ts, row in enumerate(rows):
        inputs.append((record("s", "k", dict(zip(names, row)), ts), ""))
        outputs.append((record("O", "k", {"R": result(rows[: ts + 1])}, ts), ""))
    file.case(
        name,
        [
            f"CREATE STREAM S (K STRING KEY{declared}) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON');",
            f"CREATE TABLE O WITH (WRAP_SINGLE_VALUE = TRUE) AS SELECT K, {expression} AS R FROM S GROUP BY K;",
        ],
        inputs,
        outputs,
    )
