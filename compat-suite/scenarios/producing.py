"""What producers rely on: where records go, what is refused and by which name, and that nothing comes twice."""

from __future__ import annotations

import time
import zlib
from itertools import pairwise

from suite import Record, World, by_partition, holds, noise, same, scenario

HOUR_MS = 3_600_000


def murmur2(key: bytes) -> int:
    """Return the hash by which Kafka's own client chooses partitions, without its sign."""
    length, multiplier, word = len(key), 0x5BD1E995, 0xFFFFFFFF
    value = (0x9747B28C ^ length) & word
    whole = length // 4 * 4
    for at in range(0, whole, 4):
        part = int.from_bytes(key[at : at + 4], "little") * multiplier & word
        part = (part ^ part >> 24) * multiplier & word
        value = (value * multiplier & word) ^ part
    if whole < length:
        value = (value ^ int.from_bytes(key[whole:], "little")) * multiplier & word
    value = (value ^ value >> 13) * multiplier & word
    return (value ^ value >> 15) & 0x7FFFFFFF


@scenario(needs=["murmur2", "consume"], rules=["2.3"])
def keys_go_where_java_sends_them(world: World) -> None:
    """A key goes to the same partition whichever client sends it: clients of two languages can share a topic."""
    topic = world.topic(partitions=7)
    keys = [b"a", b"key-1", "ż".encode(), b"orders/17", b"\0\1\2\3\4", *(b"%d" % number for number in range(50))]
    world.client.send(topic, [Record(b"v", key=key) for key in keys], partitioner="murmur2")
    got = world.client.read(topic, count=len(keys))  # not every client tells where it sent a record
    same({each.key: each.partition for each in got}, {key: murmur2(key) % 7 for key in keys})


@scenario(needs=["partition-choice"], rules=["2.3"])
def a_chosen_partition_is_obeyed(world: World) -> None:
    """A record whose partition is chosen goes there, whatever its key says."""
    topic = world.topic(partitions=4)
    records = [Record(b"%d" % number, key=b"one key", partition=number) for number in (3, 1, 2, 0)]
    sent = world.client.send(topic, records)
    same([each.partition for each in sent], [3, 1, 2, 0])
    got = world.client.read(topic, count=4)
    same({each.partition: each.value for each in got}, {number: b"%d" % number for number in range(4)})


@scenario(rules=["2.3"])
def one_key_keeps_its_order(world: World) -> None:
    """Records of one key stay in one partition and in the order of sending, however many are on their way."""
    topic = world.topic(partitions=5)
    records = [Record(b"%d" % number, key=b"k%d" % (number % 3)) for number in range(600)]
    # Some clients mind no keys unless they are told to.
    partitioner = {"partitioner": "murmur2"} if "murmur2" in world.client.has else {}
    world.client.send(topic, records, together=True, **partitioner)
    found: dict[bytes | None, list[int]] = {}
    homes: dict[bytes | None, set[int]] = {}
    for partition, got in by_partition(world.client.read(topic, count=600)).items():
        for each in got:
            found.setdefault(each.key, []).append(int(each.value or b"-1"))
            homes.setdefault(each.key, set()).add(partition)
    same(found, {b"k%d" % key: list(range(key, 600, 3)) for key in range(3)})
    same([len(home) for home in homes.values()], [1, 1, 1], "partitions of each key")


@scenario(needs=["idempotent"], rules=["2.4"], picky=[16, 18])
def an_idempotent_producer_writes_each_once(world: World) -> None:
    """An idempotent producer's records are there once and in order, over many batches to several partitions."""
    topic = world.topic(partitions=3)
    records = [Record(b"%d" % number, key=b"%d" % (number % 11)) for number in range(2000)]
    world.client.send(topic, records, together=True, idempotent=True, acks="all")
    got = by_partition(world.client.read(topic, count=2000))
    same(sorted(int(each.value or b"-1") for part in got.values() for each in part), list(range(2000)))
    for part in got.values():
        same([each.offset for each in part], list(range(len(part))))


