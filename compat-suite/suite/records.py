"""Topics, records as a scenario sends them, and records as a client read them."""

from __future__ import annotations

import random
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


class Partition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Topic(str):
    """The name of a topic that was made for a scenario, and how many partitions it has."""

    __slots__ = ("partition_count",)
    partition_count: int

    def __new__(cls, name: str, partition_count: int) -> Self:
        """Join the two."""
        topic = super().__new__(cls, name)
        topic.partition_count = partition_count
        return topic

    @property
    def partitions(self) -> list[Partition]:
        """All its partitions."""
        return [Partition(str(self), number) for number in range(self.partition_count)]

    def __getitem__(self, partition: Any) -> Any:
        """`topic[0]` is a partition; whoever wants a letter of the name takes `str(topic)` first."""
        if isinstance(partition, int):
            return Partition(str(self), partition)
        return super().__getitem__(partition)


@dataclass(frozen=True)
class Record:
    """What is sent: a value or null, and all that may go with it.  Timestamps are milliseconds."""

    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int | None = None
    timestamp: int | None = None

    def to_json(self, topic: str) -> dict[str, Any]:
        """Return it as the contract writes it; what is not told is left out."""
        written: dict[str, Any] = {"topic": str(topic), "value": encoded(self.value)}
        if self.key is not None:
            written["key"] = encoded(self.key)
        if self.headers:
            written["headers"] = [[name, encoded(value)] for name, value in self.headers]
        if self.partition is not None:
            written["partition"] = self.partition
        if self.timestamp is not None:
            written["timestamp"] = self.timestamp
        return written


@dataclass(frozen=True)
class Sent:
    """Where the server put a record, as the client tells: with acks 0 the offset is -1."""

    partition: int
    offset: int
    timestamp: int | None

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """Read what the contract says of one record."""
        return cls(told.get("partition", -1), told.get("offset", -1), told.get("timestamp"))


@dataclass(frozen=True)
class Received:
    """What a client read."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    timestamp_type: str | None
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    leader_epoch: int | None = None
    delivery_count: int | None = None

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """Read what the contract says of one record."""
        return cls(
            topic=told["topic"],
            partition=told["partition"],
            offset=told["offset"],
            timestamp=told.get("timestamp"),
            timestamp_type=told.get("timestamp_type"),
            key=decoded(told.get("key")),
            value=decoded(told.get("value")),
            headers=[(name, decoded(value)) for name, value in told.get("headers") or []],
            leader_epoch=told.get("leader_epoch"),
            delivery_count=told.get("delivery_count"),
        )


def encoded(content: bytes | None) -> str | None:
    """Bytes as the contract writes them."""
    return None if content is None else b64encode(content).decode()


def decoded(text: str | None) -> bytes | None:
    """Bytes from the contract's text."""
    return None if text is None else b64decode(text, validate=True)


def noise(size: int) -> bytes:
    """Return so many bytes, always the same, that no codec makes smaller: some clients compress unless told not to."""
    return random.Random(size).randbytes(size)  # noqa: S311 - nothing is secret here


def by_partition(records: list[Received]) -> dict[int, list[Received]]:
    """Sort records of one topic by partition, each in the order in which they came."""
    found: dict[int, list[Received]] = {}
    for record in records:
        found.setdefault(record.partition, []).append(record)
    return found
