"""Folders of new logs: a few are there at once, many follow in the background, and what is served is the same."""

from __future__ import annotations

import errno
import shutil
from threading import Event, Thread, current_thread, main_thread
from typing import TYPE_CHECKING, Final

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.directory.making import AT_ONCE, IN_A_ROW, PACE_MS, WINDOW_MS
from kafkacompat.storage.directory.properties import read_partition_metadata
from kafkacompat.storage.store import Appended, Bounds, LogConfig, PartitionKey, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import PARTITION, TOPIC_ID, TOPIC_NAME, batch, get, make, put, values
from tests.storage.directories import HastyFiles, folders_in, open_directory, parting_in

if TYPE_CHECKING:
    from pathlib import Path

    from kafkacompat.storage.directory.store import DirectoryStore

MANY: Final = AT_ONCE + 2 * IN_A_ROW
KEYS: Final = [PartitionKey(TOPIC_ID, index) for index in range(MANY)]
LAST: Final = KEYS[-1]
OTHER_ID: Final = bytes(range(1, 17))


def have_a_turn(store: DirectoryStore, real_time: ManualClock) -> None:
    """Have the thread make what it makes in one turn."""
    real_time.advance(PACE_MS)
    store._flusher.close()


async def test_a_few_are_there_before_the_answer(tmp_path: Path) -> None:
    store = open_directory(tmp_path)
    await make(store, *KEYS[:AT_ONCE])
    assert len(folders_in(tmp_path)) == AT_ONCE
    assert read_partition_metadata((tmp_path / f"{TOPIC_NAME}-3" / "partition.metadata").read_bytes()) == TOPIC_ID
    await store.close()


async def test_many_follow_in_turns(tmp_path: Path) -> None:
    real_time = ManualClock()
    store = open_directory(tmp_path, real_time=real_time)
    await make(store, *KEYS)
    for made in (AT_ONCE, AT_ONCE + IN_A_ROW, MANY):
        assert len(folders_in(tmp_path)) == made
        have_a_turn(store, real_time)
    assert real_time.pending() == 0
    await store.close()


async def test_after_a_while_a_few_are_there_at_once_again(tmp_path: Path) -> None:
    real_time = ManualClock()
    store = open_directory(tmp_path, real_time=real_time)
    await make(store, *KEYS[:AT_ONCE])
    real_time.advance(WINDOW_MS)
    await make(store, LAST)
    assert (tmp_path / f"{TOPIC_NAME}-{LAST.partition}").is_dir()
    await store.close()


async def test_a_log_without_folder_is_an_empty_one_that_takes_records(tmp_path: Path) -> None:
    folder = tmp_path / "node-0"
    store = open_directory(folder)
    await make(store, *KEYS)
    log = store.log(LAST)
    assert log is not None
    await log.begin_epoch(3)
    assert await log.bounds() == Bounds(0, 0, 0, 0)
    assert (await get(store, 0, partition=LAST)).pieces == []
    assert await put(store, batch(b"a"), LAST, leader_epoch=3) == Appended(0, 0)
    assert len(folders_in(folder)) == AT_ONCE + 1
    shutil.copytree(folder, tmp_path / "killed")
    await store.close()
    store = open_directory(tmp_path / "killed")
    await make(store, *KEYS)
    assert values(await get(store, 0, partition=LAST)) == [b"a"]
    assert await put(store, batch(b"b"), KEYS[-2]) == Appended(0, 0)
    assert store.set_strays_aside() == []
    await store.close()


async def test_a_clean_stop_leaves_every_folder(tmp_path: Path) -> None:
    store = open_directory(tmp_path)
    await make(store, *KEYS)
    await store.close()
    assert len(folders_in(tmp_path)) == MANY
    store = open_directory(tmp_path)
    log = store.log(LAST)
    assert log is not None
    assert await log.bounds() == Bounds(0, 0, 0, 0)
    await store.close()


