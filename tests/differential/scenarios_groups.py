"""Members of classic groups: join, sync, heartbeat, leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest, MemberIdentity
from kafkacompat.wire.messages.sync_group import SyncGroupRequest
from tests.differential.requests import ANY_SUBSCRIPTION, heartbeat, join, leave, sync
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer

MAX_INT32 = (1 << 31) - 1
FIRST_JOIN_THAT_ASKS_FOR_AN_ID = 4


def joined(peer: Peer, version: int, group: str, *protocols: str, **fields: Any) -> Any:
    """Join as a new member, in two steps where the version wants that; record the steps."""
    if version >= 1:
        fields = {"rebalance_timeout_ms": 5000} | fields
    answer = peer.ask(join(group, "", *protocols, **fields), version, "join")
    if answer.error_code == 79:
        answer = peer.ask(join(group, answer.member_id, *protocols, **fields), version, "join with the id")
    return answer


def settled(peer: Peer, group: str, version: int = 3) -> str:
    """Make a group of one member that has its assignment; return the member's id."""
    member = peer.quietly(join(group, rebalance_timeout_ms=5000), 3)
    assert member.error_code == 0, member
    answer = peer.quietly(sync(3, group, member.generation_id, member.member_id, member.member_id), 3)
    assert answer.error_code == 0, answer
    member_id: str = member.member_id
    return member_id


@scenario(JoinGroupRequest)
def join_alone(peer: Peer, version: int) -> None:
    group = peer.name("group")
    member = joined(peer, version, group, "range", "roundrobin")
    peer.ask(sync(3, group, member.generation_id, member.member_id, member.member_id), 3)
    peer.ask(heartbeat(group, member.generation_id, member.member_id), 3)
    fields = {"rebalance_timeout_ms": 5000} if version >= 1 else {}
    peer.ask(join(group, member.member_id, "range", "roundrobin", **fields), version, "again, the leader")


@scenario(JoinGroupRequest)
def join_with_bad_values(peer: Peer, version: int) -> None:
    group = peer.name("group")
    peer.ask(join(""), version, "no group")
    for timeout_ms in (0, -1, 999, 1_800_001, MAX_INT32):
        peer.ask(join(group, session_timeout_ms=timeout_ms), version, f"session timeout {timeout_ms}")
    peer.ask(join(group, "nobody"), version, "an unknown member")
    peer.ask(join(group, protocol_type=""), version, "no protocol type")
    peer.ask(join(group, protocols=[]), version, "no protocols")
    peer.ask(join(group, protocol_type="", protocols=[]), version, "neither")
    peer.ask(join("", session_timeout_ms=0), version, "no group and no time")
    peer.ask(join(peer.name("group of a very long name" * 10)), version, "a long name")


@scenario(JoinGroupRequest, until=0)
def join_with_a_protocol_twice(peer: Peer, version: int) -> None:
    peer.connection.patience_s = 0.5
    both = [JoinGroupRequestProtocol(name="range", metadata=data) for data in (b"1", b"2")]
    peer.ask(join(peer.name("group"), protocols=both), version)


@scenario(JoinGroupRequest, since=1)
def join_with_other_rebalance_timeouts(peer: Peer, version: int) -> None:
    for timeout_ms in (-1, 0, -5, MAX_INT32):
        peer.ask(join(peer.name("group"), rebalance_timeout_ms=timeout_ms), version, f"{timeout_ms}")


@scenario(JoinGroupRequest)
def join_a_group_of_other_protocols(peer: Peer, version: int) -> None:
    group = peer.name("group")
    settled(peer, group)
    other = peer.another()
    other.ask(join(group, "", "sticky"), version, "no protocol in common")
    other.ask(join(group, protocol_type="connect"), version, "another type")
    other.ask(join(group, protocols=[]), version, "no protocol")
    other.ask(join(group, "nobody"), version, "an unknown member")


