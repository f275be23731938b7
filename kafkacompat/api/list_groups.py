"""ListGroups (key 16), versions 0-5: all groups, by state (KIP-518) and type (KIP-848)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.list_groups import ListedGroup, ListGroupsRequest, ListGroupsResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node


async def handle(node: Node, _context: Context, request: ListGroupsRequest) -> ListGroupsResponse:
    """List the groups whose state and type are asked for, in any case of letters; without a filter, all."""
    states = {state.lower() for state in request.states_filter}
    types = {kind.lower() for kind in request.types_filter}
    return ListGroupsResponse(
        groups=[
            ListedGroup(
                group_id=group.group_id,
                protocol_type=group.protocol_type,
                group_state=group.state,
                group_type=group.group_type,
            )
            for group in await node.groups.list_groups()
            if (not states or group.state.lower() in states) and (not types or group.group_type.lower() in types)
        ]
    )
