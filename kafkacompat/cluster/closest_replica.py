"""Which replica a consumer had better read from: one in its own rack, where that is asked for (KIP-392)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.addresses import alive_ids

if TYPE_CHECKING:
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Partition
    from kafkacompat.settings.settings import Settings

RACK_AWARE_SELECTOR: Final = "org.apache.kafka.common.replica.RackAwareReplicaSelector"


def selects_by_rack(settings: Settings) -> bool:
    """Tell whether leaders send consumers to the replica in their rack; the one selector that Kafka brings."""
    return settings.optional_text("replica.selector.class") == RACK_AWARE_SELECTOR


def closest_replica(leader: Node, partition: Partition, rack_id: str) -> int | None:
    """Return the node that a consumer in `rack_id` had better ask, or None if that is the leader.

    Replicas in sync count, as far as they are alive; of several in the rack it is the one of the largest id, since all
    have come equally far.
    """
    if not rack_id or leader.rack == rack_id:
        return None
    nodes = leader.cluster.nodes
    alive = alive_ids(leader.cluster)
    near = [node_id for node_id in partition.isr if node_id in alive and nodes[node_id].rack == rack_id]
    return max(near, default=None)