@scenario(needs=["idempotent"], rules=["2.4"])
def two_idempotent_producers_do_not_meet(world: World) -> None:
    """Two idempotent producers have ids of their own: neither's sequence disturbs the other's."""
    topic = world.topic()
    first = world.client.producer(idempotent=True, acks="all")
    second = world.client.producer(idempotent=True, acks="all")
    for turn in range(5):
        first.send(topic, [Record(b"first %d" % turn)])
        second.send(topic, [Record(b"second %d" % turn)])
    got = world.client.read(topic, count=10)
    same([each.value for each in got], [b"%s %d" % (who, turn) for turn in range(5) for who in (b"first", b"second")])


@scenario(rules=["2.3"])
def a_batch_of_thousands(world: World) -> None:
    """Thousands of records handed over at once arrive whole, in few batches or many."""
    topic = world.topic()
    records = [Record(b"%06d" % number) for number in range(5000)]
    world.client.send(topic, records, together=True, linger_ms=5)
    got = world.client.read(topic, count=5000)
    same([each.value for each in got], [each.value for each in records])


@scenario(needs=["partition-choice"], rules=["2.3", "2.5"], seconds=90)
def a_hundred_partitions(world: World) -> None:
    """A topic of a hundred partitions is written and read whole."""
    topic = world.topic(partitions=100)
    records = [Record(b"%d" % number, partition=number % 100) for number in range(300)]
    world.client.send(topic, records, together=True)
    got = by_partition(world.client.read(topic, count=300))
    same({number: [int(each.value or b"-1") for each in part] for number, part in got.items()},
         {number: [number, number + 100, number + 200] for number in range(100)})  # fmt: skip


@scenario(needs=["send-errors", "survives-refusal"], rules=["2.3"])
def a_record_too_large_for_the_topic_is_refused(world: World) -> None:
    """A batch above max.message.bytes is refused with MESSAGE_TOO_LARGE, and the next smaller one is taken."""
    topic = world.topic(configs={"max.message.bytes": "2000"})
    producer = world.client.producer(max_request_bytes=2_000_000)
    with world.errors("MESSAGE_TOO_LARGE"):
        producer.send(topic, [Record(noise(10_000))])
    producer.send(topic, [Record(b"small")])
    same([(each.offset, each.value) for each in world.client.read(topic, count=1)], [(0, b"small")])


@scenario(needs=["send-errors"], settings={"auto.create.topics.enable": "false"}, rules=["2.2", "2.3"])
def an_unknown_topic_is_refused(world: World) -> None:
    """Where topics are not made by asking for them, sending to an unknown one fails, and makes none."""
    name = world.name("unknown")
    with world.errors("UNKNOWN_TOPIC_OR_PARTITION", "TIMED_OUT"):
        world.client.send(name, [Record(b"v")], delivery_timeout_ms=3000)
    holds(name not in world.server.admin.list_topics(timeout=10).topics, "the topic was made")


@scenario(needs=["auto-create"], rules=["2.2"], picky=[8])
def a_topic_is_made_by_sending_to_it(world: World) -> None:
    """Where the server makes topics by itself, the first record to a new one is taken."""
    name = world.name("made")
    world.client.send(name, [Record(b"first"), Record(b"second")], auto_create=True)
    world.until(lambda: name in world.server.admin.list_topics(timeout=10).topics)
    topic = world.known(name)
    same([each.value for each in world.client.read(topic, count=2)], [b"first", b"second"])


@scenario(rules=["2.11"])
def dots_and_underscores_in_a_name(world: World) -> None:
    """Topics may have dots, underscores, dashes and capitals in their names."""
    stem = world.name("n").replace("-", ".")
    topic = world.topic(name=f"A.b_C-{stem}.1_2")
    world.client.send(topic, [Record(b"v")])
    [got] = world.client.read(topic, count=1)
    same((got.topic, got.value), (str(topic), b"v"))


@scenario(rules=["2.11"])
def a_name_of_249_characters(world: World) -> None:
    """A topic's name may have 249 characters."""
    topic = world.topic(name=world.name("long").ljust(249, "x"))
    world.client.send(topic, [Record(b"v")])
    same([each.topic for each in world.client.read(topic, count=1)], [str(topic)])


