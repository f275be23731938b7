"""A cluster with real metadata on an ephemeral store, for handlers; all of it answers without suspending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from kafkacompat.api import routes
from kafkacompat.clock.manual import ManualClock
from kafkacompat.cluster.context import Context, Listener
from kafkacompat.metadata.coordinator import MetadataCoordinator
from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC
from kafkacompat.settings.settings import Settings
from kafkacompat.storage.ephemeral import EphemeralStore
from tests.metadata.making import numbered_ids

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.storage.store import Store

T = TypeVar("T")

CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw"


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what must not suspend."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return cast("T", stop.value)
    raise AssertionError("suspended")


class Announcements:
    """A listener that remembers names."""

    def __init__(self) -> None:
        self.created: list[str] = []
        self.deleted: list[str] = []
        self.changed: list[str] = []

    async def __call__(self, created: Sequence[Topic], deleted: Sequence[Topic], changed: Sequence[Topic]) -> None:
        self.created += [topic.name for topic in created]
        self.deleted += [topic.name for topic in deleted]
        self.changed += [topic.name for topic in changed]


def new_store() -> EphemeralStore:
    clock = ManualClock()
    return EphemeralStore(clock, clock)


def new_metadata(store: Store, node_ids: Sequence[int] = (1,), /, **values: str) -> MetadataCoordinator:
    settings = Settings.from_values({name.replace("_", "."): value for name, value in values.items()})
    return MetadataCoordinator(store, ManualClock(), settings, node_ids, numbered_ids())


class FakeGroups:
    def partition_for(self, group_id: str) -> int:
        return len(group_id)


class FakeTransactions:
    def partition_for(self, transactional_id: str) -> int:
        return len(transactional_id)


class FakeNode:
    def __init__(self, node_id: int, cluster: FakeCluster, rack: str | None, listeners: Sequence[Listener]) -> None:
        self.node_id = node_id
        self.cluster = cluster
        self.rack = rack
        self.listeners = {listener.name: listener for listener in listeners}


class FakeCluster:
    def __init__(self, nodes: int = 1, /, **values: str) -> None:
        self.cluster_id = CLUSTER_ID
        self.settings = Settings.from_values({name.replace("_", "."): value for name, value in values.items()})
        self.metadata = MetadataCoordinator(
            new_store(), ManualClock(), self.settings, range(1, nodes + 1), numbered_ids()
        )
        self.groups = FakeGroups()
        self.transactions = FakeTransactions()
        self.nodes = {
            node_id: FakeNode(node_id, self, f"rack{node_id}", [self.listener("PLAINTEXT", node_id)])
            for node_id in range(1, nodes + 1)
        }
        self.announcements = Announcements()
        self.metadata.subscribe(self.announcements)
        finish(self.metadata.start())

    @staticmethod
    def listener(name: str, node_id: int) -> Listener:
        return Listener(name, "PLAINTEXT", f"{name.lower()}{node_id}", 9092)

    async def ensure_group_coordinator(self) -> None:
        await self.metadata.create_internal_topic(GROUP_METADATA_TOPIC)

    async def ensure_transaction_coordinator(self) -> None:
        await self.metadata.create_internal_topic(TRANSACTION_STATE_TOPIC)

    def node(self, node_id: int = 1) -> Node:
        return cast("Node", self.nodes[node_id])

    def ask(self, module: Any, request: Any, version: int, listener: str = "PLAINTEXT") -> Any:
        """Call a handler as the routes do, refusals included."""
        context = Context(version, "test", self.listener(listener, 1), "127.0.0.1")
        prepared = routes.prepare(request.KEY, version)
        assert prepared is not None
        assert prepared.module is module
        response = finish(routes.answer(self.node(), prepared, context, request))
        prepared.encode(response, list[Any]().append)  # whatever is answered can be sent in this version
        return response
