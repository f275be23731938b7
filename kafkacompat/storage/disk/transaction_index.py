"""The index of a segment's aborted transactions (`.txnindex`), in Kafka's format.

An entry for each abort marker in the segment that ended something: version (int16) 0, producer id (int64), first offset
(int64), the marker's offset (int64), and the last stable offset after it (int64).  There is no file without an entry.
"""

from __future__ import annotations

from bisect import bisect_left
from struct import Struct
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.aborted import AbortedTransaction
from kafkacompat.storage.disk.open_files import DamagedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.storage.disk.segment_files import Storage

TRANSACTION_INDEX: Final = ".txnindex"
ENTRY: Final = Struct(">hqqqq")
VERSION: Final = 0
ENTRIES_AT_ONCE: Final = 240
"""What is read of a file in one go: about 8 KiB."""


class TransactionIndex:
    """The aborted transactions of one segment, in its file: nothing of them stays in memory but their number.

    DamagedFileError where an entry cannot be what was written.
    """

    __slots__ = ("_base_offset", "_file", "_last_offset", "count")

    def __init__(self, storage: Storage, base_offset: int, count: int = 0, *, grows: bool = False) -> None:
        self._file = storage.file(base_offset, TRANSACTION_INDEX, grows=grows)
        self._base_offset = base_offset
        self._last_offset: int | None = None
        """Of the last marker, if that is known."""
        self.count = count

    @property
    def path(self) -> str:
        """Where the file is."""
        return self._file.path

    def add(self, aborted: AbortedTransaction) -> None:
        """Enter one whose marker comes after all others; OSError if it cannot be written whole: then nothing is."""
        self._file.append((packed(aborted),), ENTRY.size, self.count * ENTRY.size)
        self.count += 1
        self._last_offset = aborted.last_offset

    def take_back(self) -> None:
        """Undo the last `add`; OSError."""
        self.count -= 1
        self._last_offset = None
        self._file.close()
        self._file.cut(self.count * ENTRY.size)

    def collect(self, offset: int, end_offset: int, found: list[AbortedTransaction]) -> bool:
        """Add to `found` those with anything from `offset` on and before `end_offset`.

        Returns whether that is all, and no later segment has more of them.
        """
        if not self.count:
            return False
        if self._last_offset is None:
            self._last_offset = self._entry(self.count - 1).last_offset
        if offset > self._last_offset:
            return False
        first = bisect_left(range(self.count), offset, key=lambda index: self._entry(index).last_offset)
        for aborted in self._entries_from(first):
            if aborted.first_offset < end_offset:
                found.append(aborted)
            if aborted.last_stable_offset >= end_offset:
                return True
        return False

    def entries(self) -> Iterator[AbortedTransaction]:
        """Return all, in order."""
        return self._entries_from(0)

    def check(self, end_offset: int) -> None:
        """Read it all; DamagedFileError if it cannot be of a segment that ends at an offset."""
        try:
            for aborted in self._entries_from(0):
                if aborted.last_offset >= end_offset:
                    raise DamagedFileError(self.path, "names a marker beyond the end of its segment")
        finally:
            self.close()

    def close(self) -> None:
        """Give back the descriptor."""
        self._file.close()

    def _entries_from(self, index: int) -> Iterator[AbortedTransaction]:
        last_offset = -1
        while index < self.count:
            count = min(ENTRIES_AT_ONCE, self.count - index)
            data = self._file.read_at(index * ENTRY.size, count * ENTRY.size)
            for version, *fields in ENTRY.iter_unpack(data):
                aborted = self._checked(version, fields)
                if aborted.last_offset <= last_offset:
                    raise DamagedFileError(self.path, f"names a marker at {aborted.last_offset} after {last_offset}")
                last_offset = aborted.last_offset
                yield aborted
            index += count

    def _entry(self, index: int) -> AbortedTransaction:
        version, *fields = ENTRY.unpack(self._file.read_at(index * ENTRY.size, ENTRY.size))
        return self._checked(version, fields)

    def _checked(self, version: int, fields: list[int]) -> AbortedTransaction:
        aborted = AbortedTransaction(*fields)
        if version != VERSION or not (
            0 <= aborted.first_offset < aborted.last_offset
            and self._base_offset <= aborted.last_offset
            and 0 <= aborted.last_stable_offset <= aborted.last_offset + 1
        ):
            raise DamagedFileError(self.path, "has an entry that was not written")
        return aborted


def packed(aborted: AbortedTransaction) -> bytes:
    """Return an entry as it is in a file."""
    return ENTRY.pack(VERSION, *aborted)
