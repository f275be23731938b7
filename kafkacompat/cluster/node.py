"""One broker of the cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.cluster.context import Listener
    from kafkacompat.cluster.fetch_sessions import FetchSessions


@dataclass(slots=True)
class Node:
    """A node's identity, doors and fetch sessions; the rest of the state is the cluster's."""

    node_id: int
    cluster: Cluster
    fetch_sessions: FetchSessions
    rack: str | None = None
    listeners: dict[str, Listener] = field(default_factory=dict)
