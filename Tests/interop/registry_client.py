#!/usr/bin/env python3
"""Speaks to a Schema Registry with Confluent's own client: register, look up, serialize, deserialize, evolve, delete.

    python3 Tests/interop/registry_client.py http://127.0.0.1:8081

Needs confluent-kafka[avro,schemaregistry]. Uses subjects of its own and deletes them; exit 0 when all is well.
"""

import decimal
import json
import pathlib
import sys
import uuid

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

CONTRACT = pathlib.Path(__file__).parents[2] / "contracts" / "trades.raw-value" / "1.avsc"


def refused(status, call, *arguments, **options):
    """Whether the call fails with that HTTP status."""
    try:
        call(*arguments, **options)
    except SchemaRegistryError as error:
        assert error.http_status_code == status, error
        return
    raise AssertionError(f"{call.__name__} was not refused")


def record(*fields):
    return Schema(json.dumps({"type": "record", "name": "R", "fields": list(fields)}), "AVRO")


def evolution(client, subject):
    a = {"name": "a", "type": "long"}
    first = client.register_schema(subject, record(a))
    assert client.register_schema(subject, record(a)) == first
    second = client.register_schema(subject, record(a, {"name": "b", "type": "int", "default": 1}))
    assert second != first
    assert client.get_versions(subject) == [1, 2]
    assert client.get_latest_version(subject).schema_id == second
    assert client.lookup_schema(subject, record(a)).version == 1
    wrong = record({"name": "a", "type": "string"})
    assert not client.test_compatibility(subject, wrong)
    refused(409, client.register_schema, subject, wrong)
    refused(404, client.get_schema, 999_999_999)
    client.set_compatibility(subject, "NONE")
    assert client.get_compatibility(subject) == "NONE"
    assert client.delete_version(subject, 1) == 1
    assert client.delete_subject(subject) == [2]
    refused(404, client.delete_subject, subject)
    assert client.delete_subject(subject, permanent=True) == [1, 2]
    assert subject not in client.get_subjects()


def trade(client, topic):
    context = SerializationContext(topic, MessageField.VALUE)
    serializer = AvroSerializer(client, CONTRACT.read_text())
    row = {
        "venue": "binance", "symbol": "BTC-USDT", "trade_id": 1, "price": decimal.Decimal("65123.45000000"),
        "quantity": decimal.Decimal("0.00125000"), "taker_side": "BUY", "event_time": 1_700_000_000_000_000,
        "received_time": 1_700_000_000_000_001,
    }
    data = serializer(row, context)
    assert data[0] == 0 and int.from_bytes(data[1:5], "big") == client.get_latest_version(topic + "-value").schema_id
    back = AvroDeserializer(client)(data, context)
    assert back["price"] == row["price"] and back["quantity"] == row["quantity"] and back["taker_side"] == "BUY"
    client.delete_subject(topic + "-value")
    client.delete_subject(topic + "-value", permanent=True)


def main(url):
    client = SchemaRegistryClient({"url": url})
    name = "interop-" + uuid.uuid4().hex
    evolution(client, name + "/odd name-value")
    trade(client, name)
    print("registry: Confluent's client agrees")


if __name__ == "__main__":
    main(sys.argv[1])
