"""What a directory still knows of transactions when it is opened again, however it was stopped."""

from __future__ import annotations

import asyncio
import errno
import shutil
from random import Random
from struct import pack
from typing import TYPE_CHECKING, NamedTuple

import pytest

from kafkacompat.storage.directory.snapshots import ProducerEntry, read_snapshot
from kafkacompat.storage.store import ActiveProducer, Append, Appended, Duplicate, Isolation, LogConfig, Refused
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.pieces import joined
from kafkacompat.wire.records.batch import read_header
from tests.storage.batches import NOW_MS, PARTITION, TOPIC_NAME, batch, get, make, put, sequenced
from tests.storage.directories import HastyFiles, open_directory
from tests.storage.faulty_files import FaultyFiles, break_disk, fill_disk, mend_disk
from tests.storage.test_reopening import STOPS, stop_and_open
from tests.storage.transactions import (
    aborted,
    committed,
    end,
    log_of,
    producer,
    stable_offset,
    transactional,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from kafkacompat.storage.store import AbortedRange, Bounds, Store
    from kafkacompat.wire.schema import Piece

FAILED = Refused(ErrorCode.KAFKA_STORAGE_ERROR)


class Seen(NamedTuple):
    """What anybody can see of a log's transactions."""

    bounds: Bounds
    committed: list[bytes | None]
    aborted: list[AbortedRange] | None
    producers: list[ActiveProducer]


async def look(store: Store) -> Seen:
    log = log_of(store)
    start = (await log.bounds()).log_start_offset
    return Seen(
        await log.bounds(), await committed(store, start), await aborted(store, start), await log.active_producers()
    )


def indexes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / f"{TOPIC_NAME}-0").glob("*.txnindex")}


def entry(producer_id: int, first_offset: int, last_offset: int, last_stable_offset: int) -> bytes:
    return pack(">hqqqq", 0, producer_id, first_offset, last_offset, last_stable_offset)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "node-0"


async def live(store: Store) -> None:
    """Leave a log in which much has been ended, one way and the other, and some is open."""
    for sequence in range(6):
        await write(store, 7, sequence, b"seven %d" % sequence)
        await write(store, 8, 0, b"eight %d" % sequence, epoch=sequence)
        await end(store, 7, commit=sequence % 2 == 0, coordinator_epoch=sequence)
        await end(store, 8, commit=sequence % 3 == 0, epoch=sequence + 1, version=2)
    await write(store, 9, 0, b"nine")
    await put(store, batch(b"plain"))
    await write(store, 7, 6, b"open")


@pytest.mark.parametrize("segment_bytes", [1 << 30, 350], ids=["one segment", "many"])
@pytest.mark.parametrize("how", STOPS)
class TestStops:
    async def test_everything_is_as_it_was(self, folder: Path, how: str, segment_bytes: int) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=segment_bytes)
        await live(store)
        before, files = await look(store), indexes(folder)
        assert before.aborted
        store = await stop_and_open(store, how)
        assert await look(store) == before
        assert indexes(folder) == files
        assert await log_of(store).transaction_guard(9, 0) is None
        await end(store, 9, commit=False)
        await end(store, 7, commit=True, coordinator_epoch=9)
        after = await look(store)
        assert after.committed == [*before.committed, b"plain", b"open"]
        store = await stop_and_open(store, how)
        assert await look(store) == after
        await store.close()

    async def test_what_was_refused_before_is_refused_after(self, folder: Path, how: str, segment_bytes: int) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=segment_bytes)
        await live(store)
        store = await stop_and_open(store, how)
        assert await put(store, sequenced(9, 0, 1)) == Refused(ErrorCode.INVALID_TXN_STATE)
        assert await write(store, 9, 2) == Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
        assert await write(store, 8, 1, epoch=6) == Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
        assert await end(store, 7, commit=True, coordinator_epoch=4) == Refused(
            ErrorCode.TRANSACTION_COORDINATOR_FENCED
        )
        assert await write(store, 9, 0, b"nine") == Duplicate(24, 0, NOW_MS)
        await store.close()

    async def test_deleting_over_an_open_transaction_lasts(self, folder: Path, how: str, segment_bytes: int) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=segment_bytes)
        await live(store)
        await log_of(store).delete_before(25)
        before = await look(store)
        assert before.bounds.last_stable_offset == 25
        store = await stop_and_open(store, how)
        assert await look(store) == before
        await end(store, 9, commit=True)
        await store.close()


