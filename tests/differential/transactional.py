"""Transactional producers, and requests about transactions in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages import add_partitions_to_txn as adding
from kafkacompat.wire.messages import update_features as features
from kafkacompat.wire.messages import write_txn_markers as marking
from kafkacompat.wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest
from kafkacompat.wire.messages.describe_transactions import DescribeTransactionsRequest
from kafkacompat.wire.messages.end_txn import EndTxnRequest
from kafkacompat.wire.messages.list_transactions import ListTransactionsRequest
from kafkacompat.wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitRequestPartition,
    TxnOffsetCommitRequestTopic,
)
from tests.differential.batches import batch
from tests.differential.requests import init_producer_id, produce

if TYPE_CHECKING:
    from kafkacompat.wire.messages.produce import ProduceRequest
    from tests.differential.peer import Peer, Topic

READ_COMMITTED: Final = 1
RAISE, LOWER, LOWER_UNSAFELY = 1, 2, 3
"""How a feature's level may be changed."""
NOT_ENDING: Final = ("Empty", "Ongoing", "CompleteCommit", "CompleteAbort", "")
NOT_NOW: Final = (
    ErrorCode.CONCURRENT_TRANSACTIONS,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
)


class Producer(NamedTuple):
    """Who a transactional producer says it is."""

    id: str
    producer_id: int
    epoch: int
    now_ms: int
    """When its records were made: with those of long ago each marker would begin a segment."""

    @property
    def identity(self) -> dict[str, Any]:
        return {"transactional_id": self.id, "producer_id": self.producer_id, "producer_epoch": self.epoch}

    def batch(self, sequence: int = 0, count: int = 1, *, transactional: bool = True, **options: Any) -> bytes:
        """Build a batch of this producer."""
        fields = {"producer_id": self.producer_id, "producer_epoch": self.epoch, "base_sequence": sequence}
        fields |= {"timestamp_ms": self.now_ms - 1000 * count}
        return batch(count, transactional=transactional, **(fields | options))

    def known(self) -> dict[str, Any]:
        """Return what an InitProducerId of version 3 and later says of it."""
        return {"producer_id": self.producer_id, "producer_epoch": self.epoch}


def begin(peer: Peer, transactional_id: str | None = None, **fields: Any) -> Producer:
    """Become the producer of a transactional id, by default a new one; what is open of it is aborted first."""
    name = transactional_id or peer.name("transaction")
    answers: list[Any] = []

    def is_given() -> bool:
        answers.append(peer.quietly(init_producer_id(name, **fields), 4))
        return answers[-1].error_code not in NOT_NOW

    peer.await_that(is_given)
    assert answers[-1].error_code == ErrorCode.NONE, answers[-1]
    return Producer(name, answers[-1].producer_id, answers[-1].producer_epoch, peer.now_ms)


def await_end(peer: Peer, who: Producer | str) -> None:
    """Wait until the markers of the last transaction are written."""
    name = who if isinstance(who, str) else who.id

    def has_ended() -> bool:
        (state,) = peer.quietly(describe(name), 0).transaction_states
        return state.transaction_state in NOT_ENDING

    peer.await_that(has_ended)


def wrote(version: int, who: Producer, topic: Topic, *records: bytes | None, **fields: Any) -> ProduceRequest:
    """Write in a transaction: to each partition from 0 on one item, by default a batch of one record to the first."""
    known: dict[str, Any] = {"transactional_id": who.id}
    return produce(version, topic, *records or (who.batch(),), **(known | fields))


def add_partitions(
    version: int, who: Producer, *named: tuple[str, list[int]], verify_only: bool = False
) -> adding.AddPartitionsToTxnRequest:
    topics = [adding.AddPartitionsToTxnTopic(name=name, partitions=indexes) for name, indexes in named]
    if version >= 4:
        return adding.AddPartitionsToTxnRequest(transactions=[part_of(who, *named, verify_only=verify_only)])
    return adding.AddPartitionsToTxnRequest(
        v3_and_below_transactional_id=who.id,
        v3_and_below_producer_id=who.producer_id,
        v3_and_below_producer_epoch=who.epoch,
        v3_and_below_topics=topics,
    )


def part_of(
    who: Producer, *named: tuple[str, list[int]], verify_only: bool = False
) -> adding.AddPartitionsToTxnTransaction:
    """Describe one transaction of what brokers ask each other."""
    topics = [adding.AddPartitionsToTxnTopic(name=name, partitions=indexes) for name, indexes in named]
    return adding.AddPartitionsToTxnTransaction(topics=topics, verify_only=verify_only, **who.identity)


def add_offsets(who: Producer, group: str) -> AddOffsetsToTxnRequest:
    return AddOffsetsToTxnRequest(group_id=group, **who.identity)


def commit_offsets(
    version: int, who: Producer, group: str, topic: Topic, *offsets: int, **fields: Any
) -> TxnOffsetCommitRequest:
    """Commit one offset for each partition from 0 on."""
    partitions = [
        TxnOffsetCommitRequestPartition(partition_index=index, committed_offset=offset, committed_metadata="note")
        for index, offset in enumerate(offsets)
    ]
    named: dict[str, Any] = {"topic_id": topic.topic_id} if version >= 6 else {"name": topic.name}
    topics = [TxnOffsetCommitRequestTopic(partitions=partitions, **named)]
    return TxnOffsetCommitRequest(group_id=group, topics=topics, **(who.identity | fields))


def end(who: Producer, *, commit: bool = True) -> EndTxnRequest:
    return EndTxnRequest(committed=commit, **who.identity)


def marker(who: Producer, *named: tuple[str, list[int]], commit: bool = True, **fields: Any) -> Any:
    topics = [marking.WritableTxnMarkerTopic(name=name, partition_indexes=indexes) for name, indexes in named]
    known: dict[str, Any] = {"coordinator_epoch": 0}
    return marking.WritableTxnMarker(
        producer_id=who.producer_id,
        producer_epoch=who.epoch,
        transaction_result=commit,
        topics=topics,
        **(known | fields),
    )


def write_markers(*markers: Any) -> marking.WriteTxnMarkersRequest:
    return marking.WriteTxnMarkersRequest(markers=list(markers))


def describe(*transactional_ids: str) -> DescribeTransactionsRequest:
    return DescribeTransactionsRequest(transactional_ids=list(transactional_ids))


def list_transactions(
    states: list[str] | None = None, producer_ids: list[int] | None = None, **fields: Any
) -> ListTransactionsRequest:
    return ListTransactionsRequest(state_filters=states or [], producer_id_filters=producer_ids or [], **fields)


def update_features(
    version: int, *levels: tuple[str, int, int], validate_only: bool = False
) -> features.UpdateFeaturesRequest:
    """Ask for features by name, level and type of update.

    Version 0 knows no types, and says whether the level may go down.
    """
    updates = [
        features.FeatureUpdateKey(feature=name, max_version_level=level, allow_downgrade=kind != 1)
        if version == 0
        else features.FeatureUpdateKey(feature=name, max_version_level=level, upgrade_type=kind)
        for name, level, kind in levels
    ]
    only: dict[str, Any] = {"validate_only": True} if validate_only else {}
    return features.UpdateFeaturesRequest(timeout_ms=10_000, feature_updates=updates, **only)
