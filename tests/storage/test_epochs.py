"""Leader epochs: where each ends, as OffsetForLeaderEpoch asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import EpochEnd
from tests.storage.batches import PARTITION, batch, make, put

if TYPE_CHECKING:
    from kafkacompat.storage.store import PartitionLog, Store

UNKNOWN = EpochEnd(-1, -1)


async def log_with_epochs(store: Store, *leader_epochs: int) -> PartitionLog:
    """Make a log with two records of each epoch."""
    await make(store)
    for leader_epoch in leader_epochs:
        await put(store, batch(b"a", b"b"), leader_epoch=leader_epoch)
    log = store.log(PARTITION)
    assert log is not None
    return log


async def test_the_newest_ends_at_the_end(store: Store) -> None:
    log = await log_with_epochs(store, 3)
    assert await log.find_epoch(3) == EpochEnd(3, 2)


async def test_an_older_one_ends_where_the_next_begins(store: Store) -> None:
    log = await log_with_epochs(store, 2, 2, 5, 9)
    assert await log.find_epoch(2) == EpochEnd(2, 4)
    assert await log.find_epoch(5) == EpochEnd(5, 6)


async def test_one_between_two_is_the_one_before(store: Store) -> None:
    log = await log_with_epochs(store, 2, 5)
    assert await log.find_epoch(4) == EpochEnd(2, 2)


async def test_one_older_than_all_ends_where_the_first_begins(store: Store) -> None:
    log = await log_with_epochs(store, 2, 5)
    assert await log.find_epoch(1) == EpochEnd(1, 0)
    assert await log.find_epoch(-2) == EpochEnd(-2, 0)


async def test_one_newer_than_all_is_unknown_and_so_is_none(store: Store) -> None:
    log = await log_with_epochs(store, 2, 5)
    assert await log.find_epoch(6) == UNKNOWN
    assert await log.find_epoch(-1) == UNKNOWN


async def test_a_log_without_epochs_knows_none(store: Store) -> None:
    log = await log_with_epochs(store)
    for leader_epoch in (-2, -1, 0, 7):
        assert await log.find_epoch(leader_epoch) == UNKNOWN
    assert await log.epoch_at(0) == -1


async def test_a_leader_has_an_epoch_before_it_has_records(store: Store) -> None:
    log = await log_with_epochs(store)
    await log.begin_epoch(0)
    assert await log.find_epoch(0) == EpochEnd(0, 0)
    assert await log.epoch_at(0) == 0
    await put(store, batch(b"a"), leader_epoch=0)
    await log.begin_epoch(4)
    assert await log.find_epoch(0) == EpochEnd(0, 1)
    assert await log.find_epoch(4) == EpochEnd(4, 1)
    await log.begin_epoch(6)
    assert await log.find_epoch(4) == EpochEnd(0, 1), "a leader that wrote nothing leaves no trace"


async def test_an_epoch_begins_once(store: Store) -> None:
    log = await log_with_epochs(store, 3)
    for leader_epoch in (3, 1):
        await log.begin_epoch(leader_epoch)
    assert await log.find_epoch(3) == EpochEnd(3, 2)
    assert await log.find_epoch(2) == EpochEnd(2, 0)


async def test_the_epoch_at_an_offset(store: Store) -> None:
    log = await log_with_epochs(store, 2, 5)
    assert [await log.epoch_at(offset) for offset in range(5)] == [2, 2, 5, 5, 5]


async def test_epochs_go_with_their_records(store: Store) -> None:
    log = await log_with_epochs(store, 2, 5, 9)
    await log.delete_before(3)
    assert await log.find_epoch(2) == EpochEnd(2, 3)
    assert await log.find_epoch(5) == EpochEnd(5, 4)
    assert [await log.epoch_at(offset) for offset in (2, 3, 4)] == [-1, 5, 9]
    await log.delete_before(-1)
    assert await log.find_epoch(5) == EpochEnd(5, 6)
    assert await log.find_epoch(9) == EpochEnd(9, 6)
    assert await log.epoch_at(6) == 9
