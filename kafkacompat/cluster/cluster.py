"""The state of the cluster, and its parts wired together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.cluster.node import Node
    from kafkacompat.settings.settings import Settings
    from kafkacompat.storage.store import Store


class Cluster:
    """What all nodes share.

    `clock` is the domain clock; `real_time` is what connections wait for.
    """

    cluster_id: str
    settings: Settings
    store: Store
    clock: Deadlines
    real_time: Deadlines
    nodes: dict[int, Node]
