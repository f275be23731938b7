"""Records go in and come out as they were: what everybody relies on first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from suite import Record, World, by_partition, holds, same, scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from suite import Received

BIG = (bytes(range(256)) * 4000)[:999_900]  # as much as every client sends without being told that it may
BOTH = ["produce", "consume"]
EACH_TAKES_ITS_TURN_S = 180  # on a busy machine a client's program takes seconds to start


@scenario(needs=BOTH, rules=["2.1", "2.2", "2.3", "2.5"], picky=[3, 5, 6, 7, 9])
def a_value_comes_back(world: World) -> None:
    """A record that was acknowledged is read with its key and value, at the offset the producer was told."""
    topic = world.topic()
    [sent] = world.client.send(topic, [Record(b"value", key=b"key")], acks="all")
    [got] = world.client.read(topic, count=1)
    same((got.key, got.value, got.partition, got.offset), (b"key", b"value", 0, 0))
    same((sent.partition, sent.offset), (0, 0))


@scenario(needs=[*BOTH, "null-values"], rules=["2.3"])
def null_and_empty_are_two_things(world: World) -> None:
    """A null value is no empty value, and a null key no empty key: each comes back as what it was."""
    topic = world.topic()
    world.client.send(topic, [Record(None, key=b"k"), Record(b"", key=b"k"), Record(b"v", key=b""), Record(b"v")])
    got = world.client.read(topic, count=4)
    same([(each.key, each.value) for each in got], [(b"k", None), (b"k", b""), (b"", b"v"), (None, b"v")])


@scenario(needs=BOTH, rules=["2.3", "2.5"])
def one_byte_and_a_million(world: World) -> None:
    """Records of one byte and of a million come back whole, side by side."""
    topic = world.topic()
    sizes = [1, len(BIG), 1, 70_000]
    world.client.send(topic, [Record(BIG[:size], key=b"%d" % size) for size in sizes])
    got = world.client.read(topic, count=len(sizes))
    same([each.value for each in got], [BIG[:size] for size in sizes])


@scenario(needs=[*BOTH, "headers"], rules=["2.3"])
def headers_come_back_in_order(world: World) -> None:
    """Headers come back in the order they were sent, one name twice, one empty, one of all bytes."""
    topic = world.topic(partitions=2)
    headers = [("a", b"1"), ("b", b""), ("a", b"2"), ("ż", bytes(range(256)))]
    world.client.send(topic, [Record(b"v", key=b"k", headers=headers)], acks="all")
    [got] = world.client.read(topic, count=1)
    same(got.headers, headers)


@scenario(needs=[*BOTH, "headers", "null-headers"], rules=["2.3"])
def a_null_header_is_no_empty_header(world: World) -> None:
    """A header whose value is null comes back as one, beside one of the same name with an empty value."""
    topic = world.topic()
    world.client.send(topic, [Record(b"v", headers=[("a", None), ("a", b"")])])
    [got] = world.client.read(topic, count=1)
    same(got.headers, [("a", None), ("a", b"")])


@scenario(needs=BOTH, rules=["2.3"])
def text_of_every_script_comes_back(world: World) -> None:
    """Text of every script is bytes to the server: nothing is normalised, cut or escaped."""
    topic = world.topic()
    texts = ["zażółć gęślą jaźń", "Ünïcödé", "日本語", "é", "e\u0301", "👩‍👩‍👧‍👦", "a\0b\r\n\t", "\u202e\ufeff"]
    world.client.send(topic, [Record(text.encode(), key=text.encode()) for text in texts])
    got = world.client.read(topic, count=len(texts))
    same([each.value for each in got], [text.encode() for text in texts])
    same([each.key for each in got], [text.encode() for text in texts])


def compressed(world: World, codec: str) -> None:
    """Send batches with the codec, small and large, together with plain ones, and read all."""
    topic = world.topic()
    records = [Record(b"%d|" % index + b"x" * 300, key=b"k%d" % (index % 7)) for index in range(200)]
    world.client.send(topic, records, together=True, codec=codec)
    world.client.send(topic, [Record(b"plain")])
    world.client.send(topic, [Record(b"alone")], codec=codec)
    got = world.client.read(topic, count=202)
    same([each.offset for each in got], list(range(202)), "offsets")
    same(sorted((each.key, each.value) for each in got[:200]), sorted((each.key, each.value) for each in records))
    same([each.value for each in got[200:]], [b"plain", b"alone"])


@scenario(needs=[*BOTH, "gzip", "together"], rules=["2.3", "2.5"], picky=[1])
def gzip_both_ways(world: World) -> None:
    """Batches compressed with gzip are taken and given back."""
    compressed(world, "gzip")


@scenario(needs=[*BOTH, "snappy", "together"], rules=["2.3", "2.5"], picky=[1])
def snappy_both_ways(world: World) -> None:
    """Batches compressed with snappy are taken and given back."""
    compressed(world, "snappy")


@scenario(needs=[*BOTH, "lz4", "together"], rules=["2.3", "2.5"], picky=[1])
def lz4_both_ways(world: World) -> None:
    """Batches compressed with lz4 are taken and given back."""
    compressed(world, "lz4")


@scenario(needs=[*BOTH, "zstd", "together"], rules=["2.3", "2.5"], picky=[1])
def zstd_both_ways(world: World) -> None:
    """Batches compressed with zstd are taken and given back."""
    compressed(world, "zstd")


@scenario(needs=[*BOTH, "timestamps"], rules=["2.3"])
def a_chosen_timestamp_is_kept(world: World) -> None:
    """A record keeps the time that its producer gave it, of the type "create"."""
    topic = world.topic(configs={"retention.ms": "-1"})  # else a server soon takes away what is years old
    times = [1_500_000_000_000, 1_500_000_000_000 - 1, 1_000]
    world.client.send(topic, [Record(b"v", timestamp=each) for each in times])
    got = world.client.read(topic, count=len(times))
    same([each.timestamp for each in got], times)
    holds({each.timestamp_type for each in got} <= {"create", None}, "the type of the timestamps is not create")


@scenario(needs=BOTH, rules=["2.3"])
def the_time_of_sending_is_the_timestamp(world: World) -> None:
    """A record that was given no time has the time at which it was sent."""
    topic = world.topic()
    before = int(time.time() * 1000)
    world.client.send(topic, [Record(b"v")])
    after = int(time.time() * 1000)
    [got] = world.client.read(topic, count=1)
    holds(got.timestamp is None or before <= got.timestamp <= after, f"not {before} <= {got.timestamp} <= {after}")


@scenario(needs=[*BOTH, "append-time"], rules=["2.3"])
def the_server_stamps_the_time_where_told(world: World) -> None:
    """With message.timestamp.type=LogAppendTime a record has the time at which the server took it."""
    topic = world.topic(configs={"message.timestamp.type": "LogAppendTime"})
    before = int(time.time() * 1000)
    given = 1_500_000_000_000 if "timestamps" in world.client.has else None
    world.client.send(topic, [Record(b"v", timestamp=given)])
    after = int(time.time() * 1000)
    [got] = world.client.read(topic, count=1)
    holds(got.timestamp is None or before <= got.timestamp <= after, f"not {before} <= {got.timestamp} <= {after}")
    holds(got.timestamp_type in {"append", None}, f"the type of the timestamp is {got.timestamp_type}")


@scenario(needs=[*BOTH, "acks-1"], rules=["2.3"])
def acks_of_one_name_the_offset(world: World) -> None:
    """With acks=1 the producer is told where each record is."""
    topic = world.topic()
    sent = world.client.send(topic, [Record(b"%d" % index) for index in range(5)], acks="1")
    same([each.offset for each in sent], [0, 1, 2, 3, 4])
    got = world.client.read(topic, count=5)
    same([each.value for each in got], [b"0", b"1", b"2", b"3", b"4"])


@scenario(needs=[*BOTH, "acks-0"], rules=["2.3"], picky=[19])
def acks_of_zero_lose_nothing_here(world: World) -> None:
    """With acks=0 nothing is answered, and the connection goes on to be of use: all records are there, in order."""
    topic = world.topic()
    for start in range(0, 30, 10):
        world.client.send(topic, [Record(b"%d" % index) for index in range(start, start + 10)], acks="0")
    got = world.client.read(topic, count=30)
    same([each.value for each in got], [b"%d" % index for index in range(30)])


@scenario(needs=[*BOTH, "partition-choice"], rules=["2.3", "2.5"])
def offsets_count_up_in_each_partition(world: World) -> None:
    """Each partition numbers its records from 0 without a gap, in the order in which they were sent."""
    topic = world.topic(partitions=3)
    records = [Record(b"%d" % index, partition=index % 3) for index in range(30)]
    sent = world.client.send(topic, records)
    same([(each.partition, each.offset) for each in sent], [(index % 3, index // 3) for index in range(30)])
    got = by_partition(world.client.read(topic, count=30))
    for partition in range(3):
        same([each.offset for each in got[partition]], list(range(10)), f"offsets of partition {partition}")
        same([each.value for each in got[partition]], [b"%d" % index for index in range(partition, 30, 3)])


def contents(records: Sequence[Record | Received], *, apart: bool) -> list[tuple[bytes | None, bytes | None]]:
    """Return keys and values; null and empty are one unless they are told `apart`."""
    return [(each.key, each.value) if apart else (each.key or b"", each.value or b"") for each in records]


@scenario(needs=[*BOTH, "partition-choice"], rules=["2.3"], seconds=EACH_TAKES_ITS_TURN_S)
def every_client_reads_what_this_one_wrote(world: World) -> None:
    """What this client wrote, every other client of the run reads, byte for byte."""
    topic = world.topic()
    records = [Record("ż".encode() * 50, key=b"k"), Record(b"", key=b"e"), Record(bytes(range(256)))]
    world.client.send(topic, records)
    for reader in world.partners:
        if "consume" not in reader.has:
            continue
        got = reader.read(topic, count=3)
        apart = "null-values" in reader.has
        same(contents(got, apart=apart), contents(records, apart=apart), f"read by {reader.name}")
