"""Where clients find the nodes, by the listener that they came in through."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster


class Address(NamedTuple):
    """A node as clients of one listener are told of it."""

    node_id: int
    host: str
    port: int
    rack: str | None


def address_of(cluster: Cluster, node_id: int, listener_name: str) -> Address | None:
    """Return a node's address on a listener, or None if there is no such node, or it has no such listener."""
    node = cluster.nodes.get(node_id)
    listener = None if node is None else node.listeners.get(listener_name)
    if node is None or listener is None:
        return None
    return Address(node_id, listener.advertised_host, listener.advertised_port, node.rack)


def addresses(cluster: Cluster, listener_name: str) -> list[Address]:
    """Return the addresses of all nodes that have the listener."""
    found = (address_of(cluster, node_id, listener_name) for node_id in cluster.nodes)
    return [address for address in found if address is not None]


def controller_id(cluster: Cluster) -> int:
    """Return the node that takes administrative requests: the first, always (Kafka names any that is alive)."""
    return next(iter(cluster.nodes))
