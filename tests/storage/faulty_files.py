"""A disk that fails: it returns less than asked, tears writes, is full, breaks, and forgets what was not flushed."""

from __future__ import annotations

import errno
import os
from random import Random
from typing import TYPE_CHECKING

from kafkacompat.storage.disk.files import Files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kafkacompat.wire.schema import Piece


class FaultyFiles(Files):
    """The disk, until it is told to fail.

    `short` is the chance that a read or write does less than it was asked.  `write_error`, `read_error` and
    `sync_error` are error numbers to fail with; a failing write first writes `torn_bytes`.  `crash` leaves of each file
    what was flushed, and of the rest a part that the seed decides.
    """

    def __init__(self, seed: int = 0, *, short: float = 0.0) -> None:
        self.short = short
        self.write_error = self.read_error = self.sync_error = 0
        self.torn_bytes = 0
        self.syncs = 0
        self._random = Random(seed)
        self._synced: dict[int, int] = {}

    def pread(self, descriptor: int, size_bytes: int, position: int) -> bytes:
        if self.read_error:
            raise OSError(self.read_error, os.strerror(self.read_error))
        if size_bytes > 1 and self._random.random() < self.short:
            size_bytes = self._random.randint(1, size_bytes)
        return super().pread(descriptor, size_bytes, position)

    def writev(self, descriptor: int, buffers: Sequence[Piece]) -> int:
        data = b"".join(buffers)
        if self.write_error:
            super().writev(descriptor, [data[: self.torn_bytes]])
            raise OSError(self.write_error, os.strerror(self.write_error))
        if len(data) > 1 and self._random.random() < self.short:
            data = data[: self._random.randint(1, len(data))]
        return super().writev(descriptor, [data])

    def sync(self, descriptor: int) -> None:
        if self.sync_error:
            raise OSError(self.sync_error, os.strerror(self.sync_error))
        self.syncs += 1
        stat = os.fstat(descriptor)
        self._synced[stat.st_ino] = stat.st_size

    def crash(self, folder: Path) -> None:
        """Leave in a folder what a crash of the machine would."""
        for path in folder.rglob("*"):
            if not path.is_file():
                continue
            stat = path.stat()
            kept = self._synced.get(stat.st_ino, 0)
            if stat.st_size > kept:
                size = self._random.randint(kept, stat.st_size)
                torn = bytearray(path.read_bytes()[:size])
                if size > kept and self._random.random() < 0.5:
                    torn[self._random.randrange(kept, size)] ^= 0xFF
                path.write_bytes(torn)


def fill_disk(files: FaultyFiles, torn_bytes: int = 0) -> None:
    files.write_error, files.torn_bytes = errno.ENOSPC, torn_bytes


def break_disk(files: FaultyFiles, torn_bytes: int = 0) -> None:
    files.write_error, files.torn_bytes = errno.EIO, torn_bytes


def mend_disk(files: FaultyFiles) -> None:
    files.write_error = files.read_error = files.sync_error = 0
