"""EndTxn (key 26), versions 0-5: commit or abort (KIP-98, 588, 890)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.api.transaction_codes import for_version
from kafkacompat.wire.messages.end_txn import EndTxnRequest, EndTxnResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError

NO_PRODUCER: Final = -1
FIRST_VERSION_WITH_FENCED: Final = 2
FIRST_VERSION_OF_TRANSACTIONS_2: Final = 5
"""Whoever sends it has the next transaction under the epoch (or id) that the answer brings."""


async def handle(node: Node, context: Context, request: EndTxnRequest) -> EndTxnResponse:
    """End the transaction; it is ended for good when this is answered, its markers may still be on their way."""
    version_2 = context.api_version >= FIRST_VERSION_OF_TRANSACTIONS_2
    ended = await node.transactions.end(
        request.transactional_id,
        request.producer_id,
        request.producer_epoch,
        commit=request.committed,
        client_version=2 if version_2 else 1,
    )
    return EndTxnResponse(producer_id=ended.producer_id, producer_epoch=ended.producer_epoch)


def refuse(context: Context, _request: EndTxnRequest, error: ApiError) -> EndTxnResponse:
    """Answer an error, with no id."""
    code = for_version(error.code, knows_fenced=context.api_version >= FIRST_VERSION_WITH_FENCED)
    return EndTxnResponse(error_code=code, producer_id=NO_PRODUCER, producer_epoch=NO_PRODUCER)
