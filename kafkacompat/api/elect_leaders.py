"""ElectLeaders (key 43), versions 0-2: have preferred replicas lead, or anybody where nobody does (KIP-183, 460)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.metadata.asked_elections import ElectionType
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.elect_leaders import (
    ElectLeadersRequest,
    ElectLeadersResponse,
    PartitionResult,
    ReplicaElectionResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.asked_elections import ElectionOutcome


async def handle(node: Node, _context: Context, request: ElectLeadersRequest) -> ElectLeadersResponse:
    """Elect where it is asked for; if that is everywhere (null), partitions that need no election are left out."""
    if request.election_type not in ElectionType.__members__.values():
        raise ApiError(ErrorCode.INVALID_REQUEST, f"Unknown election type {request.election_type}")
    metadata = node.cluster.metadata
    asked = request.topic_partitions
    everywhere = asked is None
    if asked is None:
        wanted = [(topic.name, list(range(len(topic.partitions)))) for topic in metadata.topics()]
    else:
        wanted = [(topic.topic, topic.partitions) for topic in asked]
    if request.timeout_ms <= 0 and (everywhere or wanted):
        raise ApiError(ErrorCode.REQUEST_TIMED_OUT)
    outcomes = iter(
        await metadata.elect_leaders(
            [(name, index) for name, indexes in wanted for index in indexes], ElectionType(request.election_type)
        )
    )
    return ElectLeadersResponse(
        replica_election_results=[
            ReplicaElectionResult(
                topic=name,
                partition_result=list(_results([next(outcomes) for _ in indexes], everywhere=everywhere)),
            )
            for name, indexes in wanted
        ]
    )


def _results(outcomes: list[ElectionOutcome], *, everywhere: bool) -> Iterator[PartitionResult]:
    for outcome in outcomes:
        error = outcome.error
        if error is None:
            yield PartitionResult(partition_id=outcome.partition_index, error_message=None)
        elif not everywhere or error.code is not ErrorCode.ELECTION_NOT_NEEDED:
            yield PartitionResult(
                partition_id=outcome.partition_index, error_code=error.code, error_message=error.message
            )


def refuse(_context: Context, request: ElectLeadersRequest, error: ApiError) -> ElectLeadersResponse:
    """Answer the error for everything that was named, and at the top."""
    return ElectLeadersResponse(
        error_code=error.code,
        replica_election_results=[
            ReplicaElectionResult(
                topic=topic.topic,
                partition_result=[
                    PartitionResult(partition_id=index, error_code=error.code, error_message=error.message)
                    for index in topic.partitions
                ],
            )
            for topic in request.topic_partitions or []
        ],
    )
