"""FindCoordinator (key 10), versions 0-6: who coordinates a group, or a transactional id (KIP-98, 699, 890, 932).

The first request of a type makes `__consumer_offsets` or `__transaction_state` and is answered at once; Kafka answers
COORDINATOR_NOT_AVAILABLE meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.cluster.addresses import Address, address_of
from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC, NO_LEADER, TRANSACTION_STATE_TOPIC
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.find_coordinator import (
    Coordinator,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

GROUP: Final = 0
TRANSACTION: Final = 1
SHARE: Final = 2

FIRST_VERSION_WITH_MANY_KEYS: Final = 4

NOWHERE: Final = Address(-1, "", -1, None)

INVALID_REQUEST_TEXT: Final = (
    "This most likely occurs because of a request being malformed by the client library or the message was sent to an "
    "incompatible broker. See the broker logs for more details."
)
_TEXTS: Final = {
    ErrorCode.NONE: "NONE",
    ErrorCode.INVALID_REQUEST: INVALID_REQUEST_TEXT,
    ErrorCode.COORDINATOR_NOT_AVAILABLE: "The coordinator is not available.",
}
"""What Kafka says in versions 1-3; later ones say nothing, but for a type of coordinator that does not exist."""


class Answer(NamedTuple):
    """Where a key is coordinated, or why that cannot be said."""

    code: ErrorCode
    address: Address


async def handle(node: Node, context: Context, request: FindCoordinatorRequest) -> FindCoordinatorResponse:
    """Answer for each key, in order; an unknown key type refuses all of them."""
    if request.key_type not in {GROUP, TRANSACTION, SHARE}:
        raise ApiError(ErrorCode.INVALID_REQUEST, INVALID_REQUEST_TEXT)
    if context.api_version < FIRST_VERSION_WITH_MANY_KEYS:
        answer = await _find(node, context, request.key_type, request.key)
        return _single(answer, _TEXTS.get(answer.code))
    return FindCoordinatorResponse(
        coordinators=[
            _one_of_many(key, await _find(node, context, request.key_type, key)) for key in request.coordinator_keys
        ]
    )


async def _find(node: Node, context: Context, key_type: int, key: str) -> Answer:
    try:
        if key_type == GROUP:
            leader = await _leader_of_group(node, key)
        elif key_type == TRANSACTION:
            leader = await _leader_of_transactions(node, key)
        else:
            return Answer(ErrorCode.INVALID_REQUEST, NOWHERE)
    except ApiError as error:
        return Answer(error.code, NOWHERE)
    address = address_of(node.cluster, leader, context.listener.name)
    if address is None:
        return Answer(ErrorCode.COORDINATOR_NOT_AVAILABLE, NOWHERE)
    return Answer(ErrorCode.NONE, address)


async def _leader_of_group(node: Node, group_id: str) -> int:
    """Return the node that leads the group's partition of `__consumer_offsets`: it coordinates the group."""
    await node.cluster.ensure_group_coordinator()
    return _leader(node, GROUP_METADATA_TOPIC, node.cluster.groups.partition_for(group_id))


async def _leader_of_transactions(node: Node, transactional_id: str) -> int:
    """Return the node that leads the transactional id's partition of `__transaction_state`."""
    await node.cluster.ensure_transaction_coordinator()
    return _leader(node, TRANSACTION_STATE_TOPIC, node.cluster.transactions.partition_for(transactional_id))


def _leader(node: Node, name: str, index: int) -> int:
    topic = node.cluster.metadata.topic(name)
    return NO_LEADER if topic is None else topic.partitions[index].leader


def _single(answer: Answer, message: str | None) -> FindCoordinatorResponse:
    node_id, host, port, _ = answer.address
    return FindCoordinatorResponse(error_code=answer.code, error_message=message, node_id=node_id, host=host, port=port)


def _one_of_many(key: str, answer: Answer, message: str = "") -> Coordinator:
    node_id, host, port, _ = answer.address
    return Coordinator(key=key, node_id=node_id, host=host, port=port, error_code=answer.code, error_message=message)


def refuse(context: Context, request: FindCoordinatorRequest, error: ApiError) -> FindCoordinatorResponse:
    """Answer the error for every key."""
    answer = Answer(error.code, NOWHERE)
    if context.api_version < FIRST_VERSION_WITH_MANY_KEYS:
        return _single(answer, error.message)
    keys = request.coordinator_keys
    return FindCoordinatorResponse(coordinators=[_one_of_many(key, answer, error.message or "") for key in keys])