async def test_a_log_deleted_before_its_folder_was_made_leaves_none(tmp_path: Path) -> None:
    real_time = ManualClock()
    store = open_directory(tmp_path, real_time=real_time)
    await make(store, *KEYS)
    for key in KEYS:
        await store.delete(key)
    assert len(parting_in(tmp_path)) == AT_ONCE
    again = PartitionKey(OTHER_ID, LAST.partition)
    await store.create(again, TOPIC_NAME, LogConfig())
    for _ in range(3):
        have_a_turn(store, real_time)
    (folder,) = set(folders_in(tmp_path)) - {path.name for path in parting_in(tmp_path)}
    assert folder == f"{TOPIC_NAME}-{LAST.partition}"
    assert read_partition_metadata((tmp_path / folder / "partition.metadata").read_bytes()) == OTHER_ID
    await store.close()


class Killed(HastyFiles):
    """Is killed when the metadata of one folder is to be written."""

    def __init__(self, after: int) -> None:
        self.left = after

    def replace(self, path: str, data: bytes, *, sync: bool) -> None:
        if path.endswith("partition.metadata"):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        super().replace(path, data, sync=sync)


async def test_a_folder_that_was_half_made_is_cleared_away_and_made_again(tmp_path: Path) -> None:
    before, left = tmp_path / "before", tmp_path / "left"
    before.mkdir()
    killed = open_directory(before, files=Killed(after=2))
    with pytest.raises(KeyboardInterrupt):
        await make(killed, *KEYS[:AT_ONCE])
    shutil.copytree(before, left)
    named = [name for name in folders_in(left) if name.startswith(TOPIC_NAME)]
    assert named == [f"{TOPIC_NAME}-0", f"{TOPIC_NAME}-1"], "a folder without its topic's id is a stray"
    assert len(parting_in(left)) == 1
    store = open_directory(left)
    assert parting_in(left) == []
    await make(store, *KEYS[:3])
    assert folders_in(left) == [f"{TOPIC_NAME}-{index}" for index in range(3)]
    await store.close()
    await killed.close()


class HeldUp(HastyFiles):
    """Has threads wait before they make a folder."""

    def __init__(self) -> None:
        self.begun, self.release = Event(), Event()
        self.made: list[str] = []

    def rename(self, path: str, new_path: str) -> None:
        self.made.append(new_path)
        super().rename(path, new_path)

    def make_folder(self, path: str) -> None:
        if current_thread() is not main_thread():
            self.begun.set()
            assert self.release.wait(30)
        super().make_folder(path)


async def test_whoever_needs_a_folder_that_is_being_made_waits_for_it(tmp_path: Path) -> None:
    files, real_time = HeldUp(), ManualClock()
    store = open_directory(tmp_path, real_time=real_time, files=files)
    await make(store, *KEYS[: AT_ONCE + 1])
    real_time.advance(PACE_MS)
    assert files.begun.wait(30)
    releasing = Thread(target=files.release.set)
    releasing.start()
    assert await put(store, batch(b"a"), KEYS[AT_ONCE]) == Appended(0, 0)
    releasing.join()
    assert files.made.count(f"{tmp_path}/{TOPIC_NAME}-{AT_ONCE}") == 1
    await store.close()


class NoRoom(HastyFiles):
    """Has no room, for folders or for what is in them."""

    def __init__(self) -> None:
        self.for_folders = self.for_files = True

    def make_folder(self, path: str) -> None:
        if not self.for_folders:
            raise OSError(errno.ENOSPC, "No space left on device", path)
        super().make_folder(path)

    def replace(self, path: str, data: bytes, *, sync: bool) -> None:
        if not self.for_files and path.endswith("partition.metadata"):
            raise OSError(errno.ENOSPC, "No space left on device", path)
        super().replace(path, data, sync=sync)


async def test_a_log_whose_folder_cannot_be_made_says_so_until_it_can(tmp_path: Path) -> None:
    files, real_time = NoRoom(), ManualClock()
    store = open_directory(tmp_path, real_time=real_time, files=files)
    files.for_folders = False
    await make(store, *KEYS[: AT_ONCE + 1])
    have_a_turn(store, real_time)
    for key in (PARTITION, KEYS[AT_ONCE]):
        assert await put(store, batch(b"a"), key) == Refused(ErrorCode.KAFKA_STORAGE_ERROR)
    files.for_folders, files.for_files = True, False
    assert await put(store, batch(b"a")) == Refused(ErrorCode.KAFKA_STORAGE_ERROR)
    assert folders_in(tmp_path) == []
    files.for_files = True
    for key in (PARTITION, KEYS[AT_ONCE]):
        assert await put(store, batch(b"a"), key) == Appended(0, 0)
    await store.close()
