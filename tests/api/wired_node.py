"""A node of a whole cluster in memory, asked through the routes; it answers without suspending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.api import routes
from kafkacompat.cluster.context import Context
from kafkacompat.storage.store import PartitionKey
from tests.metadata.fake_cluster import finish
from tests.server.wired import LISTENER, Wired
from tests.storage.batches import to

if TYPE_CHECKING:
    from collections.abc import Mapping


class WiredNode:
    """Node 1 of a cluster of one."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.wired = Wired(settings)
        self.cluster = self.wired.cluster
        finish(self.wired.start())

    def create(self, name: str, partitions: int = 1, **configs: str) -> None:
        finish(self.cluster.create_topic(name, partitions, {k.replace("_", "."): v for k, v in configs.items()}))

    def key(self, name: str, partition: int = 0) -> PartitionKey:
        topic = self.cluster.metadata.topic(name)
        assert topic is not None
        return PartitionKey(topic.topic_id, partition)

    def append(self, name: str, *batches: bytes, partition: int = 0) -> None:
        finish(self.cluster.store.append([to(self.key(name, partition), data) for data in batches]))

    def ask(self, request: Any, version: int) -> Any:
        """Call a handler as the routes do, refusals included."""
        prepared = routes.prepare(request.KEY, version)
        assert prepared is not None
        response = finish(
            routes.answer(self.wired.node, prepared, Context(version, "test", LISTENER, "192.0.2.7"), request)
        )
        prepared.encode(response, list[Any]().append)  # whatever is answered can be sent in this version
        return response
