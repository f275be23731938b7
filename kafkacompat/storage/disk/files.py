"""The one door to the disk; tests hand in one that fails."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.wire.schema import Piece

READ: Final = os.O_RDONLY | os.O_CLOEXEC
APPEND: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
READ_AND_APPEND: Final = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
NO_LIMIT: Final = 1 << 62


class Files:
    """The operating system's files.  Everything here raises OSError and nothing else."""

    def open(self, path: str, flags: int) -> int:
        """Return a descriptor of a file."""
        return os.open(path, flags, 0o644)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        os.close(descriptor)

    def pread(self, descriptor: int, size_bytes: int, position: int) -> bytes:
        """Read from a position; fewer bytes than asked are no error."""
        return os.pread(descriptor, size_bytes, position)

    def writev(self, descriptor: int, buffers: Sequence[Piece]) -> int:
        """Write at the end and return how much that was; less than all is no error."""
        return os.writev(descriptor, buffers)

    def truncate(self, descriptor: int, size_bytes: int) -> None:
        """Cut a file off."""
        os.ftruncate(descriptor, size_bytes)

    def sync(self, descriptor: int) -> None:
        """Have what was written survive a crash of the machine."""
        os.fsync(descriptor)

    def size(self, path: str) -> int:
        """Return a file's size."""
        return os.stat(path).st_size

    def modified_ms(self, path: str) -> int:
        """Return when a file was last written to, in milliseconds since the epoch."""
        return os.stat(path).st_mtime_ns // 1_000_000

    def rename(self, path: str, new_path: str) -> None:
        """Give a file or folder another name, in place of what has it."""
        os.rename(path, new_path)

    def remove(self, path: str) -> None:
        """Remove a file."""
        os.unlink(path)

    def names(self, folder: str) -> list[str]:
        """Return what is in a folder."""
        return os.listdir(folder)

    def make_folder(self, path: str) -> None:
        """Make a folder."""
        os.mkdir(path)

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)

    # What is made of these.

    def read_whole(self, path: str, limit_bytes: int = NO_LIMIT) -> bytes:
        """Return all of a file, or as much as is asked of its start."""
        descriptor = self.open(path, READ)
        try:
            parts = []
            position = 0
            while part := self.pread(descriptor, min(1 << 20, limit_bytes - position), position):
                parts.append(part)
                position += len(part)
            return b"".join(parts)
        finally:
            self.close(descriptor)

    def replace(self, path: str, data: bytes, *, sync: bool) -> None:
        """Have a file hold `data`, all of it or what it held before; with `sync` over a crash of the machine too."""
        temporary = path + ".tmp"
        descriptor = self.open(temporary, CREATE)
        try:
            self.write_all(descriptor, data)
            if sync:
                self.sync(descriptor)
        finally:
            self.close(descriptor)
        self.rename(temporary, path)
        if sync:
            self.sync_path(path.rpartition("/")[0])

    def replace_if_other(self, path: str, data: bytes) -> None:
        """Have a file hold `data`, and leave it alone if it does: file systems write a replaced file out at once.

        One that cannot be read is replaced.
        """
        with suppress(OSError):
            if self.size(path) == len(data) and self.read_whole(path) == data:
                return
        self.replace(path, data, sync=False)

    def write_all(self, descriptor: int, data: Piece) -> None:
        """Write all of `data` at the end."""
        view = memoryview(data)
        while view:
            view = view[self.writev(descriptor, [view]) :]

    def sync_path(self, path: str) -> None:
        """Have what was written to a file, or the names in a folder, survive a crash of the machine."""
        descriptor = self.open(path, READ)
        try:
            self.sync(descriptor)
        finally:
            self.close(descriptor)

    def remove_if_there(self, path: str) -> None:
        """Remove a file, or find that it is gone already."""
        with suppress(FileNotFoundError):
            self.remove(path)

    def remove_tree(self, path: str) -> None:
        """Remove a folder with the files in it (log folders hold no others), or find that it is gone already."""
        with suppress(FileNotFoundError):
            for name in self.names(path):
                self.remove_if_there(f"{path}/{name}")
            self.remove_folder(path)