class TestFiles:
    async def test_the_index_has_kafkas_entries_and_is_there_only_when_it_has_any(self, folder: Path) -> None:
        store = open_directory(folder)
        await make(store)
        await write(store, 7, 0)
        await end(store, 7, commit=True)
        assert indexes(folder) == {}
        await write(store, 7, 1)
        await write(store, 8, 0)
        await end(store, 8, commit=False)
        await end(store, 7, commit=False)
        await end(store, 7, commit=False)
        assert indexes(folder) == {f"{0:020}.txnindex": entry(8, 3, 4, 2) + entry(7, 2, 5, 6)}
        await store.close()

    async def test_each_segment_has_an_index_of_the_markers_in_it(self, folder: Path) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=200)
        await write(store, 7, 0, b"v" * 100)
        await write(store, 7, 1, b"v" * 100)
        await end(store, 7, commit=False)
        assert indexes(folder) == {f"{2:020}.txnindex": entry(7, 0, 2, 3)}
        assert await log_of(store).delete_before(-1) == 3
        await store.close()

    async def test_a_snapshot_has_open_transactions_and_coordinators(self, folder: Path) -> None:
        store = open_directory(folder)
        await make(store)
        await write(store, 7, 0, b"a", b"b")
        await write(store, 8, -1, b"c", b"d", epoch=3)
        await end(store, 9, commit=True, epoch=4, coordinator_epoch=5)
        await store.close()
        snapshot = folder / f"{TOPIC_NAME}-0" / f"{5:020}.snapshot"
        assert read_snapshot(snapshot.read_bytes()) == [
            ProducerEntry(7, 0, 1, 1, 1, NOW_MS, -1, 0),
            ProducerEntry(8, 3, -1, 3, 1, NOW_MS, -1, 2),
            ProducerEntry(9, 4, -1, -1, 0, NOW_MS, 5, -1),
        ]

    @pytest.mark.parametrize("how", STOPS)
    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: data[:-1],
            lambda data: data[1:],
            lambda data: b"\xff" * len(data),
            lambda data: data[34:] + data[:34],
            lambda data: data + entry(7, 1_000, 1_001, 1_002),
            lambda _: b"",
        ],
        ids=["torn", "shifted", "overwritten", "out of order", "of more than there is", "empty"],
    )
    async def test_an_index_that_makes_no_sense_is_made_anew(
        self, folder: Path, how: str, damage: Callable[[bytes], bytes]
    ) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=1_000)
        await live(store)
        before, files = await look(store), indexes(folder)
        store = await stop_and_open(store, how)
        await store.close()
        if how == "killed":
            (folder / ".kafka_cleanshutdown").unlink()
        for name, data in files.items():
            (folder / f"{TOPIC_NAME}-0" / name).write_bytes(damage(data))
        store = open_directory(folder)
        assert await look(store) == before
        assert indexes(folder) == files
        await store.close()

    async def test_it_is_flushed_with_its_segment(self, folder: Path) -> None:
        files = FaultyFiles()
        store = open_directory(folder, files=files)
        await make(store)
        await write(store, 7, 0)
        await end(store, 7, commit=False)
        assert f"{0:020}.txnindex" in {path.rpartition("/")[2] for path in store.log(PARTITION).unsynced()}  # type: ignore[union-attr]
        await store.close()


