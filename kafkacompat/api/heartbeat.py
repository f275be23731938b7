"""Heartbeat (key 12), versions 0-4: a member of a classic group says that it lives (KIP-345)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.groups.classic.heartbeat import Heartbeat
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest, HeartbeatResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


async def handle(node: Node, _context: Context, request: HeartbeatRequest) -> HeartbeatResponse:
    """Note the heartbeat; REBALANCE_IN_PROGRESS asks the member to rejoin."""
    await node.groups.heartbeat(
        Heartbeat(request.group_id, request.member_id, request.group_instance_id, request.generation_id)
    )
    return HeartbeatResponse()
