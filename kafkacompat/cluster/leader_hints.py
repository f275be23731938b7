"""What a client that came to the wrong node is told besides the error: who leads, and where that is (KIP-951)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.cluster.addresses import Address, address_of

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.metadata.topic import Topic


class Leader(NamedTuple):
    """A partition's leader (-1: there is none) and its epoch."""

    node_id: int
    epoch: int


class LeaderHints:
    """Collects the leaders that one response speaks of."""

    __slots__ = ("_cluster", "_endpoints", "_listener_name")

    def __init__(self, cluster: Cluster, listener_name: str) -> None:
        self._cluster = cluster
        self._listener_name = listener_name
        self._endpoints: dict[int, Address] = {}

    def leader_of(self, topic: Topic, index: int) -> Leader:
        """Return who leads a partition, and have the response say where that node is."""
        partition = topic.partitions[index]
        if partition.leader not in self._endpoints:
            address = address_of(self._cluster, partition.leader, self._listener_name)
            if address is not None:
                self._endpoints[partition.leader] = address
        return Leader(partition.leader, partition.leader_epoch)

    @property
    def endpoints(self) -> list[Address]:
        """Where the leaders are, each once; one that clients of this listener cannot reach is left out."""
        return list(self._endpoints.values())