class TestDisks:
    @pytest.mark.parametrize("torn_bytes", [0, 1, 33])
    async def test_an_abort_that_finds_the_disk_full_comes_again(self, folder: Path, torn_bytes: int) -> None:
        files = FaultyFiles()
        store = open_directory(folder, files=files)
        await make(store)
        await write(store, 7, 0)
        fill_disk(files, torn_bytes)
        assert await end(store, 7, commit=False) == FAILED
        assert await stable_offset(store) == 0
        mend_disk(files)
        assert await put(store, batch(b"kept")) == Appended(1, 0)
        assert await end(store, 7, commit=False) == Appended(2, 0)
        assert await committed(store) == [b"kept"]
        store = await stop_and_open(store, "clean")
        assert await committed(store) == [b"kept"]
        await store.close()

    async def test_one_whose_marker_alone_does_not_fit_leaves_no_entry(self, folder: Path) -> None:
        class NoRoomForMarkers(HastyFiles):
            full = False

            def writev(self, descriptor: int, buffers: Sequence[Piece]) -> int:
                if self.full and len(buffers) > 1:  # a batch: its place, and the rest
                    raise OSError(errno.ENOSPC, "full")
                return super().writev(descriptor, buffers)

        files = NoRoomForMarkers()
        store = open_directory(folder, files=files)
        await make(store)
        await write(store, 7, 0)
        files.full = True
        assert await end(store, 7, commit=False) == FAILED
        files.full = False
        assert indexes(folder) == {}
        await write(store, 7, 1, b"kept")
        await end(store, 7, commit=True)
        assert await committed(store) == [b"v", b"kept"]
        await store.close()

    async def test_a_broken_disk_ends_nothing_by_halves(self, folder: Path) -> None:
        files = FaultyFiles()
        store = open_directory(folder, files=files)
        await make(store)
        await write(store, 7, 0)
        break_disk(files, 20)
        assert await end(store, 7, commit=False) == FAILED
        mend_disk(files)
        await store.close()
        store = open_directory(folder)
        assert await producer(store) == ActiveProducer(7, 0, 0, NOW_MS, -1, 0)
        assert await stable_offset(store) == 0
        await store.close()


def test_a_log_cut_at_any_byte_recovers_to_the_transactions_of_a_prefix(tmp_path: Path) -> None:
    steps: list[Callable[[Store], Awaitable[object]]] = [
        lambda store: write(store, 7, 0, b"a"),
        lambda store: write(store, 8, 0, b"b"),
        lambda store: end(store, 7, commit=False, epoch=1, version=2, coordinator_epoch=1),
        lambda store: write(store, 7, 0, b"c", epoch=1),
        lambda store: end(store, 8, commit=True),
        lambda store: end(store, 7, commit=False, epoch=2, version=2, coordinator_epoch=2),
        lambda store: write(store, 8, 1, b"d"),
    ]

    async def produce() -> tuple[bytes, list[int], list[Seen], list[dict[str, bytes]]]:
        store = open_directory(tmp_path / "whole")
        await make(store)
        seen, ends, files = [await look(store)], [0], [indexes(tmp_path / "whole")]
        for step in steps:
            await step(store)
            seen.append(await look(store))
            ends.append(await log_of(store).size_bytes())
            files.append(indexes(tmp_path / "whole"))
        shutil.copytree(tmp_path / "whole", tmp_path / "killed")
        whole = joined((await get(store, 0)).pieces)
        await store.close()
        return whole, ends, seen, files

    whole, ends, seen, files = asyncio.run(produce())
    name = f"{0:020}.txnindex"

    async def recover(size: int, folder: Path) -> None:
        store = open_directory(folder)
        steps_kept = max(index for index, end in enumerate(ends) if end <= size)
        assert await look(store) == seen[steps_kept]
        assert indexes(folder) == files[steps_kept]
        await store.close()
        store = open_directory(folder)
        assert await look(store) == seen[steps_kept]
        await store.close()

    for size in range(len(whole)):
        folder = tmp_path / str(size)
        shutil.copytree(tmp_path / "killed", folder)
        (folder / "orders-0" / f"{0:020}.log").write_bytes(whole[:size])
        index = folder / "orders-0" / name
        data = index.read_bytes()
        index.write_bytes(data[: size * 7 % (len(data) + 1)])
        asyncio.run(recover(size, folder))
        shutil.rmtree(folder)


