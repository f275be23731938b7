"""AddPartitionsToTxn (key 24), versions 0-5: partitions become part of a transaction (KIP-98, 588, 890).

Versions 4 and 5 are what brokers send each other: many transactions in one request, to add to or only to verify.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.api.transaction_codes import for_version
from kafkacompat.metadata.topic import INTERNAL_TOPICS
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.add_partitions_to_txn import (
    AddPartitionsToTxnPartitionResult,
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse,
    AddPartitionsToTxnResult,
    AddPartitionsToTxnTopic,
    AddPartitionsToTxnTopicResult,
    AddPartitionsToTxnTransaction,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

FIRST_VERSION_WITH_FENCED: Final = 2
FIRST_VERSION_OF_BROKERS: Final = 4

Codes = dict[TopicPartition, ErrorCode]


async def handle(node: Node, context: Context, request: AddPartitionsToTxnRequest) -> AddPartitionsToTxnResponse:
    """Answer each transaction on its own."""
    if context.api_version < FIRST_VERSION_OF_BROKERS:
        transaction = AddPartitionsToTxnTransaction(
            transactional_id=request.v3_and_below_transactional_id,
            producer_id=request.v3_and_below_producer_id,
            producer_epoch=request.v3_and_below_producer_epoch,
            verify_only=False,
            topics=request.v3_and_below_topics,
        )
        return AddPartitionsToTxnResponse(results_by_topic_v3_and_below=await _added(node, context, transaction))
    return AddPartitionsToTxnResponse(
        results_by_transaction=[
            AddPartitionsToTxnResult(
                transactional_id=transaction.transactional_id,
                topic_results=await _added(node, context, transaction),
            )
            for transaction in request.transactions
        ]
    )


async def _added(
    node: Node, context: Context, transaction: AddPartitionsToTxnTransaction
) -> list[AddPartitionsToTxnTopicResult]:
    """All partitions are added, or none: one that cannot be keeps the others out.

    Each is answered once then, and where they are only verified; else as often as it is listed.
    """
    partitions = [TopicPartition(topic.name, index) for topic in transaction.topics for index in topic.partitions]
    by_client = context.api_version < FIRST_VERSION_OF_BROKERS
    problems = {one: _problem(node, one, by_client=by_client) for one in partitions}
    if any(problems.values()):
        return _results(
            _each_once(partitions),
            {one: code or ErrorCode.OPERATION_NOT_ATTEMPTED for one, code in problems.items()},
        )
    topics = _each_once(partitions) if transaction.verify_only else transaction.topics
    return _results(topics, await _codes(node, context, transaction, partitions))


async def _codes(
    node: Node, context: Context, transaction: AddPartitionsToTxnTransaction, partitions: list[TopicPartition]
) -> Codes:
    producer = (transaction.transactional_id, transaction.producer_id, transaction.producer_epoch)
    try:
        if transaction.verify_only:
            return await node.transactions.verify_partitions(*producer, partitions)
        client_version = 2 if context.api_version >= FIRST_VERSION_OF_BROKERS else 1
        await node.transactions.add_partitions(*producer, partitions, client_version=client_version)
    except ApiError as error:
        code = for_version(error.code, knows_fenced=context.api_version >= FIRST_VERSION_WITH_FENCED)
        return dict.fromkeys(partitions, code)
    return dict.fromkeys(partitions, ErrorCode.NONE)


def _problem(node: Node, partition: TopicPartition, *, by_client: bool) -> ErrorCode:
    """Say why a partition cannot be part of a transaction; clients have no business in internal topics."""
    if by_client and partition.topic in INTERNAL_TOPICS:
        return ErrorCode.TOPIC_AUTHORIZATION_FAILED
    topic = node.cluster.metadata.topic(partition.topic)
    if topic is None or not 0 <= partition.partition < len(topic.partitions):
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return ErrorCode.NONE


def _each_once(partitions: list[TopicPartition]) -> list[AddPartitionsToTxnTopic]:
    topics: dict[str, list[int]] = {}
    for name, index in dict.fromkeys(partitions):
        topics.setdefault(name, []).append(index)
    return [AddPartitionsToTxnTopic(name=name, partitions=indexes) for name, indexes in topics.items()]


def _results(
    topics: Sequence[AddPartitionsToTxnTopic], codes: Mapping[TopicPartition, ErrorCode]
) -> list[AddPartitionsToTxnTopicResult]:
    return [
        AddPartitionsToTxnTopicResult(
            name=topic.name,
            results_by_partition=[
                AddPartitionsToTxnPartitionResult(
                    partition_index=index, partition_error_code=codes[TopicPartition(topic.name, index)]
                )
                for index in topic.partitions
            ],
        )
        for topic in topics
    ]


def refuse(context: Context, request: AddPartitionsToTxnRequest, error: ApiError) -> AddPartitionsToTxnResponse:
    """Answer every partition with the error; brokers are told once."""
    if context.api_version >= FIRST_VERSION_OF_BROKERS:
        return AddPartitionsToTxnResponse(error_code=error.code)
    topics = request.v3_and_below_topics
    partitions = [TopicPartition(topic.name, index) for topic in topics for index in topic.partitions]
    return AddPartitionsToTxnResponse(
        results_by_topic_v3_and_below=_results(topics, dict.fromkeys(partitions, error.code))
    )
