"""Where clients find the nodes, by the listener that they came in through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.cluster.node import Node

NO_NODE: Final = -1


class Address(NamedTuple):
    """A node as clients of one listener are told of it."""

    node_id: int
    host: str
    port: int
    rack: str | None


def address_of(cluster: Cluster, node_id: int, listener_name: str) -> Address | None:
    """Return a node's address on a listener; None if it is not alive, or has no such listener."""
    return _address(cluster.nodes[node_id], listener_name) if is_alive(cluster, node_id) else None


def _address(node: Node, listener_name: str) -> Address | None:
    listener = node.listeners.get(listener_name)
    if listener is None:
        return None
    return Address(node.node_id, listener.advertised_host, listener.advertised_port, node.rack)


def is_alive(cluster: Cluster, node_id: int) -> bool:
    """Tell whether a node is there, neither stopped nor taken for lost."""
    return node_id in cluster.nodes and cluster.metadata.is_alive(node_id)


def alive_ids(cluster: Cluster) -> list[int]:
    """Return the nodes that clients are told of."""
    return [node_id for node_id in cluster.nodes if cluster.metadata.is_alive(node_id)]


def addresses(cluster: Cluster, listener_name: str) -> list[Address]:
    """Return the addresses of all nodes that are alive and have the listener."""
    found = (address_of(cluster, node_id, listener_name) for node_id in cluster.nodes)
    return [address for address in found if address is not None]


def addresses_of_fenced(cluster: Cluster, listener_name: str) -> list[Address]:
    """Return the addresses of the nodes that are not alive, and would have the listener if they were."""
    found = (
        _address(node, listener_name) for node in cluster.nodes.values() if not cluster.metadata.is_alive(node.node_id)
    )
    return [address for address in found if address is not None]


def quorum_leader_id(cluster: Cluster) -> int:
    """Return the node that leads the metadata log: the first, stopped or not, as it is the only voter."""
    return next(iter(cluster.nodes))


def controller_id(cluster: Cluster) -> int:
    """Return the node that takes administrative requests: the first that is alive, -1 if none is.

    Kafka names any that is alive.
    """
    return next(iter(alive_ids(cluster)), NO_NODE)
