"""The settings of one node: the cluster's, its own id and rack, and what was set for it at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.metadata.state import BROKER_RESOURCE
from kafkacompat.settings.settings import DynamicSettings

if TYPE_CHECKING:
    from kafkacompat.cluster.node import Node
    from kafkacompat.settings.settings import Settings


def node_settings(node: Node) -> Settings:
    """Return what holds for a node now."""
    metadata = node.cluster.metadata
    own, shared = metadata.configs(BROKER_RESOURCE, str(node.node_id)), metadata.configs(BROKER_RESOURCE, "")
    at_start = node.cluster.settings
    if node.rack is not None:
        at_start = at_start.with_text("broker.rack", node.rack)
    return at_start.for_node(node.node_id, DynamicSettings(own, shared))
