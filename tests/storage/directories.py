"""Stores in directories, and stopping them one way or the other."""

from __future__ import annotations

from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Final

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.directory.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kafkacompat.storage.directory.store import Progress
    from kafkacompat.storage.disk.files import Files

CLUSTER_ID: Final = "5L6g3nShT-eMCtK--X86sw"


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
        files=files,
        progress=progress,
    )
