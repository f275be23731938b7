"""ListTransactions (key 66), versions 0-2: the transactional ids that a node coordinates (KIP-664, 994, 1152)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.transactions.listing import Filters
from kafkacompat.wire.messages.list_transactions import (
    ListTransactionsRequest,
    ListTransactionsResponse,
    TransactionState,
)

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError


async def handle(node: Node, _context: Context, request: ListTransactionsRequest) -> ListTransactionsResponse:
    """List what passes all filters; a state that does not exist is told and filters nothing out."""
    unknown, listings = await node.transactions.list_transactions(
        Filters(
            states=request.state_filters,
            producer_ids=request.producer_id_filters,
            longer_than_ms=request.duration_filter,
            pattern=request.transactional_id_pattern,
        )
    )
    return ListTransactionsResponse(
        unknown_state_filters=list(dict.fromkeys(unknown)),
        transaction_states=[
            TransactionState(
                transactional_id=one.transactional_id, producer_id=one.producer_id, transaction_state=one.state
            )
            for one in listings
        ],
    )


def refuse(_context: Context, _request: ListTransactionsRequest, error: ApiError) -> ListTransactionsResponse:
    """Answer an error, and no transaction."""
    return ListTransactionsResponse(error_code=error.code, unknown_state_filters=[], transaction_states=[])
