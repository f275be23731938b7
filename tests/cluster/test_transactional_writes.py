"""Whether a write belongs to its producer's transaction: who is asked, and how producers of each version are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafkacompat.cluster.transactional_writes import Producer, Write, guard_for_offsets, guards_for
from kafkacompat.storage.store import PartitionKey
from kafkacompat.transactions.coordinator import Initializing
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.records.validation import Refusal
from tests.api.wired_node import WiredNode
from tests.metadata.fake_cluster import finish

if TYPE_CHECKING:
    from collections.abc import Collection

NEVER_ADDED = Refusal(ErrorCode.INVALID_TXN_STATE, "Partition was not added to the transaction")


@pytest.fixture
def node() -> WiredNode:
    made = WiredNode()
    made.create("orders", 2)
    finish(made.cluster.ensure_transaction_coordinator())
    return made


@pytest.fixture
def producer(node: WiredNode) -> Producer:
    given = finish(node.cluster.transactions.init_producer_id(Initializing("tx", 60_000)))
    return Producer("tx", given.producer_id, given.producer_epoch)


def ask(node: WiredNode, who: Producer, version: int, *indexes: int) -> list[int | Refusal | None]:
    writes = [Write(node.key("orders", index), TopicPartition("orders", index), 0) for index in indexes or (0,)]
    guards = finish(guards_for(node.cluster, who, writes, version))
    return [guards[write.key] for write in writes]


def add(node: WiredNode, who: Producer, *indexes: int) -> None:
    partitions = [TopicPartition("orders", index) for index in indexes]
    finish(node.cluster.transactions.add_partitions(*who, partitions, client_version=1))


def added(node: WiredNode) -> Collection[TopicPartition]:
    return finish(node.cluster.transactions.describe("tx")).partitions


@pytest.mark.parametrize("version", [3, 10, 11])
def test_what_was_added_may_be_written(node: WiredNode, producer: Producer, version: int) -> None:
    add(node, producer, 0)
    assert ask(node, producer, version) == [0]


@pytest.mark.parametrize("version", [12, 13])
def test_newer_producers_add_by_writing(node: WiredNode, producer: Producer, version: int) -> None:
    assert ask(node, producer, version, 0, 1) == [0, 0]
    assert set(added(node)) == {TopicPartition("orders", 0), TopicPartition("orders", 1)}


@pytest.mark.parametrize(
    ("version", "refusal"), [(3, NEVER_ADDED), (10, NEVER_ADDED), (11, Refusal(ErrorCode.TRANSACTION_ABORTABLE))]
)
def test_one_that_was_not_added_suffers_alone(
    node: WiredNode, producer: Producer, version: int, refusal: Refusal
) -> None:
    add(node, producer, 1)
    assert ask(node, producer, version, 0, 1) == [refusal, 0]
    assert list(added(node)) == [TopicPartition("orders", 1)]


@pytest.mark.parametrize("version", [3, 11, 12])
def test_a_zombie_is_not_told_that_it_is_fenced(node: WiredNode, producer: Producer, version: int) -> None:
    newer = producer._replace(producer_epoch=producer.producer_epoch + 1)
    assert ask(node, newer, version, 0, 1) == [Refusal(ErrorCode.INVALID_PRODUCER_EPOCH)] * 2


@pytest.mark.parametrize("version", [3, 12])
def test_a_stranger_is_told_so(node: WiredNode, producer: Producer, version: int) -> None:
    mapping = Refusal(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    assert ask(node, producer._replace(transactional_id="none"), version) == [mapping]
    assert ask(node, producer._replace(producer_id=99), version) == [mapping]
    assert ask(node, producer._replace(transactional_id=""), version) == [Refusal(ErrorCode.INVALID_REQUEST)]


@pytest.mark.parametrize(
    "code",
    [
        ErrorCode.CONCURRENT_TRANSACTIONS,
        ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode.COORDINATOR_NOT_AVAILABLE,
        ErrorCode.NOT_COORDINATOR,
    ],
)
@pytest.mark.parametrize("version", [11, 12])
def test_what_passes_has_every_producer_try_again(
    node: WiredNode, producer: Producer, monkeypatch: pytest.MonkeyPatch, version: int, code: ErrorCode
) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise ApiError(code)

    monkeypatch.setattr(node.cluster.transactions, "verify_partitions", busy)
    monkeypatch.setattr(node.cluster.transactions, "add_partitions", busy)
    (refusal,) = ask(node, producer, version)
    assert isinstance(refusal, Refusal)
    if version >= 12 and code is ErrorCode.CONCURRENT_TRANSACTIONS:
        assert refusal == Refusal(code)
    else:
        assert refusal.code is ErrorCode.NOT_ENOUGH_REPLICAS
        assert (refusal.message or "").endswith(f"Underlying error: {code.name}")


def offsets(node: WiredNode, who: Producer, *, adds: bool, knows_abortable: bool) -> int | None:
    finish(node.cluster.ensure_group_coordinator())
    topic = node.cluster.metadata.topic("__consumer_offsets")
    assert topic is not None
    key = PartitionKey(topic.topic_id, 3)
    return finish(guard_for_offsets(node.cluster, who, key, adds=adds, knows_abortable=knows_abortable))


def test_offsets_are_added_by_newer_producers(node: WiredNode, producer: Producer) -> None:
    assert offsets(node, producer, adds=True, knows_abortable=True) == 0
    assert list(added(node)) == [TopicPartition("__consumer_offsets", 3)]


@pytest.mark.parametrize(
    ("knows_abortable", "code"), [(False, ErrorCode.INVALID_TXN_STATE), (True, ErrorCode.TRANSACTION_ABORTABLE)]
)
def test_offsets_that_were_not_added_are_refused(
    node: WiredNode,
    producer: Producer,
    knows_abortable: bool,  # noqa: FBT001 - a fact of the version
    code: ErrorCode,
) -> None:
    with pytest.raises(ApiError) as refused:
        offsets(node, producer, adds=False, knows_abortable=knows_abortable)
    assert refused.value.code is code
