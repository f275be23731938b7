"""The ephemeral engine's way to files: large logs leave memory, and nothing of them stays when the engine is gone."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.disk.files import Files
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.log import LOG_MEMORY_BYTES
from kafkacompat.storage.spill import PERSISTENT_TEMPORARY, SpillFolder, disk_folder
from kafkacompat.storage.store import Appended, Refused
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.pieces import FileRange
from tests.storage.batches import OTHER, PARTITION, base_offsets, batch, get, make, put
from tests.storage.directories import folders_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kafkacompat.wire.schema import Piece

LARGE: Final = batch(bytes(300_000))
FILL: Final = LOG_MEMORY_BYTES // len(LARGE)
"""How many of them stay in memory."""
FULL: Final = Refused(ErrorCode.KAFKA_STORAGE_ERROR)


class FullDisk(Files):
    def writev(self, descriptor: int, buffers: Sequence[Piece]) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def spilling(folder: Path, files: Files | None = None, memory_limit_bytes: int = 1 << 30) -> EphemeralStore:
    return EphemeralStore(
        ManualClock(), ManualClock(), memory_limit_bytes, spill=SpillFolder(str(folder), files or Files())
    )


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.log"))


async def test_a_small_log_stays_in_memory(tmp_path: Path) -> None:
    store = spilling(tmp_path)
    await make(store)
    for _ in range(FILL):
        await put(store, LARGE)
    assert store.used_bytes == FILL * len(LARGE)
    assert contents(tmp_path) == []
    await store.close()


@pytest.mark.parametrize("segment_bytes", [1 << 30, 1_000_000])
async def test_a_log_that_grows_beyond_goes_to_files_as_a_whole(tmp_path: Path, segment_bytes: int) -> None:
    store = spilling(tmp_path)
    await make(store, segment_bytes=segment_bytes)
    held = None
    for offset in range(3 * FILL):
        assert await put(store, LARGE) == Appended(offset, 0)
        held = held or await get(store, 0)
    assert store.used_bytes == 0
    read = await get(store, 0, 1 << 30)
    assert base_offsets(read) == list(range(3 * FILL))
    assert all(isinstance(piece, FileRange) for piece in read.pieces)
    assert held is not None
    assert base_offsets(held) == [0]
    await store.close()
    assert contents(tmp_path) == []


async def test_while_memory_is_full_whoever_grows_goes_to_files(tmp_path: Path) -> None:
    store = spilling(tmp_path, memory_limit_bytes=len(LARGE))
    await make(store, PARTITION, OTHER)
    await put(store, LARGE)
    await put(store, batch(b"small"), OTHER)
    assert store.used_bytes == len(LARGE)
    assert len(contents(tmp_path)) == 1
    await store.close()


async def test_deleting_a_log_leaves_readers_what_they_hold(tmp_path: Path) -> None:
    store = spilling(tmp_path, memory_limit_bytes=0)
    await make(store, segment_bytes=len(LARGE))
    for _ in range(3):
        await put(store, LARGE)
    log = store.log(PARTITION)
    assert log is not None
    read = await get(store, 0, 1 << 30)
    await log.delete_before(2)
    await store.delete(PARTITION)
    assert contents(tmp_path) == []
    assert base_offsets(read) == [0, 1, 2]
    await store.close()


async def test_on_a_full_disk_logs_stay_in_memory_until_that_is_full_too(tmp_path: Path) -> None:
    store = spilling(tmp_path, FullDisk(), memory_limit_bytes=2 * LOG_MEMORY_BYTES)
    await make(store)
    outcomes = [await put(store, LARGE) for _ in range(3 * FILL)]
    kept = 2 * LOG_MEMORY_BYTES // len(LARGE)
    assert outcomes == [*(Appended(offset, 0) for offset in range(kept)), *[FULL] * (3 * FILL - kept)]
    assert base_offsets(await get(store, 0, 1 << 30)) == list(range(kept))
    await store.close()


async def test_what_a_dead_process_left_is_swept_and_what_a_living_one_uses_is_not(tmp_path: Path) -> None:
    store = spilling(tmp_path, memory_limit_bytes=0)
    await make(store)
    await put(store, LARGE)
    dead = tmp_path / "kafkacompat-spill-1-0"
    (dead / "0").mkdir(parents=True)
    (dead / ".lock").touch()
    (dead / "0" / "00000000000000000000.log").touch()
    (tmp_path / "someone-elses").mkdir()
    SpillFolder(str(tmp_path)).sweep()
    assert not dead.exists()
    assert len(contents(tmp_path)) == 1
    assert (tmp_path / "someone-elses").exists()
    await store.close()
    assert folders_in(tmp_path) == ["someone-elses"]


@pytest.mark.parametrize(
    ("temporary", "chosen"),
    [(None, PERSISTENT_TEMPORARY), ("/tmp/deep", PERSISTENT_TEMPORARY), ("/data/tmp", "/data/tmp")],
)
def test_memory_is_no_disk(temporary: str | None, chosen: str) -> None:
    mounts = ["/dev/vda / ext4 rw 0 0", "tmpfs /tmp tmpfs rw 0 0", "/dev/vdb /data ext4 rw 0 0", "x /da tmpfs rw 0 0"]
    assert disk_folder(temporary, mounts) == chosen
