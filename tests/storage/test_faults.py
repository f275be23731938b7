"""Disks that fail, and files that are not what was written: the partition says so, and nothing wrong is read."""

from __future__ import annotations

import asyncio
import errno
import shutil
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.directory.errors import DataDirectoryError
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.spill import SpillFolder
from kafkacompat.storage.store import Appended, Isolation, LogConfig, Read, ReadRequest, Refused
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.pieces import joined
from tests.storage.batches import (
    ENOUGH,
    OTHER,
    PARTITION,
    TOPIC_NAME,
    base_offsets,
    batch,
    get,
    make,
    put,
    sequenced,
    split,
    to,
    values,
)
from tests.storage.directories import open_directory
from tests.storage.faulty_files import FaultyFiles, break_disk, fill_disk, mend_disk

if TYPE_CHECKING:
    from pathlib import Path

    from kafkacompat.storage.store import Store

FAILED = Refused(ErrorCode.KAFKA_STORAGE_ERROR)
ENGINES = ["directory", "spilling"]


def open_on(files: FaultyFiles, engine: str, folder: Path) -> Store:
    if engine == "directory":
        return open_directory(folder, files=files)
    return EphemeralStore(ManualClock(), ManualClock(), memory_limit_bytes=0, spill=SpillFolder(str(folder), files))


@pytest.mark.parametrize("engine", ENGINES)
class TestDisks:
    async def test_short_reads_and_writes_are_gone_on_with(self, tmp_path: Path, engine: str) -> None:
        store = open_on(FaultyFiles(7, short=0.5), engine, tmp_path)
        await make(store, segment_bytes=2_000)
        for index in range(50):
            assert await put(store, batch(b"%050d" % index)) == Appended(index, 0)
        assert values(await get(store, 0)) == [b"%050d" % index for index in range(50)]
        await store.close()

    @pytest.mark.parametrize("torn_bytes", [0, 1, 50])
    async def test_a_full_disk_refuses_until_there_is_room(self, tmp_path: Path, engine: str, torn_bytes: int) -> None:
        files = FaultyFiles()
        store = open_on(files, engine, tmp_path)
        await make(store)
        await put(store, sequenced(7, 0, 0))
        fill_disk(files, torn_bytes)
        assert await put(store, sequenced(7, 0, 1)) == FAILED
        assert base_offsets(await get(store, 0)) == [0]
        mend_disk(files)
        assert await put(store, sequenced(7, 0, 1)) == Appended(1, 0)
        assert base_offsets(await get(store, 0)) == [0, 1]
        await store.close()

    async def test_an_unreadable_file_fails_its_readers_alone(self, tmp_path: Path, engine: str) -> None:
        files = FaultyFiles()
        store = open_on(files, engine, tmp_path)
        await make(store)
        await put(store, batch(b"a"))
        files.read_error = errno.EIO
        request = ReadRequest(PARTITION, 0, ENOUGH, Isolation.READ_UNCOMMITTED)
        assert await store.read([request], ENOUGH) == [FAILED]
        log = store.log(PARTITION)
        assert log is not None
        with pytest.raises(ApiError) as raised:
            await log.find_timestamp(0, Isolation.READ_UNCOMMITTED)
        assert raised.value.code is ErrorCode.KAFKA_STORAGE_ERROR
        mend_disk(files)
        assert values(await get(store, 0)) == [b"a"]
        await store.close()


async def test_a_disk_that_breaks_ends_the_partition_and_no_other(tmp_path: Path) -> None:
    files = FaultyFiles()
    store = open_directory(tmp_path, files=files)
    await make(store, PARTITION, OTHER)
    await put(store, batch(b"a"))
    break_disk(files, 20)
    assert await put(store, batch(b"b")) == FAILED
    mend_disk(files)
    assert await put(store, batch(b"b")) == FAILED
    assert await store.read([ReadRequest(PARTITION, 0, ENOUGH, Isolation.READ_UNCOMMITTED)], ENOUGH) == [FAILED]
    assert await put(store, batch(b"c"), OTHER) == Appended(0, 0)
    await store.close()
    store = open_directory(tmp_path)
    assert values(await get(store, 0)) == [b"a"]
    assert values(await get(store, 0, partition=OTHER)) == [b"c"]
    await store.close()


class TestFlushing:
    async def test_appends_that_wait_share_a_flush(self, tmp_path: Path) -> None:
        files = FaultyFiles()
        store = open_directory(tmp_path, files=files)
        await store.create(PARTITION, TOPIC_NAME, LogConfig(flush_messages=1))
        await put(store, batch(b"first"))
        before = files.syncs
        outcomes = await asyncio.gather(*(put(store, batch(b"%d" % index)) for index in range(20)))
        assert outcomes == [Appended(index + 1, 0) for index in range(20)]
        assert 1 <= files.syncs - before <= 4
        await store.close()

    async def test_without_a_policy_nothing_is_flushed_before_the_answer(self, tmp_path: Path) -> None:
        files = FaultyFiles()
        store = open_directory(tmp_path, files=files)
        await make(store)
        before = files.syncs
        for _ in range(10):
            await put(store, batch(b"a"))
        assert files.syncs == before
        await store.close()

    async def test_after_a_while_everything_is_flushed(self, tmp_path: Path) -> None:
        files, real_time = FaultyFiles(), ManualClock()
        store = open_directory(tmp_path, real_time=real_time, files=files)
        await store.create(PARTITION, TOPIC_NAME, LogConfig(flush_ms=1_000))
        await put(store, batch(b"a"))
        before = files.syncs
        real_time.advance(1_000)
        store._flusher.close()
        assert files.syncs > before
        log = store.log(PARTITION)
        assert log is not None
        assert log.recovery_point == 1
        await store.close()

    async def test_a_flush_that_fails_is_an_append_that_fails(self, tmp_path: Path) -> None:
        files = FaultyFiles()
        store = open_directory(tmp_path, files=files)
        for partition in (PARTITION, OTHER):
            await store.create(
                partition, TOPIC_NAME, LogConfig(flush_messages=1 if partition == PARTITION else 1 << 40)
            )
        files.sync_error = errno.EIO
        assert await store.append([to(PARTITION, batch(b"a")), to(OTHER, batch(b"b"))]) == [FAILED, Appended(0, 0)]
        assert await put(store, batch(b"c")) == FAILED
        mend_disk(files)
        await store.close()


