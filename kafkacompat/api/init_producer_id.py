"""InitProducerId (key 22), versions 0-5: a producer id, for an idempotent or a transactional producer (KIP-98, 360)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.api.transaction_codes import for_version
from kafkacompat.transactions.coordinator import Initializing
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

NO_PRODUCER: Final = -1
FIRST_VERSION_WITH_FENCED: Final = 4


async def handle(node: Node, _context: Context, request: InitProducerIdRequest) -> InitProducerIdResponse:
    """Give out an id and an epoch.

    An idempotent producer gets a fresh id with epoch 0, whatever it had before; a transactional one the id of its
    transactional id, with an epoch that fences whoever had it before.
    """
    half_given = (request.producer_id == NO_PRODUCER) != (request.producer_epoch == NO_PRODUCER)
    if half_given:
        raise ApiError(ErrorCode.INVALID_REQUEST)
    if request.transactional_id is None:
        return InitProducerIdResponse(producer_id=await node.cluster.metadata.allocate_producer_id(), producer_epoch=0)
    initialized = await node.transactions.init_producer_id(
        Initializing(
            request.transactional_id,
            request.transaction_timeout_ms,
            request.producer_id,
            request.producer_epoch,
        )
    )
    return InitProducerIdResponse(producer_id=initialized.producer_id, producer_epoch=initialized.producer_epoch)


def refuse(context: Context, _request: InitProducerIdRequest, error: ApiError) -> InitProducerIdResponse:
    """Answer an error, with no id."""
    code = for_version(error.code, knows_fenced=context.api_version >= FIRST_VERSION_WITH_FENCED)
    return InitProducerIdResponse(error_code=code, producer_id=NO_PRODUCER, producer_epoch=NO_PRODUCER)