async def test_after_a_flush_only_what_came_later_of_an_index_is_made_anew(folder: Path) -> None:
    store = open_directory(folder)
    await make(store)
    await live(store)
    store = await stop_and_open(store, "clean")
    await end(store, 9, commit=False)
    await write(store, 7, 7)
    before, files = await look(store), indexes(folder)
    store = await stop_and_open(store, "killed")
    assert await look(store) == before
    assert indexes(folder) == files
    await store.close()


async def test_an_index_of_a_segment_that_never_came_to_be_is_no_hindrance(folder: Path) -> None:
    """The entry is written before the marker: the process may end between them."""
    store = open_directory(folder)
    await make(store)
    await write(store, 7, 0)
    store = await stop_and_open(store, "killed")
    await store.close()
    (folder / ".kafka_cleanshutdown").unlink()
    (folder / f"{TOPIC_NAME}-0" / f"{1:020}.txnindex").write_bytes(entry(7, 0, 1, 2))
    store = open_directory(folder)
    await make(store, segment_bytes=10)
    assert await stable_offset(store) == 0
    assert await end(store, 7, commit=False) == Appended(1, 0)
    assert await committed(store) == []
    await store.close()


async def test_a_guard_from_before_a_restart_is_not_needed_by_what_is_open(folder: Path) -> None:
    store = open_directory(folder)
    await make(store)
    await write(store, 7, 0)
    store = await stop_and_open(store, "killed")
    data = transactional(7, 0, 1)
    (outcome,) = await store.append([Append(PARTITION, data, read_header(data), 0)])
    assert outcome == Appended(1, 0)
    assert (await get(store, 0, isolation=Isolation.READ_COMMITTED)).pieces == []
    await store.close()


@pytest.mark.parametrize("flush_messages", [1, 1 << 62], ids=["flushed", "not flushed"])
@pytest.mark.parametrize("seed", range(12))
def test_a_crash_of_the_machine_leaves_the_transactions_of_a_prefix(
    tmp_path: Path, seed: int, flush_messages: int
) -> None:
    """What was flushed is there, aborted transactions too; of the rest a part, and nothing by halves."""
    random, folder, after = Random(seed), tmp_path / "before", tmp_path / "after"
    files = FaultyFiles(seed)
    config = LogConfig(segment_bytes=600, index_interval_bytes=200, flush_messages=flush_messages)

    async def produce() -> list[Seen]:
        store = open_directory(folder, files=files)
        await store.create(PARTITION, TOPIC_NAME, config)
        sequences = {7: 0, 8: 0, 9: 0}
        seen = [await look(store)]
        for _ in range(40):
            producer_id = random.choice([7, 8, 9])
            if random.random() < 0.6:
                await write(store, producer_id, sequences[producer_id], random.randbytes(random.randrange(1, 80)))
                sequences[producer_id] += 1
            else:
                await end(store, producer_id, commit=random.random() < 0.3)
            seen.append(await look(store))
        shutil.copytree(folder, after, copy_function=shutil.copy2)
        for path in folder.rglob("*"):
            if path.is_file():
                copy = after / path.relative_to(folder)
                files._synced[copy.stat().st_ino] = files._synced.get(path.stat().st_ino, 0)
        for name in ("meta.properties", f"{TOPIC_NAME}-0/partition.metadata"):
            files._synced[(after / name).stat().st_ino] = 1 << 60
        await store.close()
        files.crash(after)
        return seen

    async def recover(seen: list[Seen]) -> None:
        store = open_directory(after)
        await store.create(PARTITION, TOPIC_NAME, config)
        found = await look(store)
        assert found in seen
        if flush_messages == 1:
            assert found == seen[-1]
        await store.close()

    asyncio.run(recover(asyncio.run(produce())))
