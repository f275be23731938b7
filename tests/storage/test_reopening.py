"""What a directory still holds when it is opened again, after a clean stop and after the process was killed."""

from __future__ import annotations

import asyncio
import os
import shutil
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.store import (
    Appended,
    Bounds,
    Duplicate,
    EpochEnd,
    Isolation,
    LogConfig,
    PartitionKey,
    ReadRequest,
    Refused,
    TimestampOffset,
)
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.pieces import joined
from tests.storage.batches import (
    ENOUGH,
    NOW_MS,
    OTHER,
    PARTITION,
    TOPIC_ID,
    TOPIC_NAME,
    base_offsets,
    batch,
    fill,
    get,
    make,
    put,
    sequenced,
    to,
    values,
)
from tests.storage.directories import HastyFiles, folders_in, open_directory, parting_in

if TYPE_CHECKING:
    from kafkacompat.storage.directory.log import DirectoryLog
    from kafkacompat.storage.directory.store import DirectoryStore

STOPS = ["clean", "killed"]


class ReadBytes(HastyFiles):
    """Counts what is read of segments, whose descriptors can be told by their flags."""

    def __init__(self) -> None:
        self.read_from_segments = 0

    def pread(self, descriptor: int, size_bytes: int, position: int) -> bytes:
        data = super().pread(descriptor, size_bytes, position)
        if size_bytes != 1 << 20:  # what `read_whole` asks for, of small files
            self.read_from_segments += len(data)
        return data


async def stop_and_open(store: DirectoryStore, how: str) -> DirectoryStore:
    """Stop one way or the other, and open what is then in the directory."""
    folder = store.root
    if how == "killed":
        after = folder + "-after"
        shutil.copytree(folder, after)
        await store.close()
        shutil.rmtree(folder)
        shutil.move(after, folder)
    else:
        await store.close()
    return open_directory(Path(folder))


def log_of(store: DirectoryStore, partition: PartitionKey = PARTITION) -> DirectoryLog:
    log = store.log(partition)
    assert log is not None
    return log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "node-0"


