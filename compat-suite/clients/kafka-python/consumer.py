"""kafka-python's consumer."""

import time

from admin import offsets_at
from connecting import options
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from producer import positions
from session import Poller, incoming, listed, offset_list, translated, unsupported

ASSIGNORS = {
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
    "sticky": StickyPartitionAssignor,
    "cooperative-sticky": CooperativeStickyAssignor,
}
TIMESTAMP_TYPES = {0: "create", 1: "append"}


def classic_only(protocol):
    if protocol != "classic":
        raise unsupported(f"the protocol {protocol}")
    return {}


def assignor(name):
    if name not in ASSIGNORS:
        raise unsupported(f"the assignor {name}")
    return {"partition_assignment_strategy": (ASSIGNORS[name],)}


SETTINGS = {
    "group": "group_id",
    "instance": "group_instance_id",
    "reset": "auto_offset_reset",
    "isolation": "isolation_level",
    "protocol": classic_only,
    "assignor": assignor,
    "session_timeout_ms": "session_timeout_ms",
    "heartbeat_ms": "heartbeat_interval_ms",
    "rebalance_timeout_ms": "max_poll_interval_ms",
    "auto_commit": "enable_auto_commit",
    "auto_commit_ms": "auto_commit_interval_ms",
    "min_bytes": "fetch_min_bytes",
    "max_wait_ms": "fetch_max_wait_ms",
    "max_bytes": "fetch_max_bytes",
    "partition_max_bytes": "max_partition_fetch_bytes",
    "max_poll_records": "max_poll_records",
    "rack": "client_rack",
    "check_crcs": "check_crcs",
    "auto_create": "allow_auto_create_topics",
    "internal_topics": lambda wanted: {"exclude_internal_topics": not wanted},
}
DEFAULTS = {
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "heartbeat_interval_ms": 300,
    "session_timeout_ms": 10_000,
    "allow_auto_create_topics": False,
}
# It forgets a rejoin that completes just as the time of a poll is over, and its first metadata comes after 100 ms: few
# polls that last long, none of them shorter than this.
SHORTEST_POLL_MS = 450
REST_MS = 20
"""What is left of a poll's time when the client comes back a moment early."""


class Consumer(ConsumerRebalanceListener):
    def __init__(self, start, settings):
        self._start = start
        self._client = KafkaConsumer(**options(start), **(DEFAULTS | translated(settings, SETTINGS)))
        self._poller = Poller()

    def on_partitions_assigned(self, assigned):
        self._poller.events.append(["assigned", listed(assigned)])

    def on_partitions_revoked(self, revoked):
        self._poller.events.append(["revoked", listed(revoked)])

    def on_partitions_lost(self, lost):
        self._poller.events.append(["lost", listed(lost)])

    def subscribe(self, topics=(), pattern=None):
        whole = None if pattern is None else f"^(?:{pattern})$"
        self._client.subscribe(topics=list(topics), pattern=whole, listener=self)

    def unsubscribe(self):
        self._client.unsubscribe()

    def assign(self, partitions):
        self._client.assign(places(partitions))

    def poll(self, timeout_ms, count=None):
        return self._poller.collect(self._fetch, max(timeout_ms, SHORTEST_POLL_MS), count)

    def _fetch(self, timeout_ms, at_most):
        if timeout_ms < REST_MS:
            time.sleep(timeout_ms / 1000)
            return []
        batches = self._client.poll(timeout_ms=timeout_ms, max_records=at_most or None)
        return [shown(record) for records in batches.values() for record in records]

    def assignment(self):
        return {"partitions": listed(self._client.assignment() or ())}

    def seek(self, offsets):
        for topic, partition, offset in offsets:
            self._client.seek(TopicPartition(topic, partition), offset)

    def pause(self, partitions):
        self._client.pause(*places(partitions))

    def resume(self, partitions):
        self._client.resume(*places(partitions))

    def position(self, partitions):
        return {
            "offsets": offset_list(
                {place: self._client.position(place, timeout_ms=10_000) for place in places(partitions)}
            )
        }

    def commit_offsets(self, offsets=None, metadata=""):
        self._client.commit(
            self.consumed(metadata) if offsets is None else positions(offsets, metadata), timeout_ms=10_000
        )

    def committed(self, partitions):
        found = {place: self._client.committed(place, metadata=True, timeout_ms=10_000) for place in places(partitions)}
        return {"offsets": offset_list({place: None if each is None else each[:2] for place, each in found.items()})}

    def offsets(self, partitions, at):
        wanted = places(partitions)
        match at:
            case "earliest":
                return {"offsets": offset_list(self._client.beginning_offsets(wanted, timeout_ms=10_000))}
            case "latest":
                return {"offsets": offset_list(self._client.end_offsets(wanted, timeout_ms=10_000))}
            case "max-timestamp":  # only its administrator asks for it
                return offsets_at(self._start, wanted, at)
        found = self._client.offsets_for_times(dict.fromkeys(wanted, at), timeout_ms=10_000)
        return {"offsets": offset_list({place: None if each is None else each[:2] for place, each in found.items()})}

    def consumed(self, metadata=""):
        """The next offset of each partition that it has read from."""
        ends = self._client._subscription.all_consumed_offsets()
        return {place: end._replace(metadata=metadata) for place, end in ends.items()}

    def metadata(self):
        return self._client.group_metadata()

    def close(self, how):
        if how == "abandon":
            raise unsupported("abandon")
        self._client.close(timeout_ms=10_000)


def places(partitions):
    return [TopicPartition(topic, partition) for topic, partition in partitions]


def shown(record):
    return incoming(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        timestamp_type=TIMESTAMP_TYPES.get(record.timestamp_type),
        key=record.key,
        value=record.value,
        headers=record.headers,
        leader_epoch=record.leader_epoch,
    )