@scenario(JoinGroupRequest)
def join_as_the_second(peer: Peer, version: int) -> None:
    group = peer.name("group")
    first = settled(peer, group)
    fields: dict[str, Any] = {"rebalance_timeout_ms": 5000} if version >= 1 else {}
    theirs = {"protocols": [JoinGroupRequestProtocol(name="range", metadata=ANY_SUBSCRIPTION + b"!")]} | fields
    other, member_id = peer.another(), ""
    if version >= FIRST_JOIN_THAT_ASKS_FOR_AN_ID:
        member_id = other.ask(join(group, **theirs), version, "second asks for an id").member_id
    pending = other.begin(join(group, member_id, **theirs), version, "second joins")
    peer.await_that(lambda: peer.quietly(heartbeat(group, 1, first), 3).error_code == 27)
    peer.ask(heartbeat(group, 1, first), 3, "the first hears of it")
    answer = peer.ask(join(group, first, **fields), version, "the first joins again")
    second = pending.answer().member_id
    follower = other.begin(sync(3, group, answer.generation_id, second), 3, "the second waits for its assignment")
    peer.ask(sync(3, group, answer.generation_id, first, first, second), 3, "the leader assigns")
    follower.answer()
    other.ask(join(group, second, **theirs), version, "the follower joins again, unchanged")
    peer.ask(heartbeat(group, answer.generation_id, first), 3, "all is well")


@scenario(JoinGroupRequest, since=5)
def join_as_a_static_member(peer: Peer, version: int) -> None:
    group = peer.name("group")
    fields: dict[str, Any] = {"rebalance_timeout_ms": 5000, "group_instance_id": "one"}
    first = peer.ask(join(group, **fields), version, "first")
    peer.ask(
        sync(3, group, first.generation_id, first.member_id, first.member_id, group_instance_id="one"), 3, "assign"
    )
    again = peer.ask(join(group, **fields), version, "again, without id")
    peer.ask(heartbeat(group, again.generation_id, first.member_id, group_instance_id="one"), 3, "the former id")
    peer.ask(heartbeat(group, again.generation_id, again.member_id, group_instance_id="one"), 3, "the new id")
    peer.ask(heartbeat(group, again.generation_id, again.member_id), 3, "without the instance")
    peer.ask(heartbeat(group, again.generation_id, again.member_id, group_instance_id="two"), 3, "another instance")
    peer.ask(join(group, first.member_id, **fields), version, "with the former id")
    peer.ask(join(group, "nobody", **fields), version, "with an unknown id")
    peer.ask(sync(3, group, again.generation_id, first.member_id, group_instance_id="one"), 3, "sync, former id")
    peer.ask(sync(3, group, again.generation_id, again.member_id, group_instance_id="one"), 3, "sync, new id")
    members = [MemberIdentity(member_id=first.member_id, group_instance_id="one")]
    peer.ask(LeaveGroupRequest(group_id=group, members=members), 4, "leave, former id")
    members = [MemberIdentity(group_instance_id="two"), MemberIdentity(group_instance_id="one")]
    peer.ask(LeaveGroupRequest(group_id=group, members=members), 4, "leave by instance")
    peer.ask(join(group, **fields | {"group_instance_id": ""}), version, "an empty instance")


@scenario(SyncGroupRequest)
def sync_alone(peer: Peer, version: int) -> None:
    group = peer.name("group")
    member = peer.quietly(join(group, rebalance_timeout_ms=5000), 3)
    peer.ask(sync(version, group, member.generation_id, member.member_id, member.member_id, "somebody"), version)
    peer.ask(sync(version, group, member.generation_id, member.member_id), version, "again")
    peer.ask(sync(version, group, member.generation_id, member.member_id, member.member_id), version, "assign again")


@scenario(SyncGroupRequest)
def sync_without_assigning(peer: Peer, version: int) -> None:
    group = peer.name("group")
    member = peer.quietly(join(group, rebalance_timeout_ms=5000), 3)
    peer.ask(sync(version, group, member.generation_id, member.member_id), version)


@scenario(SyncGroupRequest)
def sync_with_bad_values(peer: Peer, version: int) -> None:
    group = peer.name("group")
    peer.ask(sync(version, group, 1, "nobody"), version, "no such group")
    member_id = settled(peer, group)
    peer.ask(sync(version, "", 1, member_id), version, "no group")
    peer.ask(sync(version, group, 1, ""), version, "no member")
    peer.ask(sync(version, group, 1, "nobody"), version, "an unknown member")
    for generation in (0, 2, -1, MAX_INT32):
        peer.ask(sync(version, group, generation, member_id), version, f"generation {generation}")
    if version >= 3:
        peer.ask(sync(version, group, 1, member_id, group_instance_id="one"), version, "an unknown instance")