@pytest.mark.parametrize("how", STOPS)
class TestStops:
    async def test_records_are_there(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, PARTITION, OTHER, segment_bytes=1_000)
        await fill(store, 40)
        await put(store, batch(b"other"), OTHER)
        store = await stop_and_open(store, how)
        assert await log_of(store).bounds() == Bounds(0, 40, 40, 40)
        assert base_offsets(await get(store, 0)) == list(range(40))
        assert values(await get(store, 0, partition=OTHER)) == [b"other"]
        assert await put(store, batch(b"a")) == Appended(40, 0)
        await store.close()

    async def test_creating_what_is_there_keeps_it(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store)
        await fill(store, 3)
        store = await stop_and_open(store, how)
        await make(store, segment_bytes=100)
        await fill(store, 3)
        assert base_offsets(await get(store, 0)) == list(range(6))
        assert store.set_strays_aside() == []
        await store.close()

    async def test_an_empty_log_is_there(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store)
        store = await stop_and_open(store, how)
        assert await log_of(store).bounds() == Bounds(0, 0, 0, 0)
        await store.close()

    async def test_producers_go_on_where_they_were(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=300)
        for sequence in range(10):
            await put(store, sequenced(7, 0, sequence))
        await put(store, sequenced(8, 3, 0, count=4))
        store = await stop_and_open(store, how)
        assert await put(store, sequenced(7, 0, 9)) == Duplicate(9, 0, NOW_MS)
        assert await put(store, sequenced(7, 0, 11)) == Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
        assert await put(store, sequenced(7, 0, 10)) == Appended(14, 0)
        assert await put(store, sequenced(8, 3, 0, count=4)) == Duplicate(10, 0, NOW_MS)
        assert await put(store, sequenced(8, 2, 4)) == Refused(ErrorCode.INVALID_PRODUCER_EPOCH)
        await store.close()

    async def test_leader_epochs_are_known(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=300)
        for epoch in (0, 0, 2, 2, 5):
            await put(store, batch(b"v"), leader_epoch=epoch)
        store = await stop_and_open(store, how)
        log = log_of(store)
        assert [await log.find_epoch(epoch) for epoch in (0, 2, 5)] == [EpochEnd(0, 2), EpochEnd(2, 4), EpochEnd(5, 5)]
        await log.begin_epoch(6)
        assert await log.find_epoch(6) == EpochEnd(6, 5)
        await store.close()

    async def test_deleted_records_stay_deleted(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=300)
        await fill(store, 20)
        assert await log_of(store).delete_before(7) == 7
        store = await stop_and_open(store, how)
        assert await log_of(store).bounds() == Bounds(7, 20, 20, 20)
        assert base_offsets(await get(store, 7)) == list(range(7, 20))
        assert await log_of(store).delete_before(-1) == 20
        store = await stop_and_open(store, how)
        assert await log_of(store).bounds() == Bounds(20, 20, 20, 20)
        assert await put(store, batch(b"a")) == Appended(20, 20)
        await store.close()

    async def test_deleted_logs_stay_deleted(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, PARTITION, OTHER)
        await fill(store, 3)
        await store.delete(PARTITION)
        store = await stop_and_open(store, how)
        assert store.log(PARTITION) is None
        assert store.log(OTHER) is not None
        assert folders_in(folder) == [f"{TOPIC_NAME}-1"]
        await store.close()

    async def test_records_are_found_by_time(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=500)
        for index in range(30):
            await put(store, batch(b"v" * 30, timestamps_ms=[NOW_MS + (index * 7) % 30]))
        store = await stop_and_open(store, how)
        log = log_of(store)
        found = await log.find_timestamp(NOW_MS + 29, Isolation.READ_UNCOMMITTED)
        assert found == TimestampOffset(17, NOW_MS + 29, 0)
        assert await log.find_max_timestamp() == TimestampOffset(17, NOW_MS + 29, 0)
        assert await log.find_timestamp(NOW_MS + 30, Isolation.READ_UNCOMMITTED) is None
        await store.close()

    async def test_records_without_timestamps_are_as_old_as_their_file(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, segment_bytes=100)
        for _ in range(3):
            await put(store, batch(b"v" * 30, timestamps_ms=[-1]))
        store = await stop_and_open(store, how)
        for offset in range(3):
            os.utime(folder / f"{TOPIC_NAME}-0" / f"{offset:020}.log", ns=(0, (NOW_MS + 10 * offset) * 1_000_000))
        log = log_of(store)
        assert await log.apply_retention(NOW_MS + 20, 15, -1) == 1
        assert await log.apply_retention(NOW_MS + 20, 0, -1) == 2
        assert await log.apply_retention(NOW_MS + 21, 0, -1) == 3
        await store.close()

    async def test_a_segment_without_timestamps_has_an_empty_time_index_and_is_whole(
        self, folder: Path, how: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Kafka 4.4 leaves such a `.timeindex` too, and takes it as it is."""
        store = open_directory(folder)
        await make(store, segment_bytes=300)
        for _ in range(12):
            await put(store, batch(b"v" * 30, timestamps_ms=[-1]))
        store = await stop_and_open(store, how)
        assert (folder / f"{TOPIC_NAME}-0" / f"{0:020}.timeindex").read_bytes() == b""
        log = log_of(store)
        assert await log.apply_retention(NOW_MS, 1_000, -1) == 0
        assert await log.find_timestamp(0, Isolation.READ_UNCOMMITTED) is None
        assert base_offsets(await get(store, 0)) == list(range(12))
        assert caplog.messages == []
        await store.close()

    async def test_a_folder_that_no_topic_claims_is_set_aside(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, PARTITION)
        await fill(store, 2)
        store = await stop_and_open(store, how)
        (stray,) = store.set_strays_aside()
        assert stray.startswith(f"{TOPIC_NAME}-0.")
        assert stray.endswith("-stray")
        assert (folder / stray).is_dir()
        assert store.log(PARTITION) is None
        await store.close()

    async def test_a_topic_made_anew_does_not_get_the_old_ones_records(self, folder: Path, how: str) -> None:
        store = open_directory(folder)
        await make(store, PARTITION)
        await fill(store, 2)
        store = await stop_and_open(store, how)
        again = PartitionKey(bytes(reversed(TOPIC_ID)), 0)
        await make(store, again)
        assert (await get(store, 0, partition=again)).pieces == []
        await store.close()


class TestLoading:
    async def test_after_a_clean_stop_nothing_is_read_before_it_is_asked_for(self, folder: Path) -> None:
        store = open_directory(folder)
        await make(store)
        await fill(store, 3)
        store = await stop_and_open(store, "clean")
        await make(store)
        await log_of(store).begin_epoch(4)
        assert not log_of(store).is_loaded
        assert await log_of(store).find_epoch(4) == EpochEnd(4, 3)
        await store.close()

    async def test_recovery_tells_how_far_it_is(self, folder: Path) -> None:
        store = open_directory(folder)
        await make(store, PARTITION, OTHER)
        shutil.copytree(folder, folder.with_name("after"))
        await store.close()
        told: list[tuple[str, int, int]] = []
        store = open_directory(
            folder.with_name("after"), progress=lambda name, done, total: told.append((name, done, total))
        )
        assert [(done, total) for _, done, total in told] == [(0, 2), (1, 2)]
        assert {name for name, _, _ in told} == {"orders-0", "orders-1"}
        await store.close()

    async def test_after_a_kill_only_what_came_after_the_last_flush_is_read_over(self, folder: Path) -> None:
        store = open_directory(folder)
        await store.create(PARTITION, TOPIC_NAME, LogConfig(index_interval_bytes=200))
        sent = [batch(bytes(20_000), producer_id=7, sequence=sequence) for sequence in range(21)]
        for sequence, data in enumerate(sent[:20]):
            await put(store, data, leader_epoch=sequence // 8)
        store = await stop_and_open(store, "clean")
        await put(store, sent[20], leader_epoch=3)
        flushed_bytes = sum(map(len, sent[:20]))
        files = ReadBytes()
        shutil.copytree(folder, folder.with_name("killed"))
        await store.close()
        store = open_directory(folder.with_name("killed"), files=files)
        assert files.read_from_segments < flushed_bytes // 2
        assert await log_of(store).find_epoch(3) == EpochEnd(3, 21)
        assert await put(store, sent[20]) == Duplicate(20, 0, NOW_MS)
        assert base_offsets(await get(store, 0)) == list(range(21))
        await store.close()

    async def test_many_logs_need_few_open_files(self, folder: Path) -> None:
        store = open_directory(folder, max_open_files=16)
        keys = [PartitionKey(TOPIC_ID, index) for index in range(60)]
        await make(store, *keys)
        for round_ in range(3):
            for key in keys:
                assert await put(store, batch(b"v"), key) == Appended(round_, 0)
                assert base_offsets(await get(store, 0, partition=key)) == list(range(round_ + 1))
        assert len(store._open_files) <= 16
        await store.close()

    async def test_removed_segments_and_logs_leave_the_disk_after_the_delay(self, folder: Path) -> None:
        real_time = ManualClock()
        store = open_directory(folder, real_time=real_time)
        await make(store, PARTITION, OTHER, segment_bytes=300)
        await fill(store, 20)
        read = await get(store, 0)
        await log_of(store).delete_before(15)
        await store.delete(OTHER)
        assert len(parting_in(folder)) > 2
        real_time.advance(60_000)
        store._flusher.close()
        assert parting_in(folder) == []
        assert base_offsets(read) == list(range(20))
        await store.close()


def test_a_log_cut_at_any_byte_recovers_to_a_prefix(tmp_path: Path) -> None:
    async def produce() -> bytes:
        store = open_directory(tmp_path / "whole")
        await make(store)
        for index in range(4):
            await put(store, sequenced(7, 0, 2 * index, count=2), leader_epoch=index // 2)
        shutil.copytree(tmp_path / "whole", tmp_path / "killed")
        whole = joined((await get(store, 0)).pieces)
        await store.close()
        return whole

    async def recover(size: int, folder: Path) -> None:
        store = open_directory(folder)
        end = size * 8 // len(whole) // 2 * 2
        assert await log_of(store).bounds() == Bounds(0, end, end, end)
        assert joined((await get(store, 0)).pieces) == whole[: size // (len(whole) // 4) * (len(whole) // 4)]
        assert await put(store, sequenced(7, 0, end, count=2)) == Appended(end, 0)
        await store.close()

    whole = asyncio.run(produce())
    for size in range(len(whole)):
        folder = tmp_path / str(size)
        shutil.copytree(tmp_path / "killed", folder)
        (folder / "orders-0" / f"{0:020}.log").write_bytes(whole[:size])
        asyncio.run(recover(size, folder))
        shutil.rmtree(folder)


class Sent(NamedTuple):
    """One step: what is done, and with what."""

    what: str
    number: int


steps = st.lists(
    st.one_of(
        st.builds(Sent, st.just("append"), st.integers(1, 4)),
        st.builds(Sent, st.just("large"), st.integers(1, 3)),
        st.builds(Sent, st.just("sequence"), st.integers(1, 3)),
        st.builds(Sent, st.just("epoch"), st.integers(0, 5)),
        st.builds(Sent, st.just("delete"), st.integers(0, 40)),
        st.builds(Sent, st.sampled_from(STOPS), st.just(0)),
    ),
    max_size=25,
)
_folders = count()


class Model:
    """A log as a list of values."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []
        self.start = 0
        self.epoch = 0
        self.sequence = 0


@given(sent=steps)
@settings(max_examples=120, deadline=None)
def test_any_life_of_a_log_is_that_of_a_list(sent: list[Sent], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / f"life-{next(_folders)}"

    async def run() -> None:
        store, model = open_directory(folder), Model()
        await store.create(PARTITION, TOPIC_NAME, LogConfig(segment_bytes=2_000, index_interval_bytes=200))
        for step in [*sent, Sent("killed", 0)]:
            store = await do(store, model, step)
            bounds = await log_of(store).bounds()
            assert (bounds.log_start_offset, bounds.end_offset) == (model.start, len(model.values))
            read = await get(store, model.start, 1 << 22)
            first = base_offsets(read)[0] if read.pieces else model.start
            assert values(read) == model.values[first:]
        await store.close()

    asyncio.run(run())
    shutil.rmtree(folder)


async def do(store: DirectoryStore, model: Model, step: Sent) -> DirectoryStore:
    end = len(model.values)
    match step.what:
        case "append" | "large":
            value = bytes([step.number]) * (900 if step.what == "large" else 10)
            assert await put(store, batch(*[value] * step.number), leader_epoch=model.epoch) == Appended(
                end, model.start
            )
            model.values += [value] * step.number
        case "sequence":
            sent = sequenced(7, 0, model.sequence, count=step.number)
            append = to(PARTITION, sent, model.epoch)
            assert await store.append([append, append]) == [
                Appended(end, model.start),
                Duplicate(end, model.start, NOW_MS),
            ]
            model.values += [b"v"] * step.number
            model.sequence += step.number
        case "epoch":
            model.epoch = max(model.epoch, step.number)
            await log_of(store).begin_epoch(model.epoch)
        case "delete":
            start = min(step.number, end)
            model.start = max(start, model.start)
            assert await log_of(store).delete_before(start) == model.start
        case _:
            store = await stop_and_open(store, step.what)
            await store.create(PARTITION, TOPIC_NAME, LogConfig(segment_bytes=2_000, index_interval_bytes=200))
    return store


async def test_reading_below_the_start_is_out_of_range_after_a_restart(folder: Path) -> None:
    store = open_directory(folder)
    await make(store)
    await fill(store, 5)
    await log_of(store).delete_before(3)
    store = await stop_and_open(store, "clean")
    request = ReadRequest(PARTITION, 2, ENOUGH, Isolation.READ_UNCOMMITTED)
    assert await store.read([request], ENOUGH) == [Refused(ErrorCode.OFFSET_OUT_OF_RANGE)]
    await store.close()
