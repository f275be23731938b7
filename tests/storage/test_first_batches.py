"""Files that somebody moved between logs: they are told from those that were written, and left as they are."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.directory.first_batches import FIRST_BATCHES, read_first_batches, write_first_batches
from kafkacompat.storage.directory.store import CHECKPOINT_INTERVAL_MS
from kafkacompat.storage.disk.walking import FirstBatch
from kafkacompat.storage.store import Appended, PartitionKey, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import OTHER, PARTITION, TOPIC_ID, base_offsets, batch, get, make, put, values
from tests.storage.directories import open_directory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafkacompat.storage.directory.store import DirectoryStore

FAILED: Final = Refused(ErrorCode.KAFKA_STORAGE_ERROR)
ELSEWHERE: Final = PartitionKey(TOPIC_ID, 2)
STOPS: Final = ["clean", "killed"]


async def filled(folder: Path) -> tuple[DirectoryStore, ManualClock]:
    """Return a store of three logs, the first two of several segments with the same base offsets."""
    real_time = ManualClock()
    store = open_directory(folder, real_time=real_time)
    await make(store, PARTITION, OTHER, ELSEWHERE, segment_bytes=300)
    for index in range(10):
        for partition in (PARTITION, OTHER):
            await put(store, batch(b"%d in %d" % (index, partition.partition)), partition)
    await put(store, batch(b"alone"), ELSEWHERE)
    return store, real_time


async def stopped(folder: Path, how: str) -> Path:
    """Return the directory of such a store, after a stop in order or a checkpoint and a kill."""
    store, real_time = await filled(folder)
    if how == "killed":
        real_time.advance(CHECKPOINT_INTERVAL_MS)
        store._flusher.close()
        shutil.copytree(folder, folder.with_name("killed"))
    await store.close()
    return folder.with_name("killed") if how == "killed" else folder


def logs_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))


def swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def contents(folder: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in logs_in(folder)}


@pytest.mark.parametrize("how", STOPS)
@pytest.mark.parametrize("which", [0, 1, -1], ids=["first", "middle", "last"])
async def test_segments_that_changed_places_are_not_served_and_stay_as_they_are(
    tmp_path: Path, how: str, which: int, caplog: pytest.LogCaptureFixture
) -> None:
    folder = await stopped(tmp_path / "node-0", how)
    path = logs_in(folder / "orders-0")[which]
    swap(path, logs_in(folder / "orders-1")[which])
    before = contents(folder / "orders-0")
    store = open_directory(folder)
    assert [await put(store, batch(b"a"), at) for at in (PARTITION, OTHER, ELSEWHERE)] == [
        FAILED,
        FAILED,
        Appended(1, 0),
    ]
    assert sum(str(path) in record.getMessage() for record in caplog.records) == 1
    assert "another log's file would: put it back" in caplog.text
    await store.close()
    assert contents(folder / "orders-0") == before
    swap(path, logs_in(folder / "orders-1")[which])
    store = open_directory(folder)
    for at in (PARTITION, OTHER):
        read = await get(store, 0, partition=at)
        assert values(read) == [b"%d in %d" % (index, at.partition) for index in range(10)]
    await store.close()


@pytest.mark.parametrize("how", STOPS)
async def test_without_the_file_or_with_another_nothing_is_held_against_a_log(tmp_path: Path, how: str) -> None:
    folder = await stopped(tmp_path / "node-0", how)
    for change in (b"", b"0\n00000000\nx\n", None):
        if change is None:
            (folder / FIRST_BATCHES).unlink()
        else:
            (folder / FIRST_BATCHES).write_bytes(change)
        store = open_directory(folder)
        assert base_offsets(await get(store, 0)) == list(range(10))
        await store.close()
    assert (folder / FIRST_BATCHES).exists()


@pytest.mark.parametrize("removed", ["folder", "files"])
async def test_a_log_that_begins_anew_is_not_compared_with_what_it_was(tmp_path: Path, removed: str) -> None:
    folder = await stopped(tmp_path / "node-0", "killed")
    (folder / "recovery-point-offset-checkpoint").unlink()
    if removed == "folder":
        shutil.rmtree(folder / "orders-0")
    else:
        for path in logs_in(folder / "orders-0"):
            path.unlink()
    store = open_directory(folder)
    await make(store, PARTITION)
    assert await put(store, batch(b"anew")) == Appended(0, 0)
    shutil.copytree(folder, tmp_path / "again")  # killed before the next checkpoint
    await store.close()
    store = open_directory(tmp_path / "again")
    assert values(await get(store, 0)) == [b"anew"]
    await store.close()


async def test_a_first_batch_that_is_torn_is_cut_off_and_another_may_come_instead(tmp_path: Path) -> None:
    folder = await stopped(tmp_path / "node-0", "killed")
    path = folder / "orders-2" / f"{0:020}.log"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    store = open_directory(folder)
    assert await put(store, batch(b"instead"), ELSEWHERE) == Appended(0, 0)
    shutil.copytree(folder, tmp_path / "again")
    await store.close()
    store = open_directory(tmp_path / "again")
    assert values(await get(store, 0, partition=ELSEWHERE)) == [b"instead"]
    await store.close()


async def test_what_a_cleaner_has_rewritten_is_not_compared(tmp_path: Path) -> None:
    folder = await stopped(tmp_path / "node-0", "clean")
    first = logs_in(folder / "orders-0")[0]
    data = first.read_bytes()
    first.write_bytes(data[12 + int.from_bytes(data[8:12]) :])  # its first batch is compacted away
    (folder / "cleaner-offset-checkpoint").write_text("0\n1\norders 0 2\n")
    store = open_directory(folder)
    assert base_offsets(await get(store, 0)) == list(range(1, 10))
    await store.close()


async def test_the_file_knows_logs_that_were_not_read_since_they_were_written(tmp_path: Path) -> None:
    folder = await stopped(tmp_path / "node-0", "clean")
    before = read_first_batches((folder / FIRST_BATCHES).read_bytes())
    assert before is not None
    assert sorted(before) == [PARTITION, OTHER, ELSEWHERE]
    assert len(before[PARTITION]) == len(logs_in(folder / "orders-0"))
    await open_directory(folder).close()
    assert read_first_batches((folder / FIRST_BATCHES).read_bytes()) == before
    store = open_directory(folder)
    await store.delete(OTHER)
    await store.close()
    assert set(read_first_batches((folder / FIRST_BATCHES).read_bytes()) or ()) == {PARTITION, ELSEWHERE}


def test_the_file_is_read_as_written_or_not_at_all() -> None:
    logs = {PARTITION: {0: FirstBatch(1, 70), 900: FirstBatch((1 << 32) - 1, 1 << 20)}, OTHER: {7: FirstBatch(0, 61)}}
    data = write_first_batches({**logs, ELSEWHERE: {}})
    assert read_first_batches(data) == logs
    assert all(read_first_batches(data[:size]) is None for size in range(len(data)))
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        assert read_first_batches(bytes(damaged)) is None
