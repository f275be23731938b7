"""Which batches may open or continue a transaction, on every engine.  The rules are those of Kafka 4.4 (KIP-890)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import (
    ActiveProducer,
    Appended,
    Bounds,
    Duplicate,
    Refused,
)
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import (
    NOW_MS,
    batch,
    make,
    put,
    sequenced,
)
from tests.storage.transactions import (
    append_guarded,
    bounds,
    end,
    log_of,
    producer,
    stable_offset,
    transactional,
    write,
)

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store
    from tests.storage.conftest import World

DAY_MS = 86_400_000
MAX_SEQUENCE = 2_147_483_647
NOT_IN_TRANSACTION = Refused(ErrorCode.INVALID_TXN_STATE)
OUT_OF_ORDER = Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
OLD_EPOCH = Refused(ErrorCode.INVALID_PRODUCER_EPOCH)


class TestGuards:
    async def test_a_transaction_does_not_open_without_a_guard(self, store: Store) -> None:
        await make(store)
        assert await append_guarded(store, transactional(7, 0, 0), None) == NOT_IN_TRANSACTION
        assert await bounds(store) == Bounds(0, 0, 0, 0)

    async def test_with_one_it_opens_and_needs_none_any_more(self, store: Store) -> None:
        await make(store)
        guard = await log_of(store).transaction_guard(7, 0)
        assert guard is not None
        assert await append_guarded(store, transactional(7, 0, 0), guard) == Appended(0, 0)
        assert await log_of(store).transaction_guard(7, 0) is None
        assert await append_guarded(store, transactional(7, 0, 1), None) == Appended(1, 0)

    async def test_a_marker_in_between_makes_a_guard_worthless(self, store: Store) -> None:
        await make(store)
        guard = await log_of(store).transaction_guard(7, 0)
        await end(store, 7, commit=False)
        assert await append_guarded(store, transactional(7, 0, 0), guard) == NOT_IN_TRANSACTION
        fresh = await log_of(store).transaction_guard(7, 0)
        assert await append_guarded(store, transactional(7, 0, 0), fresh) == Appended(1, 0)

    async def test_one_that_has_opened_a_transaction_does_not_open_the_next(self, store: Store) -> None:
        await make(store)
        guard = await log_of(store).transaction_guard(7, 0)
        await append_guarded(store, transactional(7, 0, 0), guard)
        await end(store, 7, commit=True)
        assert await append_guarded(store, transactional(7, 0, 1), guard) == NOT_IN_TRANSACTION

    async def test_a_marker_that_is_long_forgotten_still_counts(self, world: World) -> None:
        await make(world.store)
        guard = await log_of(world.store).transaction_guard(7, 0)
        await end(world.store, 7, commit=False)
        world.clock.advance(DAY_MS)
        assert await append_guarded(world.store, transactional(7, 0, 0), guard) == NOT_IN_TRANSACTION

    async def test_other_producers_and_their_markers_do_not_matter(self, store: Store) -> None:
        await make(store)
        guard = await log_of(store).transaction_guard(7, 0)
        await write(store, 8, 0)
        await end(store, 8, commit=True)
        await put(store, batch(b"plain"))
        assert await append_guarded(store, transactional(7, 0, 0), guard) == Appended(3, 0)

    async def test_two_batches_may_have_asked_before_the_first_is_appended(self, store: Store) -> None:
        await make(store)
        guards = [await log_of(store).transaction_guard(7, 0, sequence) for sequence in (0, 1)]
        assert await append_guarded(store, transactional(7, 0, 0), guards[0]) == Appended(0, 0)
        assert await append_guarded(store, transactional(7, 0, 1), guards[1]) == Appended(1, 0)

    async def test_what_was_asked_about_comes_before_batches_without_a_transaction_too(self, store: Store) -> None:
        await make(store)
        await log_of(store).transaction_guard(7, 0, 3)
        assert await put(store, sequenced(7, 0, 4)) == OUT_OF_ORDER
        assert await put(store, sequenced(8, 0, 4)) == Appended(0, 0)
        assert await put(store, sequenced(7, 0, 3)) == Appended(1, 0)

    async def test_none_is_given_to_an_old_epoch_whose_batch_is_refused_for_that(self, store: Store) -> None:
        await make(store)
        await put(store, sequenced(7, 3, 0))
        assert await log_of(store).transaction_guard(7, 2) is None
        assert await append_guarded(store, transactional(7, 2, 0), None) == OLD_EPOCH

    async def test_a_newer_epoch_asks_though_an_older_one_is_open_and_takes_the_transaction_over(
        self, store: Store
    ) -> None:
        await make(store)
        await write(store, 7, 0)
        assert await append_guarded(store, transactional(7, 1, 0), None) == NOT_IN_TRANSACTION
        guard = await log_of(store).transaction_guard(7, 1)
        assert guard is not None
        assert await append_guarded(store, transactional(7, 1, 0), guard) == Appended(1, 0)
        assert await producer(store) == ActiveProducer(7, 1, 0, NOW_MS, -1, 0)


class TestOrder:
    async def test_sequences_count_in_transactions_too(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, b"a", b"b")
        assert await write(store, 7, 3) == OUT_OF_ORDER
        assert await write(store, 7, 2) == Appended(2, 0)

    async def test_a_duplicate_is_known_even_after_its_transaction(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0, b"a", b"b")
        assert await write(store, 7, 0, b"a", b"b") == Duplicate(0, 0, NOW_MS)
        await end(store, 7, commit=True)
        assert await append_guarded(store, transactional(7, 0, 0, b"a", b"b"), None) == Duplicate(0, 0, NOW_MS)

    async def test_a_transaction_may_begin_anywhere_if_nothing_is_known(self, store: Store) -> None:
        await make(store)
        assert await write(store, 7, 5) == Appended(0, 0)

    async def test_but_at_zero_where_that_is_asked(self, store: Store) -> None:
        await make(store)
        assert await write(store, 7, 5, from_zero=True) == OUT_OF_ORDER
        assert await write(store, 7, 0, from_zero=True) == Appended(0, 0)
        assert await write(store, 7, 1, from_zero=True) == Appended(1, 0)

    async def test_a_batch_may_not_overtake_one_that_was_asked_about_before_it(self, store: Store) -> None:
        await make(store)
        first, second = [await log_of(store).transaction_guard(7, 0, sequence) for sequence in (5, 6)]
        assert await append_guarded(store, transactional(7, 0, 6), second) == OUT_OF_ORDER
        assert await append_guarded(store, transactional(7, 0, 5), first) == Appended(0, 0)
        assert await append_guarded(store, transactional(7, 0, 6), second) == Appended(1, 0)

    async def test_what_an_older_epoch_asked_about_is_no_hindrance(self, store: Store) -> None:
        await make(store)
        await log_of(store).transaction_guard(7, 0, 0)
        guard = await log_of(store).transaction_guard(7, 1, 4)
        assert await append_guarded(store, transactional(7, 1, 4), guard) == Appended(0, 0)

    async def test_a_plain_batch_is_refused_while_the_transaction_is_open(self, store: Store) -> None:
        await make(store)
        await write(store, 7, 0)
        assert await put(store, sequenced(7, 0, 1)) == NOT_IN_TRANSACTION
        assert await put(store, sequenced(7, 0, 5)) == OUT_OF_ORDER
        assert await put(store, sequenced(7, 1, 0)) == NOT_IN_TRANSACTION
        assert await put(store, sequenced(8, 0, 0)) == Appended(1, 0)
        await end(store, 7, commit=True)
        assert await put(store, sequenced(7, 0, 1)) == Appended(3, 0)

    async def test_a_coordinators_batches_have_no_sequence_but_open_transactions(self, store: Store) -> None:
        await make(store)
        assert await write(store, 7, -1, b"a", b"b") == Appended(0, 0)
        assert await write(store, 7, -1) == Appended(2, 0)
        assert await stable_offset(store) == 0
        assert await producer(store) == ActiveProducer(7, 0, -1, NOW_MS, -1, 0)
        assert await write(store, 7, -1, epoch=1) == Appended(3, 0)
        assert await write(store, 7, -1, epoch=0) == OLD_EPOCH


async def test_sequences_wrap_in_transactions(store: Store) -> None:
    await make(store)
    await write(store, 7, MAX_SEQUENCE - 1, b"a", b"b", b"c")
    assert await write(store, 7, 1) == Appended(3, 0)
