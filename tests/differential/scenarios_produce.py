"""Produce: every check, in Kafka's order, and what it leaves in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.record import Record
from tests.differential.batches import LONG_AGO_MS, altered, batch
from tests.differential.requests import api_versions, fetch, produce, produced
from tests.differential.scenario import Stage, scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer, Topic

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
CODECS = {"none": 0, "gzip": GZIP, "snappy": SNAPPY, "lz4": LZ4, "zstd": ZSTD}


def what_is_there(peer: Peer, topic: Topic) -> None:
    peer.ask(fetch(17, topic), 17, "what is there")


@scenario(ProduceRequest)
def produce_batches(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=3)
    peer.ask(produce(version, topic, batch()), version)
    peer.ask(produce(version, topic, batch(3), batch(2), batch(1)), version, "three partitions")
    peer.ask(produce(version, topic, batch(3), acks=1), version, "acks 1")
    what_is_there(peer, topic)


@scenario(ProduceRequest)
def produce_batches_of_all_compressions(peer: Peer, version: int) -> None:
    for kind in ("producer", *CODECS):
        topic = peer.topic(compression_type="uncompressed" if kind == "none" else kind)
        for name, codec in CODECS.items():
            peer.ask(produce(version, topic, batch(3, codec=codec, size=200)), version, f"{name} to {kind}")
        what_is_there(peer, topic)


@scenario(ProduceRequest)
def produce_nothing(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.ask(ProduceRequest(acks=-1, timeout_ms=5000, topic_data=[]), version, "no topic")
    peer.ask(produce(version, topic), version, "no partition")
    peer.ask(produce(version, topic, b""), version, "no bytes")
    peer.ask(produce(version, topic, batch()), version)


@scenario(ProduceRequest, since=13)
def produce_null(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.connection.patience_s = 0.5  # from here on: making the topic may take longer
    peer.ask(produce(version, topic, None), version)


@scenario(ProduceRequest)
def produce_to_what_is_not_there(peer: Peer, version: int) -> None:
    topic, missing = (
        peer.topic(),
        TopicProduceData(
            name=peer.name("missing"),
            topic_id=b"\x11" * 16,
            partition_data=[PartitionProduceData(index=n, records=batch()) for n in range(2)],
        ),
    )
    for index in (1, -1, -(1 << 31), (1 << 31) - 1):
        data = produced(version, topic, PartitionProduceData(index=index, records=batch()))
        peer.ask(ProduceRequest(acks=-1, timeout_ms=5000, topic_data=[data]), version, f"partition {index}")
    good = produced(version, topic, PartitionProduceData(index=0, records=batch()))
    peer.ask(ProduceRequest(acks=-1, timeout_ms=5000, topic_data=[missing]), version, "topic")
    peer.ask(ProduceRequest(acks=-1, timeout_ms=5000, topic_data=[missing, good]), version, "topic, and one that is")
    for name in ("", ".", "a b", "x" * 250):
        data = TopicProduceData(name=name, partition_data=[PartitionProduceData(index=0, records=batch())])
        peer.ask(ProduceRequest(acks=-1, timeout_ms=5000, topic_data=[data]), version, repr(name))


@scenario(ProduceRequest)
def produce_to_one_place_twice(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=2)
    first, second = (PartitionProduceData(index=0, records=batch(n)) for n in (1, 2))
    other = PartitionProduceData(index=1, records=batch())

    def ask(note: str, *topics: TopicProduceData) -> None:
        peer.ask(ProduceRequest(acks=-1, timeout_ms=5000, topic_data=list(topics)), version, note)

    ask("partition twice", produced(version, topic, first, second))
    ask("topic twice", produced(version, topic, first), produced(version, topic, other))
    ask("topic and partition twice", produced(version, topic, first), produced(version, topic, second))
    what_is_there(peer, topic)


@scenario(ProduceRequest)
def produce_with_other_acks(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=2)
    for acks in (2, -2, 32767, -32768):
        peer.ask(produce(version, topic, batch(), batch(), acks=acks), version, f"acks {acks}")
    peer.ask(produce(version, topic, b"bad", acks=5), version, "a bad batch too")
    what_is_there(peer, topic)


@scenario(ProduceRequest)
def produce_without_acks(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.connection.send(produce(version, topic, batch(), acks=0), version)
    peer.ask(produce(version, topic, batch()), version, "the next one")
    what_is_there(peer, topic)
    refused = {
        "corrupt": produce(version, topic, altered(batch(), sealed=False, crc=1), acks=0),
        "no bytes": produce(version, topic, b"", acks=0),
        "nobody's partition": produce(version, topic, batch(), batch(), acks=0),
        "nothing": produce(version, topic, acks=0),
    }
    for note, request in refused.items():
        peer.connection.send(request, version)
        correlation = peer.connection.send(api_versions(0), 0)
        answer = peer.connection.receive_bytes()
        came = answer[:4] == correlation.to_bytes(4, "big") if isinstance(answer, bytes) else answer.value
        peer.record(note, str(came).encode(), version)


@scenario(ProduceRequest)
def produce_to_a_full_request(peer: Peer, version: int) -> None:
    topic = peer.topic(min_insync_replicas="2")
    peer.ask(produce(version, topic, batch()), version, "more in sync than there are")


@scenario(ProduceRequest, until=12)
def produce_to_an_internal_topic(peer: Peer, version: int) -> None:
    data = TopicProduceData(
        name="__consumer_offsets", partition_data=[PartitionProduceData(index=0, records=altered(batch(), count=5))]
    )
    request = ProduceRequest(acks=-1, timeout_ms=5000, topic_data=[data])
    peer.ask(request, version)
    peer.ask(request, version, "as an administrator", client_id="__admin_client")


SPOILT = {
    "three bytes": b"abc",
    "a base offset": altered(batch(), base_offset=5),
    "a negative base offset": altered(batch(), base_offset=-1),
    "a leader epoch": altered(batch(), leader_epoch=9),
    "magic 0": altered(batch(), magic=0),
    "magic 1": altered(batch(), magic=1),
    "magic 3": altered(batch(), magic=3),
    "magic -1": altered(batch(), magic=-1),
    "a wrong checksum": altered(batch(), sealed=False, crc=1),
    "length too small": altered(batch(), batch_length=20),
    "length 0": altered(batch(), batch_length=0),
    "length -1": altered(batch(), batch_length=-1),
    "length one less": altered(batch(), batch_length=len(batch()) - 13),
    "length one more": altered(batch(), batch_length=len(batch()) - 11),
    "length huge": altered(batch(), batch_length=(1 << 31) - 1),
    "cut in the header": batch()[:40],
    "cut in the records": batch()[:-1],
    "a byte behind": batch() + b"\0",
    "a header behind": batch() + batch()[:61],
    "two batches": batch() + batch(),
    "a batch and a bad one": batch() + altered(batch(), magic=1),
    "count 0": altered(batch(), count=0),
    "count -1": altered(batch(), count=-1),
    "count 2 of 1": altered(batch(), count=2),
    "delta -1": altered(batch(), last_offset_delta=-1),
    "delta huge": altered(batch(), last_offset_delta=(1 << 31) - 1),
    "control": altered(batch(), attributes=0x20),
    "control, transactional": altered(batch(), attributes=0x30),
    "transactional without a producer": altered(batch(), attributes=0x10),
    "log append time": altered(batch(), attributes=0x08),
    "a delete horizon": altered(batch(), attributes=0x40),
    "unknown attributes": altered(batch(), attributes=0x7F80 - 0x8000),
    "codec 5": altered(batch(), attributes=5),
    "codec 7": altered(batch(), attributes=7),
    "zstd": batch(3, codec=ZSTD),
    "a producer without sequence": altered(batch(), producer_id=77, producer_epoch=0),
    "a producer without epoch": altered(batch(), producer_id=77, base_sequence=0),
    "a producer with neither": altered(batch(), producer_id=77),
    "a negative producer": altered(batch(), producer_id=-2, producer_epoch=0, base_sequence=0),
    "a sequence without producer": altered(batch(), base_sequence=4),
    "an epoch without producer": altered(batch(), producer_epoch=4),
    "no timestamps": altered(batch(), base_timestamp=-1, max_timestamp=-1),
}

ONLY_RECORDS_TELL = {
    "a negative timestamp": altered(batch(), base_timestamp=-5, max_timestamp=-5),
    "no base timestamp": altered(batch(), base_timestamp=-1),
    "count and delta 2 of 1": altered(batch(), count=2, last_offset_delta=1),
    "count 1 of 2": altered(batch(2), count=1),
    "gzip that is none": altered(batch(), attributes=GZIP),
    "snappy that is none": altered(batch(), attributes=SNAPPY),
    "lz4 that is none": altered(batch(), attributes=LZ4),
    "zstd that is none": altered(batch(), attributes=ZSTD),
    "no maximum timestamp": altered(batch(2), max_timestamp=-1),
    "maximum below base": altered(batch(2), max_timestamp=LONG_AGO_MS - 1),
    "maximum too high": altered(batch(2), max_timestamp=LONG_AGO_MS + 5000),
}


def produce_each(peer: Peer, version: int, batches: dict[str, bytes]) -> None:
    topic = peer.topic()
    for note, data in batches.items():
        peer.ask(produce(version, topic, data), version, note)
    what_is_there(peer, topic)


@scenario(ProduceRequest)
def produce_spoilt_batches(peer: Peer, version: int) -> None:
    produce_each(peer, version, SPOILT)


@scenario(ProduceRequest, versions=(3, 8, 13))
def produce_spoilt_records(peer: Peer, version: int) -> None:
    for note, data in ONLY_RECORDS_TELL.items():
        topic = peer.topic()
        peer.ask(produce(version, topic, data), version, note)
        peer.ask(fetch(17, topic), 17, f"{note}: what is there")


@scenario(ProduceRequest, stage=Stage.EVERY_RECORD)
def produce_spoilt_batches_when_records_are_checked(peer: Peer, version: int) -> None:
    produce_each(peer, version, SPOILT | ONLY_RECORDS_TELL)


@scenario(ProduceRequest, since=7, stage=Stage.EVERY_RECORD)
def produce_a_spoilt_batch_beside_a_good_one(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=4)
    peer.ask(produce(version, topic, batch(2), b"", altered(batch(), sealed=False, crc=1), batch()), version)


@scenario(ProduceRequest)
def produce_batches_that_are_large(peer: Peer, version: int) -> None:
    topic = peer.topic(max_message_bytes="1000")
    size = 1000 - len(batch(1, size=500)) + 500
    for more in (0, 1, 500):
        peer.ask(produce(version, topic, batch(1, size=size + more)), version, f"{more} above the limit")
    peer.ask(produce(version, topic, batch(1, size=5000, codec=GZIP)), version, "compressed below the limit")
    small = peer.topic(segment_bytes="1048576", max_message_bytes="3000000")
    peer.ask(produce(version, small, batch(1, size=1048576)), version, "larger than a segment")
    recompressing = peer.topic(max_message_bytes="1000", compression_type="uncompressed")
    peer.ask(produce(version, recompressing, batch(1, size=5000, codec=GZIP)), version, "larger when decompressed")
    shrinking = peer.topic(max_message_bytes="1000", compression_type="gzip")
    peer.ask(produce(version, shrinking, batch(1, size=5000)), version, "smaller when compressed")


HOUR_MS = 3_600_000


@scenario(ProduceRequest)
def produce_records_with_other_times(peer: Peer, version: int) -> None:
    plain, bounded = (
        peer.topic(),
        peer.topic(message_timestamp_before_max_ms="60000", message_timestamp_after_max_ms="1000"),
    )
    moments = {
        "now": peer.now_ms,
        "half an hour ahead": peer.now_ms + HOUR_MS // 2,
        "two hours ahead": peer.now_ms + 2 * HOUR_MS,
        "an hour ago": peer.now_ms - HOUR_MS,
        "zero": 0,
        "none": -1,
        "long ahead": 1 << 60,
    }
    for note, moment in moments.items():
        for kind, topic in (("plain", plain), ("bounded", bounded)):
            for codec in (0, LZ4):
                data = (
                    batch(2, timestamp_ms=moment, codec=codec)
                    if moment != -1
                    else build_batch([Record(0, 0, b"k", b"v")], base_timestamp_ms=-1, codec=codec)
                )
                peer.ask(produce(version, topic, data), version, f"{note}, {kind}, codec {codec}")


@scenario(ProduceRequest)
def produce_where_the_broker_sets_the_time(peer: Peer, version: int) -> None:
    topic = peer.topic(message_timestamp_type="LogAppendTime")
    peer.ask(produce(version, topic, batch(2)), version)
    peer.ask(produce(version, topic, batch(2, codec=GZIP)), version, "compressed")
    peer.ask(produce(version, topic, batch(1, timestamp_ms=peer.now_ms + 5 * HOUR_MS)), version, "far ahead")
    peer.ask(produce(version, topic, altered(batch(), attributes=0x08)), version, "log append time already")
    what_is_there(peer, topic)


@scenario(ProduceRequest)
def produce_to_a_compacted_topic(peer: Peer, version: int) -> None:
    topic, both = peer.topic(cleanup_policy="compact"), peer.topic(cleanup_policy="compact,delete")
    keyless = build_batch(
        [Record(0, 0, b"k", b"v"), Record(1, 0, None, b"v"), Record(2, 0, None, b"v")], base_timestamp_ms=LONG_AGO_MS
    )
    empty_key = build_batch([Record(0, 0, b"", b"v")], base_timestamp_ms=LONG_AGO_MS)
    for kind, where in (("compact", topic), ("both", both)):
        peer.ask(produce(version, where, keyless), version, f"{kind}, no key")
        peer.ask(produce(version, where, empty_key), version, f"{kind}, empty key")
        for codec in CODECS.values():
            data = build_batch([Record(0, 0, None, b"v")], base_timestamp_ms=LONG_AGO_MS, codec=codec)
            peer.ask(produce(version, where, data), version, f"{kind}, no key, codec {codec}")
    many = build_batch([Record(n, 0, None, b"v") for n in range(20)], base_timestamp_ms=LONG_AGO_MS)
    peer.ask(produce(version, topic, many), version, "twenty without keys")


def odd_records() -> dict[str, bytes]:
    """Return batches whose headers are right and whose records are not."""
    good = bytearray(build_batch([Record(0, 0, b"k", b"v")], base_timestamp_ms=LONG_AGO_MS))
    odd = {}
    for position in range(61, len(good)):
        for value in (0x01, 0x7F, 0xFE):
            bad = bytearray(good)
            bad[position] = value
            odd[f"byte {position} is {value}"] = altered(bytes(bad))
    deltas = [Record(0, 0, b"k", b"v"), Record(5, 0, b"k", b"v")]
    odd["a gap"] = altered(build_batch(deltas, base_timestamp_ms=LONG_AGO_MS), last_offset_delta=1)
    odd["not from zero"] = altered(
        build_batch([Record(1, 0, b"k", b"v")], base_timestamp_ms=LONG_AGO_MS), last_offset_delta=0
    )
    odd["unordered"] = altered(
        build_batch([Record(1, 0, b"k", b"v"), Record(0, 0, b"k", b"v")], base_timestamp_ms=LONG_AGO_MS),
        last_offset_delta=1,
    )
    odd["timestamps fall"] = build_batch(
        [Record(0, 9, b"k", b"v"), Record(1, -9, b"k", b"v")], base_timestamp_ms=LONG_AGO_MS
    )
    odd["headers"] = build_batch(
        [Record(0, 0, b"k", b"v", [(b"a", b"b"), (b"", None), (b"a", b"")])], base_timestamp_ms=LONG_AGO_MS
    )
    odd["nulls"] = build_batch([Record(0, 0, None, None)], base_timestamp_ms=LONG_AGO_MS)
    odd["a header that is not text"] = build_batch(
        [Record(0, 0, b"k", b"v", [(b"\xff\xfe", b"")])], base_timestamp_ms=LONG_AGO_MS
    )
    return odd


@scenario(ProduceRequest, since=11, stage=Stage.EVERY_RECORD)
def produce_odd_records(peer: Peer, version: int) -> None:
    topic = peer.topic()
    for note, data in odd_records().items():
        peer.ask(produce(version, topic, data), version, note)
    what_is_there(peer, topic)


@scenario(ProduceRequest, since=12, stage=Stage.EVERY_RECORD)
def produce_odd_records_compressed(peer: Peer, version: int) -> None:
    for codec in (GZIP, SNAPPY, LZ4, ZSTD):
        topic = peer.topic()
        whole = batch(5, size=100, codec=codec)
        for cut in (1, 5, len(whole) - 62, len(whole) - 61):
            data = whole[:-cut]
            peer.ask(
                produce(version, topic, altered(data, batch_length=len(data) - 12)), version, f"{codec} less {cut}"
            )
        data = whole + b"more"
        peer.ask(produce(version, topic, altered(data, batch_length=len(data) - 12)), version, f"{codec} and more")
        peer.ask(produce(version, topic, altered(whole, count=4, last_offset_delta=3)), version, f"{codec} counts less")
        peer.ask(produce(version, topic, altered(whole, count=6, last_offset_delta=5)), version, f"{codec} counts more")


@scenario(ProduceRequest)
def produce_for_a_transaction(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=2)
    data = batch(1, producer_id=4000, producer_epoch=0, base_sequence=0, transactional=True)
    peer.ask(produce(version, topic, data), version, "no transactional id")
    peer.ask(produce(version, topic, batch(), transactional_id="t"), version, "an id, a plain batch")
