"""Three nodes: groups, asked of where they are and of where they are not."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.delete_groups import DeleteGroupsRequest
from kafkacompat.wire.messages.describe_groups import DescribeGroupsRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.join_group import JoinGroupRequest
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from kafkacompat.wire.messages.offset_commit import OffsetCommitRequest
from kafkacompat.wire.messages.offset_delete import OffsetDeleteRequest
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest
from kafkacompat.wire.messages.sync_group import SyncGroupRequest
from tests.differential import requests as ask
from tests.differential.placing import NODES, described, placed
from tests.differential.scenario import Stage, scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.peer import Peer, Topic

on_three = partial(scenario, stage=Stage.THREE_NODES)
PARTITIONS = 50
LEAST_SHARE = 10


def coordinator(peer: Peer, group: str) -> int:
    """Return where a group is, once that node is ready for it."""
    found: list[int] = []

    def is_ready() -> bool:
        answer = peer.quietly(ask.find_coordinator(3, group), 3)
        if answer.error_code != ErrorCode.NONE:
            return False
        found[:] = [answer.node_id]
        (described_group,) = peer.at(answer.node_id).quietly(DescribeGroupsRequest(groups=[group]), 5).groups
        return bool(described_group.error_code == ErrorCode.NONE)

    peer.await_that(is_ready)
    return found[0]


REQUESTS: dict[Any, Callable[[int, str, Topic], list[Any]]] = {
    JoinGroupRequest: lambda _, group, __: [
        ask.join(group),
        ask.join(group, session_timeout_ms=1),
        ask.join(""),
        ask.join(group, "somebody"),
    ],
    SyncGroupRequest: lambda version, group, _: [
        ask.sync(version, group, 1, "somebody", "somebody"),
        ask.sync(version, "", 1, "somebody"),
    ],
    HeartbeatRequest: lambda _, group, __: [ask.heartbeat(group, 1, "somebody"), ask.heartbeat("", 1, "somebody")],
    LeaveGroupRequest: lambda version, group, _: [
        ask.leave(version, group, "somebody"),
        ask.leave(version, "", "somebody"),
    ],
    OffsetCommitRequest: lambda version, group, topic: [
        ask.commit(version, group, topic),
        ask.commit(version, group, topic, ask.commit_partition(9)),
        ask.commit(version, group, topic, generation_id_or_member_epoch=1, member_id="somebody"),
    ],
    OffsetFetchRequest: lambda version, group, topic: [
        ask.offset_fetch(version, group, topic, 0, 9),
        *([ask.offset_fetch(version, group, None)] if version >= 2 else []),
    ],
    OffsetDeleteRequest: lambda _, group, topic: [
        ask.offset_delete(group, topic.name, 0),
        ask.offset_delete("", topic.name, 0),
    ],
    DescribeGroupsRequest: lambda _, group, __: [DescribeGroupsRequest(groups=[group])],
    DeleteGroupsRequest: lambda _, group, __: [DeleteGroupsRequest(groups_names=[group])],
}
"""What a node is asked that does not coordinate the group."""


def define(request_class: Any) -> None:
    """Register the scenario of one key."""

    def elsewhere(peer: Peer, version: int) -> None:
        group, topic = peer.name("group"), placed(peer, [0, 1])
        other = (coordinator(peer, group) + 1) % len(NODES)
        for request in REQUESTS[request_class](version, group, topic):
            peer.at(other).ask(request, version)

    elsewhere.__name__ = f"{request_class.__module__.rpartition('.')[2]}_at_a_node_that_does_not_coordinate"
    on_three(request_class)(elsewhere)


for request_of_groups in REQUESTS:
    define(request_of_groups)


@on_three(FindCoordinatorRequest)
def every_node_knows_coordinators(peer: Peer, version: int) -> None:
    group = peer.name("group")
    where = coordinator(peer, group)
    for node in NODES:
        peer.at(node).await_that(partial(_knows, peer.at(node), group, where))
        answer = peer.at(node).quietly(ask.find_coordinator(version, group), version)
        for told in answer.coordinators if version >= 4 else [answer]:
            assert told.node_id == where
            told.node_id = 0  # each cluster spreads them in its own way
        peer.record(f"at {node}", answer, version)


def _knows(peer: Peer, group: str, where: int) -> bool:
    found: int = peer.quietly(ask.find_coordinator(3, group), 3).node_id
    return found == where


@on_three()
def coordinators_are_spread(peer: Peer, _version: int) -> None:
    coordinator(peer, peer.name("group"))
    partitions = described(peer, "__consumer_offsets")
    shares = Counter(partition.leader_id for partition in partitions)
    assert len(partitions) == PARTITIONS
    assert sorted(shares) == list(NODES)
    assert min(shares.values()) >= LEAST_SHARE, shares
    assert {len(partition.replica_nodes) for partition in partitions} == {len(NODES)}
    answer = peer.quietly(ask.metadata(12, "__consumer_offsets"), 12)
    answer.topics[0].partitions = []
    peer.record("their topic", answer, 12)


@on_three(ListGroupsRequest)
def groups_are_listed_where_they_are(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), placed(peer, [0, 1])
    where = coordinator(peer, group)
    peer.at(where).ask(ask.commit(3, group, topic), 3, "committed")
    for step in range(len(NODES)):
        node = peer.at((where + step) % len(NODES))
        node.ask_for_mine(ListGroupsRequest(), version, "groups", "group_id", f"{step} nodes further")
        node.ask(ask.offset_fetch(7, group, topic, 0), 7, "its offsets")
    peer.at(where).ask(DeleteGroupsRequest(groups_names=[group]), 2, "deleted")


@on_three(JoinGroupRequest, versions=(3, 9))
def a_group_lives_on_its_node(peer: Peer, version: int) -> None:
    group = peer.name("group")
    where = coordinator(peer, group)
    at, other = peer.at(where), peer.at((where + 1) % len(NODES))
    first = at.quietly(ask.join(group, rebalance_timeout_ms=60_000), version)
    again = ask.join(group, first.member_id, rebalance_timeout_ms=60_000)
    joined = at.quietly(again, version) if first.error_code else first
    assert joined.error_code == ErrorCode.NONE, joined
    member = joined.member_id
    for node, note in ((other, "elsewhere"), (at, "where it is")):
        node.ask(ask.sync(3, group, 1, member, member), 3, f"sync {note}")
        node.ask(ask.heartbeat(group, 1, member), 3, f"heartbeat {note}")
    other.ask(ask.leave(3, group, member), 3, "leave elsewhere")
    at.ask(ask.heartbeat(group, 1, member), 3, "still there")
    at.ask(ask.leave(3, group, "nobody"), 3, "somebody else leaves")
