"""Checks OpenLineage events against the classes that OpenLineage generates from its JSON schemas.

usage: lineage.py EVENTS.jsonl

Every object is built from its class, strictly: unknown members, missing ones, wrong types and facets of other versions than the
package's are failures. Prints `N passed, N failed`.
"""

import collections
import enum
import importlib
import json
import pkgutil
import sys
import types
import typing
import uuid

import attr
import openlineage.client.generated as generated
from openlineage.client import event_v2


class Wrong(Exception):
    pass


def facet_classes():
    """By the address of their schema."""
    found = {}
    for module in pkgutil.iter_modules(generated.__path__):
        for cls in vars(importlib.import_module(f"{generated.__name__}.{module.name}")).values():
            if isinstance(cls, type) and attr.has(cls) and hasattr(cls, "_get_schema"):
                found[cls._get_schema()] = cls
    return found


FACETS = facet_classes()


def build(kind, value, where):
    """An instance of `kind` made of `value`; raises Wrong."""
    origin = typing.get_origin(kind)
    if kind is typing.Any:
        return value
    if origin in (typing.Union, types.UnionType):
        options = [option for option in typing.get_args(kind) if option is not type(None)]
        return build(options[0], value, where)
    if origin is list:
        need(isinstance(value, list), f"{where} is no array")
        return [build(typing.get_args(kind)[0], item, f"{where}[{i}]") for i, item in enumerate(value)]
    if origin is dict:
        need(isinstance(value, dict), f"{where} is no object")
        inner = typing.get_args(kind)[1]
        return {name: build(facet(inner, item, f"{where}.{name}"), item, f"{where}.{name}") for name, item in value.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        need(value in [member.value for member in kind], f"{where} is {value!r}")
        return kind(value)
    if attr.has(kind):
        return instance(kind, value, where)
    need(type(value) is kind, f"{where} is {value!r}, no {kind}")
    return value


def facet(kind, value, where):
    """The class of a facet, by the schema it says it has."""
    if not (isinstance(kind, type) and kind.__name__.endswith("Facet")):
        return kind
    need(isinstance(value, dict) and "_producer" in value, f"{where} does not say who made it")
    cls = FACETS.get(value.get("_schemaURL"))
    need(cls is not None and issubclass(cls, kind), f"{where} is of no known schema: {value.get('_schemaURL')}")
    return cls


def instance(cls, value, where):
    need(isinstance(value, dict), f"{where} is no object")
    attr.resolve_types(cls)
    fields = {field.name: field for field in attr.fields(cls)}
    unknown = set(value) - set(fields)
    need(not unknown, f"{where} has {sorted(unknown)}")
    for name, field in fields.items():
        need(name in value or field.default is not attr.NOTHING, f"{where} lacks {name}")
    given = {}
    for name, item in value.items():
        made = build(fields[name].type, item, f"{where}.{name}")
        if fields[name].init:
            given[fields[name].alias] = made
        else:
            need(item == cls._get_schema(), f"{where}.{name} is {item}, not {cls._get_schema()}")
    try:
        return cls(**given)
    except (TypeError, ValueError) as error:
        raise Wrong(f"{where}: {error}") from error


def need(condition, text):
    if not condition:
        raise Wrong(text)


def run_events(events):
    """START first, one end, of every run; and each column of an output that names another is followed to an input."""
    runs = collections.defaultdict(list)
    for event in events:
        runs[event["run"]["runId"]].append(event)
        need(str(uuid.UUID(event["run"]["runId"])) == event["run"]["runId"], "a runId is no UUID")
        inputs = {(data["namespace"], data["name"]): data for data in event["inputs"]}
        for output in event["outputs"]:
            columns = {field["name"] for field in output["facets"].get("schema", {}).get("fields", [])}
            for column, lineage in output["facets"].get("columnLineage", {}).get("fields", {}).items():
                need(column in columns, f"{output['name']} has no column {column}")
                for source in lineage["inputFields"]:
                    data = inputs.get((source["namespace"], source["name"]))
                    need(data is not None, f"{event['job']['name']}: {column} comes from {source['name']}, which it does not read")
                    known = {field["name"] for field in data["facets"].get("schema", {}).get("fields", [])}
                    need(not known or source["field"] in known, f"{source['name']} has no column {source['field']}")
    for run, of_run in runs.items():
        states = [event["eventType"] for event in of_run]
        need(states[0] == "START" and states[1:] in (["COMPLETE"], ["FAIL"]), f"run {run} went {states}")
        need(len({event["job"]["name"] for event in of_run}) == 1, f"run {run} is of several jobs")
    return runs


def must_object(event):
    """The check itself has to find what is wrong."""
    def changed(change):
        copy = json.loads(json.dumps(event))
        change(copy)
        return copy
    spoilt = [
        changed(lambda e: e.pop("run")), changed(lambda e: e.update(eventType="STARTED")), changed(lambda e: e.update(eventTime="noon")),
        changed(lambda e: e.update(more=1)), changed(lambda e: e["run"].update(runId="7")), changed(lambda e: e["job"].pop("name")),
        changed(lambda e: e["job"]["facets"]["jobType"].pop("processingType")), changed(lambda e: e["outputs"].append({"name": "x"})),
        changed(lambda e: e["job"]["facets"]["jobType"].update(_schemaURL="https://openlineage.io/spec/facets/9-9-9/JobTypeJobFacet.json")),
    ]
    for index, one in enumerate(spoilt):
        try:
            build(event_v2.RunEvent, one, "event")
        except Wrong:
            continue
        raise Wrong(f"spoilt event {index} is not objected to")
    return len(spoilt)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    passed, failed = 0, 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    for number, event in enumerate(events):
        try:
            build(event_v2.RunEvent, event, "event")
            passed += 1
        except Wrong as error:
            failed += 1
            print(f"FAILED: event {number + 1}, {event.get('job', {}).get('name')}: {error}")
    for check in (lambda: len(run_events(events)), lambda: must_object(events[0])):
        try:
            passed += check()
        except Wrong as error:
            failed += 1
            print(f"FAILED: {error}")
    print(f"{len(events)} events of {len({event['job']['name'] for event in events})} jobs")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not events else 0


if __name__ == "__main__":
    sys.exit(main())
