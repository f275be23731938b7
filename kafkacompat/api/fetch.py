"""Fetch (key 1), versions 0-18: records by offset, sessions, long polls, followers (KIP-227, 320, 392, 516, 951).

Versions 0-3, which Kafka 4.0 dropped, are answered with messages of magic 0 and 1 (behaviour of Kafka 3.9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.down_converting import FIRST_VERSION_WITH_MAGIC_2, fetch_down_converted
from kafkacompat.cluster.fetch_sessions import FIRST_VERSION_WITH_TOPIC_IDS, NO_SESSION, FetchPlan, Wanted
from kafkacompat.cluster.fetching import Diverged, Elsewhere, FetchLimits, Missing, Outcome, fetch, is_there
from kafkacompat.cluster.leader_hints import LeaderHints
from kafkacompat.storage.store import Isolation, Read
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.fetch import (
    AbortedTransaction,
    FetchableTopicResponse,
    FetchRequest,
    FetchResponse,
    LeaderIdAndEpoch,
    NodeEndpoint,
    PartitionData,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.storage.store import Bounds

UNKNOWN_OFFSET: Final = -1
FIRST_VERSION_WITH_RACK: Final = 11
FIRST_VERSION_WITH_LEADER_HINTS: Final = 16
_LEADER_HAS_CHANGED: Final = (ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH)
ISOLATIONS: Final = {0: Isolation.READ_UNCOMMITTED, 1: Isolation.READ_COMMITTED}


async def handle(node: Node, context: Context, request: FetchRequest) -> FetchResponse:
    """Read, wait for more if the request may, and answer all partitions or, in a session, those with news."""
    plan = node.fetch_sessions.plan(request, context.api_version)
    if isinstance(plan, ErrorCode):
        return FetchResponse(error_code=plan, session_id=NO_SESSION, responses=[])
    isolation = _isolation(node, request.isolation_level, plan)
    max_bytes = min(request.max_bytes, node.cluster.fetch_max_bytes)
    replica_id = max(request.replica_id, request.replica_state.replica_id)
    limits = FetchLimits(request.min_bytes, max_bytes, request.max_wait_ms, isolation, replica_id=replica_id)
    if context.api_version >= FIRST_VERSION_WITH_RACK and replica_id < 0:
        limits = limits._replace(from_follower=True, rack_id=request.rack_id)
    if context.api_version >= FIRST_VERSION_WITH_MAGIC_2:
        outcomes = await fetch(node, plan.wanted, limits)
    else:
        outcomes = await fetch_down_converted(node, plan.wanted, limits, context.api_version)
    response = FetchResponse(
        session_id=NO_SESSION if plan.session is None else plan.session.session_id,
        responses=_responses(plan, outcomes),
    )
    if context.api_version >= FIRST_VERSION_WITH_LEADER_HINTS:
        _add_leader_hints(node, context, response, with_endpoints=replica_id < 0)
    return response


def _isolation(node: Node, level: int, plan: FetchPlan) -> Isolation:
    """Return how to read; a level that does not exist is not minded where nothing is read (behaviour of Kafka 4.4)."""
    if level not in ISOLATIONS and any(is_there(node, wanted) for wanted in plan.wanted):
        raise ApiError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return ISOLATIONS.get(level, Isolation.READ_UNCOMMITTED)


def _add_leader_hints(node: Node, context: Context, response: FetchResponse, *, with_endpoints: bool) -> None:
    """Tell those who came to the wrong node, or with an old epoch, who leads, and consumers where (KIP-951)."""
    hints = None
    for answered in response.responses:
        for data in answered.partitions:
            if data.error_code in _LEADER_HAS_CHANGED:
                topic = node.cluster.metadata.topic_by_id(answered.topic_id)
                if topic is not None:
                    hints = hints or LeaderHints(node.cluster, context.listener.name)
                    leader_id, epoch = hints.leader_of(topic, data.partition_index)
                    data.current_leader = LeaderIdAndEpoch(leader_id=leader_id, leader_epoch=epoch)
    if hints is not None and with_endpoints:
        response.node_endpoints = [
            NodeEndpoint(node_id=node_id, host=host, port=port, rack=rack)
            for node_id, host, port, rack in hints.endpoints
        ]


def _responses(plan: FetchPlan, outcomes: list[Outcome]) -> list[FetchableTopicResponse]:
    responses: list[FetchableTopicResponse] = []
    for wanted, outcome in sorted(zip(plan.wanted, outcomes, strict=True), key=_turn):
        size = outcome.size_bytes if isinstance(outcome, Read) else 0
        data = _partition_data(wanted, outcome)
        if plan.session is not None:
            news = wanted.is_news(data, size)
            if plan.incremental and not news:
                continue
            if plan.incremental and size:
                plan.session.move_to_end(wanted)
        last = responses[-1] if responses else None
        if last is None or last.topic_id != wanted.topic_id or last.topic != wanted.topic_name:
            last = FetchableTopicResponse(topic=wanted.topic_name, topic_id=wanted.topic_id, partitions=[])
            responses.append(last)
        last.partitions.append(data)
    return responses


def _turn(pair: tuple[Wanted, Outcome]) -> int:
    """Kafka answers what it does not have behind all that it has, and ids that it does not know before the rest."""
    outcome = pair[1]
    if not isinstance(outcome, Missing):
        return 0
    return 1 if outcome.code == ErrorCode.UNKNOWN_TOPIC_ID else 2


def _partition_data(wanted: Wanted, outcome: Outcome) -> PartitionData:
    match outcome:
        case Read():
            aborted = outcome.aborted
            return PartitionData(
                partition_index=wanted.asked.partition,
                high_watermark=outcome.high_watermark,
                last_stable_offset=outcome.last_stable_offset,
                log_start_offset=outcome.log_start_offset,
                aborted_transactions=None
                if aborted is None
                else [AbortedTransaction(producer_id=a.producer_id, first_offset=a.first_offset) for a in aborted],
                records=outcome.pieces,
            )
        case ErrorCode():
            return _error(wanted.asked.partition, outcome)
        case Missing():
            return _without_log(wanted.asked.partition, outcome.code)
        case Elsewhere():
            data = _error(wanted.asked.partition, ErrorCode.NONE)
            data.preferred_read_replica = outcome.preferred_node_id
            _tell_bounds(data, outcome.bounds)
            return data
        case Diverged():
            data = _error(wanted.asked.partition, ErrorCode.NONE)
            data.diverging_epoch = outcome.epoch
            _tell_bounds(data, outcome.bounds)
            return data


def _tell_bounds(data: PartitionData, bounds: Bounds) -> None:
    data.high_watermark = bounds.high_watermark
    data.last_stable_offset = bounds.last_stable_offset
    data.log_start_offset = bounds.log_start_offset


def _error(index: int, code: ErrorCode) -> PartitionData:
    """Answer what the log itself refused."""
    data = _without_log(index, code)
    data.aborted_transactions = None
    return data


def _without_log(index: int, code: ErrorCode) -> PartitionData:
    """Answer what was refused before a log was looked at: Kafka then lists no aborted transactions, but says so."""
    return PartitionData(
        partition_index=index,
        error_code=code,
        high_watermark=UNKNOWN_OFFSET,
        aborted_transactions=[],
        records=b"",
    )


def refuse(context: Context, request: FetchRequest, error: ApiError) -> FetchResponse:
    """Answer at the top, and with every partition as long as clients name topics (behaviour of Kafka 4.4)."""
    named = request.topics if context.api_version < FIRST_VERSION_WITH_TOPIC_IDS else []
    return FetchResponse(
        error_code=error.code,
        session_id=request.session_id,
        responses=[
            FetchableTopicResponse(
                topic=topic.topic, partitions=[_without_log(p.partition, error.code) for p in topic.partitions]
            )
            for topic in named
        ],
    )
