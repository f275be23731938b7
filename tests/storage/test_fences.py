"""Owning a shard: whoever came last may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.store import Appended, Fence, Refused
from kafkacompat.wire.errors import ErrorCode
from tests.storage.batches import OTHER, PARTITION, batch, get, make, put, to, values

if TYPE_CHECKING:
    from kafkacompat.storage.store import Store

FENCED = Refused(ErrorCode.NOT_COORDINATOR)


async def test_the_owner_may_append(store: Store) -> None:
    await make(store)
    fence = await store.own(PARTITION)
    assert fence.shard == PARTITION
    assert await put(store, batch(b"a"), fence=fence) == Appended(0, 0)


async def test_the_next_owner_voids_the_fence(store: Store) -> None:
    await make(store)
    old = await store.own(PARTITION)
    new = await store.own(PARTITION)
    assert new.epoch > old.epoch
    assert await store.append([to(PARTITION, batch(b"a")), to(PARTITION, batch(b"b"))], old) == [FENCED, FENCED]
    assert await put(store, batch(b"c"), fence=new) == Appended(0, 0)
    assert values(await get(store, 0)) == [b"c"]


async def test_shards_are_owned_one_by_one(store: Store) -> None:
    await make(store, PARTITION, OTHER)
    fence = await store.own(PARTITION)
    await store.own(OTHER)
    assert await put(store, batch(b"a"), fence=fence) == Appended(0, 0)


async def test_a_fence_that_was_never_given_is_refused(store: Store) -> None:
    await make(store)
    assert await put(store, batch(b"a"), fence=Fence(PARTITION, 0)) == FENCED


async def test_a_shards_fence_guards_what_it_writes_elsewhere(store: Store) -> None:
    await make(store, PARTITION, OTHER)
    old = await store.own(PARTITION)
    assert await put(store, batch(b"a"), OTHER, fence=old) == Appended(0, 0)
    await store.own(PARTITION)
    assert await put(store, batch(b"b"), OTHER, fence=old) == FENCED


async def test_fences_outlive_the_log(store: Store) -> None:
    await make(store)
    old = await store.own(PARTITION)
    await store.own(PARTITION)
    await store.delete(PARTITION)
    await make(store)
    assert await put(store, batch(b"a"), fence=old) == FENCED
