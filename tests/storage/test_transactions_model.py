"""Any interleaving of transactions, readers and stops is that of a list that knows what was committed."""

from __future__ import annotations

import asyncio
import shutil
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkacompat.clock.manual import ManualClock
from kafkacompat.storage.directory.store import DirectoryStore
from kafkacompat.storage.store import Appended, LogConfig, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.awkward import AwkwardStore
from tests.storage.batches import ENOUGH, PARTITION, TOPIC_NAME, batch, get, put, values
from tests.storage.conftest import make_engine
from tests.storage.test_reopening import STOPS, stop_and_open
from tests.storage.transactions import committed, end, log_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from kafkacompat.storage.store import Store

CONFIG = LogConfig(segment_bytes=700, index_interval_bytes=200)
PRODUCERS = (7, 8, 9)
_folders = count()


class Step(NamedTuple):
    what: str
    producer_id: int = 7
    number: int = 1


steps = st.lists(
    st.one_of(
        st.builds(Step, st.just("write"), st.sampled_from(PRODUCERS), st.integers(1, 3)),
        st.builds(Step, st.sampled_from(["abort", "commit"]), st.sampled_from(PRODUCERS), st.just(1)),
        st.builds(Step, st.sampled_from(["write", "zombie", "fence", "again"]), st.sampled_from(PRODUCERS), st.just(1)),
        st.builds(Step, st.just("plain"), st.just(-1), st.integers(1, 3)),
        st.builds(Step, st.just("delete"), st.just(-1), st.integers(0, 30)),
        st.builds(Step, st.just("read"), st.just(-1), st.integers(1, 400)),
        st.builds(Step, st.sampled_from(STOPS), st.just(-1), st.just(0)),
    ),
    min_size=10,
    max_size=60,
)


class Producer:
    """One producer: what it may send next, and the offsets of its open transaction."""

    def __init__(self) -> None:
        self.epoch, self.sequence = 0, 0
        self.open: list[int] = []
        self.known = False


class Model:
    """Every offset has a value (None for a marker), and those that are committed are marked so."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.values: list[bytes | None] = []
        self.committed: set[int] = set()
        self.start = self.stable = 0
        self.producers = {producer_id: Producer() for producer_id in PRODUCERS}
        self._numbers = count()

    @property
    def end(self) -> int:
        return len(self.values)

    def fresh(self, number: int) -> list[bytes]:
        return [b"%d" % next(self._numbers) for _ in range(number)]

    def stable_offset(self) -> int:
        firsts = [producer.open[0] for producer in self.producers.values() if producer.open]
        return max(min(firsts), self.start) if firsts else self.end

    def readable(self) -> list[bytes | None]:
        return [self.values[offset] for offset in range(self.start, self.stable) if offset in self.committed]

    def end_transaction(self, producer: Producer, *, commit: bool, epoch: int) -> None:
        if commit:
            self.committed.update(producer.open)
        producer.open = []
        producer.known = True
        self.values.append(None)
        if epoch != producer.epoch:
            producer.epoch, producer.sequence = epoch, 0


async def check(store: Store, model: Model, max_bytes: int) -> None:
    bounds = await log_of(store).bounds()
    assert (bounds.log_start_offset, bounds.end_offset) == (model.start, model.end)
    assert bounds.last_stable_offset == model.stable_offset()
    assert bounds.last_stable_offset >= model.stable, "it went back"
    model.stable = bounds.last_stable_offset
    assert await committed(store, model.start, max_bytes) == model.readable()
    read = await get(store, model.start, ENOUGH)
    everything = [value for value in model.values[model.start :] if value is not None]
    assert [value for value in values(read) if value and value.isdigit()][-len(everything) or len(values(read)) :] == (
        everything
    )


async def send(store: Store, model: Model, step: Step) -> None:
    """Do what a producer does, in order or out of it."""
    producer = model.producers[step.producer_id]
    bumped = producer.epoch + (model.version == 2)
    match step.what:
        case "write":
            sent = model.fresh(step.number)
            outcome = await write(store, step.producer_id, producer.sequence, *sent, epoch=producer.epoch)
            assert outcome == Appended(model.end, model.start)
            producer.open += range(model.end, model.end + step.number)
            model.values += sent
            producer.sequence += step.number
            producer.known = True
        case "commit" | "abort":
            commit = step.what == "commit"
            outcome = await end(store, step.producer_id, commit=commit, epoch=bumped, version=model.version)
            assert outcome == Appended(model.end, model.start)
            model.end_transaction(producer, commit=commit, epoch=bumped)
        case "fence":
            # What a coordinator does to a transaction that takes too long.
            outcome = await end(store, step.producer_id, commit=False, epoch=producer.epoch + 1)
            assert outcome == Appended(model.end, model.start)
            model.end_transaction(producer, commit=False, epoch=producer.epoch + 1)
        case "again":
            if producer.known and not producer.open:
                outcome = await end(store, step.producer_id, commit=True, epoch=producer.epoch, version=model.version)
                assert outcome == Appended(model.end, model.start)
                model.end_transaction(producer, commit=True, epoch=producer.epoch)
        case _:
            if producer.known and producer.epoch:
                old = producer.epoch - 1
                refused = Refused(ErrorCode.INVALID_PRODUCER_EPOCH)
                assert await write(store, step.producer_id, 0, b"zombie", b"batch", epoch=old) == refused
                assert await end(store, step.producer_id, commit=True, epoch=old) == refused


async def do(store: Store, model: Model, step: Step) -> Store:
    match step.what:
        case "plain":
            sent = model.fresh(step.number)
            assert await put(store, batch(*sent)) == Appended(model.end, model.start)
            model.committed.update(range(model.end, model.end + step.number))
            model.values += sent
        case "delete":
            model.start = max(model.start, min(step.number, model.end))
            assert await log_of(store).delete_before(model.start) == model.start
        case "read":
            await check(store, model, step.number)
        case "clean" | "killed":
            if isinstance(store, DirectoryStore):
                store = await stop_and_open(store, step.what)
                await store.create(PARTITION, TOPIC_NAME, CONFIG)
        case _:
            await send(store, model, step)
    return store


@pytest.mark.parametrize("engine", ["ephemeral", "spilling", "directory", "awkward"])
@given(sent=steps, version=st.sampled_from([0, 2]), seed=st.integers(0, 1 << 32))
@settings(max_examples=80, deadline=None)
def test_readers_of_committed_records_get_those_alone_and_in_order(
    engine: str, sent: list[Step], version: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.getbasetemp() / f"transactions-{next(_folders)}"
    folder.mkdir()

    async def run() -> None:
        made = make_engine(engine, folder, ManualClock(), ManualClock())
        store: Store = AwkwardStore(made, seed) if engine == "awkward" else made
        await store.create(PARTITION, TOPIC_NAME, CONFIG)
        model = Model(version)
        for step in [*sent, Step("killed")]:
            store = await do(store, model, step)
            await check(store, model, 1)
            await check(store, model, ENOUGH)
        await store.close()

    asyncio.run(run())
    shutil.rmtree(folder)
