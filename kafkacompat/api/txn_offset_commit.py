"""TxnOffsetCommit (key 28), versions 0-6: offsets as part of a transaction (KIP-98, 447, 890; topic ids from 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.api.committed_offsets import by_topic, sort_out
from kafkacompat.cluster.transactional_writes import Producer
from kafkacompat.coordination.decision import Transaction
from kafkacompat.groups.offsets.transactional_commit import TransactionalCommit
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.txn_offset_commit import (
    TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
    TxnOffsetCommitResponsePartition,
    TxnOffsetCommitResponseTopic,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.api.committed_offsets import Outcome
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.groups.offsets.commit import OffsetToCommit

FIRST_VERSION_WITH_LOADING: Final = 2
FIRST_VERSION_WITH_ABORTABLE: Final = 4
FIRST_VERSION_THAT_ADDS: Final = 5
FIRST_VERSION_WITH_TOPIC_IDS: Final = 6


async def handle(node: Node, context: Context, request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse:
    """Commit for the partitions that exist."""
    by_id = context.api_version >= FIRST_VERSION_WITH_TOPIC_IDS
    asked = sort_out(node.groups.topics, request.topics, by_id=by_id)
    if not asked.offsets:
        return _response(asked.unknown)
    return _response(asked.outcomes(await _commit(node, context.api_version, request, asked.offsets)))


async def _commit(
    node: Node, version: int, request: TxnOffsetCommitRequest, offsets: list[OffsetToCommit]
) -> list[ErrorCode]:
    """Return a code for each; what refuses them all is told beside those that are refused for themselves."""
    producer = Producer(request.transactional_id, request.producer_id, request.producer_epoch)
    by_id = version >= FIRST_VERSION_WITH_TOPIC_IDS
    try:
        guard = await node.transactions.verify_offsets(
            producer,
            node.groups.offsets_key(request.group_id),
            adds=version >= FIRST_VERSION_THAT_ADDS,
            knows_abortable=version >= FIRST_VERSION_WITH_ABORTABLE,
        )
        return await node.groups.commit_transactional_offsets(
            TransactionalCommit(
                request.group_id,
                request.member_id,
                request.group_instance_id,
                request.generation_id_or_member_epoch,
                ErrorCode.GROUP_ID_NOT_FOUND if by_id else ErrorCode.ILLEGAL_GENERATION,
                offsets,
                Transaction(request.producer_id, request.producer_epoch, guard),
            )
        )
    except ApiError as error:
        return [_for_version(error.code, version)] * len(offsets)


def _for_version(code: ErrorCode, version: int) -> ErrorCode:
    """Old producers take loading for something fatal."""
    if code is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS and version < FIRST_VERSION_WITH_LOADING:
        return ErrorCode.COORDINATOR_NOT_AVAILABLE
    return code


def _response(outcomes: Iterable[Outcome]) -> TxnOffsetCommitResponse:
    return TxnOffsetCommitResponse(
        topics=[
            TxnOffsetCommitResponseTopic(
                name=name,
                topic_id=topic_id,
                partitions=[
                    TxnOffsetCommitResponsePartition(partition_index=index, error_code=code)
                    for index, code in partitions
                ],
            )
            for (_, name, topic_id), partitions in by_topic(outcomes).items()
        ]
    )


def refuse(_context: Context, request: TxnOffsetCommitRequest, error: ApiError) -> TxnOffsetCommitResponse:
    """Answer every partition with the error."""
    return TxnOffsetCommitResponse(
        topics=[
            TxnOffsetCommitResponseTopic(
                name=topic.name,
                topic_id=topic.topic_id,
                partitions=[
                    TxnOffsetCommitResponsePartition(partition_index=partition.partition_index, error_code=error.code)
                    for partition in topic.partitions
                ],
            )
            for topic in request.topics
        ]
    )
