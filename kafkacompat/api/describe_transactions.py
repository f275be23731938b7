"""DescribeTransactions (key 65), version 0: what the coordinator knows of transactional ids (KIP-664)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.describe_transactions import (
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    TopicData,
    TransactionState,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.transactions.ports import TopicPartition

NOTHING: Final = 0
"""What the numbers of a refused one are."""


async def handle(node: Node, _context: Context, request: DescribeTransactionsRequest) -> DescribeTransactionsResponse:
    """Describe each transactional id on its own."""
    return DescribeTransactionsResponse(
        transaction_states=[await _state(node, transactional_id) for transactional_id in request.transactional_ids]
    )


async def _state(node: Node, transactional_id: str) -> TransactionState:
    try:
        description = await node.transactions.describe(transactional_id)
    except ApiError as error:
        return _refused(transactional_id, error.code)
    return TransactionState(
        transactional_id=transactional_id,
        transaction_state=description.state,
        transaction_timeout_ms=description.timeout_ms,
        transaction_start_time_ms=description.start_ms,
        producer_id=description.producer_id,
        producer_epoch=description.producer_epoch,
        topics=_topics(description.partitions),
    )


def _topics(partitions: Collection[TopicPartition]) -> list[TopicData]:
    topics: dict[str, list[int]] = {}
    for topic, index in partitions:
        topics.setdefault(topic, []).append(index)
    return [TopicData(topic=topic, partitions=indexes) for topic, indexes in topics.items()]


def _refused(transactional_id: str, code: ErrorCode) -> TransactionState:
    return TransactionState(
        error_code=code,
        transactional_id=transactional_id,
        transaction_state="",
        transaction_timeout_ms=NOTHING,
        transaction_start_time_ms=NOTHING,
        producer_id=NOTHING,
        producer_epoch=NOTHING,
        topics=[],
    )


def refuse(_context: Context, request: DescribeTransactionsRequest, error: ApiError) -> DescribeTransactionsResponse:
    """Answer every transactional id with the error."""
    return DescribeTransactionsResponse(
        transaction_states=[_refused(transactional_id, error.code) for transactional_id in request.transactional_ids]
    )
