"""DescribeQuorum (key 55), versions 0-2: who keeps the metadata log (KIP-595, 836, 853).

The first node is the only voter, as its own controller; the others observe.  Everyone reads the same log, so nobody
lags.  The controller's door is that of the node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.cluster.addresses import quorum_leader_id
from kafkacompat.cluster.identities import controller_endpoint
from kafkacompat.metadata.topic import CLUSTER_METADATA_TOPIC
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages import describe_quorum as messages
from kafkacompat.wire.messages.describe_quorum import DescribeQuorumRequest, DescribeQuorumResponse

if TYPE_CHECKING:
    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

UNKNOWN_TEXT: Final = "This server does not host this topic-partition."


async def handle(node: Node, _context: Context, request: DescribeQuorumRequest) -> DescribeQuorumResponse:
    """Describe the one partition that there is, if it alone is asked for."""
    asked = [
        (topic.topic_name, [partition.partition_index for partition in topic.partitions]) for topic in request.topics
    ]
    if asked != [(CLUSTER_METADATA_TOPIC, [0])]:
        return DescribeQuorumResponse(
            topics=[
                messages.TopicDataAnswer(topic_name=name, partitions=[_unknown(index) for index in indexes])
                for name, indexes in asked
            ]
        )
    partition = await _partition(node.cluster)
    return DescribeQuorumResponse(
        topics=[messages.TopicDataAnswer(topic_name=CLUSTER_METADATA_TOPIC, partitions=[partition])],
        nodes=[_controller(node.cluster)],
    )


async def _partition(cluster: Cluster) -> messages.PartitionDataAnswer:
    end_offset = await cluster.metadata.end_offset()
    now_ms = cluster.clock.now_ms()
    leader_id = quorum_leader_id(cluster)

    def replica(node_id: int) -> messages.ReplicaState:
        return messages.ReplicaState(
            replica_id=node_id,
            log_end_offset=end_offset,
            last_fetch_timestamp=now_ms,
            last_caught_up_timestamp=now_ms,
        )

    return messages.PartitionDataAnswer(
        partition_index=0,
        leader_id=leader_id,
        leader_epoch=cluster.metadata.leader_epoch,
        high_watermark=end_offset,
        current_voters=[replica(leader_id)],
        observers=[replica(node_id) for node_id in cluster.nodes if node_id != leader_id],
    )


def _controller(cluster: Cluster) -> messages.Node:
    leader_id = quorum_leader_id(cluster)
    endpoint = controller_endpoint(cluster.nodes[leader_id], cluster.settings)
    listeners = []
    if endpoint is not None:
        listeners = [messages.Listener(name=endpoint.name, host=endpoint.host, port=endpoint.port)]
    return messages.Node(node_id=leader_id, listeners=listeners)


def _unknown(index: int) -> messages.PartitionDataAnswer:
    return messages.PartitionDataAnswer(
        partition_index=index,
        error_code=ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        error_message=UNKNOWN_TEXT,
        leader_id=0,
        leader_epoch=0,
        high_watermark=0,
        current_voters=[],
        observers=[],
    )


def refuse(_context: Context, _request: DescribeQuorumRequest, error: ApiError) -> DescribeQuorumResponse:
    """Answer the error and nothing else."""
    return DescribeQuorumResponse(error_code=error.code, error_message=error.message, topics=[])
