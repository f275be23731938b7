"""A consumer of a client's session, alone or as a member of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from suite.failures import ClientError
from suite.records import Partition, Received

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from suite.session import Ask

BEYOND_POLL_S: Final = 90
"""How long a poll may take beyond its time: kafka-python 2.0 waits in it until its coordinator is there."""
"""How long a poll may take beyond its own time: a client may finish what it began."""


class Consumer:
    """It is opened by its first verb, with its settings.

    `records` are all that it has polled, `events` all that its rebalance listener was told, in order.
    """

    def __init__(self, ask: Ask, handle: str, settings: dict[str, Any]) -> None:
        self.handle = handle
        self.records: list[Received] = []
        self.events: list[tuple[str, list[Partition]]] = []
        self._ask = ask
        self._named: dict[str, Any] = {"consumer": handle, "settings": settings}

    def subscribe(self, *topics: str, pattern: str | None = None) -> None:
        """Join the group with a subscription to topics, or to a pattern for the whole name."""
        named = None if pattern is not None else [str(topic) for topic in topics]
        self._ask("subscribe", **self._named, topics=named, pattern=pattern)

    def unsubscribe(self) -> None:
        """Leave, and forget the subscription."""
        self._ask("unsubscribe", **self._named)

    def assign(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Read these partitions."""
        self._ask("assign", **self._named, partitions=listed(partitions))

    def poll(self, timeout_ms: int = 1000, count: int | None = None) -> list[Received]:
        """Return what comes: at once when `count` records are there (any, if None), else when the time is over."""
        within_s = timeout_ms / 1000 + BEYOND_POLL_S
        answer = self._ask("poll", **self._named, timeout_ms=timeout_ms, count=count, within_s=within_s)
        records = [Received.from_json(record) for record in answer.get("records", [])]
        self.records += records
        for kind, partitions in answer.get("events") or []:
            self.events.append((kind, [Partition(*partition) for partition in partitions]))
        return records

    def assignment(self) -> set[Partition]:
        """Return the partitions that it has now."""
        return {Partition(*partition) for partition in self._ask("assignment", **self._named)["partitions"]}

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Go to these offsets."""
        self._ask("seek", **self._named, offsets=listed_offsets(offsets))

    def pause(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Give no records of these partitions."""
        self._ask("pause", **self._named, partitions=listed(partitions))

    def resume(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Give them again."""
        self._ask("resume", **self._named, partitions=listed(partitions))

    def position(self, partitions: Iterable[tuple[str, int]]) -> dict[Partition, int | None]:
        """Return the offset of the next record of each."""
        return offsets_of(self._ask("position", **self._named, partitions=listed(partitions)), "position")

    def commit(self, offsets: Mapping[Partition, int] | None = None, metadata: str | None = None) -> None:
        """Commit these offsets, or what was polled, and wait for the answer."""
        told = None if offsets is None else listed_offsets(offsets)
        answer = self._ask("commit-offsets", **self._named, offsets=told, metadata=metadata)
        offsets_of({"offsets": answer.get("offsets") or []}, "commit-offsets")

    def committed(self, partitions: Iterable[tuple[str, int]]) -> dict[Partition, int | None]:
        """Return the committed offset of each, None where there is none."""
        return offsets_of(self._ask("committed", **self._named, partitions=listed(partitions)), "committed")

    def committed_metadata(self, partitions: Iterable[tuple[str, int]]) -> dict[Partition, str | None]:
        """Return the text that was committed with the offset of each."""
        answer = self._ask("committed", **self._named, partitions=listed(partitions))
        offsets_of(answer, "committed")
        return {
            Partition(topic, partition): rest[0] if rest else None for topic, partition, _, *rest in answer["offsets"]
        }

    def offsets(self, partitions: Iterable[tuple[str, int]], at: str | int) -> dict[Partition, int | None]:
        """Return the offset at "earliest", "latest", "max-timestamp" or a time in ms; None where there is none."""
        return offsets_of(self._ask("offsets", **self._named, partitions=listed(partitions), at=at), "offsets")

    def acknowledge(self, records: Sequence[Received], kind: str = "accept") -> None:
        """Tell a share group what became of records: accept, release, reject."""
        told = [[record.topic, record.partition, record.offset] for record in records]
        self._ask("acknowledge", **self._named, offsets=told, type=kind)

    def close(self) -> None:
        """Close it; a member leaves its group."""
        self._ask("close", handle=self.handle)

    def abandon(self) -> None:
        """Drop its connections without leaving the group, as a client that died."""
        self._ask("close", handle=self.handle, how="abandon")


def listed(partitions: Iterable[tuple[str, int]]) -> list[list[Any]]:
    """Partitions as the contract writes them."""
    return [[str(topic), partition] for topic, partition in partitions]


def listed_offsets(offsets: Mapping[Partition, int]) -> list[list[Any]]:
    """Offsets as the contract writes them."""
    return [[str(topic), partition, offset] for (topic, partition), offset in offsets.items()]


def offsets_of(answer: Mapping[str, Any], verb: str) -> dict[Partition, int | None]:
    """Offsets by partition; ClientError when one of them is an error."""
    offsets: dict[Partition, int | None] = {}
    for topic, partition, offset, *_ in answer["offsets"]:
        if isinstance(offset, dict):
            raise ClientError(verb, offset["error"], str(offset.get("message") or ""))
        offsets[Partition(topic, partition)] = offset
    return offsets
