"""Offsets that producers committed in transactions which are still open (KIP-98, KIP-447)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.groups.records import CommittedOffset

Place = tuple[str, str, int]
"""A group, a topic and a partition of it."""


class Pending(NamedTuple):
    """What a producer commits for a place; `is_overtaken` when another commit, that came later, counts already."""

    came: int
    committed: CommittedOffset
    is_overtaken: bool = False


class PendingOffsets:
    """What counts once its transaction is committed, by producer id and group.

    Of several commits for one place the one that came last counts, whichever transaction ends first.  One that was
    overtaken stays, to be forgotten with its transaction: until then its place is not stable (behaviour of Kafka 4.4).
    """

    __slots__ = ("_came", "_of_group", "_of_producer")

    def __init__(self) -> None:
        self._of_producer: dict[int, dict[str, dict[tuple[str, int], Pending]]] = {}
        self._of_group: dict[str, set[int]] = {}
        """The producers of each group that has anything pending."""
        self._came = 0

    def put(self, producer_id: int, group_id: str, topic: str, partition: int, committed: CommittedOffset) -> None:
        """Take what a producer commits; what it committed there before is overtaken."""
        self._came += 1
        places = self._of_producer.setdefault(producer_id, {}).setdefault(group_id, {})
        places[topic, partition] = Pending(self._came, committed)
        self._of_group.setdefault(group_id, set()).add(producer_id)

    def overtake(self, place: Place, came: int | None = None) -> None:
        """Note that another commit for a place counts, which came at `came` or (None) now."""
        if place[0] not in self._of_group:
            return  # as for nearly every commit
        for places in self._places(place[0]):
            pending = places.get(place[1:])
            if pending is not None and (came is None or pending.came < came):
                places[place[1:]] = pending._replace(is_overtaken=True)

    def forget(self, place: Place) -> None:
        """Forget what is pending for a place, as its offset is deleted."""
        group_id = place[0]
        for producer_id in list(self._of_group.get(group_id, ())):
            groups = self._of_producer[producer_id]
            groups[group_id].pop(place[1:], None)
            if not groups[group_id]:
                del groups[group_id]
                self._unlink(group_id, producer_id)
            if not groups:
                del self._of_producer[producer_id]

    def end(self, producer_id: int) -> list[tuple[Place, int, CommittedOffset]]:
        """Forget a producer's, and return those that were not overtaken, each with when it came."""
        groups = self._of_producer.pop(producer_id, {})
        for group_id in groups:
            self._unlink(group_id, producer_id)
        return [
            ((group_id, topic, partition), pending.came, pending.committed)
            for group_id, places in groups.items()
            for (topic, partition), pending in places.items()
            if not pending.is_overtaken
        ]

    def is_at(self, place: Place) -> bool:
        """Tell whether a transaction is open that commits for a place."""
        return any(place[1:] in places for places in self._places(place[0]))

    def of_group(self, group_id: str) -> set[tuple[str, int]]:
        """Return the topics and partitions for which a group has anything pending."""
        return {place for places in self._places(group_id) for place in places}

    def groups(self) -> list[str]:
        """Return the groups that open transactions commit offsets for."""
        return list(self._of_group)

    def commits(self) -> Iterator[tuple[Place, CommittedOffset]]:
        """Go through everything, overtaken or not."""
        for groups in self._of_producer.values():
            for group_id, places in groups.items():
                for (topic, partition), pending in places.items():
                    yield (group_id, topic, partition), pending.committed

    def _places(self, group_id: str) -> Iterator[dict[tuple[str, int], Pending]]:
        for producer_id in self._of_group.get(group_id, ()):
            yield self._of_producer[producer_id][group_id]

    def _unlink(self, group_id: str, producer_id: int) -> None:
        producers = self._of_group[group_id]
        producers.discard(producer_id)
        if not producers:
            del self._of_group[group_id]
