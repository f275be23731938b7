"""librdkafka's consumer, by the classic and by the consumer protocol."""

import time

from admin import offsets_at
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Consumer as Client
from connecting import options
from received import shown
from session import Poller, listed, offset_list, translated, unsupported
from share import ShareConsumer

ASSIGNORS = {"range", "roundrobin", "cooperative-sticky"}
RESETS = {"earliest": "earliest", "latest": "latest", "none": "error"}
STARTS = {"earliest": OFFSET_BEGINNING, "latest": OFFSET_END}
SETTINGS = {
    "group": "group.id",
    "instance": "group.instance.id",
    "reset": lambda reset: {"auto.offset.reset": RESETS[reset]},
    "isolation": "isolation.level",
    "protocol": "group.protocol",
    "assignor": "assignor",
    "session_timeout_ms": "session.timeout.ms",
    "heartbeat_ms": "heartbeat.interval.ms",
    "rebalance_timeout_ms": "max.poll.interval.ms",
    "auto_commit": "enable.auto.commit",
    "auto_commit_ms": "auto.commit.interval.ms",
    "min_bytes": "fetch.min.bytes",
    "max_wait_ms": "fetch.wait.max.ms",
    "max_bytes": lambda count: {"fetch.max.bytes": count, "message.max.bytes": max(1000, min(count, 1_000_000))},
    "partition_max_bytes": "max.partition.fetch.bytes",
    "rack": "client.rack",
    "check_crcs": "check.crcs",
    "auto_create": "allow.auto.create.topics",
}
DEFAULTS = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "allow.auto.create.topics": False,
    "socket.timeout.ms": 10_000,
}
CLASSIC_DEFAULTS = {"session.timeout.ms": 10_000, "heartbeat.interval.ms": 300}  # the consumer protocol refuses them
PATIENCE_S = 10


def open_consumer(start, settings):
    if (settings or {}).get("protocol") == "share":
        return ShareConsumer(start, settings)
    return Consumer(start, settings)


class Consumer:
    def __init__(self, start, settings):
        self._start = start
        self._reset = (settings or {}).get("reset", "earliest")
        chosen = with_assignor(translated(settings, SETTINGS))
        # It cannot do without a group, so one that was not asked for is never asked where it stands.
        self._grouped = "group.id" in chosen
        classic = CLASSIC_DEFAULTS if chosen.get("group.protocol", "classic") == "classic" else {}
        self._client = Client(options(start) | {"group.id": "none"} | DEFAULTS | classic | chosen)
        self._poller = Poller()
        self._read_to = {}
        self._unread = {}
        """Where reading starts in each partition that was assigned and not polled since."""

    def subscribe(self, topics=None, pattern=None):
        wanted = topics if pattern is None else [f"^({pattern})$"]
        self._client.subscribe(
            wanted, on_assign=self._told("assigned"), on_revoke=self._told("revoked"), on_lost=self._told("lost")
        )

    def _told(self, event):
        return lambda _, partitions: self._poller.events.append([event, listed(partitions)])

    def unsubscribe(self):
        self._client.unsubscribe()
        self._client.unassign()

    def assign(self, partitions):
        offset = [] if self._grouped else [STARTS[self._reset]] if self._reset in STARTS else []
        self._unread = {tuple(each): offset for each in partitions}
        self._client.assign([TopicPartition(*each, *offset) for each in partitions])

    def poll(self, timeout_ms, count=None):
        self._unread = {}
        return self._poller.collect(self._fetch, timeout_ms, count)

    def _fetch(self, timeout_ms, at_most):
        first = self._client.poll(timeout_ms / 1000)
        if first is None:
            return []
        more = (500 if at_most is None else at_most) - 1
        messages = [first, *(self._client.consume(more, timeout=0) if more > 0 else [])]
        for message in messages:
            if message.error():
                raise KafkaException(message.error())
            self._read_to[message.topic(), message.partition()] = message.offset() + 1
        return [shown(each) for each in messages]

    def assignment(self):
        return {"partitions": listed(self._client.assignment())}

    def seek(self, offsets):
        """A partition that was assigned a moment ago can not be sought in yet: it is assigned with where to start."""
        if self._unread.keys() >= {(topic, partition) for topic, partition, _ in offsets}:
            self._unread |= {(topic, partition): [offset] for topic, partition, offset in offsets}
            self._client.assign([TopicPartition(*place, *start) for place, start in self._unread.items()])
            return
        deadline = time.monotonic() + PATIENCE_S
        for each in offsets:
            while True:
                try:
                    self._client.seek(TopicPartition(*each))
                    break
                except KafkaException as error:
                    if error.args[0].code() != KafkaError._STATE or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)

    def pause(self, partitions):
        self._client.pause(places(partitions))

    def resume(self, partitions):
        self._client.resume(places(partitions))

    def position(self, partitions):
        found = self._client.position(places(partitions))
        return {"offsets": offset_list({each: known(each.offset) for each in found})}

    def commit_offsets(self, offsets=None, metadata=None):
        noted = {} if metadata is None else {"metadata": metadata}
        if offsets is None and metadata is None:
            committed = self._client.commit(asynchronous=False)
        else:
            wanted = self.ends() if offsets is None else [TopicPartition(*each) for each in offsets]
            wanted = [TopicPartition(each.topic, each.partition, each.offset, **noted) for each in wanted]
            committed = self._client.commit(offsets=wanted, asynchronous=False)
        raise_first(committed)

    def committed(self, partitions):
        found = self._client.committed(places(partitions), timeout=PATIENCE_S)
        raise_first(found)
        rows = {
            each: (each.offset, getattr(each, "metadata", None) or "") if each.offset >= 0 else None for each in found
        }
        return {"offsets": offset_list(rows)}

    def offsets(self, partitions, at):
        wanted = places(partitions)
        if at in ("earliest", "latest"):
            index = ("earliest", "latest").index(at)
            rows = {each: self._client.get_watermark_offsets(each, timeout=PATIENCE_S)[index] for each in wanted}
            return {"offsets": offset_list(rows)}
        if at == "max-timestamp":  # only its administrator asks for it
            return offsets_at(self._start, partitions, at)
        found = self._client.offsets_for_times([TopicPartition(*each, at) for each in partitions], timeout=PATIENCE_S)
        raise_first(found)
        return {"offsets": offset_list({each: known(each.offset) for each in found})}

    def ends(self):
        """The next offset of each partition that it has read from."""
        return [TopicPartition(*each, offset) for each, offset in self._read_to.items()]

    def metadata(self):
        return self._client.consumer_group_metadata()

    def close(self, how):
        if how == "leave":
            self._client.close()
        self._client = None  # without a close it does not leave


def with_assignor(chosen):
    """The assignor by the name that its protocol gives the option."""
    name = chosen.pop("assignor", None)
    if name is None:
        return chosen
    if chosen.get("group.protocol") == "consumer":
        return chosen | {"group.remote.assignor": name}
    if name not in ASSIGNORS:
        raise unsupported(f"the assignor {name}")
    return chosen | {"partition.assignment.strategy": name}


def places(partitions):
    return [TopicPartition(*each) for each in partitions]


def known(offset):
    return offset if offset >= 0 else None


def raise_first(partitions):
    for each in partitions:
        if each.error:
            raise KafkaException(each.error)
