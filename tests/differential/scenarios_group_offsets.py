"""Offsets of groups, and groups as administrators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.delete_groups import DeleteGroupsRequest
from kafkacompat.wire.messages.describe_groups import DescribeGroupsRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from kafkacompat.wire.messages.offset_commit import OffsetCommitRequest
from kafkacompat.wire.messages.offset_delete import OffsetDeleteRequest
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestGroup
from tests.differential.peer import Topic
from tests.differential.requests import (
    commit,
    commit_partition,
    commit_topic,
    delete_topics,
    find_coordinator,
    join,
    offset_delete,
    offset_fetch,
    sync,
)
from tests.differential.scenario import scenario
from tests.differential.scenarios_groups import settled

if TYPE_CHECKING:
    from tests.differential.peer import Peer

MAX_INT32 = (1 << 31) - 1
MISSING_ID = b"\x11" * 16


def committed(peer: Peer, group: str, topic: Topic, *partitions: int) -> None:
    parts = [commit_partition(index, 7 + index, "note", committed_leader_epoch=0) for index in partitions or (0,)]
    answer = peer.quietly(commit(8, group, topic, *parts), 8)
    assert {p.error_code for t in answer.topics for p in t.partitions} == {0}, answer


@scenario(OffsetCommitRequest)
def commit_without_a_group(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic(partitions=2)
    peer.ask(commit(version, group, topic, commit_partition(0), commit_partition(1, 0, "")), version)
    peer.ask(commit(version, group, topic, commit_partition(0, 3, None)), version, "backwards, no metadata")
    peer.ask(offset_fetch(7, group, topic, 0, 1), 7, "what is there")
    peer.ask(offset_fetch(7, group, None), 7, "all that is there")


@scenario(OffsetCommitRequest)
def commit_what_cannot_be(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic(partitions=2)
    missing = Topic(peer.name("missing"), MISSING_ID)
    peer.ask(commit(version, group, missing), version, "an unknown topic")
    for index in (2, -1, MAX_INT32):
        peer.ask(commit(version, group, topic, commit_partition(index)), version, f"partition {index}")
    for offset in (-1, -2, -(1 << 63), (1 << 63) - 1):
        peer.ask(commit(version, group, topic, commit_partition(0, offset)), version, f"offset {offset}")
    for size in (4096, 4097, 10_000):
        peer.ask(commit(version, group, topic, commit_partition(1, 5, "x" * size)), version, f"{size} of metadata")
    peer.ask(commit(version, group, topic, commit_partition(1, 5, "\u00e9" * 4096)), version, "4096 characters")
    mixed = [commit_topic(version, t, commit_partition(p)) for t, p in ((missing, 0), (topic, 0), (topic, 9))]
    peer.ask(commit(version, group, topic, topics=mixed), version, "some of it")
    peer.ask(commit(version, "", topic), version, "no group")
    peer.ask(commit(version, group, topic, topics=[]), version, "no topic")
    peer.ask(commit(version, group, topic, topics=[commit_topic(version, topic)]), version, "no partition")
    both = (commit_partition(0, 1), commit_partition(0, 2))
    peer.ask(commit(version, group, topic, *both), version, "a partition twice")
    twice = [commit_topic(version, topic, part) for part in both]
    peer.ask(commit(version, group, topic, topics=twice), version, "a topic twice")
    peer.ask(offset_fetch(7, group, None), 7, "what is there")


@scenario(OffsetCommitRequest)
def commit_as_nobody(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic()
    for generation, member in ((0, "x"), (1, "x"), (1, ""), (-1, "x"), (-2, ""), (MAX_INT32, "")):
        fields = {"generation_id_or_member_epoch": generation, "member_id": member}
        peer.ask(commit(version, peer.name("group"), topic, **fields), version, f"{generation}, {member!r}")
    settled(peer, group)
    for generation, member in ((0, "x"), (1, "x"), (1, ""), (-1, "x"), (-1, "")):
        fields = {"generation_id_or_member_epoch": generation, "member_id": member}
        peer.ask(commit(version, group, topic, **fields), version, f"others there, {generation}, {member!r}")


@scenario(OffsetCommitRequest)
def commit_as_a_member(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic()
    member_id = settled(peer, group)
    for generation in (1, 0, 2, -1):
        fields = {"generation_id_or_member_epoch": generation, "member_id": member_id}
        peer.ask(commit(version, group, topic, **fields), version, f"generation {generation}")
        if version >= 7:
            peer.ask(
                commit(version, group, topic, **fields, group_instance_id="one"), version, f"{generation}, an instance"
            )
    peer.ask(join(group, member_id, rebalance_timeout_ms=5000), 3, "a new generation")
    for generation in (1, 2):
        fields = {"generation_id_or_member_epoch": generation, "member_id": member_id}
        peer.ask(commit(version, group, topic, **fields), version, f"not assigned yet, {generation}")


@scenario(OffsetCommitRequest, since=6)
def commit_with_leader_epochs(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic(partitions=4)
    parts = [commit_partition(n, 5, "", committed_leader_epoch=epoch) for n, epoch in enumerate((-1, 0, 9, -7))]
    peer.ask(commit(version, group, topic, *parts), version)
    peer.ask(offset_fetch(7, group, topic, 0, 1, 2, 3), 7, "what is there")


@scenario(OffsetCommitRequest, until=4)
def commit_with_a_retention(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic()
    for retention_ms in (-1, 0, 100_000, -5):
        peer.ask(commit(version, group, topic, retention_time_ms=retention_ms), version, f"{retention_ms}")


@scenario(OffsetFetchRequest)
def fetch_offsets(peer: Peer, version: int) -> None:
    group, topic, other = peer.name("group"), peer.topic(partitions=3), peer.topic()
    committed(peer, group, topic, 0, 2)
    peer.ask(offset_fetch(version, group, topic, 0, 1, 2), version)
    peer.ask(offset_fetch(version, group, topic, 2, 9, -1), version, "partitions that are not")
    peer.ask(offset_fetch(version, group, topic, 0, 0), version, "a partition twice")
    peer.ask(offset_fetch(version, group, topic), version, "no partition")
    peer.ask(offset_fetch(version, group, other, 0), version, "a topic without offsets")
    peer.ask(offset_fetch(version, group, Topic(peer.name("missing"), MISSING_ID), 0), version, "an unknown topic")
    peer.ask(offset_fetch(version, peer.name("nobody"), topic, 0), version, "an unknown group")
    peer.ask(offset_fetch(version, "", topic, 0), version, "no group")
    if version >= 2:
        peer.ask(offset_fetch(version, group, None), version, "all")
        peer.ask(offset_fetch(version, peer.name("nobody"), None), version, "all of an unknown group")
    if version >= 7:
        peer.ask(offset_fetch(version, group, topic, 0, require_stable=True), version, "stable")


@scenario(OffsetFetchRequest, since=8)
def fetch_offsets_of_several_groups(peer: Peer, version: int) -> None:
    one, two, topic = peer.name("group"), peer.name("group"), peer.topic(partitions=2)
    committed(peer, one, topic, 0)
    committed(peer, two, topic, 1)
    groups = [offset_fetch(version, group, topic, 0, 1).groups[0] for group in (two, peer.name("nobody"), one, one)]
    peer.ask(OffsetFetchRequest(groups=groups), version)
    peer.ask(OffsetFetchRequest(groups=[]), version, "none")
    both = [offset_fetch(version, one, None).groups[0], offset_fetch(version, two, topic, 1).groups[0]]
    peer.ask(OffsetFetchRequest(groups=both), version, "all of one, some of the other")


@scenario(OffsetFetchRequest, since=9)
def fetch_offsets_as_a_member(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic()
    member_id = settled(peer, group)
    for member, epoch in (
        (member_id, 1),
        (member_id, 5),
        ("nobody", 1),
        ("", 0),
        (None, 3),
        (member_id, -1),
        ("nobody", -1),
    ):
        asked = offset_fetch(version, group, topic, 0).groups[0]
        asked.member_id, asked.member_epoch = member, epoch
        peer.ask(OffsetFetchRequest(groups=[asked]), version, f"epoch {epoch}")
    unknown = OffsetFetchRequestGroup(group_id=peer.name("nobody"), member_id="x", member_epoch=1, topics=None)
    peer.ask(OffsetFetchRequest(groups=[unknown]), version, "an unknown group")


@scenario(OffsetFetchRequest)
def fetch_offsets_of_a_topic_that_is_gone(peer: Peer, version: int) -> None:
    group, topic, kept = peer.name("group"), peer.topic(), peer.topic()
    committed(peer, group, topic)
    committed(peer, group, kept)
    peer.quietly(delete_topics(6, topic.name), 6)
    gone = offset_fetch(7, group, topic, 0)
    peer.await_that(lambda: peer.quietly(gone, 7).topics[0].partitions[0].committed_offset < 0)
    if version >= 2:
        peer.ask(offset_fetch(version, group, None), version, "all")
    peer.ask(offset_fetch(version, group, topic, 0), version, "by name")


@scenario(OffsetDeleteRequest)
def delete_offsets(peer: Peer, version: int) -> None:
    group, topic, other = peer.name("group"), peer.topic(partitions=3), peer.topic()
    peer.ask(offset_delete(group, topic.name, 0), version, "no such group")
    committed(peer, group, topic, 0, 1)
    peer.ask(offset_delete(group, topic.name, 0), version)
    peer.ask(offset_delete(group, topic.name, 0, 2, 9, -1), version, "none there, and no partitions")
    peer.ask(offset_delete(group, peer.name("missing"), 0), version, "an unknown topic")
    peer.ask(offset_delete(group, other.name, 0), version, "a topic without offsets")
    peer.ask(offset_delete(group, topic.name), version, "no partition")
    peer.ask(OffsetDeleteRequest(group_id=group, topics=[]), version, "no topic")
    peer.ask(offset_delete(group, topic.name, 1, 1), version, "twice")
    peer.ask(offset_delete("", topic.name, 0), version, "no group")
    peer.ask(offset_fetch(7, group, None), 7, "what is left")


@scenario(OffsetDeleteRequest)
def delete_offsets_of_a_living_group(peer: Peer, version: int) -> None:
    group, topic = peer.name("group"), peer.topic()
    settled(peer, group)
    peer.ask(offset_delete(group, topic.name, 0), version, "not subscribed")
    named = b"\0\0\0\0\0\1" + len(topic.name).to_bytes(2, "big") + topic.name.encode() + b"\xff\xff\xff\xff"
    subscribed = peer.name("group")
    request = join(subscribed, rebalance_timeout_ms=5000)
    request.protocols[0].metadata = named
    member = peer.quietly(request, 3)
    peer.quietly(sync(3, subscribed, 1, member.member_id, member.member_id), 3)
    peer.ask(offset_delete(subscribed, topic.name, 0), version, "subscribed")
    unreadable = peer.name("group")
    request = join(unreadable, rebalance_timeout_ms=5000)
    request.protocols[0].metadata = b"\1"
    peer.quietly(request, 3)
    peer.ask(offset_delete(unreadable, topic.name, 0), version, "a subscription that does not parse")
    other = peer.name("group")
    peer.quietly(join(other, rebalance_timeout_ms=5000, protocol_type="connect"), 3)
    peer.ask(offset_delete(other, topic.name, 0), version, "no consumers")


@scenario(DescribeGroupsRequest)
def describe_groups(peer: Peer, version: int) -> None:
    one, simple, topic = peer.name("group"), peer.name("group"), peer.topic()
    settled(peer, one)
    committed(peer, simple, topic)
    fields = {"include_authorized_operations": True} if version >= 3 else {}
    peer.ask(DescribeGroupsRequest(groups=[one]), version)
    peer.ask(DescribeGroupsRequest(groups=[one], **fields), version, "operations")
    peer.ask(DescribeGroupsRequest(groups=[simple]), version, "offsets alone")
    peer.ask(DescribeGroupsRequest(groups=[peer.name("nobody")]), version, "an unknown group")
    peer.ask(DescribeGroupsRequest(groups=[]), version, "none")
    peer.ask(DescribeGroupsRequest(groups=[one, one]), version, "twice")
    joining = peer.name("group")
    peer.quietly(join(joining, rebalance_timeout_ms=5000), 3)
    peer.ask(DescribeGroupsRequest(groups=[joining]), version, "not assigned yet")
    static = peer.name("group")
    peer.quietly(join(static, rebalance_timeout_ms=5000, group_instance_id="one"), 5)
    peer.ask(DescribeGroupsRequest(groups=[static]), version, "a static member")


@scenario(ListGroupsRequest, answered=True)
def list_groups(peer: Peer, version: int) -> None:
    stable, simple, joining, topic = *(peer.name("group") for _ in range(3)), peer.topic()
    settled(peer, stable)
    committed(peer, simple, topic)
    peer.quietly(join(joining, rebalance_timeout_ms=5000, protocol_type="connect"), 3)
    peer.ask_for_mine(ListGroupsRequest(), version, "groups", "group_id", "all")
    if version >= 4:
        for states in (["Stable"], ["stable"], ["Empty", "CompletingRebalance"], ["Nonsense"], [""], ["Dead"]):
            peer.ask_for_mine(ListGroupsRequest(states_filter=states), version, "groups", "group_id", f"{states}")
    if version >= 5:
        for kinds in (["classic"], ["Classic"], ["consumer"], ["share", "classic"], ["nonsense"], [""]):
            peer.ask_for_mine(ListGroupsRequest(types_filter=kinds), version, "groups", "group_id", f"{kinds}")
        request = ListGroupsRequest(states_filter=["Empty"], types_filter=["classic"])
        peer.ask_for_mine(request, version, "groups", "group_id", "both filters")


@scenario(DeleteGroupsRequest)
def delete_groups(peer: Peer, version: int) -> None:
    living, simple, topic = peer.name("group"), peer.name("group"), peer.topic()
    settled(peer, living)
    committed(peer, simple, topic)
    peer.ask(DeleteGroupsRequest(groups_names=[living]), version, "a living one")
    peer.ask(DeleteGroupsRequest(groups_names=[simple]), version)
    peer.ask(DeleteGroupsRequest(groups_names=[simple]), version, "again")
    peer.ask(offset_fetch(7, simple, None), 7, "its offsets")
    peer.ask(DeleteGroupsRequest(groups_names=[]), version, "none")
    twice = peer.name("group")
    committed(peer, twice, topic)
    peer.ask(DeleteGroupsRequest(groups_names=[twice, living, twice]), version, "one twice")


@scenario()
def the_group_without_a_name(peer: Peer, version: int) -> None:
    peer.ask(commit(8, "", peer.topic()), 8)
    for note in ("there", "gone"):
        peer.ask(DescribeGroupsRequest(groups=[""]), 6, f"{note}, described")
        peer.ask(DeleteGroupsRequest(groups_names=[""]), 3, f"{note}, deleted")


@scenario(FindCoordinatorRequest)
def coordinators_of_groups(peer: Peer, version: int) -> None:
    peer.ask(find_coordinator(version, "group"), version)
    peer.ask(find_coordinator(version, ""), version, "no name")


@scenario(FindCoordinatorRequest, since=1)
def coordinators_of_other_kinds(peer: Peer, version: int) -> None:
    for kind in (2, 3, -1, 127):
        peer.ask(find_coordinator(version, "any", kind=kind), version, f"kind {kind}")


@scenario(FindCoordinatorRequest, since=4)
def coordinators_of_several_groups(peer: Peer, version: int) -> None:
    peer.ask(find_coordinator(version, "one", "two", "one", ""), version)
    peer.ask(find_coordinator(version), version, "none")


@scenario(FindCoordinatorRequest, since=6)
def coordinators_of_what_is_no_share_group(peer: Peer, version: int) -> None:
    for key in ("group", "group:topic:0", "group:AAAAAAAAAAAAAAAAAAAAAA", ""):
        peer.ask(find_coordinator(version, key, kind=2), version, key)
