"""CreateTopics (key 19), versions 0-7 (KIP-4, 464, 516, 525)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from kafkacompat.metadata.topic import CLUSTER_METADATA_TOPIC
from kafkacompat.metadata.topics import CreatedTopic, RefusedTopic
from kafkacompat.settings.describe import created_topic_rows
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.create_topics import (
    CreatableTopicConfigs,
    CreatableTopicResult,
    CreateTopicsRequest,
    CreateTopicsResponse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

FIRST_VERSION_WITH_CONFIGS: Final = 5

PROHIBITED_TEXT: Final = f"Creation of internal topic {CLUSTER_METADATA_TOPIC} is prohibited."


async def handle(node: Node, context: Context, request: CreateTopicsRequest) -> CreateTopicsResponse:
    """Create each topic on its own; those named twice, and the metadata log, are refused after the others.

    A timeout that leaves no time at all is over before anything is created, as in Kafka.
    """
    times = Counter(topic.name for topic in request.topics)
    wanted = [topic for topic in request.topics if times[topic.name] == 1 and topic.name != CLUSTER_METADATA_TOPIC]
    results = []
    if wanted:
        if request.timeout_ms <= 0:
            raise ApiError(ErrorCode.REQUEST_TIMED_OUT)
        outcomes = await node.cluster.metadata.create_topics(wanted, validate_only=request.validate_only)
        results = [_result(node, context, outcome) for outcome in outcomes]
    results += [
        _refused(name, ErrorCode.INVALID_REQUEST, "Duplicate topic name.") for name, count in times.items() if count > 1
    ]
    if times[CLUSTER_METADATA_TOPIC] == 1:
        results.append(_refused(CLUSTER_METADATA_TOPIC, ErrorCode.INVALID_REQUEST, PROHIBITED_TEXT))
    return CreateTopicsResponse(topics=results)


def _result(node: Node, context: Context, outcome: CreatedTopic | RefusedTopic) -> CreatableTopicResult:
    if isinstance(outcome, RefusedTopic):
        return _refused(outcome.name, outcome.code, outcome.message)
    return CreatableTopicResult(
        name=outcome.name,
        topic_id=outcome.topic_id,
        error_message=None,
        num_partitions=outcome.partition_count,
        replication_factor=outcome.replication_factor,
        configs=_configs(node, outcome.configs) if context.api_version >= FIRST_VERSION_WITH_CONFIGS else [],
    )


def _configs(node: Node, overrides: Mapping[str, str]) -> list[CreatableTopicConfigs]:
    """Return all effective settings of a topic, by name (KIP-525)."""
    return [
        CreatableTopicConfigs(
            name=row.name,
            value=row.value,
            read_only=row.read_only,
            config_source=row.source,
            is_sensitive=row.is_sensitive,
        )
        for row in created_topic_rows(node.cluster.settings, overrides)
    ]


def _refused(name: str, code: ErrorCode, message: str | None) -> CreatableTopicResult:
    return CreatableTopicResult(name=name, error_code=code, error_message=message)


def refuse(_context: Context, request: CreateTopicsRequest, error: ApiError) -> CreateTopicsResponse:
    """Answer the error for every topic that was asked for."""
    return CreateTopicsResponse(topics=[_refused(topic.name, error.code, error.message) for topic in request.topics])
