"""aiokafka's consumer. It joins its group when it is told what to subscribe to, and rejoins beside the session."""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.structs import OffsetAndMetadata
from connecting import options
from session import Poller, incoming, listed, offset_list, translated, unsupported

ASSIGNORS = {
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
    "sticky": StickyPartitionAssignor,
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
    "internal_topics": lambda wanted: {"exclude_internal_topics": not wanted},
}
DEFAULTS = {
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "heartbeat_interval_ms": 300,
    "session_timeout_ms": 10_000,
    "request_timeout_ms": 15_000,
}


async def open_consumer(start, settings):
    client = AIOKafkaConsumer(**options(start), **(DEFAULTS | translated(settings, SETTINGS)))
    return Consumer(client, (settings or {}).get("group"))


class Consumer(ConsumerRebalanceListener):
    def __init__(self, client, group):
        self._client = client
        self._started = False
        self._poller = Poller()
        self._read_to = {}
        self.group = group

    async def _ready(self):
        """Started after it was told what to read: then it joins its group at once."""
        if not self._started:
            await self._client.start()
            self._started = True

    def on_partitions_assigned(self, assigned):
        self._poller.events.append(["assigned", listed(assigned)])

    def on_partitions_revoked(self, revoked):
        if revoked:
            self._poller.events.append(["revoked", listed(revoked)])

    async def subscribe(self, topics=(), pattern=None):
        whole = None if pattern is None else f"^(?:{pattern})$"
        self._client.subscribe(topics=list(topics), pattern=whole, listener=self)
        await self._ready()

    async def unsubscribe(self):
        self._client.unsubscribe()

    async def assign(self, partitions):
        self._client.assign(places(partitions))
        await self._ready()

    async def poll(self, timeout_ms, count=None):
        deadline = time.monotonic() + timeout_ms / 1000
        records = []
        while True:
            left_ms = max(0, round((deadline - time.monotonic()) * 1000))
            at_most = {"max_records": count - len(records)} if count else {}
            for batch in (await self._client.getmany(timeout_ms=left_ms, **at_most)).values():
                records += [self._shown(record) for record in batch]
            enough = len(records) >= count if count else bool(records)
            if enough or time.monotonic() >= deadline:
                return {"records": records, "events": self._poller.taken_events()}
            await asyncio.sleep(0)

    def _shown(self, record):
        self._read_to[TopicPartition(record.topic, record.partition)] = record.offset + 1
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

    async def assignment(self):
        return {"partitions": listed(self._client.assignment())}

    async def seek(self, offsets):
        for topic, partition, offset in offsets:
            self._client.seek(TopicPartition(topic, partition), offset)

    async def pause(self, partitions):
        self._client.pause(*places(partitions))

    async def resume(self, partitions):
        self._client.resume(*places(partitions))

    async def position(self, partitions):
        found = {place: await asyncio.wait_for(self._client.position(place), 10) for place in places(partitions)}
        return {"offsets": offset_list(found)}

    async def commit_offsets(self, offsets=None, metadata=""):
        if offsets is None and not metadata:
            await self._client.commit()
            return
        wanted = self._read_to if offsets is None else {TopicPartition(*each[:2]): each[2] for each in offsets}
        await self._client.commit({place: OffsetAndMetadata(offset, metadata) for place, offset in wanted.items()})

    async def committed(self, partitions):
        """It does not tell the text that was committed with an offset."""
        await self._ready()
        return {"offsets": offset_list({place: await self._client.committed(place) for place in places(partitions)})}

    async def offsets(self, partitions, at):
        await self._ready()
        wanted = places(partitions)
        match at:
            case "earliest":
                return {"offsets": offset_list(await self._client.beginning_offsets(wanted))}
            case "latest":
                return {"offsets": offset_list(await self._client.end_offsets(wanted))}
            case "max-timestamp":
                raise unsupported(at)
        found = await self._client.offsets_for_times(dict.fromkeys(wanted, at))
        return {"offsets": offset_list({place: None if each is None else tuple(each) for place, each in found.items()})}

    def ends(self):
        """The next offset of each partition that it has read from."""
        return dict(self._read_to)

    async def close(self, how):
        if how == "abandon":
            raise unsupported("abandon")
        if self._started:
            await self._client.stop()


def places(partitions):
    return [TopicPartition(topic, partition) for topic, partition in partitions]
