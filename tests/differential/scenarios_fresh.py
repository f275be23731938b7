"""A broker that nobody asked anything of: before there is a topic, a group, or a partition that keeps offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.delete_groups import DeleteGroupsRequest
from kafkacompat.wire.messages.describe_cluster import DescribeClusterRequest
from kafkacompat.wire.messages.describe_groups import DescribeGroupsRequest
from kafkacompat.wire.messages.describe_log_dirs import DescribeLogDirsRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.join_group import JoinGroupRequest
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest
from kafkacompat.wire.messages.list_config_resources import ListConfigResourcesRequest
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from kafkacompat.wire.messages.list_partition_reassignments import ListPartitionReassignmentsRequest
from kafkacompat.wire.messages.metadata import MetadataRequest
from kafkacompat.wire.messages.offset_commit import OffsetCommitRequest
from kafkacompat.wire.messages.offset_delete import OffsetDeleteRequest
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest
from kafkacompat.wire.messages.sync_group import SyncGroupRequest
from tests.differential import requests as ask
from tests.differential.peer import Topic
from tests.differential.scenario import Stage, scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.peer import Peer

NOWHERE = Topic("nowhere", b"\x22" * 16)

UNPREPARED: dict[Any, Callable[[int], list[Any]]] = {
    ListGroupsRequest: lambda version: [
        ListGroupsRequest(),
        *([ListGroupsRequest(states_filter=["Stable"])] if version >= 4 else []),
        *([ListGroupsRequest(types_filter=["classic"])] if version >= 5 else []),
    ],
    DescribeGroupsRequest: lambda _: [
        DescribeGroupsRequest(groups=["one", "", "one"]),
        DescribeGroupsRequest(groups=[]),
    ],
    DeleteGroupsRequest: lambda _: [
        DeleteGroupsRequest(groups_names=["one"]),
        DeleteGroupsRequest(groups_names=[""]),
        DeleteGroupsRequest(groups_names=["one", "", "two"]),
        DeleteGroupsRequest(groups_names=[]),
    ],
    JoinGroupRequest: lambda _: [
        ask.join("one"),
        ask.join(""),
        ask.join("one", "somebody"),
        ask.join("one", session_timeout_ms=1),
    ],
    SyncGroupRequest: lambda version: [
        ask.sync(version, "one", 1, "somebody", "somebody"),
        ask.sync(version, "", 1, "somebody"),
    ],
    HeartbeatRequest: lambda _: [ask.heartbeat("one", 1, "somebody"), ask.heartbeat("", 1, "somebody")],
    LeaveGroupRequest: lambda version: [ask.leave(version, "one", "somebody"), ask.leave(version, "", "somebody")],
    OffsetCommitRequest: lambda version: [
        ask.commit(version, "one", NOWHERE),
        ask.commit(version, "", NOWHERE),
        ask.commit(version, "one", NOWHERE, generation_id_or_member_epoch=1, member_id="somebody"),
        OffsetCommitRequest(group_id="one", member_id="", topics=[]),
    ],
    OffsetFetchRequest: lambda version: [
        ask.offset_fetch(version, "one", NOWHERE, 0, 1),
        ask.offset_fetch(version, "", NOWHERE, 0),
        *([ask.offset_fetch(version, "one", None)] if version >= 2 else []),
        *([ask.offset_fetch(version, "one", NOWHERE, 0, require_stable=True)] if version >= 7 else []),
    ],
    OffsetDeleteRequest: lambda _: [
        ask.offset_delete("one", NOWHERE.name, 0),
        ask.offset_delete("", NOWHERE.name, 0),
        OffsetDeleteRequest(group_id="one", topics=[]),
    ],
    MetadataRequest: lambda version: [
        MetadataRequest(topics=None if version else []),
        *([ask.metadata(version)] if version else []),
        *([ask.metadata(version, "nowhere")] if version >= 4 else []),
        *([ask.metadata(version, "__consumer_offsets")] if version >= 4 else []),
    ],
    DescribeClusterRequest: lambda _: [DescribeClusterRequest(include_cluster_authorized_operations=True)],
    ListConfigResourcesRequest: lambda version: [
        ListConfigResourcesRequest(),
        *([ListConfigResourcesRequest(resource_types=[2, 4, 8])] if version else []),
    ],
    DescribeLogDirsRequest: lambda _: [DescribeLogDirsRequest(topics=None), DescribeLogDirsRequest(topics=[])],
    ListPartitionReassignmentsRequest: lambda _: [ListPartitionReassignmentsRequest(topics=None)],
}
"""What is asked, by request and version; none of it makes anything."""


def define(request_class: Any) -> None:
    """Register the scenario of one key."""

    def fresh(peer: Peer, version: int) -> None:
        for request in UNPREPARED[request_class](version):
            peer.ask(request, version)

    fresh.__name__ = f"{request_class.__module__.rpartition('.')[2]}_before_anything"
    scenario(request_class, stage=Stage.FRESH, answered=True)(fresh)


for unprepared in UNPREPARED:
    define(unprepared)


@scenario(FindCoordinatorRequest, versions=(6,), stage=Stage.FRESH)
def the_first_coordinator(peer: Peer, version: int) -> None:
    """Comes last: it makes the topic that keeps offsets."""
    peer.ask(ask.find_coordinator(version, "one", ""), version, "first")

    def found() -> bool:
        return all(c.error_code == 0 for c in peer.quietly(ask.find_coordinator(version, "one"), version).coordinators)

    def loaded() -> bool:
        (group,) = peer.quietly(DescribeGroupsRequest(groups=["one"]), 5).groups
        return bool(
            group.error_code != ErrorCode.NOT_COORDINATOR and not peer.quietly(ListGroupsRequest(), 5).error_code
        )

    peer.await_that(found)
    peer.await_that(loaded)
    peer.ask(ask.find_coordinator(version, "one", ""), version, "then")
    peer.ask(ask.metadata(12, "__consumer_offsets"), 12, "its topic")
    peer.ask(ListGroupsRequest(), 5, "no groups yet")
    peer.ask(DescribeGroupsRequest(groups=["one"]), 6, "a group that is not there")
    peer.ask(DeleteGroupsRequest(groups_names=["one"]), 3, "deleted")
    peer.ask(ask.offset_fetch(7, "one", NOWHERE, 0), 7, "its offsets")
