"""Markers: the ends of transactions, in the logs of their partitions (KIP-98)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.coordination.batches import make_marker
from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC, NO_LEADER
from kafkacompat.storage.store import AppendOutcomeUnknownError, PartitionKey, Refused
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.storage.store import Append, Marker
    from kafkacompat.transactions.ports import TopicPartition

NOT_READY: Final = frozenset(
    {ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, ErrorCode.NOT_COORDINATOR}
)
"""What a group coordinator says that Kafka turns into NOT_LEADER_OR_FOLLOWER: the marker has to be brought again."""
RETRIED: Final = frozenset(
    {
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.KAFKA_STORAGE_ERROR,
        ErrorCode.NOT_ENOUGH_REPLICAS,
        ErrorCode.REQUEST_TIMED_OUT,
        ErrorCode.UNKNOWN_SERVER_ERROR,
    }
)
"""Why a marker could not be written now; whatever else refuses one refuses it for good."""


async def write_markers(cluster: Cluster, marker: Marker, partitions: Sequence[TopicPartition]) -> list[ErrorCode]:
    """Write a marker to partitions, and return what came of it for each."""
    codes = [ErrorCode.NONE] * len(partitions)
    appends: list[Append] = []
    places: list[int] = []
    made: Append | None = None
    for place, (name, index) in enumerate(partitions):
        topic = cluster.metadata.topic(name)
        if topic is None or not 0 <= index < len(topic.partitions):
            codes[place] = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        elif topic.partitions[index].leader == NO_LEADER:
            codes[place] = ErrorCode.NOT_LEADER_OR_FOLLOWER
        elif name == GROUP_METADATA_TOPIC:
            codes[place] = await _end_for_groups(cluster, index, marker)
        else:
            key, leader_epoch = PartitionKey(topic.topic_id, index), topic.partitions[index].leader_epoch
            # One batch serves all logs: the store writes what differs into its own copy.
            made = made or make_marker(key, marker, cluster.clock.now_ms(), leader_epoch)
            appends.append(made._replace(partition=key, leader_epoch=leader_epoch))
            places.append(place)
    if appends:
        for place, code in zip(places, await _append(cluster, appends), strict=True):
            codes[place] = code
    return codes


async def _end_for_groups(cluster: Cluster, partition: int, marker: Marker) -> ErrorCode:
    try:
        await cluster.groups.complete_transaction(partition, marker)
    except ApiError as error:
        return ErrorCode.NOT_LEADER_OR_FOLLOWER if error.code in NOT_READY else error.code
    return ErrorCode.NONE


async def _append(cluster: Cluster, appends: Sequence[Append]) -> list[ErrorCode]:
    try:
        answers = await cluster.store.append(appends)
    except AppendOutcomeUnknownError:
        # A marker that is there already ends nothing a second time.
        return [ErrorCode.REQUEST_TIMED_OUT] * len(appends)
    return [answer.code if isinstance(answer, Refused) else ErrorCode.NONE for answer in answers]


class ClusterMarkers:
    """The transaction coordinator's way to the logs."""

    __slots__ = ("_cluster",)

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def write(self, marker: Marker, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        """Write a marker to each partition, and return those that have to be tried again later."""
        codes = await write_markers(self._cluster, marker, partitions)
        return [one for one, code in zip(partitions, codes, strict=True) if code in RETRIED]
