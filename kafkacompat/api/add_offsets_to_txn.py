"""AddOffsetsToTxn (key 25), versions 0-4: a group's offsets become part of the transaction (KIP-98, 588)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.api.transaction_codes import for_version
from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest, AddOffsetsToTxnResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.errors import ApiError

FIRST_VERSION_WITH_FENCED: Final = 2


async def handle(node: Node, _context: Context, request: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse:
    """Add the partition of `__consumer_offsets` that keeps the group."""
    await node.cluster.ensure_group_coordinator()
    partition = TopicPartition(GROUP_METADATA_TOPIC, node.cluster.groups.partition_for(request.group_id))
    await node.transactions.add_partitions(
        request.transactional_id, request.producer_id, request.producer_epoch, [partition], client_version=1
    )
    return AddOffsetsToTxnResponse()


def refuse(context: Context, _request: AddOffsetsToTxnRequest, error: ApiError) -> AddOffsetsToTxnResponse:
    """Answer an error."""
    code = for_version(error.code, knows_fenced=context.api_version >= FIRST_VERSION_WITH_FENCED)
    return AddOffsetsToTxnResponse(error_code=code)
