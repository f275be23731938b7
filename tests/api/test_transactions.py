"""Transactions by requests: one producer's way through them in each version, and how each request is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.storage.store import AbortedRange, Isolation, Read, ReadRequest
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest
from kafkacompat.wire.messages.add_partitions_to_txn import (
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnTopic,
    AddPartitionsToTxnTransaction,
)
from kafkacompat.wire.messages.describe_producers import DescribeProducersRequest, TopicRequest
from kafkacompat.wire.messages.describe_transactions import DescribeTransactionsRequest
from kafkacompat.wire.messages.end_txn import EndTxnRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.list_transactions import ListTransactionsRequest
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkacompat.wire.messages.update_features import FeatureUpdateKey, UpdateFeaturesRequest
from kafkacompat.wire.messages.write_txn_markers import (
    WritableTxnMarker,
    WritableTxnMarkerTopic,
    WriteTxnMarkersRequest,
)
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.record import Record
from tests.api.wired_node import WiredNode
from tests.metadata.fake_cluster import finish

NONE = ErrorCode.NONE
NAME = "orders"
OLD_FLOW, NEW_FLOW = (3, 11, 4), (5, 12, 5)
"""The versions of AddPartitionsToTxn, Produce and EndTxn that go together; the new flow adds nothing beforehand."""


@pytest.fixture
def node() -> WiredNode:
    made = WiredNode()
    made.create(NAME, 2)
    made.ask(FindCoordinatorRequest(key_type=1, coordinator_keys=["tx"]), 6)
    return made


def begin(node: WiredNode, name: str = "tx", version: int = 5, **given: Any) -> tuple[int, int, int]:
    told = {"transaction_timeout_ms": 60_000, "producer_id": -1, "producer_epoch": -1, **given}
    answer = node.ask(InitProducerIdRequest(transactional_id=name, **told), version)
    return answer.error_code, answer.producer_id, answer.producer_epoch


def add(node: WiredNode, producer_id: int, epoch: int, *indexes: int, name: str = NAME, version: int = 3) -> list[int]:
    request = AddPartitionsToTxnRequest(
        v3_and_below_transactional_id="tx",
        v3_and_below_producer_id=producer_id,
        v3_and_below_producer_epoch=epoch,
        v3_and_below_topics=[AddPartitionsToTxnTopic(name=name, partitions=list(indexes))],
    )
    (topic,) = node.ask(request, version).results_by_topic_v3_and_below
    return [one.partition_error_code for one in topic.results_by_partition]


def write(
    node: WiredNode, producer_id: int, epoch: int, value: bytes, *, sequence: int = 0, version: int, index: int = 0
) -> tuple[int, int]:
    batch = build_batch(
        [Record(0, value=value)],
        base_timestamp_ms=node.cluster.clock.now_ms(),
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=sequence,
        transactional=True,
    )
    data = [TopicProduceData(name=NAME, partition_data=[PartitionProduceData(index=index, records=batch)])]
    request = ProduceRequest(transactional_id="tx", acks=-1, timeout_ms=1000, topic_data=data)
    (answer,) = node.ask(request, version).responses[0].partition_responses
    return answer.error_code, answer.base_offset


def end(node: WiredNode, producer_id: int, epoch: int, *, commit: bool, version: int) -> tuple[int, int, int]:
    request = EndTxnRequest(transactional_id="tx", producer_id=producer_id, producer_epoch=epoch, committed=commit)
    answer = node.ask(request, version)
    return answer.error_code, answer.producer_id, answer.producer_epoch


def stable(node: WiredNode, index: int = 0) -> tuple[int, int, list[AbortedRange] | None]:
    """Where a log ends, where it is stable, and what of it was aborted."""
    read = ReadRequest(node.key(NAME, index), 0, 1 << 20, Isolation.READ_COMMITTED)
    (found,) = finish(node.cluster.store.read([read], 1 << 20))
    assert isinstance(found, Read)
    return found.high_watermark, found.last_stable_offset, found.aborted


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize(("adding", "producing", "ending"), [OLD_FLOW, NEW_FLOW])
def test_a_transaction_is_begun_written_and_ended(
    node: WiredNode,
    adding: int,
    producing: int,
    ending: int,
    commit: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert begin(node) == (NONE, 0, 0)
    if adding == OLD_FLOW[0]:
        assert add(node, 0, 0, 0) == [NONE]
    assert write(node, 0, 0, b"a", version=producing) == (NONE, 0)
    assert write(node, 0, 0, b"b", sequence=1, version=producing) == (NONE, 1)
    assert stable(node) == (2, 0, [])
    following = (NONE, 0, 1) if ending == NEW_FLOW[2] else (NONE, -1, -1)
    assert end(node, 0, 0, commit=commit, version=ending) == following
    assert stable(node) == (3, 3, [] if commit else [AbortedRange(0, 0)])


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (3, ErrorCode.INVALID_TXN_STATE),
        (10, ErrorCode.INVALID_TXN_STATE),
        (11, ErrorCode.TRANSACTION_ABORTABLE),
        (12, NONE),
    ],
)
def test_a_partition_that_was_not_added_is_refused_until_writing_adds_it(
    node: WiredNode, version: int, code: ErrorCode
) -> None:
    begin(node)
    assert write(node, 0, 0, b"a", version=version)[0] == code


@pytest.mark.parametrize(("version", "code"), [(3, ErrorCode.INVALID_PRODUCER_EPOCH), (4, ErrorCode.PRODUCER_FENCED)])
def test_who_is_fenced_is_told_so_from_version_4_of_init_producer_id(
    node: WiredNode, version: int, code: ErrorCode
) -> None:
    assert [begin(node) for _ in range(3)] == [(NONE, 0, 0), (NONE, 0, 1), (NONE, 0, 2)]
    assert begin(node, version=version, producer_id=0, producer_epoch=0) == (code, -1, -1)


@pytest.mark.parametrize(("version", "code"), [(1, ErrorCode.INVALID_PRODUCER_EPOCH), (2, ErrorCode.PRODUCER_FENCED)])
def test_and_from_version_2_of_the_others(node: WiredNode, version: int, code: ErrorCode) -> None:
    begin(node)
    begin(node)
    assert add(node, 0, 0, 0, 1, version=version) == [code, code]
    assert end(node, 0, 0, commit=True, version=version) == (code, -1, -1)
    offsets = AddOffsetsToTxnRequest(transactional_id="tx", producer_id=0, producer_epoch=0, group_id="g")
    assert node.ask(offsets, version).error_code == code


def test_what_an_id_is_asked_for_with_must_make_sense(node: WiredNode) -> None:
    assert begin(node, "") == (ErrorCode.INVALID_REQUEST, -1, -1)
    assert begin(node, transaction_timeout_ms=0) == (ErrorCode.INVALID_TRANSACTION_TIMEOUT, -1, -1)
    assert begin(node, transaction_timeout_ms=900_001) == (ErrorCode.INVALID_TRANSACTION_TIMEOUT, -1, -1)


def test_a_partition_that_is_not_there_keeps_the_others_out(node: WiredNode) -> None:
    begin(node)
    assert add(node, 0, 0, 0, 7) == [ErrorCode.OPERATION_NOT_ATTEMPTED, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
    assert add(node, 0, 0, 0, name="none") == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
    assert write(node, 0, 0, b"a", version=11)[0] == ErrorCode.TRANSACTION_ABORTABLE


def test_brokers_ask_whether_partitions_belong_to_a_transaction(node: WiredNode) -> None:
    begin(node)
    add(node, 0, 0, 0)
    asked = AddPartitionsToTxnTransaction(
        transactional_id="tx",
        producer_id=0,
        producer_epoch=0,
        verify_only=True,
        topics=[AddPartitionsToTxnTopic(name=NAME, partitions=[0, 1])],
    )
    (answer,) = node.ask(AddPartitionsToTxnRequest(transactions=[asked]), 5).results_by_transaction
    codes = [one.partition_error_code for one in answer.topic_results[0].results_by_partition]
    assert codes == [NONE, ErrorCode.TRANSACTION_ABORTABLE]


def test_a_batch_of_a_transaction_without_its_id_refuses_the_request(node: WiredNode) -> None:
    batch = build_batch(
        [Record(0, value=b"a")],
        base_timestamp_ms=0,
        producer_id=0,
        producer_epoch=0,
        base_sequence=0,
        transactional=True,
    )
    data = [TopicProduceData(name=NAME, partition_data=[PartitionProduceData(index=0, records=batch)])]
    request = ProduceRequest(transactional_id=None, acks=-1, timeout_ms=1000, topic_data=data)
    (answer,) = node.ask(request, 12).responses[0].partition_responses
    assert answer.error_code == ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED


def test_an_open_transaction_is_seen_by_administrators(node: WiredNode) -> None:
    begin(node)
    write(node, 0, 0, b"a", version=12)
    described, missing = node.ask(DescribeTransactionsRequest(transactional_ids=["tx", "none"]), 0).transaction_states
    assert (described.transaction_state, described.producer_id, described.producer_epoch) == ("Ongoing", 0, 0)
    assert [(topic.topic, topic.partitions) for topic in described.topics] == [(NAME, [0])]
    assert missing.error_code == ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
    listed = node.ask(ListTransactionsRequest(state_filters=["Ongoing", "Odd"], producer_id_filters=[]), 2)
    assert [one.transactional_id for one in listed.transaction_states] == ["tx"]
    assert listed.unknown_state_filters == ["Odd"]
    producers = node.ask(DescribeProducersRequest(topics=[TopicRequest(name=NAME, partition_indexes=[0])]), 0)
    (producer,) = producers.topics[0].partitions[0].active_producers
    assert (producer.producer_id, producer.current_txn_start_offset, producer.coordinator_epoch) == (0, 0, -1)


def test_a_marker_ends_a_transaction_in_one_partition(node: WiredNode) -> None:
    begin(node)
    write(node, 0, 0, b"a", version=12)
    marker = WritableTxnMarker(
        producer_id=0,
        producer_epoch=0,
        transaction_result=False,
        topics=[
            WritableTxnMarkerTopic(name=NAME, partition_indexes=[0, 7]),
            WritableTxnMarkerTopic(name="none", partition_indexes=[0]),
        ],
        coordinator_epoch=0,
    )
    (answer,) = node.ask(WriteTxnMarkersRequest(markers=[marker]), 1).markers
    codes = [[one.error_code for one in topic.partitions] for topic in answer.topics]
    assert codes == [[NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION], [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]]
    assert stable(node) == (2, 2, [AbortedRange(0, 0)])


def test_the_level_of_transactions_can_be_lowered_and_raised(node: WiredNode) -> None:
    def update(level: int, upgrade_type: int) -> tuple[int, str | None]:
        asked = FeatureUpdateKey(feature="transaction.version", max_version_level=level, upgrade_type=upgrade_type)
        answer = node.ask(UpdateFeaturesRequest(feature_updates=[asked]), 2)
        return answer.error_code, answer.error_message

    assert update(1, 1)[0] == ErrorCode.INVALID_UPDATE_VERSION
    assert update(1, 2) == (NONE, None)
    assert node.cluster.metadata.transaction_version() == 1
    code, sentence = update(3, 1)
    assert (code, sentence) == (
        ErrorCode.INVALID_UPDATE_VERSION,
        (
            "The update failed for all features since the following feature had an error: Invalid update version 3 for "
            "feature transaction.version. Local controller 1 only supports versions 0-2"
        ),
    )
    assert update(2, 1) == (NONE, None)
    assert node.cluster.metadata.transaction_version() == 2
