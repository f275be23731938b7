"""One broker of the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kafkacompat.cluster.node_groups import NodeGroups
from kafkacompat.cluster.node_transactions import NodeTransactions

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.cluster.context import Listener
    from kafkacompat.cluster.fetch_sessions import FetchSessions


@dataclass(slots=True)
class Node:
    """A node's identity, doors and fetch sessions, and what it coordinates; other state is the cluster's.

    `directory_id` names its log directory, in the metadata log and to clients.
    """

    node_id: int
    cluster: Cluster
    fetch_sessions: FetchSessions
    rack: str | None = None
    directory_id: bytes = bytes(16)
    listeners: dict[str, Listener] = field(default_factory=dict)
    groups: NodeGroups = field(init=False)
    transactions: NodeTransactions = field(init=False)

    def __post_init__(self) -> None:
        self.groups = NodeGroups(self.cluster, self.node_id)
        self.transactions = NodeTransactions(self.cluster, self.node_id)
