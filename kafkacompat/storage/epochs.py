"""The leader epoch cache: at which offset each leader's records begin (KIP-101, KIP-320)."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.store import EpochEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_EPOCH: Final = -1
UNKNOWN_EPOCH: Final = EpochEnd(NO_EPOCH, -1)


class EpochCache:
    """Epochs in rising order and the offset where each begins.

    It grows by one entry a change of leader, never by what a peer sends.
    """

    __slots__ = ("_epochs", "_start_offsets")

    def __init__(self) -> None:
        self._epochs: list[int] = []
        self._start_offsets: list[int] = []

    @property
    def latest(self) -> int:
        """The newest epoch, -1 if none is known."""
        return self._epochs[-1] if self._epochs else NO_EPOCH

    def entries(self) -> Iterator[tuple[int, int]]:
        """Return every epoch and the offset where it begins."""
        return zip(self._epochs, self._start_offsets, strict=True)

    def begin(self, leader_epoch: int, offset: int) -> None:
        """Note that `leader_epoch` begins at `offset`, the log's end.

        An epoch that has no record yet gives way to the one that begins at the same offset.  An epoch that is not
        newer than the latest changes nothing.
        """
        if leader_epoch <= self.latest:
            return
        while self._start_offsets and self._start_offsets[-1] >= offset:
            self._epochs.pop()
            self._start_offsets.pop()
        self._epochs.append(leader_epoch)
        self._start_offsets.append(offset)

    def end_of(self, leader_epoch: int, end_offset: int) -> EpochEnd:
        """Return where `leader_epoch` ends, as OffsetForLeaderEpoch answers; `end_offset` is the log's."""
        epochs, start_offsets = self._epochs, self._start_offsets
        if not epochs or leader_epoch > epochs[-1] or leader_epoch == NO_EPOCH:
            return UNKNOWN_EPOCH
        if leader_epoch == epochs[-1]:
            return EpochEnd(leader_epoch, end_offset)
        after = bisect_right(epochs, leader_epoch)
        if after == 0:
            return EpochEnd(leader_epoch, start_offsets[0])
        return EpochEnd(epochs[after - 1], start_offsets[after])

    def at(self, offset: int) -> int:
        """Return the epoch of the record at `offset`, -1 if it is older than all that are known."""
        after = bisect_right(self._start_offsets, offset)
        return self._epochs[after - 1] if after else NO_EPOCH

    def drop_before(self, log_start_offset: int) -> None:
        """Forget epochs whose records are all before the log's start; the one that spans it begins there now."""
        spanning = bisect_right(self._start_offsets, log_start_offset) - 1
        if spanning >= 0:
            del self._epochs[:spanning], self._start_offsets[:spanning]
            self._start_offsets[0] = log_start_offset

    def drop_after(self, end_offset: int) -> None:
        """Forget epochs that begin beyond the log's end: what they had is gone."""
        keep = bisect_right(self._start_offsets, end_offset)
        del self._epochs[keep:], self._start_offsets[keep:]