@scenario(SyncGroupRequest, since=5)
def sync_with_other_protocols(peer: Peer, version: int) -> None:
    group = peer.name("group")
    member_id = settled(peer, group)
    for kind, name in (
        ("consumer", "sticky"),
        ("connect", "range"),
        (None, "range"),
        ("consumer", None),
        (None, None),
        ("", ""),
    ):
        request = sync(version, group, 1, member_id, protocol_type=kind, protocol_name=name)
        peer.ask(request, version, f"{kind}, {name}")


@scenario(HeartbeatRequest)
def heartbeats(peer: Peer, version: int) -> None:
    group = peer.name("group")
    peer.ask(heartbeat(group, 1, "nobody"), version, "no such group")
    member_id = settled(peer, group)
    peer.ask(heartbeat(group, 1, member_id), version)
    peer.ask(heartbeat("", 1, member_id), version, "no group")
    peer.ask(heartbeat(group, 1, ""), version, "no member")
    peer.ask(heartbeat(group, 1, "nobody"), version, "an unknown member")
    for generation in (0, 2, -1, MAX_INT32):
        peer.ask(heartbeat(group, generation, member_id), version, f"generation {generation}")
    if version >= 3:
        peer.ask(heartbeat(group, 1, member_id, group_instance_id="one"), version, "an unknown instance")
        peer.ask(heartbeat(group, 1, member_id, group_instance_id=""), version, "an empty instance")


@scenario(HeartbeatRequest)
def heartbeats_before_the_assignment(peer: Peer, version: int) -> None:
    group = peer.name("group")
    member = peer.quietly(join(group, rebalance_timeout_ms=5000), 3)
    peer.ask(heartbeat(group, member.generation_id, member.member_id), version)
    pending = peer.quietly(join(group, rebalance_timeout_ms=5000), 4).member_id
    peer.ask(heartbeat(group, member.generation_id, pending), version, "a member that has not joined yet")


@scenario(LeaveGroupRequest)
def leave_a_group(peer: Peer, version: int) -> None:
    group = peer.name("group")
    peer.ask(leave(version, group, "nobody"), version, "no such group")
    member_id = settled(peer, group)
    peer.ask(leave(version, "", member_id), version, "no group")
    peer.ask(leave(version, group, ""), version, "no member")
    peer.ask(leave(version, group, "nobody"), version, "an unknown member")
    peer.ask(leave(version, group, member_id), version)
    peer.ask(leave(version, group, member_id), version, "again")
    peer.ask(heartbeat(group, 1, member_id), 3, "a heartbeat")
    pending = peer.quietly(join(group, rebalance_timeout_ms=5000), 4).member_id
    peer.ask(leave(version, group, pending), version, "a member that has not joined yet")
    peer.ask(join(group, pending, rebalance_timeout_ms=5000), 4, "it joins all the same")


@scenario(LeaveGroupRequest, since=3)
def leave_for_several(peer: Peer, version: int) -> None:
    group = peer.name("group")
    member_id = settled(peer, group)
    peer.ask(leave(version, group), version, "nobody")
    peer.ask(leave(version, group, "nobody", member_id, "nobody", member_id), version, "some unknown, one twice")
    members = [
        MemberIdentity(member_id="", group_instance_id="one"),
        MemberIdentity(member_id="x", group_instance_id="one"),
    ]
    peer.ask(LeaveGroupRequest(group_id=group, members=members), version, "unknown instances")


@scenario(JoinGroupRequest)
def the_vote_for_a_protocol(peer: Peer, version: int) -> None:
    """Two members that prefer different protocols; the second one's metadata reach the leader."""
    group = peer.name("group")
    fields = {"rebalance_timeout_ms": 5000} if version >= 1 else {}
    protocols = [JoinGroupRequestProtocol(name=n, metadata=ANY_SUBSCRIPTION) for n in ("range", "roundrobin")]
    first = peer.quietly(join(group, protocols=protocols, rebalance_timeout_ms=5000), 3)
    other = peer.another()
    member_id = other.quietly(join(group, protocols=protocols[::-1], rebalance_timeout_ms=5000), 4).member_id
    mine = [JoinGroupRequestProtocol(name=n, metadata=b"second's") for n in ("roundrobin", "sticky")]
    pending = other.begin(join(group, member_id, protocols=mine, **fields), version, "the second joins")
    peer.await_that(lambda: peer.quietly(heartbeat(group, first.generation_id, first.member_id), 3).error_code == 27)
    peer.ask(join(group, first.member_id, protocols=protocols, **fields), version, "the first joins again")
    pending.answer()
