"""Logs that nobody writes to cost nothing at a stop, and have the same leader epochs afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kafkacompat.storage.store import EpochEnd
from tests.storage.batches import OTHER, PARTITION, batch, fill, make, put
from tests.storage.directories import HastyFiles, open_directory

if TYPE_CHECKING:
    from pathlib import Path

    from kafkacompat.storage.directory.log import DirectoryLog
    from kafkacompat.storage.directory.store import DirectoryStore
    from kafkacompat.storage.store import PartitionKey


LOG_FOLDER = re.compile(r".*/[^/]+-\d+")


class Replaced(HastyFiles):
    """Notes which files in logs' folders are replaced."""

    def __init__(self) -> None:
        self.replaced: list[str] = []

    def replace(self, path: str, data: bytes, *, sync: bool) -> None:
        super().replace(path, data, sync=sync)
        folder, _, name = path.rpartition("/")
        if LOG_FOLDER.fullmatch(folder) and not folder.endswith("/node-0"):
            self.replaced.append(name)


def log_of(store: DirectoryStore, partition: PartitionKey = PARTITION) -> DirectoryLog:
    log = store.log(partition)
    assert log is not None
    return log


async def led(store: DirectoryStore, *partitions: PartitionKey, leader_epoch: int) -> None:
    """Have logs led anew, and read."""
    for partition in partitions:
        await log_of(store, partition).begin_epoch(leader_epoch)
        await log_of(store, partition).bounds()


class TestStop:
    async def test_a_log_that_was_only_read_keeps_its_files_as_they_are(self, tmp_path: Path) -> None:
        folder = tmp_path / "node-0"
        store = open_directory(folder)
        await make(store, PARTITION, segment_bytes=1_000)
        await led(store, PARTITION, leader_epoch=0)
        await fill(store, 40)
        await store.close()
        files = Replaced()
        store = open_directory(folder, files=files)
        await led(store, PARTITION, leader_epoch=1)
        await store.close()
        assert files.replaced == []

    async def test_an_empty_log_keeps_its_files_as_they_are(self, tmp_path: Path) -> None:
        folder = tmp_path / "node-0"
        store = open_directory(folder)
        await make(store, PARTITION, OTHER)
        await store.close()
        files = Replaced()
        store = open_directory(folder, files=files)
        await led(store, PARTITION, OTHER, leader_epoch=3)
        await store.close()
        assert files.replaced == []

    async def test_a_log_that_was_written_to_has_what_is_new(self, tmp_path: Path) -> None:
        folder = tmp_path / "node-0"
        store = open_directory(folder)
        await make(store)
        await put(store, batch(b"a"))
        await store.close()
        files = Replaced()
        store = open_directory(folder, files=files)
        await put(store, batch(b"b"))
        await store.close()
        assert "00000000000000000002.snapshot" in files.replaced


class TestEpochs:
    async def test_a_leader_that_wrote_nothing_gives_way_to_the_next(self, tmp_path: Path) -> None:
        folder = tmp_path / "node-0"
        store = open_directory(folder)
        await make(store)
        await led(store, PARTITION, leader_epoch=0)
        await put(store, batch(b"a"))
        await store.close()
        store = open_directory(folder)
        await led(store, PARTITION, leader_epoch=1)
        await store.close()
        store = open_directory(folder)
        await led(store, PARTITION, leader_epoch=2)
        await put(store, batch(b"b"))
        assert [await log_of(store).find_epoch(epoch) for epoch in range(3)] == [
            EpochEnd(0, 1),
            EpochEnd(0, 1),
            EpochEnd(2, 2),
        ]
        await store.close()

    async def test_the_same_leader_goes_on_after_a_stop_without_records(self, tmp_path: Path) -> None:
        folder = tmp_path / "node-0"
        store = open_directory(folder)
        await make(store)
        await led(store, PARTITION, leader_epoch=0)
        await put(store, batch(b"a"))
        await led(store, PARTITION, leader_epoch=1)
        await store.close()
        store = open_directory(folder)
        await led(store, PARTITION, leader_epoch=1)
        assert await log_of(store).find_epoch(1) == EpochEnd(1, 1)
        assert await log_of(store).find_epoch(0) == EpochEnd(0, 1)
        await store.close()
