"""Stores in directories, and stopping them one way or the other."""

from __future__ import annotations

from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Final

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.directory.store import DirectoryStore
from kafkacompat.storage.disk.files import Files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kafkacompat.storage.directory.store import Progress

CLUSTER_ID: Final = "5L6g3nShT-eMCtK--X86sw"


class HastyFiles(Files):
    """Files that are never flushed: whoever only kills the process does not notice, and tests are quicker."""

    def sync(self, descriptor: int) -> None:
        pass


def folders_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def parting_in(folder: Path) -> list[Path]:
    return [*folder.rglob("*.deleted"), *folder.rglob("*-delete")]


def seeded_bytes() -> Callable[[int], bytes]:
    """Return a source of bytes that is no more random than a count."""
    numbers = count()
    return lambda size: sha256(str(next(numbers)).encode()).digest()[:size]


def open_directory(
    folder: Path,
    clock: ManualClock | None = None,
    real_time: ManualClock | None = None,
    *,
    cluster_id: str = CLUSTER_ID,
    node_id: int = 1,
    max_open_files: int = 100,
    files: Files | None = None,
    progress: Progress | None = None,
) -> DirectoryStore:
    return DirectoryStore.open(
        str(folder),
        clock or ManualClock(),
        real_time or ManualClock(),
        seeded_bytes(),
        cluster_id=cluster_id,
        node_id=node_id,
        max_open_files=max_open_files,
        files=files or HastyFiles(),
        progress=progress,
    )
