"""What the transaction coordinator asks of the rest of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.storage.store import Marker


class TopicPartition(NamedTuple):
    """A partition by its topic's name, as `__transaction_state` keeps it."""

    topic: str
    partition: int


class Markers(Protocol):
    """Puts the end of a transaction into the logs of its partitions."""

    async def write(self, marker: Marker, partitions: Sequence[TopicPartition]) -> Sequence[TopicPartition]:
        """Write a marker to each partition, and return those that have to be tried again later.

        A partition that is no more is done, and so is one that refuses the marker for good.
        """


class ProducerIds(Protocol):
    """Gives out producer ids."""

    async def allocate(self) -> int:
        """Return an id that nobody was ever given.  ApiError(COORDINATOR_LOAD_IN_PROGRESS) if there is none now."""
