"""Files of logs: opened when used, closed again when too many are open, so that an idle log holds no descriptor."""

from __future__ import annotations

import errno
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from kafkacompat.storage.disk.files import APPEND, READ, READ_AND_APPEND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.storage.disk.files import Files
    from kafkacompat.wire.schema import Piece

MAX_OPEN_FILES: Final = 4096
"""At most; fewer where the process may not have so many."""
KEPT_FOR_OTHERS: Final = 256
"""Descriptors that sockets and everything else must at least find free."""
CLOSED: Final = -1


class DamagedFileError(OSError):
    """A file does not hold what was written to it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(errno.EIO, problem, path)


class FolderMaker(Protocol):
    """Makes folders that are not there yet."""

    def make(self, folder: Folder) -> None:
        """Return when a folder is there; OSError if it cannot be made."""


class Folder:
    """Where files are; its path changes when the folder gets another name, and they need not be told."""

    __slots__ = ("maker", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.maker: FolderMaker | None = None
        """Who makes it, if it may not be there yet."""

    def need(self) -> None:
        """Have it there; OSError if it cannot be made."""
        if self.maker is not None:
            self.maker.make(self)
            self.maker = None


class OpenFiles:
    """The files that are open; `limit` of them at most, and those used longest ago are closed first."""

    def __init__(self, files: Files, limit: int = MAX_OPEN_FILES) -> None:
        self.files = files
        self._limit = limit
        self._open: deque[LogFile] = deque()

    def __len__(self) -> int:
        return len(self._open)

    def opened(self, file: LogFile) -> None:
        """Count a file in, and close another if there are too many."""
        while len(self._open) >= self._limit:
            oldest = self._open.popleft()
            if oldest.used:
                oldest.used = False  # a second chance
                self._open.append(oldest)
            else:
                oldest.shut()
        self._open.append(file)

    def forget(self, file: LogFile) -> None:
        """Count a file out."""
        if file in self._open:
            self._open.remove(file)

    def close(self) -> None:
        """Close all."""
        while self._open:
            self._open.popleft().shut()


class LogFile:
    """One file that is only ever appended to; `name` is its name in the folder."""

    __slots__ = ("_descriptor", "_folder", "_open_files", "_pinned", "grows", "name", "used")

    def __init__(self, open_files: OpenFiles, folder: Folder, name: str, *, grows: bool = False) -> None:
        self._open_files = open_files
        self._folder = folder
        self._descriptor = CLOSED
        self._pinned = False
        self.grows = grows
        """Whether it may still be appended to."""
        self.name = name
        self.used = False
        """Whether it was, since the last time too many were open."""

    @property
    def path(self) -> str:
        """Where the file is now."""
        return f"{self._folder.path}/{self.name}"

    def append(self, buffers: Sequence[Piece], size_bytes: int, position: int) -> None:
        """Write all buffers at the end, which is at `position`; OSError leaves the file as it was, if that can be."""
        descriptor = self._descriptor if self._descriptor >= 0 else self._open_to_append(position)
        self.used = True
        files = self._open_files.files
        try:
            written = files.writev(descriptor, buffers)
            if written != size_bytes:
                rest = b"".join(buffers)[written:]
                files.write_all(descriptor, rest)
        except OSError:
            try:
                files.truncate(descriptor, position)
            finally:
                self.close()  # whoever appends next sees whether the file is as it should be
            raise

    def read_at(self, position: int, size_bytes: int) -> bytes:
        """Return exactly so many bytes from a position on."""
        descriptor = self._descriptor if self._descriptor >= 0 else self._open(READ_AND_APPEND if self.grows else READ)
        self.used = True
        pread = self._open_files.files.pread
        data = pread(descriptor, size_bytes, position)
        while len(data) < size_bytes:
            more = pread(descriptor, size_bytes - len(data), position + len(data))
            if not more:
                raise DamagedFileError(self.path, f"ends before byte {position + size_bytes}")
            data += more
        return data

    def cut(self, size_bytes: int) -> None:
        """Cut the file off."""
        files = self._open_files.files
        descriptor = files.open(self.path, APPEND)
        try:
            files.truncate(descriptor, size_bytes)
        finally:
            files.close(descriptor)

    def pin(self) -> None:
        """Keep it readable for whoever still holds it, though its name is about to go.

        The descriptor is given back when nobody holds this object any more.
        """
        if self._descriptor >= 0:
            self._open_files.forget(self)
        else:
            self._descriptor = self._open_files.files.open(self.path, READ)
        self._pinned = True

    def close(self) -> None:
        """Give the descriptor back; the next use opens the file again."""
        if self._descriptor >= 0 and not self._pinned:
            self._open_files.forget(self)
            self.shut()

    def shut(self) -> None:
        """Give the descriptor back, for `OpenFiles`."""
        descriptor, self._descriptor = self._descriptor, CLOSED
        self._open_files.files.close(descriptor)

    def _open(self, flags: int) -> int:
        self._descriptor = self._open_files.files.open(self.path, flags)
        self._open_files.opened(self)
        return self._descriptor

    def _open_to_append(self, position: int) -> int:
        """Open the file, which must have the size that its log says: it may have been changed meanwhile."""
        if position == 0:
            self._folder.need()
        descriptor = self._open(APPEND if position == 0 else READ_AND_APPEND)
        size = self._open_files.files.size(self.path)
        if size != position:
            raise DamagedFileError(self.path, f"has {size} bytes where {position} were written")
        return descriptor

    def __del__(self) -> None:
        if self._pinned and self._descriptor >= 0:
            self.shut()
