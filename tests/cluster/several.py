"""A cluster of several nodes in memory on manual clocks, asked through the routes."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from kafkacompat.api import routes
from kafkacompat.clock.manual import ManualClock
from kafkacompat.cluster.cluster import Cluster
from kafkacompat.cluster.context import Context, Listener
from kafkacompat.settings.settings import Settings
from kafkacompat.storage.ephemeral import EphemeralStore
from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreateTopicsRequest,
)
from tests.groups.fake_node import at_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KEYS = {route.name: route.key for route in routes.ROUTES.values()}


class Several:
    """Nodes 1 to `nodes`, reached at node-N.test:909N; the engine never suspends, so answers come at once."""

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        nodes: int = 3,
        racks: Sequence[str] = (),
        topics: Iterable[str] = (),
    ) -> None:
        self.clock, self.real_time = ManualClock(), ManualClock()
        seeds = count(1)
        self.cluster = Cluster(
            "test-cluster",
            Settings.from_values(settings or {}),
            EphemeralStore(self.clock, self.real_time),
            self.clock,
            self.real_time,
            lambda n: next(seeds).to_bytes(n, "big"),
        )
        self.listeners: dict[int, Listener] = {}
        for node_id in range(1, nodes + 1):
            listener = Listener("PLAINTEXT", "PLAINTEXT", f"node-{node_id}.test", 9090 + node_id)
            self.listeners[node_id] = listener
            self.cluster.add_node(node_id, [listener], racks[node_id - 1] if racks else None)
        at_once(self.cluster.start())
        for name in topics:
            at_once(self.cluster.create_topic(name))

    async def ask_slowly(self, node_id: int, request: Any, version: int) -> Any:
        """Return what a client of this version reads."""
        name = type(request).__module__.rpartition(".")[2]
        prepared = routes.prepare(KEYS[name], version)
        assert prepared is not None
        context = Context(version, "c", self.listeners[node_id], "192.0.2.7")
        response = await routes.answer(self.cluster.nodes[node_id], prepared, context, request)
        data = b"".join(bytes(piece) for piece in encode(response, version))
        return decode(type(response), version, data)

    def ask(self, node_id: int, request: Any, version: int) -> Any:
        return at_once(self.ask_slowly(node_id, request, version))

    def create(self, name: str, partitions: Sequence[Sequence[int]]) -> bytes:
        """Create a topic whose replicas are assigned, and return its id."""
        wanted = CreatableTopic(
            name=name,
            num_partitions=-1,
            replication_factor=-1,
            assignments=[
                CreatableReplicaAssignment(partition_index=index, broker_ids=list(replicas))
                for index, replicas in enumerate(partitions)
            ],
            configs=[],
        )
        (created,) = self.ask(1, CreateTopicsRequest(topics=[wanted], timeout_ms=1000), 7).topics
        assert created.error_code == 0, created.error_message
        topic_id: bytes = created.topic_id
        return topic_id
