"""Reads topics whole with confluent-kafka, and decodes values with the schemas of the registry and fastavro."""
import io
import json
import struct
import time
import uuid

import fastavro
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient

PATIENCE = 60.0


class Topics:
    """Topics of one cluster. Values come with their field names in lower case, decimals as Decimal, times in microseconds."""

    def __init__(self, bootstrap, registry):
        self.bootstrap = bootstrap
        self.registry = SchemaRegistryClient({"url": registry})
        self.schemas = {}

    def records(self, topic):
        """The committed messages of a topic, in order of offset, partition by partition."""
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": f"interop-{uuid.uuid4().hex}", "enable.auto.commit": False,
            "isolation.level": "read_committed", "enable.partition.eof": True, "check.crcs": True, "fetch.wait.max.ms": 50})
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        if not partitions:
            raise LookupError(f"there is no topic {topic}")
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        found, ended, deadline = [], set(), time.monotonic() + PATIENCE
        while len(ended) < len(partitions):
            if time.monotonic() > deadline:
                raise TimeoutError(f"reading {topic} did not come to its end")
            for message in consumer.consume(10_000, timeout=1.0):
                if message.error() is None:
                    found.append(message)
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                else:
                    raise OSError(str(message.error()))
        consumer.close()
        return sorted(found, key=lambda message: (message.partition(), message.offset()))

    def value(self, message):
        """The decoded value of a message in Confluent's framing."""
        data = message.value()
        magic, number = struct.unpack(">bI", data[:5])
        if magic != 0:
            raise ValueError("not in the registry's framing")
        if number not in self.schemas:
            schema = json.loads(self.registry.get_schema(number).schema_str)
            self.schemas[number] = fastavro.parse_schema(without_times(schema))
        row = fastavro.schemaless_reader(io.BytesIO(data[5:]), self.schemas[number], None)
        return {name.lower(): field for name, field in row.items()}


def without_times(schema):
    """The schema with moments as plain microseconds."""
    if isinstance(schema, list):
        return [without_times(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: without_times(part) for key, part in schema.items() if (key, part) != ("logicalType", "timestamp-micros")}


def headers(message):
    """Headers as text."""
    return {name: value.decode() for name, value in message.headers() or []}


def window_key(message):
    """The key of a windowed table: the columns of DELIMITED, and the window's start in milliseconds."""
    data = message.key()
    return tuple(data[:-8].decode().split(",")), struct.unpack(">q", data[-8:])[0]