_crashes = count()


@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=15),
    flush=st.sampled_from([1, 3, 1 << 60]),
    seed=st.integers(),
)
@settings(max_examples=100, deadline=None)
def test_a_crash_of_the_machine_leaves_what_was_promised(
    sizes: list[int], flush: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"crash-{next(_crashes)}"
    after = folder.with_name(folder.name + "-after")

    async def run() -> None:
        files = FaultyFiles(seed)
        store = open_directory(folder, files=files)
        await store.create(PARTITION, TOPIC_NAME, LogConfig(segment_bytes=700, flush_messages=flush))
        sent: list[bytes] = []
        promised = 0
        for size in sizes:
            data = batch(*[b"%d" % size] * size)
            assert await put(store, data) == Appended(len(sent), 0)
            sent += [b"%d" % size] * size
            if flush == 1:
                promised = len(sent)
        shutil.copytree(folder, after, copy_function=shutil.copy2)
        for path in folder.rglob("*"):
            if path.is_file():
                copy = after / path.relative_to(folder)
                files._synced[copy.stat().st_ino] = files._synced.get(path.stat().st_ino, 0)
        for name in ("meta.properties", "orders-0/partition.metadata"):
            files._synced[(after / name).stat().st_ino] = 1 << 60
        files.crash(after)
        await store.close()
        store = open_directory(after)
        read = await get(store, 0)
        found = values(read)
        assert found == sent[: len(found)]
        assert len(found) >= promised
        assert await put(store, batch(b"more")) == Appended(len(found), 0)
        await store.close()

    asyncio.run(run())
    shutil.rmtree(folder)
    shutil.rmtree(after)


def damage(folder: Path, random: Random) -> str:
    """Do to one file what disks and people do."""
    path = random.choice(sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"))
    data = bytearray(path.read_bytes())
    match random.randrange(4):
        case 0 if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        case 1:
            data = data[: random.randrange(len(data) + 1)]
        case 2 if len(data) > 8:
            at, size = random.randrange(len(data) - 4), random.randrange(1, 64)
            data[at : at + size], data[:size] = data[:size], data[at : at + size]
        case _:
            path.unlink()
            return f"removed {path}"
    path.write_bytes(data)
    return f"changed {path}"


async def look(store: Store, sent: list[bytes]) -> None:
    """Read everything in every way: what comes back is what was sent, or an error."""
    log = store.log(PARTITION)
    if log is None:
        return
    offset = 0
    while offset < 200:
        (answer,) = await store.read([ReadRequest(PARTITION, offset, 600, Isolation.READ_UNCOMMITTED)], 600)
        if not isinstance(answer, Read):
            assert answer.code in {ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.OFFSET_OUT_OF_RANGE}
            offset += 7
            continue
        if not answer.pieces:
            break
        for data in split(answer.pieces):
            base = int.from_bytes(data[:8])
            assert data[16:] == sent[base][16:], f"a wrong record at {base}"
            assert base <= max(offset, base)
            offset = base + 1
    for question in (log.find_max_timestamp(), log.find_timestamp(0, Isolation.READ_UNCOMMITTED), log.bounds()):
        await answered(question)
    outcome = await put(store, batch(b"more"))
    assert outcome == FAILED or isinstance(outcome, Appended)


async def answered(question: Any) -> None:
    try:
        await question
    except ApiError as error:
        if error.code is not ErrorCode.KAFKA_STORAGE_ERROR:
            raise


@pytest.mark.parametrize("how", ["clean", "killed"])
def test_damaged_files_are_never_served(tmp_path: Path, how: str) -> None:
    sent: list[bytes] = []
    told: list[str] = []

    async def fill() -> None:
        store = open_directory(tmp_path / "whole")
        await store.create(PARTITION, TOPIC_NAME, LogConfig(segment_bytes=1_500, index_interval_bytes=200))
        for index in range(60):
            data = batch(b"%020d" % index, producer_id=7, sequence=index)
            sent.append(data)
            await put(store, data)
        if how == "killed":
            shutil.copytree(tmp_path / "whole", tmp_path / "killed")
        await store.close()

    async def try_one(seed: int, folder: Path) -> None:
        what = damage(folder, Random(seed))
        try:
            store = open_directory(folder)
        except DataDirectoryError as error:
            told.append(str(error))
            return
        try:
            await look(store, sent)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {what}") from error
        await store.close()

    asyncio.run(fill())
    for seed in range(150):
        folder = tmp_path / str(seed)
        shutil.copytree(tmp_path / ("killed" if how == "killed" else "whole"), folder)
        asyncio.run(try_one(seed, folder))
        shutil.rmtree(folder)
    assert all(str(tmp_path) in message for message in told)


def test_joined_reads_ranges(tmp_path: Path) -> None:
    async def run() -> None:
        store = open_directory(tmp_path)
        await make(store)
        large = batch(bytes(200_000))
        await put(store, large)
        read = await get(store, 0)
        (piece,) = read.pieces
        assert len(piece) == len(large) == read.size_bytes
        assert joined(read.pieces)[16:] == large[16:]
        await store.close()

    asyncio.run(run())
