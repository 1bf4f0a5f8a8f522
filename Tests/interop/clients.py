#!/usr/bin/env python3
"""Checks a Kafka cluster through independent clients: kcat, confluent-kafka (librdkafka), kafka-python and aiokafka.

Usage: clients.py BOOTSTRAP [NAME...]

Prints one line per check and `N passed, N failed`; exits 1 when a check failed. Nothing here knows which broker it talks to:
topics have names of their own and are created explicitly. NAME restricts the run to checks whose name contains it.

Needs: confluent-kafka kafka-python aiokafka lz4 python-snappy zstandard, and kcat for its checks (reported as a failure if missing).
"""

import asyncio
import functools
import subprocess
import sys
import threading
import time
import traceback
import uuid

import aiokafka
import kafka
from confluent_kafka import (
    Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition)
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec,
    ResourceType)

BOOTSTRAP = ""
RUN = uuid.uuid4().hex[:8]
CHECKS = []
PATIENCE = 60.0


def check(function):
    CHECKS.append(function)
    return function


def name(stem):
    return f"interop-{RUN}-{stem}"


def equal(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: expected {short(expected)}, got {short(actual)}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def short(value):
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "..."


# Helpers


@functools.cache
def admin():
    """One client for the whole run: a client that is collected takes its unanswered requests with it."""
    return AdminClient({"bootstrap.servers": BOOTSTRAP})


def create(topic, partitions=1, config=None):
    futures = admin().create_topics([NewTopic(topic, partitions, 1, config=config or {})])
    futures[topic].result(30)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = admin().list_topics(topic, timeout=10).topics[topic]
        if found.error is None and len(found.partitions) == partitions and all(
                p.leader >= 0 for p in found.partitions.values()):
            return topic
        time.sleep(0.1)
    raise AssertionError(f"topic {topic} has no leaders")


def producer(**settings):
    return Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 5, **{k.replace("_", "."): v for k, v in settings.items()}})


def produce(p, topic, values, partition=0, offsets=None):
    def delivered(error, message):
        if error is not None:
            failures.append(error)
        elif offsets is not None:
            offsets.append(message.offset())

    failures = []
    for value in values:
        p.produce(topic, value=value, partition=partition, on_delivery=delivered)
        p.poll(0)
    p.flush(PATIENCE)
    equal(failures, [], "delivery errors")


def consumer(group=None, **settings):
    return Consumer({
        "bootstrap.servers": BOOTSTRAP, "group.id": group or name("reader-" + uuid.uuid4().hex[:6]),
        "enable.auto.commit": False, "auto.offset.reset": "earliest", "check.crcs": True, "enable.partition.eof": True,
        "fetch.wait.max.ms": 100, **{k.replace("_", "."): v for k, v in settings.items()}})


def read_all(topic, isolation="read_committed", partitions=1, start=0):
    """Every message up to the end, as (partition, offset, value)."""
    c = consumer(isolation_level=isolation)
    c.assign([TopicPartition(topic, p, start) for p in range(partitions)])
    found, done, deadline = [], set(), time.monotonic() + PATIENCE
    while len(done) < partitions:
        true(time.monotonic() < deadline, f"reading {topic} {isolation} did not come to the end")
        message = c.poll(1.0)
        if message is None:
            continue
        if message.error():
            true(message.error().code() == KafkaError._PARTITION_EOF, f"reading {topic}: {message.error()}")
            done.add(message.partition())
        else:
            found.append((message.partition(), message.offset(), message.value()))
    c.close()
    return found


def values(topic, isolation="read_committed", partitions=1):
    return [value for _, _, value in read_all(topic, isolation, partitions)]


def numbered(prefix, count):
    return [f"{prefix}-{i}".encode() for i in range(count)]


