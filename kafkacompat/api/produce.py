"""Produce (key 0), versions 0-13: one batch for each partition (KIP-98, 110, 467, 516, 951).

Versions 0-2, which Kafka 4.0 dropped, bring message sets of magic 0 and 1 (behaviour of Kafka 3.9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.api.routes import CloseConnectionError
from kafkacompat.cluster.leader_hints import LeaderHints
from kafkacompat.cluster.leadership import led_partition
from kafkacompat.cluster.producing import FIRST_VERSION_WITH_ONE_BATCH, ProduceFacts, check_write
from kafkacompat.cluster.transactional_writes import Guards, Producer, Write, guards_for
from kafkacompat.storage.store import Append, Appended, AppendOutcomeUnknownError, Duplicate, PartitionKey, Refused
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.produce import (
    BatchIndexAndErrorMessage,
    LeaderIdAndEpoch,
    NodeEndpoint,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
    TopicProduceResponse,
)
from kafkacompat.wire.records.batch import LOG_APPEND_TIME_BIT
from kafkacompat.wire.records.validation import Refusal, check_first_batch, check_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.wire.messages.produce import PartitionProduceData
    from kafkacompat.wire.schema import Piece

NO_OFFSET: Final = -1
_NOT_THERE: Final = (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_ID)
TWO_PRODUCERS_TEXT: Final = "Transactional records contained more than one producer ID"
FIRST_VERSION_WITH_LEADER_HINTS: Final = 10
FIRST_VERSION_WITH_TOPIC_IDS: Final = 13

AppendResult = Appended | Duplicate | Refused


async def handle(node: Node, context: Context, request: ProduceRequest) -> ProduceResponse | None:
    """Append each partition's batch; nothing is answered to acks=0, and a failure then closes the connection."""
    facts = ProduceFacts(context.api_version, context.client_id, request.acks)
    once = _each_partition_once(request.topic_data, context.api_version)
    if context.api_version >= FIRST_VERSION_WITH_ONE_BATCH and _check_first_batches(request):
        facts = facts._replace(guards=await _guards(node, context, request.transactional_id, once.topics))
    appends: list[Append] = []
    pending: list[PartitionProduceResponse] = []
    responses: list[TopicProduceResponse] = []
    for asked in once.topics:
        topic, unknown = _find_topic(node, context, asked)
        answers = []
        for data in asked.partition_data:
            checked = unknown or await check_write(node, topic, data.index, _records_of(data), facts)
            refusal = _to_tell(checked, once.refusals.get((asked.name, asked.topic_id, data.index)))
            answer = PartitionProduceResponse(index=data.index, base_offset=NO_OFFSET)
            if isinstance(checked, Append):
                appends.append(checked)
                pending.append(answer)
            answers.append(answer if refusal is None else await _refusal(node, topic, data.index, refusal))
        responses.append(TopicProduceResponse(name=asked.name, topic_id=asked.topic_id, partition_responses=answers))
    if appends:
        for answer, append, result in zip(pending, appends, await _append(node, appends), strict=True):
            await _fill(node, answer, append, result)
    if request.acks == 0:
        _close_on_failure(responses)
        return None
    response = ProduceResponse(responses=responses)
    if context.api_version >= FIRST_VERSION_WITH_LEADER_HINTS:
        _add_leader_hints(node, context, response)
    return response


