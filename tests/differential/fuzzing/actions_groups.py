"""What sessions do with groups: members come, are assigned, commit and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages.delete_groups import DeleteGroupsRequest
from kafkacompat.wire.messages.describe_groups import DescribeGroupsRequest
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.join_group import JoinGroupRequest
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest, MemberIdentity
from kafkacompat.wire.messages.list_groups import ListGroupsRequest
from kafkacompat.wire.messages.offset_commit import OffsetCommitRequest
from kafkacompat.wire.messages.offset_delete import OffsetDeleteRequest
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest
from kafkacompat.wire.messages.sync_group import SyncGroupRequest
from tests.differential import requests as ask
from tests.differential.fuzzing.session import step
from tests.differential.fuzzing.world import known, told

if TYPE_CHECKING:
    from tests.differential.fuzzing.world import World

FIRST_JOIN_THAT_ASKS_FOR_AN_ID = 4
FIRST_WITH_INSTANCES = {11: 5, 12: 3, 13: 3, 14: 3, 8: 7}
"""The versions from which a request names its static member, by key."""
MOST_MEMBERS = 3
REBALANCE_TIMEOUT_MS = 60_000


def generation(world: World, label: str) -> Any:
    """Return the generation that a member was told, sometimes another."""
    plus = world.random.choices([0, 1, -1], [20, 1, 1])[0]
    return told(label, "generation_id", 1, plus)


def instance(world: World, label: str, key: int, version: int) -> dict[str, Any]:
    """Return the static name of a member whose label says that it has one; sometimes leave it out."""
    if version < FIRST_WITH_INSTANCES[key] or not label.startswith("s") or world.random.random() < 0.1:
        return {}
    return {"group_instance_id": label if world.random.random() < 0.95 else "other"}


def join(world: World) -> None:
    """Join as someone new or once more as someone who did; with the id that is asked for, in the versions that ask."""
    version, random = world.version(JoinGroupRequest), world.random
    protocols = random.choice([("range",), ("range",), ("range", "roundrobin"), ("sticky",)])
    fields: dict[str, Any] = {"rebalance_timeout_ms": REBALANCE_TIMEOUT_MS} if version >= 1 else {}
    label = random.choice(world.members) if world.members and random.random() < 0.6 else None
    if label is None and len(world.members) >= MOST_MEMBERS:
        label = random.choice(world.members)
    if label is None:
        is_static = version >= FIRST_WITH_INSTANCES[11] and random.random() < 0.3
        label = world.label("s" if is_static else "m")
        world.members.append(label)
        fields |= instance(world, label, 11, version)
        member: Any = ""
    else:
        fields |= instance(world, label, 11, version)
        member = told(label, "member_id", "")
    group = world.group()
    world.steps.append(step(ask.join(group, member, *protocols, **fields), version, label))
    if member == "" and version >= FIRST_JOIN_THAT_ASKS_FOR_AN_ID and "group_instance_id" not in fields:
        again = ask.join(group, told(label, "member_id", ""), *protocols, **fields)
        world.steps.append(step(again, version, label))
    if random.random() < 0.6:
        _sync(world, label)


def sync(world: World) -> None:
    _sync(world, world.member())


def _sync(world: World, label: str) -> None:
    version = world.version(SyncGroupRequest)
    assigned = [told(one, "member_id", "") for one in world.members] if world.random.random() < 0.8 else []
    fields = instance(world, label, 14, version)
    member: Any = told(label, "member_id", "nobody")
    asked = ask.sync(version, world.group(), generation(world, label), member, *assigned, **fields)
    world.steps.append(step(asked, version))


def heartbeat(world: World) -> None:
    version, label = world.version(HeartbeatRequest), world.member()
    fields = instance(world, label, 12, version)
    member: Any = told(label, "member_id", "nobody")
    world.steps.append(step(ask.heartbeat(world.group(), generation(world, label), member, **fields), version))


def leave(world: World) -> None:
    version, label = world.version(LeaveGroupRequest), world.member()
    member: Any = told(label, "member_id", "nobody")
    asked = ask.leave(version, world.group(), member)
    if version >= FIRST_WITH_INSTANCES[13] and label.startswith("s"):
        asked.members = [MemberIdentity(member_id=world.random.choice(["", member]), group_instance_id=label)]
    world.steps.append(step(asked, version))


def commit(world: World) -> None:
    version, topic, random = world.version(OffsetCommitRequest), world.topic(), world.random
    fields: dict[str, Any] = {}
    if random.random() < 0.5:
        label = world.member()
        member: Any = told(label, "member_id", "nobody")
        epoch = {"generation_id_or_member_epoch": generation(world, label)}
        fields = {"member_id": member} | epoch | instance(world, label, 8, version)
    partition = world.partition(topic)
    text = random.choice(["note", "note", "", None, "~long4096"])
    part = ask.commit_partition(partition, world.offset(topic, partition), text)
    if version >= 6 and random.random() < 0.3:
        part.committed_leader_epoch = random.choice([0, 1, -1])
    parts = [part, ask.commit_partition(partition, 1, "~long4097")] if random.random() < 0.1 else [part]
    asked = ask.commit(version, world.group() or "~g0", known(topic), *parts, **fields)  # all sessions share ""
    world.steps.append(step(asked, version))


def offset_fetch(world: World) -> None:
    version, topic, random = world.version(OffsetFetchRequest), world.topic(), world.random
    fields: dict[str, Any] = {}
    if version >= 7 and random.random() < 0.3:
        fields["require_stable"] = True
    named = None if version >= 2 and random.random() < 0.4 else known(topic)
    asked = ask.offset_fetch(version, world.group() or "~g0", named, *range(len(topic.ends)), **fields)
    world.steps.append(step(asked, version))


def offset_delete(world: World) -> None:
    topic = world.topic()
    asked = ask.offset_delete(world.group() or "~g0", topic.name, world.partition(topic))
    world.steps.append(step(asked, world.version(OffsetDeleteRequest)))


def find_coordinator(world: World) -> None:
    version = world.version(FindCoordinatorRequest)
    world.steps.append(step(ask.find_coordinator(version, world.group()), version))


def describe_groups(world: World) -> None:
    version = world.version(DescribeGroupsRequest)
    fields = {"include_authorized_operations": True} if version >= 3 and world.random.random() < 0.3 else {}
    world.steps.append(step(DescribeGroupsRequest(groups=[world.group() or "~g0"], **fields), version))


def list_groups(world: World) -> None:
    version, random, fields = world.version(ListGroupsRequest), world.random, {}
    if version >= 4 and random.random() < 0.6:
        states = ["Stable", "Empty", "stable", "PreparingRebalance", "CompletingRebalance", "Dead", "None", ""]
        fields["states_filter"] = random.sample(states, random.randint(0, 2))
    if version >= 5 and random.random() < 0.5:
        fields["types_filter"] = random.sample(
            ["classic", "consumer", "Classic", "share", "none"], random.randint(0, 2)
        )
    world.steps.append(step(ListGroupsRequest(**fields), version))


def delete_groups(world: World) -> None:
    groups = [world.group() or "~g1" for _ in range(world.random.choice([1, 1, 2]))]
    world.steps.append(step(DeleteGroupsRequest(groups_names=groups), world.version(DeleteGroupsRequest)))