def kcat(*arguments, stdin=None):
    done = subprocess.run(
        ["kcat", "-b", BOOTSTRAP, *arguments], input=stdin, capture_output=True, timeout=PATIENCE, check=False)
    true(done.returncode == 0, f"kcat {' '.join(arguments)}: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout


# kcat


@check
def kcat_produces_and_consumes_in_order():
    topic = create(name("kcat"))
    lines = b"".join(b"line %d\n" % i for i in range(2000))
    kcat("-P", "-t", topic, stdin=lines)
    equal(kcat("-C", "-t", topic, "-e", "-q", "-o", "beginning"), lines, "kcat output")


@check
def kcat_compresses_with_every_codec():
    lines = b"".join(b"value %d %d\n" % (i, i * i) for i in range(3000))
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        topic = create(name("kcat-" + codec))
        kcat("-P", "-t", topic, "-z", codec, stdin=lines)
        equal(kcat("-C", "-t", topic, "-e", "-q", "-o", "beginning"), lines, f"kcat output with {codec}")


@check
def kcat_is_idempotent():
    topic = create(name("kcat-idempotent"))
    lines = b"".join(b"%d\n" % i for i in range(5000))
    kcat("-P", "-t", topic, "-X", "enable.idempotence=true", "-X", "batch.num.messages=50", stdin=lines)
    equal(kcat("-C", "-t", topic, "-e", "-q", "-o", "beginning"), lines, "kcat output")


@check
def kcat_finds_offsets_by_timestamp():
    topic = create(name("kcat-time"))
    p = producer()
    for i in range(10):
        p.produce(topic, b"%d" % i, partition=0, timestamp=1_600_000_000_000 + i * 1000)
    p.flush(PATIENCE)
    out = kcat("-Q", "-t", f"{topic}:0:1600000004500").decode()
    true("offset 5" in out, f"kcat -Q answered {out!r}")
    equal(kcat("-C", "-t", topic, "-e", "-q", "-o", "s@1600000007000"), b"7\n8\n9\n", "messages from a timestamp")


@check
def kcat_joins_a_group():
    topic = create(name("kcat-group"), 3)
    kcat("-P", "-t", topic, stdin=b"a\nb\nc\nd\n")
    out = kcat("-G", name("kcat-g"), "-e", "-q", "-X", "auto.offset.reset=earliest", topic)
    equal(sorted(out.split()), [b"a", b"b", b"c", b"d"], "what the group read")


# confluent-kafka


@check
def offsets_in_delivery_reports_are_those_read_back():
    topic = create(name("offsets"))
    reported = []
    produce(producer(), topic, numbered("v", 500), offsets=reported)
    equal([(o, v) for _, o, v in read_all(topic)], list(zip(reported, numbered("v", 500))), "offset and value")


@check
def keys_headers_tombstones_and_timestamps_round_trip():
    topic = create(name("shapes"))
    p = producer()
    p.produce(topic, key=b"k", value=None, partition=0, timestamp=1_700_000_000_123)
    p.produce(topic, key=None, value=b"v", partition=0, headers=[("h", b"\x00\xff"), ("empty", b""), ("none", None)])
    p.produce(topic, key=b"", value=b"", partition=0)
    equal(p.flush(PATIENCE), 0, "messages left")
    c = consumer()
    c.assign([TopicPartition(topic, 0, 0)])
    got = []
    deadline = time.monotonic() + PATIENCE
    while len(got) < 3 and time.monotonic() < deadline:
        m = c.poll(1.0)
        if m is not None and not m.error():
            got.append(m)
    c.close()
    equal([(m.key(), m.value()) for m in got], [(b"k", None), (None, b"v"), (b"", b"")], "keys and values")
    equal(got[0].timestamp()[1], 1_700_000_000_123, "timestamp")
    equal(got[1].headers(), [("h", b"\x00\xff"), ("empty", b""), ("none", None)], "headers")


@check
def every_codec_round_trips_through_librdkafka():
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = create(name("codec-" + codec))
        produce(producer(compression_type=codec), topic, numbered(codec * 20, 2000))
        equal(values(topic), numbered(codec * 20, 2000), f"values with {codec}")


@check
def large_messages_up_to_the_topic_limit_and_not_beyond():
    topic = create(name("large"), config={"max.message.bytes": "500000"})
    p = producer(message_max_bytes=4_000_000)
    produce(p, topic, [b"x" * 450_000])
    errors = []
    p.produce(topic, b"y" * 600_000, partition=0, on_delivery=lambda e, m: errors.append(e))
    p.flush(PATIENCE)
    equal(errors[0].code() if errors[0] else None, KafkaError.MSG_SIZE_TOO_LARGE, "error of a message over the limit")
    equal([len(v) for v in values(topic)], [450_000], "sizes")


@check
def idempotent_producer_keeps_order_and_count():
    topic = create(name("idempotent"))
    produce(producer(enable_idempotence=True, batch_num_messages=20), topic, numbered("i", 5000))
    equal(values(topic), numbered("i", 5000), "values")


@check
def committed_transactions_are_read_and_aborted_ones_are_not():
    topic = create(name("txn"), 2)
    p = producer(transactional_id=name("txn"))
    p.init_transactions(30)
    expected = []
    for round_ in range(6):
        p.begin_transaction()
        for partition in (0, 1):
            produce(p, topic, numbered(f"r{round_}", 10), partition)
        if round_ % 2 == 0:
            p.commit_transaction(30)
            expected += numbered(f"r{round_}", 10)
        else:
            p.abort_transaction(30)
    for partition in (0, 1):
        got = read_all(topic, partitions=2)
        equal([v for q, _, v in got if q == partition], expected, f"committed values of partition {partition}")
    everything = [v for q, _, v in read_all(topic, "read_uncommitted", 2) if q == 0]
    equal(everything, [v for r in range(6) for v in numbered(f"r{r}", 10)], "uncommitted values of partition 0")


@check
def compressed_aborted_transactions_stay_hidden():
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        topic = create(name("txn-" + codec))
        p = producer(transactional_id=name("txn-" + codec), compression_type=codec)
        p.init_transactions(30)
        for commit in (False, True, False, True):
            p.begin_transaction()
            produce(p, topic, numbered(str(commit), 200))
            (p.commit_transaction if commit else p.abort_transaction)(30)
        equal(values(topic), numbered("True", 200) * 2, f"committed values with {codec}")
        equal(len(values(topic, "read_uncommitted")), 800, f"all values with {codec}")


@check
def open_transaction_holds_readers_of_committed_data_back():
    topic = create(name("lso"))
    plain = producer()
    produce(plain, topic, [b"before"])
    p = producer(transactional_id=name("lso"))
    p.init_transactions(30)
    p.begin_transaction()
    produce(p, topic, [b"open"])
    produce(plain, topic, [b"after"])
    equal(values(topic), [b"before"], "committed values while the transaction is open")
    equal(values(topic, "read_uncommitted"), [b"before", b"open", b"after"], "all values")
    c = consumer(isolation_level="read_committed")
    equal(c.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[0], 0, "low watermark")
    c.close()
    p.commit_transaction(30)
    equal(values(topic), [b"before", b"open", b"after"], "committed values afterwards")


@check
def waiting_reader_sees_a_commit_but_never_an_abort():
    topic = create(name("wait"))
    c = consumer(isolation_level="read_committed", fetch_wait_max_ms=500)
    c.assign([TopicPartition(topic, 0, 0)])
    p = producer(transactional_id=name("wait"))
    p.init_transactions(30)
    got = []
    for commit in (False, True, False, True):
        p.begin_transaction()
        produce(p, topic, [b"yes" if commit else b"no"])
        c.poll(0.05)
        (p.commit_transaction if commit else p.abort_transaction)(30)
        deadline = time.monotonic() + (PATIENCE if commit else 0.3)
        want = len(got) + (1 if commit else 0)
        while time.monotonic() < deadline and (not commit or len(got) < want):
            m = c.poll(0.1)
            if m is not None and not m.error():
                got.append(m.value())
    c.close()
    equal(got, [b"yes", b"yes"], "what the waiting reader saw")


@check
def reader_starting_inside_an_aborted_transaction_skips_it():
    topic = create(name("inside"))
    p = producer(transactional_id=name("inside"))
    p.init_transactions(30)
    for commit in (False, True):
        p.begin_transaction()
        produce(p, topic, numbered("c" if commit else "a", 20))
        (p.commit_transaction if commit else p.abort_transaction)(30)
    for start in (0, 7, 19, 20, 25):
        got = [(o, v) for _, o, v in read_all(topic, start=start)]
        whole = [(21 + i, b"c-%d" % i) for i in range(20)]
        equal(got, [(o, v) for o, v in whole if o >= start], f"committed from offset {start}")


@check
def second_producer_of_a_transactional_id_fences_the_first():
    topic = create(name("fence"))
    first = producer(transactional_id=name("fence"))
    first.init_transactions(30)
    first.begin_transaction()
    produce(first, topic, [b"zombie"])
    second = producer(transactional_id=name("fence"))
    second.init_transactions(30)
    second.begin_transaction()
    produce(second, topic, [b"heir"])
    second.commit_transaction(30)
    try:
        first.commit_transaction(10)
        raise AssertionError("the fenced producer could commit")
    except KafkaException as failure:
        true(failure.args[0].fatal() or failure.args[0].txn_requires_abort(), f"fenced error is {failure.args[0]}")
    equal(values(topic), [b"heir"], "committed values")


@check
def transaction_times_out_and_its_producer_is_fenced():
    topic = create(name("timeout"))
    p = producer(transactional_id=name("timeout"), transaction_timeout_ms=1500, message_timeout_ms=1500)
    p.init_transactions(30)
    p.begin_transaction()
    produce(p, topic, [b"late"])
    plain = producer()
    produce(plain, topic, [b"plain"])
    deadline = time.monotonic() + PATIENCE
    while values(topic) != [b"plain"]:
        true(time.monotonic() < deadline, "the transaction was never aborted")
        time.sleep(0.3)
    try:
        p.commit_transaction(10)
        raise AssertionError("a timed-out transaction could be committed")
    except KafkaException:
        pass
    equal(values(topic), [b"plain"], "committed values")


@check
def offsets_sent_to_a_transaction_move_only_with_its_commit():
    source, sink = create(name("eos-in")), create(name("eos-out"))
    produce(producer(), source, numbered("in", 30))
    group = name("eos")
    p = producer(transactional_id=name("eos"))
    p.init_transactions(30)
    expected = []
    for attempt, commit in enumerate((False, True, False, True)):
        c = consumer(group)
        c.subscribe([source])
        batch, deadline = [], time.monotonic() + PATIENCE
        while len(batch) < 10 and time.monotonic() < deadline:
            m = c.poll(1.0)
            if m is not None and not m.error():
                batch.append(m)
        begin = 10 * (attempt // 2)
        equal([m.value() for m in batch], numbered("in", 30)[begin:begin + 10], f"input of attempt {attempt}")
        p.begin_transaction()
        produce(p, sink, [m.value().upper() for m in batch])
        p.send_offsets_to_transaction(
            [TopicPartition(source, 0, batch[-1].offset() + 1, metadata="note")], c.consumer_group_metadata(), 30)
        if commit:
            p.commit_transaction(30)
            expected += [m.value().upper() for m in batch]
        else:
            p.abort_transaction(30)
        position = c.committed([TopicPartition(source, 0)], timeout=30)[0]
        equal(position.offset, 10 * ((attempt + 1) // 2) or -1001, f"committed offset after attempt {attempt}")
        c.close()
    equal(values(sink), expected, "output")


@check
def committed_offsets_and_their_metadata_are_kept():
    topic = create(name("commit"), 2)
    group = name("commit")
    c = consumer(group)
    c.commit(offsets=[TopicPartition(topic, 0, 42, metadata="a note"), TopicPartition(topic, 1, 7)], asynchronous=False)
    c.close()
    c = consumer(group)
    got = c.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)], timeout=30)
    c.close()
    equal([(p.offset, p.metadata or None) for p in got], [(42, "a note"), (7, None)], "offsets and metadata")


class Member(threading.Thread):
    """A group member that polls until told to stop and notes what it was given and what it read."""

    def __init__(self, group, topic, **settings):
        super().__init__(daemon=True)
        self.consumer = consumer(group, session_timeout_ms=10000, heartbeat_interval_ms=200, **settings)
        self.topic, self.running, self.assigned, self.read, self.failure = topic, True, None, [], None

    def run(self):
        def assign(_, partitions):
            self.assigned = sorted(p.partition for p in partitions)

        def revoke(c, _):
            self.assigned = None

        try:
            self.consumer.subscribe([self.topic], on_assign=assign, on_revoke=revoke)
            while self.running:
                m = self.consumer.poll(0.1)
                if m is not None and not m.error():
                    self.read.append((m.partition(), m.offset()))
                    self.consumer.commit(message=m, asynchronous=False)
        except KafkaException as failure:
            if failure.args[0].code() not in (KafkaError.REBALANCE_IN_PROGRESS, KafkaError.ILLEGAL_GENERATION):
                self.failure = failure
        finally:
            self.consumer.close()

    def stop(self):
        self.running = False
        self.join(PATIENCE)


def wait_for_shares(members, partitions):
    """Waits until the members hold all partitions, each once, and every member has one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        held = [m.assigned for m in members]
        if all(h for h in held) and sorted(p for h in held for p in h) == list(range(partitions)):
            return
        time.sleep(0.05)
    raise AssertionError(f"partitions never balanced: {[m.assigned for m in members]}")


@check
def group_of_one_two_three_members_rebalances_and_reads_all():
    topic, group = create(name("rebalance"), 6), name("rebalance")
    members = []
    for _ in range(3):
        member = Member(group, topic)
        member.start()
        members.append(member)
        wait_for_shares(members, 6)
    p = producer()
    for partition in range(6):
        produce(p, topic, numbered("m", 50), partition)
    deadline = time.monotonic() + PATIENCE
    while sum(len(m.read) for m in members) < 300 and time.monotonic() < deadline:
        time.sleep(0.05)
    members.pop().stop()
    wait_for_shares(members, 6)
    for partition in range(6):
        produce(p, topic, numbered("n", 10), partition)
    c = consumer(group)
    offsets = []
    while offsets != [60] * 6 and time.monotonic() < deadline:
        time.sleep(0.1)
        offsets = [p.offset for p in c.committed([TopicPartition(topic, i) for i in range(6)], timeout=30)]
    c.close()
    for member in members:
        member.stop()
        equal(member.failure, None, "failure of a member")
    equal(offsets, [60] * 6, "committed offsets")


@check
def member_that_vanishes_is_replaced_after_its_session():
    topic, group = create(name("vanish"), 4), name("vanish")
    stayer = Member(group, topic)
    code = (
        "import sys,time;from confluent_kafka import Consumer;"
        f"c=Consumer({{'bootstrap.servers':'{BOOTSTRAP}','group.id':'{group}','session.timeout.ms':6000,"
        "'heartbeat.interval.ms':200,'auto.offset.reset':'earliest'});"
        f"c.subscribe(['{topic}'],on_assign=lambda c,p:print(len(p),flush=True))\n"
        "while True: c.poll(0.1)")
    goer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        equal(goer.stdout.readline().strip(), b"4", "partitions of the only member")
        stayer.start()
        equal(goer.stdout.readline().strip(), b"2", "partitions after the second joined")
    finally:
        goer.kill()
        goer.wait()
    wait_for_shares([stayer], 4)
    stayer.stop()
    equal(stayer.failure, None, "failure of the member that stays")


@check
def static_member_returns_without_a_rebalance():
    topic, group = create(name("static"), 2), name("static")
    members = [Member(group, topic, group_instance_id=f"i{i}") for i in range(2)]
    for member in members:
        member.start()
    wait_for_shares(members, 2)
    before = admin().describe_consumer_groups([group])[group].result(30)
    share = members[1].assigned
    members[1].stop()
    back = Member(group, topic, group_instance_id="i1")
    back.start()
    wait_for_shares([members[0], back], 2)
    equal(back.assigned, share, "partitions of the returned member")
    after = admin().describe_consumer_groups([group])[group].result(30)
    equal(sorted(m.group_instance_id for m in after.members), ["i0", "i1"], "instance ids")
    true({m.member_id for m in before.members} != {m.member_id for m in after.members}, "the member id did not change")
    for member in (members[0], back):
        member.stop()


# Administration


@check
def topics_are_created_listed_grown_and_deleted():
    a, topic = admin(), name("admin")
    create(topic, 2, {"retention.ms": "3600000"})
    try:
        a.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
        raise AssertionError("a topic could be created twice")
    except KafkaException as failure:
        equal(failure.args[0].code(), KafkaError.TOPIC_ALREADY_EXISTS, "error of the second creation")
    a.create_partitions([NewPartitions(topic, 5)])[topic].result(30)
    equal(len(a.list_topics(topic, timeout=10).topics[topic].partitions), 5, "partitions")
    a.delete_topics([topic])[topic].result(30)
    deadline = time.monotonic() + PATIENCE
    while topic in a.list_topics(timeout=10).topics:
        true(time.monotonic() < deadline, "the topic is still listed")
        time.sleep(0.1)


@check
def bad_topics_are_refused():
    a = admin()
    for topic, partitions, factor, config, code in (
            ("not a name", 1, 1, {}, KafkaError.TOPIC_EXCEPTION),
            (name("zero"), 0, 1, {}, KafkaError.INVALID_PARTITIONS),
            (name("factor"), 1, 30, {}, KafkaError.INVALID_REPLICATION_FACTOR),
            (name("config"), 1, 1, {"retention.ms": "soon"}, KafkaError.INVALID_CONFIG)):
        try:
            a.create_topics([NewTopic(topic, partitions, factor, config=config)])[topic].result(30)
            raise AssertionError(f"topic {topic!r} was created")
        except KafkaException as failure:
            equal(failure.args[0].code(), code, f"error of {topic!r}")


@check
def configs_are_described_and_altered():
    a, topic = admin(), create(name("configs"), 1, {"retention.ms": "7200000"})
    resource = ConfigResource(ResourceType.TOPIC, topic)
    config = a.describe_configs([resource])[resource].result(30)
    equal(config["retention.ms"].value, "7200000", "retention.ms")
    for key in ("cleanup.policy", "max.message.bytes", "segment.bytes", "compression.type", "min.insync.replicas"):
        true(key in config, f"{key} is not described")
    resource.add_incremental_config(
        ConfigEntry("max.message.bytes", "200000", incremental_operation=AlterConfigOpType.SET))
    resource.add_incremental_config(ConfigEntry("retention.ms", None, incremental_operation=AlterConfigOpType.DELETE))
    a.incremental_alter_configs([resource])[resource].result(30)
    resource = ConfigResource(ResourceType.TOPIC, topic)
    deadline = time.monotonic() + PATIENCE
    while True:
        config = a.describe_configs([resource])[resource].result(30)
        if config["max.message.bytes"].value == "200000" and config["retention.ms"].value != "7200000":
            break
        true(time.monotonic() < deadline, "the change is not visible")
        time.sleep(0.1)


@check
def offsets_are_listed_by_time_and_records_deleted():
    a, topic = admin(), create(name("list"))
    p = producer()
    for i in range(20):
        p.produce(topic, b"%d" % i, partition=0, timestamp=1_600_000_000_000 + i * 1000)
        p.flush(PATIENCE)
    place = TopicPartition(topic, 0)
    for spec, expected in (
            (OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 20), (OffsetSpec.for_timestamp(1_600_000_004_001), 5),
            (OffsetSpec.for_timestamp(1_600_000_019_000), 19), (OffsetSpec.max_timestamp(), 19),
            (OffsetSpec.for_timestamp(1_700_000_000_000), -1)):
        equal(a.list_offsets({place: spec})[place].result(30).offset, expected, f"offset of {type(spec).__name__}")
    a.delete_records([TopicPartition(topic, 0, 12)])[TopicPartition(topic, 0, 12)].result(30)
    equal(a.list_offsets({place: OffsetSpec.earliest()})[place].result(30).offset, 12, "first offset after the deletion")
    equal(values(topic), [b"%d" % i for i in range(12, 20)], "records left")


@check
def groups_are_listed_described_and_deleted():
    a, topic, group = admin(), create(name("groups")), name("groups")
    member = Member(group, topic)
    member.start()
    wait_for_shares([member], 1)
    true(group in [g.group_id for g in a.list_consumer_groups().result(30).valid], "the group is not listed")
    described = a.describe_consumer_groups([group])[group].result(30)
    equal((described.state.name, len(described.members)), ("STABLE", 1), "state and members")
    equal([p.partition for p in described.members[0].assignment.topic_partitions], [0], "assignment")
    try:
        a.delete_consumer_groups([group])[group].result(30)
        raise AssertionError("a group with members could be deleted")
    except KafkaException as failure:
        equal(failure.args[0].code(), KafkaError.NON_EMPTY_GROUP, "error of the deletion")
    member.stop()
    request = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 3)])]
    a.alter_consumer_group_offsets(request)[group].result(30)
    got = a.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
    equal([(p.topic, p.partition, p.offset) for p in got.topic_partitions], [(topic, 0, 3)], "offsets of the group")
    a.delete_consumer_groups([group])[group].result(30)
    true(group not in [g.group_id for g in a.list_consumer_groups().result(30).valid], "the group is still listed")


@check
def cluster_is_described():
    described = admin().describe_cluster().result(30)
    true(described.cluster_id and described.controller is not None and described.nodes, f"cluster is {described}")
    equal(admin().describe_cluster().result(30).cluster_id, described.cluster_id, "cluster id asked twice")


# kafka-python


@check
def kafka_python_produces_and_consumes_with_every_codec():
    for codec in (None, "gzip", "snappy", "lz4", "zstd"):
        topic = create(name(f"python-{codec}"), 2)
        p = kafka.KafkaProducer(bootstrap_servers=BOOTSTRAP, acks="all", compression_type=codec)
        sent = [p.send(topic, value=b"%d" % i, key=b"k%d" % i, partition=i % 2) for i in range(400)]
        offsets = [f.get(PATIENCE).offset for f in sent]
        p.close()
        equal(offsets, [i // 2 for i in range(400)], f"offsets with {codec}")
        c = kafka.KafkaConsumer(
            topic, bootstrap_servers=BOOTSTRAP, group_id=name(f"python-{codec}"), auto_offset_reset="earliest",
            consumer_timeout_ms=15000)
        got = []
        for message in c:
            got.append(int(message.value))
            if len(got) == 400:
                break
        c.commit()
        c.close()
        equal(sorted(got), list(range(400)), f"values with {codec}")


@check
def kafka_python_administers():
    a = kafka.KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    topic = name("python-admin")
    a.create_topics([kafka.admin.NewTopic(topic, 3, 1)])
    true(topic in a.list_topics(), "the topic is not listed")
    found = a.describe_topics([topic])[0]
    equal(len(found["partitions"]), 3, "partitions")
    resource = kafka.admin.ConfigResource(kafka.admin.ConfigResourceType.TOPIC, topic)
    true("retention.ms" in str(a.describe_configs([resource], config_filter="all")), "retention.ms is not described")
    a.create_partitions({topic: kafka.admin.NewPartitions(4)})
    a.delete_topics([topic])
    deadline = time.monotonic() + PATIENCE
    while topic in a.list_topics():
        true(time.monotonic() < deadline, "the topic is still listed")
        time.sleep(0.1)
    a.close()


@check
def kafka_python_commits_and_aborts_transactions():
    topic = create(name("python-txn"))
    p = kafka.KafkaProducer(bootstrap_servers=BOOTSTRAP, transactional_id=name("python-txn"))
    p.init_transactions()
    for commit in (True, False, True):
        p.begin_transaction()
        for i in range(50):
            p.send(topic, value=b"%s-%d" % (str(commit).encode(), i), partition=0)
        p.flush()
        p.commit_transaction() if commit else p.abort_transaction()
    p.close()
    equal(values(topic), numbered("True", 50) * 2, "committed values seen by librdkafka")
    for isolation, count in (("read_committed", 100), ("read_uncommitted", 150)):
        c = kafka.KafkaConsumer(bootstrap_servers=BOOTSTRAP, isolation_level=isolation, consumer_timeout_ms=2000)
        place = kafka.TopicPartition(topic, 0)
        c.assign([place])
        c.seek_to_beginning(place)
        equal(len(list(c)), count, f"messages seen by kafka-python at {isolation}")
        c.close()


# aiokafka


@check
def aiokafka_transforms_exactly_once():
    asyncio.run(transform(create(name("aio-in")), create(name("aio-out")), name("aio")))


async def transform(source, sink, group):
    p = aiokafka.AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, enable_idempotence=True)
    await p.start()
    for i in range(40):
        await p.send_and_wait(source, b"%d" % i, partition=0)
    await p.stop()
    t = aiokafka.AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, transactional_id=group)
    await t.start()
    for attempt in range(4):
        c = aiokafka.AIOKafkaConsumer(
            source, bootstrap_servers=BOOTSTRAP, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest",
            isolation_level="read_committed")
        await c.start()
        batch = []
        while len(batch) < 10:
            batch.append(await asyncio.wait_for(c.getone(), PATIENCE))
        await t.begin_transaction()
        for message in batch:
            await t.send_and_wait(sink, message.value, partition=0)
        place = aiokafka.TopicPartition(source, 0)
        await t.send_offsets_to_transaction({place: batch[-1].offset + 1}, group)
        if attempt % 2 == 0:
            await t.abort_transaction()
        else:
            await t.commit_transaction()
        await c.stop()
    await t.stop()
    r = aiokafka.AIOKafkaConsumer(
        sink, bootstrap_servers=BOOTSTRAP, auto_offset_reset="earliest", isolation_level="read_committed")
    await r.start()
    got = [(await asyncio.wait_for(r.getone(), PATIENCE)).value for _ in range(20)]
    await r.stop()
    equal(got, [b"%d" % i for i in range(20)], "output")


def main():
    global BOOTSTRAP
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    BOOTSTRAP = sys.argv[1]
    chosen = [c for c in CHECKS if len(sys.argv) == 2 or any(part in c.__name__ for part in sys.argv[2:])]
    failed = 0
    for run in chosen:
        started = time.monotonic()
        try:
            run()
            verdict = "ok    "
        except Exception as failure:  # every failure of a check is a result, whatever its type
            failed += 1
            verdict = "FAILED"
            if not isinstance(failure, AssertionError):
                traceback.print_exc()
            print(f"  {type(failure).__name__}: {failure}")
        print(f"{verdict} {run.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
