"""InitProducerId (key 22), versions 0-5: a producer id for an idempotent producer (KIP-98, 360).

Transactional ids are refused until transactions are served, so that clients fail at once instead of waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

NO_PRODUCER: Final = -1


async def handle(node: Node, _context: Context, request: InitProducerIdRequest) -> InitProducerIdResponse:
    """Give out a fresh id with epoch 0, whatever id and epoch an idempotent producer had before."""
    half_given = (request.producer_id == NO_PRODUCER) != (request.producer_epoch == NO_PRODUCER)
    if half_given or request.transactional_id == "":
        raise ApiError(ErrorCode.INVALID_REQUEST)
    if request.transactional_id is not None:
        raise ApiError(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    return InitProducerIdResponse(producer_id=await node.cluster.metadata.allocate_producer_id(), producer_epoch=0)


def refuse(_context: Context, _request: InitProducerIdRequest, error: ApiError) -> InitProducerIdResponse:
    """Answer an error, with no id."""
    return InitProducerIdResponse(error_code=error.code, producer_id=NO_PRODUCER, producer_epoch=NO_PRODUCER)
