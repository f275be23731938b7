"""A plain valid request of every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.wire.messages.delete_groups import DeleteGroupsRequest
from kafkacompat.wire.messages.describe_cluster import DescribeClusterRequest
from kafkacompat.wire.messages.describe_groups import DescribeGroupsRequest
from tests.differential import requests as ask
from tests.differential import scenarios_partitions as partitions
from tests.differential import transactional as tx
from tests.differential.batches import batch
from tests.differential.scenarios_settings import alter, change

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.peer import Topic


class Given(NamedTuple):
    """What a request may speak of: a topic with one partition, a group and a topic's name that nobody uses."""

    version: int
    topic: Topic
    group: str
    free_name: str

    @property
    def producer(self) -> tx.Producer:
        """One that nobody knows."""
        return tx.Producer(self.free_name, 1 << 40, 3, 0)


EXAMPLES: Final[dict[int, Callable[[Given], Any]]] = {
    0: lambda given: ask.produce(given.version, given.topic, batch()),
    1: lambda given: ask.fetch(given.version, given.topic),
    2: lambda given: ask.list_offsets(given.topic, -1),
    3: lambda given: ask.metadata(given.version, given.topic),
    8: lambda given: ask.commit(given.version, given.group, given.topic),
    9: lambda given: ask.offset_fetch(given.version, given.group, given.topic, 0),
    10: lambda given: ask.find_coordinator(given.version, given.group),
    11: lambda given: ask.join(given.group),
    12: lambda given: ask.heartbeat(given.group, 1, "nobody"),
    13: lambda given: ask.leave(given.version, given.group, "nobody"),
    14: lambda given: ask.sync(given.version, given.group, 1, "nobody", "nobody"),
    15: lambda given: DescribeGroupsRequest(groups=[given.group]),
    19: lambda given: ask.create_topics(ask.creatable(given.free_name, retention_ms="1000")),
    20: lambda given: ask.delete_topics(given.version, given.free_name),
    21: lambda given: partitions.delete((given.topic.name, {0: 0})),
    22: lambda _: ask.init_producer_id(),
    23: lambda given: ask.leader_epoch(given.version, given.topic.name, 0),
    24: lambda given: tx.add_partitions(given.version, given.producer, (given.topic.name, [0])),
    25: lambda given: tx.add_offsets(given.producer, given.group),
    26: lambda given: tx.end(given.producer),
    27: lambda given: tx.write_markers(tx.marker(given.producer, (given.topic.name, [0]))),
    28: lambda given: tx.commit_offsets(given.version, given.producer, given.group, given.topic, 5),
    32: lambda given: ask.describe_configs(2, given.topic.name, ["retention.ms"]),
    33: lambda given: alter(2, given.topic.name, ("retention.ms", "1000")),
    37: lambda given: partitions.grow((given.topic.name, 1, None)),
    42: lambda given: DeleteGroupsRequest(groups_names=[given.group]),
    43: lambda given: partitions.elect(0, (given.topic.name, [0])),
    44: lambda given: change(2, given.topic.name, ("retention.ms", 0, "1000")),
    45: lambda given: partitions.move((given.topic.name, 0, [0])),
    46: lambda given: partitions.list_moves((given.topic.name, [0])),
    47: lambda given: ask.offset_delete(given.group, given.topic.name, 0),
    57: lambda given: tx.update_features(given.version, ("transaction.version", 2, tx.RAISE)),
    60: lambda _: DescribeClusterRequest(include_cluster_authorized_operations=True),
    61: lambda given: partitions.describe_producers((given.topic.name, [0])),
    65: lambda given: tx.describe(given.free_name),
    75: lambda given: ask.describe_topic_partitions(given.topic.name),
}
"""By key.

ListGroups and ListTransactions tell of what is everybody's, ApiVersions of all keys, DescribeLogDirs of the disk, and
DescribeQuorum of how far a log is: their scenarios are elsewhere.
"""
