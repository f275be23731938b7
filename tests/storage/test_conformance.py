"""What every engine must do: logs and appends.

The files beside this one hold the other topics, on the same engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import Appended, Bounds, Isolation, LogConfig, ReadRequest, Refused
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import CRC_START, read_header
from kafkacompat.wire.records.checksum import crc32c
from tests.storage.batches import (
    ENOUGH,
    MISSING,
    OTHER,
    PARTITION,
    base_offsets,
    batch,
    get,
    headers,
    make,
    put,
    split,
    to,
    values,
)

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store

UNKNOWN = Refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)


class TestLogs:
    async def test_a_new_log_is_empty_and_starts_at_zero(self, store: Store) -> None:
        await make(store)
        log = store.log(PARTITION)
        assert log is not None
        assert await log.bounds() == Bounds(0, 0, 0, 0)
        assert (await get(store, 0)).pieces == []

    async def test_creating_a_log_again_keeps_what_it_has(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a"))
        await make(store)
        assert values(await get(store, 0)) == [b"a"]

    async def test_a_log_that_was_never_made_is_unknown(self, store: Store) -> None:
        assert store.log(MISSING) is None
        assert await put(store, batch(b"a"), MISSING) == UNKNOWN
        assert await store.read([ReadRequest(MISSING, 0, ENOUGH, Isolation.READ_UNCOMMITTED)], ENOUGH) == [UNKNOWN]

    async def test_a_deleted_log_is_unknown_and_made_again_it_is_new(self, store: Store) -> None:
        await make(store)
        await put(store, batch(b"a"))
        await store.delete(PARTITION)
        assert store.log(PARTITION) is None
        assert await put(store, batch(b"b")) == UNKNOWN
        await make(store)
        assert await put(store, batch(b"c")) == Appended(0, 0)

    async def test_deleting_and_configuring_an_unknown_log_do_nothing(self, store: Store) -> None:
        await store.delete(MISSING)
        await store.configure(MISSING, LogConfig())
        assert store.log(MISSING) is None


class TestAppend:
    async def test_offsets_count_records_not_batches(self, store: Store) -> None:
        await make(store)
        assert await put(store, batch(b"a", b"b", b"c")) == Appended(0, 0)
        assert await put(store, batch(b"d")) == Appended(3, 0)
        assert await put(store, batch(b"e", b"f")) == Appended(4, 0)
        log = store.log(PARTITION)
        assert log is not None
        assert await log.bounds() == Bounds(0, 6, 6, 6)
        read = await get(store, 0)
        assert base_offsets(read) == [0, 3, 4]
        assert values(read) == [b"a", b"b", b"c", b"d", b"e", b"f"]

    async def test_a_batch_gets_its_place_and_is_otherwise_untouched(self, store: Store) -> None:
        await make(store)
        sent = batch(b"a", b"b", codec=1)
        await put(store, sent, leader_epoch=3)
        await put(store, sent, leader_epoch=4)
        read = await get(store, 0)
        assert [(header.base_offset, header.leader_epoch) for header in headers(read)] == [(0, 3), (2, 4)]
        for stored in split(read.pieces):
            assert stored[8:12] + stored[16:] == sent[8:12] + sent[16:]
            assert crc32c(stored[CRC_START:]) == read_header(stored).crc

    async def test_the_senders_buffer_may_be_used_again(self, store: Store) -> None:
        await make(store)
        buffer = bytearray(batch(b"a" * 20))
        append = to(PARTITION, memoryview(buffer))
        appending = store.append([append])
        try:
            appending.send(None)
        except StopIteration:
            pass
        else:  # it has suspended: the buffer is no longer its own
            buffer[:] = bytes(len(buffer))
            appending.close()
            await put(store, batch(b"a" * 20))
        buffer[:] = bytes(len(buffer))
        assert values(await get(store, 0)) == [b"a" * 20]

    async def test_one_call_spans_partitions_and_answers_in_order(self, store: Store) -> None:
        await make(store, PARTITION, OTHER)
        await put(store, batch(b"before"), OTHER)
        outcomes = await store.append(
            [
                to(PARTITION, batch(b"a", b"b")),
                to(OTHER, batch(b"c")),
                to(MISSING, batch(b"lost")),
                to(PARTITION, batch(b"d")),
            ]
        )
        assert outcomes == [Appended(0, 0), Appended(1, 0), UNKNOWN, Appended(2, 0)]
        assert values(await get(store, 0)) == [b"a", b"b", b"d"]
        assert values(await get(store, 0, partition=OTHER)) == [b"before", b"c"]

    async def test_nothing_to_append_is_nothing_to_answer(self, store: Store) -> None:
        assert await store.append([]) == []

    async def test_order_holds_over_segments(self, store: Store) -> None:
        await make(store, segment_bytes=1_000)
        sent = [f"{index:050}".encode() for index in range(100)]
        for value in sent:
            await put(store, batch(value))
        assert values(await get(store, 0)) == sent
        assert values(await get(store, 57)) == sent[57:]
