"""Transactions by requests: what is refused, and said in ways that only Kafka 4.4.0's answers tell."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.add_partitions_to_txn import AddPartitionsToTxnRequest, AddPartitionsToTxnTopic
from kafkacompat.wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
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
from tests.api.test_transactions import NAME, begin, node, write

__all__ = ["node"]

NONE = ErrorCode.NONE


def add(node: Any, *topics: tuple[str, list[int]]) -> list[tuple[str, list[tuple[int, int]]]]:
    request = AddPartitionsToTxnRequest(
        v3_and_below_transactional_id="tx",
        v3_and_below_producer_id=0,
        v3_and_below_producer_epoch=0,
        v3_and_below_topics=[AddPartitionsToTxnTopic(name=name, partitions=indexes) for name, indexes in topics],
    )
    return [
        (topic.name, [(one.partition_index, one.partition_error_code) for one in topic.results_by_partition])
        for topic in node.ask(request, 3).results_by_topic_v3_and_below
    ]


def test_clients_add_no_partition_of_an_internal_topic(node: Any) -> None:
    begin(node)
    denied, kept_out = ErrorCode.TOPIC_AUTHORIZATION_FAILED, ErrorCode.OPERATION_NOT_ATTEMPTED
    assert add(node, ("__transaction_state", [0]), (NAME, [1])) == [
        ("__transaction_state", [(0, denied)]),
        (NAME, [(1, kept_out)]),
    ]


def test_partitions_are_answered_as_listed_unless_one_cannot_be_added(node: Any) -> None:
    begin(node)
    assert add(node, (NAME, [1, 1]), (NAME, [0]), ("orders", [])) == [
        (NAME, [(1, NONE), (1, NONE)]),
        (NAME, [(0, NONE)]),
        (NAME, []),
    ]
    missing, kept_out = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.OPERATION_NOT_ATTEMPTED
    assert add(node, (NAME, [1, 9, 9]), (NAME, [0])) == [(NAME, [(1, kept_out), (9, missing), (0, kept_out)])]


def marker(producer_id: int, *indexes: int, epoch: int = 0, coordinator_epoch: int = 0) -> WritableTxnMarker:
    return WritableTxnMarker(
        producer_id=producer_id,
        producer_epoch=epoch,
        transaction_result=False,
        topics=[WritableTxnMarkerTopic(name=NAME, partition_indexes=list(indexes))],
        coordinator_epoch=coordinator_epoch,
    )


def marked(node: Any, *markers: WritableTxnMarker) -> list[tuple[int, list[tuple[int, int]]]]:
    answer = node.ask(WriteTxnMarkersRequest(markers=list(markers)), 2)
    return [
        (one.producer_id, [(p.partition_index, p.error_code) for topic in one.topics for p in topic.partitions])
        for one in answer.markers
    ]


def test_markers_are_answered_once_for_each_producer(node: Any) -> None:
    assert marked(node, marker(5, 0), marker(6, 0), marker(5, 1), marker(7)) == [
        (5, [(0, NONE), (1, NONE)]),
        (6, [(0, NONE)]),
    ]


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (marker(-1, 0), ErrorCode.UNKNOWN_SERVER_ERROR),
        (marker(5, 0, epoch=-1), ErrorCode.UNKNOWN_SERVER_ERROR),
        (marker(5, 0, epoch=-2), ErrorCode.INVALID_PRODUCER_EPOCH),
        (marker(5, 0, coordinator_epoch=-2), ErrorCode.TRANSACTION_COORDINATOR_FENCED),
    ],
)
def test_markers_of_nobody_are_refused(node: Any, odd: WritableTxnMarker, code: ErrorCode) -> None:
    assert marked(node, odd) == [(odd.producer_id, [(0, code)])]


def data(producer_id: int, *, sequence: int = 0, epoch: int = 0, transactional: bool = True) -> bytes:
    return build_batch(
        [Record(0, value=b"a")],
        base_timestamp_ms=0,
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=sequence,
        transactional=transactional,
    )


def produce(node: Any, *records: bytes, transactional_id: str | None = "tx") -> list[tuple[int, int, str | None]]:
    parts = [PartitionProduceData(index=index, records=batch) for index, batch in enumerate(records)]
    topics = [TopicProduceData(name=NAME, partition_data=parts)]
    request = ProduceRequest(transactional_id=transactional_id, acks=-1, timeout_ms=1000, topic_data=topics)
    answers = node.ask(request, 12).responses[0].partition_responses
    return [(one.error_code, one.log_start_offset, one.error_message) for one in answers]


def test_two_producers_in_one_request_are_refused_together(node: Any) -> None:
    begin(node)
    text = "Transactional records contained more than one producer ID"
    assert produce(node, data(0), data(1)) == [(ErrorCode.INVALID_PRODUCER_ID_MAPPING, -1, text)] * 2


def test_a_plain_batch_in_an_open_transaction_is_refused_by_the_log(node: Any) -> None:
    begin(node)
    assert write(node, 0, 0, b"a", version=12) == (NONE, 0)
    (answer,) = produce(node, data(0, sequence=1, transactional=False), transactional_id=None)
    assert answer[:2] == (ErrorCode.INVALID_TXN_STATE, 0)


def test_the_epoch_of_a_zombie_is_seen_before_its_log_is_looked_at(node: Any) -> None:
    begin(node)
    write(node, 0, 0, b"a", version=12)
    begin(node)  # aborts what is open, under the next epoch
    assert produce(node, data(0, sequence=1)) == [(ErrorCode.INVALID_PRODUCER_EPOCH, -1, None)]


def test_a_state_that_does_not_exist_is_told_once(node: Any) -> None:
    request = ListTransactionsRequest(state_filters=["Odd", "Ongoing", "Odd", "odd"], producer_id_filters=[])
    assert node.ask(request, 2).unknown_state_filters == ["Odd", "odd"]


def test_the_newest_record_is_not_told_of_while_its_transaction_is_open(node: Any) -> None:
    def newest(isolation: int) -> int:
        asked = [ListOffsetsPartition(partition_index=0, timestamp=-3)]
        topics = [ListOffsetsTopic(name=NAME, partitions=asked)]
        answer = node.ask(ListOffsetsRequest(replica_id=-1, isolation_level=isolation, topics=topics), 7)
        offset: int = answer.topics[0].partitions[0].offset
        return offset

    begin(node)
    write(node, 0, 0, b"a", version=12)
    assert [newest(0), newest(1)] == [0, -1]


@pytest.mark.parametrize("version", [0, 1])
def test_updates_of_features_are_answered_as_often_as_they_are_listed(node: Any, version: int) -> None:
    updates = [FeatureUpdateKey(feature="transaction.version", max_version_level=2) for _ in range(2)]
    answer = node.ask(UpdateFeaturesRequest(feature_updates=updates), version)
    assert [(one.feature, one.error_code, one.error_message) for one in answer.results] == [
        ("transaction.version", NONE, "NONE")
    ] * 2
