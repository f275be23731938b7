"""DeleteTopics (key 20), versions 0-6: by name, from version 6 by id too (KIP-516, 599, 786)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.delete_topics import (
    DeletableTopicResult,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DeleteTopicState,
)
from kafkacompat.wire.schema import ZERO_UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.coordinator import MetadataCoordinator

FIRST_VERSION_WITH_DELETION_DISABLED: Final = 3
FIRST_VERSION_WITH_IDS: Final = 6

UNKNOWN_NAME_TEXT: Final = "This server does not host this topic-partition."
UNKNOWN_ID_TEXT: Final = "This server does not host this topic ID."


async def handle(node: Node, context: Context, request: DeleteTopicsRequest) -> DeleteTopicsResponse:
    """Delete what can be deleted; the results are in no order that clients may rely on, as Kafka shuffles them."""
    if not node.cluster.settings.bool("delete.topic.enable"):
        disabled = context.api_version >= FIRST_VERSION_WITH_DELETION_DISABLED
        raise ApiError(ErrorCode.TOPIC_DELETION_DISABLED if disabled else ErrorCode.INVALID_REQUEST)
    metadata = node.cluster.metadata
    selection = _Selection(_asked(context, request))
    if request.timeout_ms <= 0 and (selection.names or selection.ids):
        raise ApiError(ErrorCode.REQUEST_TIMED_OUT)
    selection.resolve(metadata)
    found = await metadata.delete_topics(selection.chosen)
    for topic_id, name in selection.chosen.items():
        if found[topic_id] is not None:
            selection.results.append(DeletableTopicResult(name=name, topic_id=topic_id))
        else:
            selection.refuse(name, topic_id, ErrorCode.UNKNOWN_TOPIC_ID, UNKNOWN_ID_TEXT)
    return DeleteTopicsResponse(responses=selection.results)


def _asked(context: Context, request: DeleteTopicsRequest) -> Sequence[DeleteTopicState]:
    if context.api_version >= FIRST_VERSION_WITH_IDS:
        return request.topics
    return [DeleteTopicState(name=name) for name in request.topic_names]


class _Selection:
    """What a request asks to delete: `names` and `ids` that may be tried, `chosen` topics, and results so far."""

    def __init__(self, asked: Sequence[DeleteTopicState]) -> None:
        self.results: list[DeletableTopicResult] = []
        names: dict[str, int] = {}
        ids: dict[bytes, int] = {}
        for topic in asked:
            if topic.name is None and topic.topic_id == ZERO_UUID:
                self.refuse(None, ZERO_UUID, ErrorCode.INVALID_REQUEST, "Neither topic name nor id were specified.")
            elif topic.name is None:
                ids[topic.topic_id] = ids.get(topic.topic_id, 0) + 1
            elif topic.topic_id == ZERO_UUID:
                names[topic.name] = names.get(topic.name, 0) + 1
            else:
                message = "You may not specify both topic name and topic id."
                self.refuse(topic.name, topic.topic_id, ErrorCode.INVALID_REQUEST, message)
        self.names = [name for name, times in names.items() if times == 1]
        self.ids = [topic_id for topic_id, times in ids.items() if times == 1]
        self._taken = set(ids)
        """Ids that a name may not lead to as well."""
        self.chosen: dict[bytes, str] = {}
        for name, times in names.items():
            if times > 1:
                self.refuse(name, ZERO_UUID, ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
        for topic_id, times in ids.items():
            if times > 1:
                self.refuse(None, topic_id, ErrorCode.INVALID_REQUEST, "Duplicate topic id.")

    def refuse(self, name: str | None, topic_id: bytes, code: ErrorCode, message: str) -> None:
        """Add the result of a topic that is not deleted."""
        self.results.append(DeletableTopicResult(name=name, topic_id=topic_id, error_code=code, error_message=message))

    def resolve(self, metadata: MetadataCoordinator) -> None:
        """Find the topics behind ids and names; whoever is named both ways is not deleted."""
        for topic_id in self.ids:
            topic = metadata.topic_by_id(topic_id)
            if topic is None:
                self.refuse(None, topic_id, ErrorCode.UNKNOWN_TOPIC_ID, UNKNOWN_ID_TEXT)
            else:
                self.chosen[topic_id] = topic.name
        for name in self.names:
            topic = metadata.topic(name)
            if topic is None:
                self.refuse(name, ZERO_UUID, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_NAME_TEXT)
            elif topic.topic_id in self._taken:
                self.chosen.pop(topic.topic_id, None)
                message = "The provided topic name maps to an ID that was already supplied."
                self.refuse(name, topic.topic_id, ErrorCode.INVALID_REQUEST, message)
            else:
                self.chosen[topic.topic_id] = name


def refuse(context: Context, request: DeleteTopicsRequest, error: ApiError) -> DeleteTopicsResponse:
    """Answer the error for every topic that was asked for."""
    return DeleteTopicsResponse(
        responses=[
            DeletableTopicResult(
                name=topic.name, topic_id=topic.topic_id, error_code=error.code, error_message=error.message
            )
            for topic in _asked(context, request)
        ]
    )
