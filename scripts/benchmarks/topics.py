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
    """What has been read of each partition: how many records, and a checksum of their values in order."""

    def __init__(self, partitions: int) -> None:
        self.counts = [0] * partitions
        self.checksums = [0] * partitions

    def take(self, message: Message) -> None:
        if (error := message.error()) is not None:
            raise WrongAnswerError(f"reading back failed: {error}")
        partition = message.partition() or 0
        if message.offset() != self.counts[partition]:
            told = f"offset {message.offset()} follows {self.counts[partition] - 1}"
            raise WrongAnswerError(f"partition {partition}: {told}")
        self.counts[partition] += 1
        self.checksums[partition] = zlib.crc32(message.value() or b"", self.checksums[partition])


def read_back(bootstrap: str, topic: str, records: int, partitions: int = 1) -> int:
    """Read a whole topic, assert that its offsets run from 0 without a gap, and return a checksum of all values.

    Raises WrongAnswerError when there are not exactly `records` records, spread evenly.
    """
    settings = client_settings(
        bootstrap, group_id=topic, enable_auto_commit=False, check_crcs=True, auto_offset_reset="error"
    )
    consumer = Consumer(settings)
    reading = _Reading(partitions)
    try:
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(partitions)])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(reading.counts) < records and time.monotonic() < deadline:
            for message in consumer.consume(RECORDS_AT_A_TIME, 1):
                reading.take(message)
    finally:
        consumer.close()
    ends = _end_offsets(AdminClient(client_settings(bootstrap)), topic, partitions)
    for partition, (count, end) in enumerate(zip(reading.counts, ends, strict=True)):
        if not count == end == records // partitions:
            told = f"{count} records read, end offset {end}, {records // partitions} written"
            raise WrongAnswerError(f"partition {partition}: {told}")
    return zlib.crc32(b"".join(checksum.to_bytes(4, "big") for checksum in reading.checksums))
