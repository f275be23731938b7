"""The `.txnindex` files of one log while its folder is read: taken on trust, or written anew."""

from __future__ import annotations

import logging
from itertools import takewhile
from typing import TYPE_CHECKING

from kafkacompat.storage.disk.open_files import DamagedFileError
from kafkacompat.storage.disk.segment_files import segment_name
from kafkacompat.storage.disk.transaction_index import ENTRY, TRANSACTION_INDEX, TransactionIndex, packed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kafkacompat.storage.aborted import AbortedTransaction
    from kafkacompat.storage.disk.segment_files import Storage

logger = logging.getLogger(__name__)


class TransactionIndexes:
    """Which segments of a log have an index of aborted transactions; `there` are the base offsets of the files."""

    def __init__(self, storage: Storage, there: Collection[int]) -> None:
        self._storage = storage
        self._there = set(there)
        self._entries = bytearray()
        """The index that is being made."""
        self.of_segments: dict[int, TransactionIndex] = {}

    def sweep(self, bases: Collection[int]) -> None:
        """Remove what is of no segment: the process ended before the segment's first batch was written."""
        for base in self._there.difference(bases):
            self._storage.files.remove_if_there(self._path(base))
        self._there.intersection_update(bases)

    def trust(self, base: int, end_offset: int) -> bool:
        """Take over a segment's index, if it has one, and tell whether it can be what was written."""
        if base not in self._there:
            return True
        try:
            index = self._open(base)
            index.check(end_offset)
        except DamagedFileError as error:
            logger.warning("making an index of aborted transactions anew: %s", error)
            return False
        self.of_segments[base] = index
        return True

    def keep_before(self, base: int, offset: int) -> bool:
        """Begin a segment's index with what its file has before an offset; tell whether that can be right."""
        if base not in self._there or offset <= base:
            return True
        index = self._open(base, whole=False)
        try:
            self.put_before(takewhile(lambda aborted: aborted.last_offset < offset, index.entries()))
        except DamagedFileError as error:
            logger.warning("making an index of aborted transactions anew: %s", error)
            return False
        finally:
            index.close()
        return True

    def put_before(self, aborted: Iterable[AbortedTransaction]) -> None:
        """Enter transactions into the index that is being made, before those that have been noted."""
        self._entries[:0] = b"".join(map(packed, aborted))

    def note(self, aborted: AbortedTransaction) -> None:
        """Enter a transaction into the index that is being made."""
        self._entries += packed(aborted)

    def save(self, base: int) -> None:
        """Have the file of a segment be the index that has been made, and begin another."""
        entries, self._entries = self._entries, bytearray()
        path = self._path(base)
        self.of_segments.pop(base, None)
        if entries:
            self._storage.files.replace_if_other(path, bytes(entries))
            count = len(entries) // ENTRY.size
            self.of_segments[base] = TransactionIndex(self._storage, base, count, grows=True)
        elif base in self._there:
            self._storage.files.remove_if_there(path)

    def _open(self, base: int, *, whole: bool = True) -> TransactionIndex:
        path = self._path(base)
        count, rest = divmod(self._storage.files.size(path), ENTRY.size)
        if whole and (rest or not count):
            raise DamagedFileError(path, "ends within an entry" if rest else "is empty")
        return TransactionIndex(self._storage, base, count, grows=True)

    def _path(self, base: int) -> str:
        return self._storage.path(segment_name(base, TRANSACTION_INDEX))
