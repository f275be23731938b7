"""Topics that live as long as a measurement, and what is in them afterwards."""

from __future__ import annotations

import secrets
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from benchmarks.clients import client_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from confluent_kafka import Message

PATIENCE_SECONDS = 60
RECORDS_AT_A_TIME = 10_000


class WrongAnswerError(Exception):
    """A server was fast at something else than what it was asked for."""


def new_name() -> str:
    """Return a name that no topic and no group has."""
    return f"bench-{secrets.token_hex(6)}"


@contextmanager
def new_topic(bootstrap: str, partitions: int = 1) -> Iterator[str]:
    """Create a topic, wait until its partitions have leaders, and delete it when all went well.

    When it did not, the servers end soon, or have ended: the first failure is the one to tell.
    """
    admin = AdminClient(client_settings(bootstrap))
    name = new_name()
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(PATIENCE_SECONDS)
    _await_leaders(admin, name, partitions)
    yield name
    admin.delete_topics([name])[name].result(PATIENCE_SECONDS)


def _await_leaders(admin: AdminClient, name: str, partitions: int) -> None:
    """Return when the leader of every partition serves it: a real broker names itself leader some time before."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if _end_offsets(admin, name, partitions) == [0] * partitions:
                return
        except KafkaException as error:
            if time.monotonic() > deadline:
                raise WrongAnswerError(f"{name} has not {partitions} partitions with leaders: {error}") from error
        time.sleep(0.05)


def _end_offsets(admin: AdminClient, topic: str, partitions: int) -> list[int]:
    asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in range(partitions)}
    return [future.result(PATIENCE_SECONDS).offset for future in admin.list_offsets(asked).values()]


class _Reading:
    """What has been read of each partition: how many records, and a checksum of their values in order.

    From one record to the next it is `stride` offsets; None: any number.
    """

    def __init__(self, partitions: int, stride: int | None) -> None:
        self.stride = stride
        self.counts = [0] * partitions
        self.checksums = [0] * partitions

    def take(self, message: Message) -> None:
        if (error := message.error()) is not None:
            raise WrongAnswerError(f"reading back failed: {error}")
        partition = message.partition() or 0
        if self.stride is not None and message.offset() != self.counts[partition] * self.stride:
            told = f"record {self.counts[partition]} has offset {message.offset()}"
            raise WrongAnswerError(f"partition {partition}: {told}")
        self.counts[partition] += 1
        self.checksums[partition] = zlib.crc32(message.value() or b"", self.checksums[partition])

    def checksum(self) -> int:
        return zlib.crc32(b"".join(checksum.to_bytes(4, "big") for checksum in self.checksums))


def read_back(bootstrap: str, topic: str, records: int, partitions: int = 1, stride: int = 1) -> int:
    """Read a whole topic, assert that its offsets run from 0 without a gap, and return a checksum of all values.

    Where every record is a transaction of its own its marker follows it: that is a `stride` of 2.
    Raises WrongAnswerError when there are not exactly `records` records, spread evenly.
    """
    reading = _read(bootstrap, topic, records, _Reading(partitions, stride))
    ends = _settled_ends(bootstrap, topic, [count * stride for count in reading.counts])
    for partition, (count, end) in enumerate(zip(reading.counts, ends, strict=True)):
        if count != records // partitions or end != count * stride:
            told = f"{count} records read, end offset {end}, {records // partitions} written"
            raise WrongAnswerError(f"partition {partition}: {told}")
    return reading.checksum()


def read_committed(bootstrap: str, topic: str, records: int) -> tuple[int, int]:
    """Read a topic of one partition, with transactions of any length; a checksum of all values, and the end offset."""
    reading = _read(bootstrap, topic, records, _Reading(1, None))
    if reading.counts != [records]:
        raise WrongAnswerError(f"{reading.counts[0]} records read, {records} written")
    return reading.checksum(), _end_offsets(AdminClient(client_settings(bootstrap)), topic, 1)[0]


def _read(bootstrap: str, topic: str, records: int, reading: _Reading) -> _Reading:
    settings = client_settings(
        bootstrap, group_id=topic, enable_auto_commit=False, check_crcs=True, auto_offset_reset="error"
    )
    consumer = Consumer(settings)
    try:
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(len(reading.counts))])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(reading.counts) < records and time.monotonic() < deadline:
            for message in consumer.consume(RECORDS_AT_A_TIME, 1):
                reading.take(message)
    finally:
        consumer.close()
    return reading


def _settled_ends(bootstrap: str, topic: str, expected: list[int]) -> list[int]:
    """Return the end offsets: the real Kafka answers a commit before its last markers are there."""
    admin = AdminClient(client_settings(bootstrap))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        ends = _end_offsets(admin, topic, len(expected))
        if all(end >= wanted for end, wanted in zip(ends, expected, strict=True)) or time.monotonic() > deadline:
            return ends
        time.sleep(0.05)
