"""WriteTxnMarkers (key 27), versions 1-2: end transactions in the logs of their partitions (KIP-98, 664, 890).

Coordinators send it to other brokers, and `kafka-transactions abort` sends it to end a transaction that hangs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.leadership import led_partition
from kafkacompat.cluster.transaction_markers import write_markers
from kafkacompat.storage.store import Marker
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.write_txn_markers import (
    WritableTxnMarker,
    WritableTxnMarkerPartitionResult,
    WritableTxnMarkerResult,
    WritableTxnMarkerTopicResult,
    WriteTxnMarkersRequest,
    WriteTxnMarkersResponse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


NOBODY: Final = -1
"""The producer id, and the epoch, of batches that have none."""


async def handle(node: Node, _context: Context, request: WriteTxnMarkersRequest) -> WriteTxnMarkersResponse:
    """Write each marker, and answer once for each producer: for its partitions, if there are any."""
    codes: dict[int, dict[TopicPartition, ErrorCode]] = {}
    for marker in request.markers:
        written = await _write(node, marker)
        if written:
            codes.setdefault(marker.producer_id, {}).update(written)
    return _response(codes)


async def _write(node: Node, asked: WritableTxnMarker) -> dict[TopicPartition, ErrorCode]:
    marker = Marker(
        asked.producer_id,
        asked.producer_epoch,
        asked.coordinator_epoch,
        asked.transaction_result,
        asked.transaction_version,
    )
    codes: dict[TopicPartition, ErrorCode] = {}
    here: list[TopicPartition] = []
    for topic in asked.topics:
        for index in topic.partition_indexes:
            partition = TopicPartition(topic.name, index)
            codes[partition] = _missing_here(node, partition)
            if codes[partition] is ErrorCode.NONE:
                here.append(partition)
    if NOBODY in (asked.producer_id, asked.producer_epoch):
        codes |= dict.fromkeys(here, ErrorCode.UNKNOWN_SERVER_ERROR)  # as no batch can say it
    elif here:
        codes |= zip(here, await write_markers(node.cluster, marker, here), strict=True)
    return codes


def _missing_here(node: Node, partition: TopicPartition) -> ErrorCode:
    """Return UNKNOWN_TOPIC_OR_PARTITION for what this node does not lead, or NONE."""
    topic = node.cluster.metadata.topic(partition.topic)
    if topic is None or isinstance(led_partition(node, topic, partition.partition), ErrorCode):
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return ErrorCode.NONE


def _response(codes: Mapping[int, Mapping[TopicPartition, ErrorCode]]) -> WriteTxnMarkersResponse:
    return WriteTxnMarkersResponse(
        markers=[
            WritableTxnMarkerResult(producer_id=producer_id, topics=_topics(of_producer))
            for producer_id, of_producer in codes.items()
        ]
    )


def _topics(codes: Mapping[TopicPartition, ErrorCode]) -> list[WritableTxnMarkerTopicResult]:
    topics: dict[str, list[WritableTxnMarkerPartitionResult]] = {}
    for (name, index), code in codes.items():
        result = WritableTxnMarkerPartitionResult(partition_index=index, error_code=code)
        topics.setdefault(name, []).append(result)
    return [WritableTxnMarkerTopicResult(name=name, partitions=results) for name, results in topics.items()]


def refuse(_context: Context, request: WriteTxnMarkersRequest, error: ApiError) -> WriteTxnMarkersResponse:
    """Answer every partition with the error."""
    codes: dict[int, dict[TopicPartition, ErrorCode]] = {}
    for marker in request.markers:
        of_producer = codes.setdefault(marker.producer_id, {})
        for topic in marker.topics:
            of_producer |= {TopicPartition(topic.name, index): error.code for index in topic.partition_indexes}
    return _response(codes)
