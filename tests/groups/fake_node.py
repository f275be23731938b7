"""A node whose cluster has groups and nothing else, asked through the routes: answers as they come off the wire."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from kafkacompat.api import routes
from kafkacompat.clock.manual import ManualClock
from kafkacompat.cluster.context import Context, Listener
from kafkacompat.groups.config import GroupConfig
from kafkacompat.groups.coordinator import GroupCoordinator
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.storage.store import LogConfig, PartitionKey
from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from kafkacompat.wire.messages.sync_group import SyncGroupRequest, SyncGroupRequestAssignment
from tests.groups.test_offsets import Topics

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from kafkacompat.cluster.node import Node

LISTENER = Listener("PLAINTEXT", "PLAINTEXT", "127.0.0.1", 9092)
SUBSCRIPTION = b"\0\0\0\0\0\1\0\1t\xff\xff\xff\xff"
KEYS = {route.name: route.key for route in routes.ROUTES.values()}


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("suspended")


class FakeNode:
    def __init__(self, *, started: bool = True) -> None:
        self.clock = ManualClock()
        self.ids = 0
        store = self.store = EphemeralStore(self.clock, self.clock)
        config = GroupConfig(initial_rebalance_delay_ms=0)
        self.groups = GroupCoordinator(store, self.clock, config, Topics(), self.new_member_id)
        self.cluster = SimpleNamespace(groups=self.groups)
        if started:
            for partition in range(2):
                at_once(store.create(PartitionKey(b"o" * 16, partition), "__consumer_offsets", LogConfig()))
            at_once(self.groups.start(b"o" * 16, 2))

    def new_member_id(self, prefix: str) -> str:
        self.ids += 1
        return f"{prefix}-{self.ids}"

    async def ask_slowly(self, request: Any, version: int, client_id: str | None = "c") -> Any:
        """Return what a client of this version reads."""
        name = type(request).__module__.rpartition(".")[2]
        prepared = routes.prepare(KEYS[name], version)
        assert prepared is not None
        context = Context(version, client_id, LISTENER, "127.0.0.1")
        response = await routes.answer(cast("Node", self), prepared, context, request)
        return decode(type(response), version, b"".join(encode(response, version)))

    def ask(self, request: Any, version: int, client_id: str | None = "c") -> Any:
        return at_once(self.ask_slowly(request, version, client_id))

    def stable(self, group_id: str = "g", protocol_type: str = "consumer") -> str:
        """Make a group of one member, and return its id."""
        joined = self.ask(joining(group_id, protocol_type=protocol_type), 3)
        assignments = [SyncGroupRequestAssignment(member_id=joined.member_id, assignment=b"all")]
        sync = SyncGroupRequest(group_id=group_id, generation_id=1, member_id=joined.member_id, assignments=assignments)
        assert self.ask(sync, 3).assignment == b"all"
        return cast("str", joined.member_id)


def joining(group_id: str = "g", member_id: str = "", **changes: Any) -> JoinGroupRequest:
    request = JoinGroupRequest(
        group_id=group_id,
        session_timeout_ms=10_000,
        rebalance_timeout_ms=20_000,
        member_id=member_id,
        protocol_type="consumer",
        protocols=[JoinGroupRequestProtocol(name="range", metadata=SUBSCRIPTION)],
    )
    for name, value in changes.items():
        setattr(request, name, value)
    return request
