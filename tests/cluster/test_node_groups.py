"""Groups on several nodes: each lives on one, and the others say so, with the codes of Kafka 4.4.0 on three nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.delete_groups import DeleteGroupsRequest
from kafkacompat.wire.messages.describe_groups import DescribeGroupsRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest, MemberIdentity
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkacompat.wire.messages.offset_delete import OffsetDeleteRequest
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestGroup
from kafkacompat.wire.messages.sync_group import SyncGroupRequest
from tests.cluster.several import Several
from tests.groups.fake_node import joining

if TYPE_CHECKING:
    from collections.abc import Callable

OF_NODE = {1: "b", 2: "c", 3: "d"}
"""Group ids by the node that coordinates them: `__consumer_offsets` has three partitions, led in turn."""
NOT_HERE = ErrorCode.NOT_COORDINATOR


def several() -> Several:
    nodes = Several({"offsets.topic.num.partitions": "3"}, topics=["t"])
    nodes.ask(1, FindCoordinatorRequest(key_type=0, coordinator_keys=["b"]), 6)
    return nodes


def commit(group_id: str, *partitions: int) -> OffsetCommitRequest:
    wanted = [
        OffsetCommitRequestPartition(partition_index=index, committed_offset=5, committed_metadata="")
        for index in partitions
    ]
    return OffsetCommitRequest(group_id=group_id, topics=[OffsetCommitRequestTopic(name="t", partitions=wanted)])


def test_every_node_names_the_same_coordinator() -> None:
    nodes = several()
    for asked in (1, 2, 3):
        request = FindCoordinatorRequest(key_type=0, coordinator_keys=list(OF_NODE.values()))
        answer = nodes.ask(asked, request, 6)
        assert [(c.node_id, c.host, c.port) for c in answer.coordinators] == [
            (node_id, f"node-{node_id}.test", 9090 + node_id) for node_id in OF_NODE
        ]


WHOLE: list[tuple[Callable[[str], Any], int]] = [
    (joining, 9),
    (lambda g: SyncGroupRequest(group_id=g, generation_id=1, member_id="m", assignments=[]), 3),
    (lambda g: HeartbeatRequest(group_id=g, generation_id=1, member_id="m"), 4),
    (lambda g: LeaveGroupRequest(group_id=g, members=[MemberIdentity(member_id="m")]), 5),
    (lambda g: OffsetDeleteRequest(group_id=g, topics=[]), 0),
]


@pytest.mark.parametrize(("request_for", "version"), WHOLE)
def test_at_another_node_the_whole_request_is_refused(request_for: Callable[[str], Any], version: int) -> None:
    nodes = several()
    assert nodes.ask(2, request_for(OF_NODE[1]), version).error_code == NOT_HERE
    assert nodes.ask(1, request_for(OF_NODE[1]), version).error_code != NOT_HERE


@pytest.mark.parametrize(("request_for", "version"), WHOLE)
def test_an_empty_group_id_is_refused_before_the_place_matters(request_for: Callable[[str], Any], version: int) -> None:
    nodes = several()
    assert {nodes.ask(n, request_for(""), version).error_code for n in (1, 2, 3)} == {ErrorCode.INVALID_GROUP_ID}


def test_a_session_timeout_too_is_refused_first() -> None:
    answer = several().ask(2, joining(OF_NODE[1], session_timeout_ms=1), 9)
    assert answer.error_code == ErrorCode.INVALID_SESSION_TIMEOUT


def test_requests_about_several_groups_refuse_those_of_others() -> None:
    nodes = several()
    asked = [OF_NODE[1], OF_NODE[2]]
    described = nodes.ask(2, DescribeGroupsRequest(groups=asked), 6).groups
    assert [group.error_code for group in described] == [NOT_HERE, ErrorCode.GROUP_ID_NOT_FOUND]
    deleted = nodes.ask(2, DeleteGroupsRequest(groups_names=asked), 2).results
    assert [group.error_code for group in deleted] == [NOT_HERE, ErrorCode.GROUP_ID_NOT_FOUND]
    groups = [OffsetFetchRequestGroup(group_id=group_id, topics=None) for group_id in asked]
    fetched = nodes.ask(2, OffsetFetchRequest(groups=groups), 9).groups
    assert [group.error_code for group in fetched] == [NOT_HERE, 0]


def test_offsets_are_committed_at_the_coordinator_alone() -> None:
    nodes = several()
    (topic,) = nodes.ask(2, commit(OF_NODE[1], 0, 77), 9).topics
    refused = [(p.partition_index, p.error_code) for p in topic.partitions]
    assert refused == [(77, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), (0, NOT_HERE)]
    (topic,) = nodes.ask(1, commit(OF_NODE[1], 0), 9).topics
    assert [p.error_code for p in topic.partitions] == [0]


def test_each_node_lists_its_own_groups() -> None:
    nodes = several()
    for node_id, group_id in OF_NODE.items():
        nodes.ask(node_id, commit(group_id, 0), 9)
    listed = {n: [group.group_id for group in nodes.ask(n, ListGroupsRequest(), 5).groups] for n in OF_NODE}
    assert listed == {node_id: [group_id] for node_id, group_id in OF_NODE.items()}
