"""Reading: where it begins, how much comes, and what else it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.storage.store import Isolation, LogConfig, Read, ReadRequest, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import ENOUGH, OTHER, PARTITION, base_offsets, batch, fill, get, make, put, to, values

if TYPE_CHECKING:
    from kafkacompat.storage.store import PartitionKey, Store

OUT_OF_RANGE = Refused(ErrorCode.OFFSET_OUT_OF_RANGE)
ONE = batch(b"0123456789")
SIZE = len(ONE)


def ask(offset: int, max_bytes: int = ENOUGH, partition: PartitionKey = PARTITION) -> ReadRequest:
    return ReadRequest(partition, offset, max_bytes, Isolation.READ_UNCOMMITTED)


def sizes(answers: list[Read | Refused]) -> list[int]:
    return [answer.size_bytes for answer in answers if isinstance(answer, Read)]


class TestWhereItBegins:
    async def test_with_the_batch_that_contains_the_offset(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a", b"b", b"c"))
        await put(store, batch(b"d", b"e"))
        assert [base_offsets(await get(store, offset)) for offset in range(6)] == [
            [0, 3],
            [0, 3],
            [0, 3],
            [3],
            [3],
            [],
        ]

    @pytest.mark.parametrize("offset", [-1, 3, 1 << 40])
    async def test_outside_the_log_is_refused(self, store: Store, offset: int) -> None:
        await make(store)
        await put(store, batch(b"a", b"b"))
        assert await store.read([ask(offset)], ENOUGH) == [OUT_OF_RANGE]

    @pytest.mark.parametrize("segment_bytes", [1 << 30, 20 * SIZE, SIZE])
    async def test_every_offset_of_a_long_log(self, store: Store, segment_bytes: int) -> None:
        await make(store, segment_bytes=segment_bytes)
        await fill(store, 150)
        for offset in range(0, 150, 7):
            assert base_offsets(await get(store, offset, 3 * SIZE)) == list(range(offset, min(offset + 3, 150)))

    async def test_a_new_segment_size_counts_from_then_on(self, store: Store) -> None:
        await make(store)
        await fill(store, 10)
        await store.configure(PARTITION, LogConfig(segment_bytes=2 * SIZE))
        for _ in range(10):
            await put(store, ONE)
        assert base_offsets(await get(store, 0)) == list(range(20))


class TestLimits:
    async def test_only_whole_batches_within_the_limit(self, store: Store) -> None:
        await make(store)
        await fill(store, 10)
        assert [base_offsets(await get(store, 2, limit)) for limit in (SIZE, 2 * SIZE - 1, 2 * SIZE, 4 * SIZE + 1)] == [
            [2],
            [2],
            [2, 3],
            [2, 3, 4, 5],
        ]

    async def test_the_first_batch_comes_whole_beyond_any_limit(self, store: Store) -> None:
        await make(store)
        await fill(store, 3)
        for limit in (0, 1, SIZE - 1):
            assert base_offsets(await get(store, 1, limit)) == [1]

    async def test_without_whole_first_what_does_not_fit_stays(self, store: Store) -> None:
        await make(store)
        await fill(store, 3)
        for limit in (0, 1, SIZE - 1):
            assert sizes(await store.read([ask(0, limit)], ENOUGH, whole_first=False)) == [0]
            assert sizes(await store.read([ask(0)], limit, whole_first=False)) == [0]
        assert sizes(await store.read([ask(0, SIZE)], ENOUGH, whole_first=False)) == [SIZE]

    async def test_only_the_first_partition_with_data_may_exceed(self, store: Store) -> None:
        await make(store, PARTITION, OTHER)
        await store.append([to(PARTITION, ONE), to(OTHER, ONE)])
        answers = await store.read([ask(1), ask(0, 1, OTHER), ask(0, 1)], ENOUGH)
        assert sizes(answers) == [0, SIZE, 0]

    async def test_the_limit_of_all_is_shared_in_order(self, store: Store) -> None:
        await make(store, PARTITION, OTHER)
        await fill(store, 10)
        await store.append([to(OTHER, ONE) for _ in range(10)])
        answers = await store.read([ask(0, 3 * SIZE), ask(0, ENOUGH, OTHER), ask(0)], 5 * SIZE)
        assert sizes(answers) == [3 * SIZE, 2 * SIZE, 0]

    async def test_a_refused_partition_leaves_the_others_alone(self, store: Store) -> None:
        await make(store, PARTITION, OTHER)
        await put(store, ONE, OTHER)
        refused, answer = await store.read([ask(7), ask(0, 1, OTHER)], 1)
        assert refused == OUT_OF_RANGE
        assert sizes([answer]) == [SIZE]

    @pytest.mark.parametrize("segment_bytes", [1 << 30, 6_000, 1])
    async def test_a_batch_that_does_not_fit_ends_the_read(self, store: Store, segment_bytes: int) -> None:
        await make(store, segment_bytes=segment_bytes)
        for size in (100, 5_000, 1, 1):
            await put(store, batch(bytes(size)))
        assert base_offsets(await get(store, 0, 2_000)) == [0]
        assert base_offsets(await get(store, 2, 2_000)) == [2, 3]

    async def test_size_is_that_of_the_pieces(self, store: Store) -> None:
        await make(store)
        await fill(store, 100)
        for limit in (1, 10 * SIZE, ENOUGH):
            read = await get(store, 5, limit)
            assert read.size_bytes == sum(map(len, read.pieces))


class TestWhatElseItTells:
    async def test_bounds_come_with_every_answer(self, store: Store) -> None:
        await make(store)
        await fill(store, 4)
        log = store.log(PARTITION)
        assert log is not None
        await log.delete_before(2)
        for offset in (2, 4):
            read = await get(store, offset)
            assert (read.log_start_offset, read.high_watermark, read.last_stable_offset) == (2, 4, 4)

    async def test_aborted_ranges_are_a_list_for_those_who_read_committed(self, store: Store) -> None:
        await make(store)
        await put(store, ONE)
        for offset in (0, 1):
            assert (await get(store, offset)).aborted is None
            assert (await get(store, offset, isolation=Isolation.READ_COMMITTED)).aborted == []


class TestMixedSizes:
    async def test_small_and_large_batches_come_back_as_sent(self, store: Store) -> None:
        await make(store)
        sent: list[bytes] = []
        for index in range(60):
            sent.append(bytes([index]) * (20_000 if index % 7 == 3 else 40 * index))
            await put(store, batch(sent[-1]))
            if index % 11 == 0:
                assert values(await get(store, 0)) == sent
        for offset in range(0, 60, 5):
            assert values(await get(store, offset)) == sent[offset:]
