"""Aborted transactions of a log: what a reader of committed records has to leave out (KIP-98)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY_BYTES: Final = 32
"""What an entry takes in memory."""


class AbortedTransaction(NamedTuple):
    """A transaction whose abort marker is at `last_offset`; `last_stable_offset` is that of the log after it."""

    producer_id: int
    first_offset: int
    last_offset: int
    last_stable_offset: int


class AbortedIndex:
    """The aborted transactions of a log in memory, in order of their markers."""

    __slots__ = ("_first_offsets", "_last_offsets", "_producer_ids", "_stable_offsets")

    def __init__(self) -> None:
        self._producer_ids = array("q")
        self._first_offsets = array("q")
        self._last_offsets = array("q")
        self._stable_offsets = array("q")

    def __len__(self) -> int:
        return len(self._last_offsets)

    def add(self, aborted: AbortedTransaction) -> None:
        """Enter one whose marker comes after all others."""
        self._producer_ids.append(aborted.producer_id)
        self._first_offsets.append(aborted.first_offset)
        self._last_offsets.append(aborted.last_offset)
        self._stable_offsets.append(aborted.last_stable_offset)

    def take_back(self) -> None:
        """Undo the last `add`."""
        for column in (self._producer_ids, self._first_offsets, self._last_offsets, self._stable_offsets):
            column.pop()

    def overlapping(self, offset: int, end_offset: int) -> Iterator[AbortedTransaction]:
        """Return those with anything from `offset` on and before `end_offset`.

        After an entry whose last stable offset is not before `end_offset`, none begins before that.
        """
        firsts, stables = self._first_offsets, self._stable_offsets
        for index in range(bisect_left(self._last_offsets, offset), len(firsts)):
            if firsts[index] < end_offset:
                yield AbortedTransaction(
                    self._producer_ids[index], firsts[index], self._last_offsets[index], stables[index]
                )
            if stables[index] >= end_offset:
                return

    def drop_before(self, offset: int) -> int:
        """Forget those that ended before an offset, and return how many they were."""
        gone = bisect_left(self._last_offsets, offset)
        for column in (self._producer_ids, self._first_offsets, self._last_offsets, self._stable_offsets):
            del column[:gone]
        return gone