def _check_first_batches(request: ProduceRequest) -> bool:
    """Tell whether any batch is transactional, even one to a partition that is not there.

    All are refused when one is unreadable, or when it is transactional and the request has no transactional id.
    """
    transactional = False
    for topic in request.topic_data:
        for data in topic.partition_data:
            found = check_first_batch(_records_of(data))
            if isinstance(found, Refusal):
                raise ApiError(found.code, found.message)
            transactional = transactional or found
    if transactional and request.transactional_id is None:
        raise ApiError(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    return transactional


async def _guards(
    node: Node, context: Context, transactional_id: str | None, topics: Sequence[TopicProduceData]
) -> Guards:
    """Ask for all partitions at once whether they are part of the transaction."""
    assert transactional_id is not None, "checked"
    producers: set[tuple[int, int]] = set()
    writes: list[Write] = []
    for asked in topics:
        topic, _ = _find_topic(node, context, asked)
        for data in asked.partition_data:
            header = check_request(_records_of(data), context.api_version)
            if isinstance(header, Refusal) or not header.is_transactional or header.producer_id < 0:
                continue
            if topic is None or isinstance(led_partition(node, topic, data.index), ErrorCode):
                continue  # it is refused when its turn comes
            producers.add((header.producer_id, header.producer_epoch))
            key, name = PartitionKey(topic.topic_id, data.index), TopicPartition(topic.name, data.index)
            writes.append(Write(key, name, header.base_sequence))
    if len(producers) > 1:
        raise ApiError(ErrorCode.INVALID_PRODUCER_ID_MAPPING, TWO_PRODUCERS_TEXT)
    if not producers:
        return {}
    producer = Producer(transactional_id, *producers.pop())
    return await guards_for(node.cluster, producer, writes, context.api_version)


def _add_leader_hints(node: Node, context: Context, response: ProduceResponse) -> None:
    """Tell those who came to the wrong node who leads (KIP-951)."""
    hints = None
    metadata = node.cluster.metadata
    for answered in response.responses:
        for answer in answered.partition_responses:
            if answer.error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER:
                topic = metadata.topic(answered.name) if answered.name else metadata.topic_by_id(answered.topic_id)
                if topic is not None:
                    hints = hints or LeaderHints(node.cluster, context.listener.name)
                    leader_id, epoch = hints.leader_of(topic, answer.index)
                    answer.current_leader = LeaderIdAndEpoch(leader_id=leader_id, leader_epoch=epoch)
    if hints is not None:
        response.node_endpoints = [
            NodeEndpoint(node_id=node_id, host=host, port=port, rack=rack)
            for node_id, host, port, rack in hints.endpoints
        ]


class _Once(NamedTuple):
    """Each partition that a request names, once.

    `refusals`: what is told of a partition, by the topic's name, its id and the index, where some of the records for it
    are none to append, though others are appended.
    """

    topics: list[TopicProduceData]
    refusals: dict[tuple[str, bytes, int], Refusal]


def _each_partition_once(topics: list[TopicProduceData], api_version: int) -> _Once:
    """Keep the last records for a partition that may be appended, and no topic without partitions.

    Kafka 4.4 sorts out what cannot be appended before it looks for records to the same partition.
    """
    if len(topics) == 1 and len(topics[0].partition_data) == 1:
        return _Once(topics, {})
    merged: dict[tuple[str, bytes], dict[int, PartitionProduceData]] = {}
    refusals: dict[tuple[str, bytes, int], Refusal] = {}
    for topic in topics:
        if not topic.partition_data:
            continue
        partitions = merged.setdefault((topic.name, topic.topic_id), {})
        for data in topic.partition_data:
            before = partitions.setdefault(data.index, data)
            if before is data:
                continue
            earlier, later = (_refusal_to_append(each, api_version) for each in (before, data))
            if later is None or earlier is not None:
                partitions[data.index] = data
            refusal = later or earlier
            if refusal is not None:
                refusals[topic.name, topic.topic_id, data.index] = refusal
    once = [
        TopicProduceData(name=name, topic_id=topic_id, partition_data=list(partitions.values()))
        for (name, topic_id), partitions in merged.items()
    ]
    return _Once(once, refusals)


def _refusal_to_append(data: PartitionProduceData, api_version: int) -> Refusal | None:
    checked = check_request(_records_of(data), api_version) if api_version >= FIRST_VERSION_WITH_ONE_BATCH else None
    return checked if isinstance(checked, Refusal) else None


def _to_tell(checked: Append | Refusal, of_other_records: Refusal | None) -> Refusal | None:
    """Return why a partition is refused: the records come before the log, but not before whether there is one."""
    own = checked if isinstance(checked, Refusal) else None
    return own if own is not None and own.code in _NOT_THERE else of_other_records or own


def _records_of(data: PartitionProduceData) -> Piece | None:
    assert not isinstance(data.records, list), "decoded records are one piece"
    return data.records


def _find_topic(node: Node, context: Context, asked: TopicProduceData) -> tuple[Topic | None, Refusal | None]:
    if context.api_version < FIRST_VERSION_WITH_TOPIC_IDS:
        return node.cluster.metadata.topic(asked.name), None
    topic = node.cluster.metadata.topic_by_id(asked.topic_id)
    return topic, None if topic is not None else Refusal(ErrorCode.UNKNOWN_TOPIC_ID)


async def _append(node: Node, appends: list[Append]) -> Sequence[AppendResult]:
    try:
        return await node.cluster.store.append(appends)
    except AppendOutcomeUnknownError:
        # Retriable, and the sequence numbers of an idempotent producer tell whether it happened.
        return [Refused(ErrorCode.REQUEST_TIMED_OUT)] * len(appends)


async def _fill(node: Node, answer: PartitionProduceResponse, append: Append, result: AppendResult) -> None:
    match result:
        case Appended():
            answer.base_offset = result.base_offset
            answer.log_start_offset = result.log_start_offset
            if append.header.attributes & LOG_APPEND_TIME_BIT:
                answer.log_append_time_ms = append.header.max_timestamp_ms
        case Duplicate():
            answer.base_offset = result.base_offset
            answer.log_start_offset = result.log_start_offset
            # Whatever the topic's timestamp type is (measured on Kafka 4.4).
            answer.log_append_time_ms = result.max_timestamp_ms
        case Refused():
            answer.error_code = result.code
            answer.error_message = result.message
            if _tells_log_start(result.code, append):
                answer.log_start_offset = await _log_start_offset(node, append.partition)


def _tells_log_start(code: ErrorCode, append: Append) -> bool:
    """Tell whether Kafka says where the log starts: where the log itself refuses the batch as it is about to append it.

    An old epoch in a transaction is found out before that, when the log is asked whether the transaction is open.
    """
    if code is ErrorCode.INVALID_PRODUCER_EPOCH:
        return not append.header.is_transactional
    return code in (ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, ErrorCode.INVALID_TXN_STATE)


async def _log_start_offset(node: Node, partition: PartitionKey) -> int:
    log = node.cluster.store.log(partition)
    try:
        return NO_OFFSET if log is None else (await log.bounds()).log_start_offset
    except ApiError:
        return NO_OFFSET  # its files fail, and no other partition suffers


async def _refusal(node: Node, topic: Topic | None, index: int, refusal: Refusal) -> PartitionProduceResponse:
    if refusal.whole_request:
        raise ApiError(refusal.code, refusal.message)
    answer = PartitionProduceResponse(
        index=index,
        error_code=refusal.code,
        base_offset=NO_OFFSET,
        error_message=refusal.message,
        record_errors=[
            BatchIndexAndErrorMessage(batch_index=error.batch_index, batch_index_error_message=error.message)
            for error in refusal.record_errors
        ],
    )
    if refusal.tells_log_start and topic is not None:
        answer.log_start_offset = await _log_start_offset(node, PartitionKey(topic.topic_id, index))
    return answer


def _close_on_failure(responses: list[TopicProduceResponse]) -> None:
    for topic in responses:
        for answer in topic.partition_responses:
            if answer.error_code:
                name = ErrorCode(answer.error_code).name
                raise CloseConnectionError(f"produce to {topic.name}-{answer.index} with acks=0 failed: {name}")


def refuse(context: Context, request: ProduceRequest, error: ApiError) -> ProduceResponse:
    """Answer every partition with the error; to acks=0 nothing can be answered."""
    if request.acks == 0:
        raise CloseConnectionError(f"produce with acks=0 failed: {error.code.name}")
    return ProduceResponse(
        responses=[
            TopicProduceResponse(
                name=topic.name,
                topic_id=topic.topic_id,
                partition_responses=[
                    PartitionProduceResponse(
                        index=data.index, error_code=error.code, base_offset=NO_OFFSET, error_message=error.message
                    )
                    for data in topic.partition_data
                ],
            )
            for topic in _each_partition_once(request.topic_data, context.api_version).topics
        ]
    )
