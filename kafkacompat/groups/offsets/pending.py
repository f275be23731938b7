"""Offsets that producers committed in transactions which are still open (KIP-98, KIP-447)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.groups.records import CommittedOffset, OffsetRecord

Place = tuple[str, str, int]
"""A group, a topic and a partition of it."""


class PendingOffsets:
    """What counts once its transaction is committed, by producer id.

    Of several commits for one place the one that came last counts, whichever transaction ends first: an offset that a
    later commit has overtaken is kept as None, since its place is not stable before its transaction ends.
    """

    __slots__ = ("_came", "_of_group", "_of_producer")

    def __init__(self) -> None:
        self._of_producer: dict[int, dict[Place, tuple[int, CommittedOffset | None]]] = {}
        self._of_group: dict[str, set[int]] = {}
        self._came = 0

    def put(self, producer_id: int, record: OffsetRecord) -> None:
        """Take what a producer commits; what it committed there before is overtaken."""
        group_id, topic, partition, committed = record
        self._came += 1
        self._of_producer.setdefault(producer_id, {})[group_id, topic, partition] = (self._came, committed)
        self._of_group.setdefault(group_id, set()).add(producer_id)

    def overtake(self, place: Place, came: int | None = None) -> None:
        """Note that another commit for a place counts, which came at `came` or (None) now."""
        for producer_id in self._of_group.get(place[0], ()):
            places = self._of_producer[producer_id]
            pending = places.get(place)
            if pending is not None and (came is None or pending[0] < came):
                places[place] = (pending[0], None)

    def forget(self, place: Place) -> None:
        """Forget what is pending for a place, as its offset is deleted."""
        for producer_id in self._of_group.get(place[0], ()):
            self._of_producer[producer_id].pop(place, None)

    def end(self, producer_id: int) -> Iterator[tuple[Place, int, CommittedOffset]]:
        """Forget a producer's, and return those that were not overtaken, with when they came."""
        places = self._of_producer.pop(producer_id, {})
        for group_id, producers in list(self._of_group.items()):
            producers.discard(producer_id)
            if not producers:
                del self._of_group[group_id]
        return iter([(place, came, committed) for place, (came, committed) in places.items() if committed is not None])

    def is_at(self, place: Place) -> bool:
        """Tell whether a transaction is open that may change a place's offset."""
        return any(place in self._of_producer[producer_id] for producer_id in self._of_group.get(place[0], ()))

    def of_group(self, group_id: str) -> set[tuple[str, int]]:
        """Return the topics and partitions for which a group has anything pending."""
        return {
            (topic, partition)
            for producer_id in self._of_group.get(group_id, ())
            for group, topic, partition in self._of_producer[producer_id]
            if group == group_id
        }

    def groups(self) -> list[str]:
        """Return the groups that open transactions commit offsets for."""
        return list(self._of_group)
