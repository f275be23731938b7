"""The consumer of kafka-python 2.0 and 1.4."""

import inspect

from connecting import API_VERSION, KNOWS_TIMES, options
from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from session import Poller, incoming, listed, offset_list, translated, unsupported

ASSIGNORS = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}
try:
    from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

    ASSIGNORS["sticky"] = StickyPartitionAssignor
except ImportError:  # 1.4
    pass
TIMESTAMP_TYPES = {0: "create", 1: "append"}
TELLS_METADATA = "metadata" in inspect.signature(KafkaConsumer.committed).parameters


def classic_only(protocol):
    if protocol != "classic":
        raise unsupported(f"the protocol {protocol}")
    return {}


def assignor(name):
    if name not in ASSIGNORS:
        raise unsupported(f"the assignor {name}")
    return {"partition_assignment_strategy": (ASSIGNORS[name],)}


def isolation(level):
    if level != "read_uncommitted":
        raise unsupported(f"the isolation {level}")
    return {}


SETTINGS = {
    "group": "group_id",
    "reset": "auto_offset_reset",
    "isolation": isolation,
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
    "check_crcs": "check_crcs",
    "internal_topics": lambda wanted: {"exclude_internal_topics": not wanted},
}
DEFAULTS = {
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "heartbeat_interval_ms": 300,
    "session_timeout_ms": 10_000,
    "group_id": None,
}


class Consumer(ConsumerRebalanceListener):
    def __init__(self, start, settings):
        chosen = DEFAULTS | translated(settings, SETTINGS)
        if chosen["group_id"] is None:  # a member's join may take as long as its default, five minutes
            chosen = {"request_timeout_ms": 15_000} | chosen
        self._client = KafkaConsumer(**options(start), api_version=API_VERSION, **chosen)
        self._poller = Poller()

    def on_partitions_assigned(self, assigned):
        self._poller.events.append(["assigned", listed(assigned)])

    def on_partitions_revoked(self, revoked):
        if revoked:
            self._poller.events.append(["revoked", listed(revoked)])

    def subscribe(self, topics=(), pattern=None):
        whole = None if pattern is None else f"^(?:{pattern})$"
        self._client.subscribe(topics=list(topics), pattern=whole, listener=self)

    def unsubscribe(self):
        self._client.unsubscribe()

    def assign(self, partitions):
        self._client.assign(places(partitions))

    def poll(self, timeout_ms, count=None):
        return self._poller.collect(self._fetch, timeout_ms, count)

    def _fetch(self, timeout_ms, at_most):
        batches = self._client.poll(timeout_ms=min(timeout_ms, 200), max_records=at_most or None)
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
        return {"offsets": offset_list({place: self._client.position(place) for place in places(partitions)})}

    def commit_offsets(self, offsets=None, metadata=""):
        if offsets is None and metadata:
            raise unsupported("metadata without offsets")
        wanted = (
            None
            if offsets is None
            else {TopicPartition(*each[:2]): OffsetAndMetadata(each[2], metadata) for each in offsets}
        )
        self._client.commit(wanted)

    def committed(self, partitions):
        return {"offsets": offset_list({place: self._committed(place) for place in places(partitions)})}

    def _committed(self, place):
        if not TELLS_METADATA:
            return self._client.committed(place)
        found = self._client.committed(place, metadata=True)
        return None if found is None or found.offset < 0 else tuple(found)

    def offsets(self, partitions, at):
        wanted = places(partitions)
        match at:
            case "earliest":
                return {"offsets": offset_list(self._client.beginning_offsets(wanted))}
            case "latest":
                return {"offsets": offset_list(self._client.end_offsets(wanted))}
            case "max-timestamp":
                raise unsupported(at)
        if not KNOWS_TIMES:
            raise unsupported("offsets by time")
        found = self._client.offsets_for_times(dict.fromkeys(wanted, at))
        return {"offsets": offset_list({place: None if each is None else tuple(each) for place, each in found.items()})}

    def close(self, how):
        if how == "abandon":
            raise unsupported("abandon")
        self._client.close()


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
    )
