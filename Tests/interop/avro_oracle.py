#!/usr/bin/env python3
"""Writes Tests/ContractsTests/Fixtures/avro-compatibility.json: random pairs of schemas with the verdict of Avro's own
Python library (pip install avro==1.12.2), and the canonical forms it gives them.

    python3 Tests/interop/avro_oracle.py [pairs] > Tests/ContractsTests/Fixtures/avro-compatibility.json
"""

import json
import random
import sys

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
LOGICAL = [
    {"type": "long", "logicalType": "timestamp-micros"},
    {"type": "int", "logicalType": "date"},
    {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 8},
]
DEFAULTS = {"null": None, "boolean": True, "int": 1, "long": 2, "float": 0.5, "double": 1.5, "bytes": "\u0001", "string": "x"}


class Maker:
    """One random schema; names are drawn from few, so that two schemas often meet."""

    def __init__(self, rng):
        self.rng = rng
        self.defined = set()

    def name(self, letter):
        for _ in range(20):
            name = letter + str(self.rng.randrange(4))
            if name not in self.defined:
                self.defined.add(name)
                return name
        return None

    def type(self, depth=0):
        kinds = ["primitive"] * 5 + ["logical", "enum", "fixed", "union"]
        if depth < 3:
            kinds += ["record", "array", "map"]
        return getattr(self, self.rng.choice(kinds))(depth)

    def primitive(self, _):
        return self.rng.choice(PRIMITIVES)

    def logical(self, _):
        return self.rng.choice(LOGICAL)

    def enum(self, depth):
        name = self.name("E")
        if name is None:
            return self.primitive(depth)
        symbols = self.rng.sample(["A", "B", "C", "D"], self.rng.randint(1, 4))
        schema = {"type": "enum", "name": name, "symbols": symbols}
        if self.rng.random() < 0.3:
            schema["default"] = self.rng.choice(symbols)
        return self.alias(schema, "E")

    def fixed(self, depth):
        name = self.name("F")
        if name is None:
            return self.primitive(depth)
        return self.alias({"type": "fixed", "name": name, "size": self.rng.choice([4, 8])}, "F")

    def alias(self, schema, letter):
        if self.rng.random() < 0.15:
            schema["aliases"] = [letter + str(self.rng.randrange(4))]
        return schema

    def array(self, depth):
        return {"type": "array", "items": self.type(depth + 1)}

    def map(self, depth):
        return {"type": "map", "values": self.type(depth + 1)}

    def union(self, depth):
        branches = self.rng.sample(PRIMITIVES, self.rng.randint(1, 3))
        if self.rng.random() < 0.3:
            branches.append(self.enum(depth))
        seen, unique = set(), []
        for branch in branches:
            key = branch if isinstance(branch, str) else branch["name"]
            if key not in seen:
                seen.add(key)
                unique.append(branch)
        return unique

    def record(self, depth):
        name = self.name("R")
        if name is None:
            return self.primitive(depth)
        fields = [self.field(letter, name, depth) for letter in self.rng.sample("abcd", self.rng.randint(1, 4))]
        return self.alias({"type": "record", "name": name, "fields": fields}, "R")

    def field(self, letter, record, depth):
        field = {"name": letter, "type": self.type(depth + 1)}
        if self.rng.random() < 0.1:
            field["type"] = ["null", record]
        kind = field["type"][0] if isinstance(field["type"], list) else field["type"]
        if isinstance(kind, str) and kind in DEFAULTS and self.rng.random() < 0.5:
            field["default"] = DEFAULTS[kind]
        if self.rng.random() < 0.1:
            field["aliases"] = [self.rng.choice("abcd")]
        return field


def mutate(rng, schema):
    """A small change somewhere, so that many pairs are nearly or wholly compatible."""
    copy = json.loads(json.dumps(schema))
    fields = [node for node in walk(copy) if isinstance(node, dict) and node.get("fields")]
    if fields:
        record = rng.choice(fields)
        choice = rng.randrange(4)
        if choice == 0 and len(record["fields"]) > 1:
            record["fields"].pop(rng.randrange(len(record["fields"])))
        elif choice == 1 and all(f["name"] != "z" for f in record["fields"]):
            new = {"name": "z", "type": "long"}
            if rng.random() < 0.5:
                new["default"] = 5
            record["fields"].append(new)
        elif choice == 2:
            field = rng.choice(record["fields"])
            if isinstance(field["type"], str) and field["type"] in PRIMITIVES:
                field["type"] = rng.choice(PRIMITIVES)
                field.pop("default", None)
        else:
            rng.choice(record["fields"])["name"] = "y"
    return copy


def walk(node):
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from walk(child)


def record_root(rng):
    maker = Maker(rng)
    return maker.record(0) if rng.random() < 0.7 else maker.type(0)


def plain(node):
    """The specification's rule PRIMITIVES, which the library forgets for primitives that had a logical type."""
    if isinstance(node, list):
        return [plain(child) for child in node]
    if not isinstance(node, dict):
        return node
    if list(node) == ["type"]:
        return node["type"]
    return {key: plain(child) for key, child in node.items()}


def pairs(count):
    rng = random.Random(20240607)
    made = 0
    while made < count:
        writer = record_root(rng)
        reader = mutate(rng, writer) if rng.random() < 0.75 else record_root(rng)
        texts = json.dumps(reader), json.dumps(writer)
        try:
            parsed = [avro.schema.parse(text) for text in texts]
        except Exception:
            continue
        verdict = ReaderWriterCompatibilityChecker().get_compatibility(*parsed)
        compatible = verdict.compatibility is SchemaCompatibilityType.compatible
        made += 1
        canonical = json.dumps(plain(json.loads(parsed[0].canonical_form)), separators=(",", ":"))
        yield {"reader": texts[0], "writer": texts[1], "compatible": compatible, "canonical": canonical}


if __name__ == "__main__":
    rows = list(pairs(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
    print("[")
    print(",\n".join(json.dumps(row) for row in rows))
    print("]")