@scenario(needs=["send-errors", "timestamps"], rules=["2.3"])
def a_time_in_the_future_is_refused(world: World) -> None:
    """A record dated more than message.timestamp.after.max.ms ahead is refused with INVALID_TIMESTAMP."""
    topic = world.topic(configs={"message.timestamp.after.max.ms": str(HOUR_MS)})
    now = int(time.time() * 1000)
    with world.errors("INVALID_TIMESTAMP"):
        world.client.send(topic, [Record(b"far", timestamp=now + 3 * HOUR_MS)])
    world.client.producer().send(topic, [Record(b"near", timestamp=now + HOUR_MS // 2)])
    same([each.value for each in world.client.read(topic, count=1)], [b"near"])


@scenario(needs=["send-errors", "timestamps"], rules=["2.3"])
def a_time_long_past_is_refused_where_told(world: World) -> None:
    """A record older than message.timestamp.before.max.ms is refused with INVALID_TIMESTAMP."""
    topic = world.topic(configs={"message.timestamp.before.max.ms": str(HOUR_MS)})
    now = int(time.time() * 1000)
    with world.errors("INVALID_TIMESTAMP"):
        world.client.send(topic, [Record(b"old", timestamp=now - 3 * HOUR_MS)])
    world.client.producer().send(topic, [Record(b"new", timestamp=now - HOUR_MS // 2)])
    same([each.value for each in world.client.read(topic, count=1)], [b"new"])


@scenario(needs=["send-errors", "invalid-record"], rules=["2.3"])
def a_compacted_topic_wants_keys(world: World) -> None:
    """A record without a key is refused on a compacted topic, with INVALID_RECORD; one with a key is taken."""
    topic = world.topic(configs={"cleanup.policy": "compact"})
    with world.errors("INVALID_RECORD"):
        world.client.send(topic, [Record(b"no key")])
    world.client.producer().send(topic, [Record(b"v", key=b"k")])
    same([each.value for each in world.client.read(topic, count=1)], [b"v"])


@scenario(needs=["gzip"], rules=["2.3"])
def the_topic_chooses_the_compression(world: World) -> None:
    """With compression.type=gzip on the topic, records come back the same whatever the producer compressed with."""
    topic = world.topic(configs={"compression.type": "gzip"})
    text = b"compress me " * 100
    world.client.send(topic, [Record(text, key=b"%d" % number) for number in range(20)], together=True)
    world.client.send(topic, [Record(text)], codec="gzip")
    got = world.client.read(topic, count=21)
    same([(each.offset, zlib.crc32(each.value or b"")) for each in got], [(at, zlib.crc32(text)) for at in range(21)])


@scenario(needs=["survives-refusal"], rules=["2.3"])
def sending_goes_on_after_a_refusal(world: World) -> None:
    """A producer goes on after a refused record: what was sent before and after is there, in order."""
    topic = world.topic(configs={"cleanup.policy": "compact"})
    producer = world.client.producer()
    producer.send(topic, [Record(b"before", key=b"k")])
    answers = producer.send_each(topic, [Record(b"refused")])
    holds(isinstance(answers[0], Exception), "a record without a key was taken")
    producer.send(topic, [Record(b"after", key=b"k")])
    same([each.value for each in world.client.read(topic, count=2)], [b"before", b"after"])


@scenario(needs=["timestamps", "together"], rules=["2.3"])
def times_need_not_rise(world: World) -> None:
    """Records may be dated in any order: offsets follow the order of sending, and each keeps its time."""
    topic = world.topic(configs={"retention.ms": "-1"})  # else a server soon takes away what is years old
    start = 1_600_000_000_000
    times = [start, start + 5000, start + 1000, start + 9000, start]
    sent = world.client.send(topic, [Record(b"v", timestamp=each) for each in times], together=True)
    holds(all(after.offset > before.offset for before, after in pairwise(sent)), "offsets do not rise")
    same([each.timestamp for each in world.client.read(topic, count=5)], times)
