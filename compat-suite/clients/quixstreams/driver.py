"""Quix Streams, driven by the contract of the suite: the producer and the consumer of an application."""

import time

import quixstreams
from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, KafkaException, TopicPartition
from quixstreams import Application
from quixstreams.kafka import ConnectionConfig
from session import (
    Client,
    Failure,
    Failures,
    Outgoing,
    Poller,
    by_code,
    incoming,
    listed,
    offset_list,
    serve,
    translated,
    unsupported,
)

PRODUCER_SETTINGS = {
    # It is idempotent by itself, and all acknowledgements belong to that.
    "acks": lambda acks: {"acks": acks} | ({} if acks == "all" else {"enable.idempotence": False}),
    "idempotent": "enable.idempotence",
    "codec": "compression.type",
    "linger_ms": "linger.ms",
    "batch_bytes": "batch.size",
    "max_request_bytes": "message.max.bytes",
    "in_flight": "max.in.flight.requests.per.connection",
    "delivery_timeout_ms": "delivery.timeout.ms",
    "partitioner": lambda name: {"partitioner": name},
    "transactional_id": "transactional.id",
    "transaction_timeout_ms": "transaction.timeout.ms",
}
RESETS = {"earliest": "earliest", "latest": "latest", "none": "error"}
STARTS = {"earliest": OFFSET_BEGINNING, "latest": OFFSET_END}
ASSIGNORS = {"range", "roundrobin", "cooperative-sticky"}


def assignor(name):
    if name not in ASSIGNORS:
        raise unsupported(f"the assignor {name}")
    return {"partition.assignment.strategy": name}


def classic_only(protocol):
    if protocol != "classic":
        raise unsupported(f"the protocol {protocol}")
    return {}


CONSUMER_SETTINGS = {
    "group": lambda _: {},  # these three are the application's, see Consumer
    "reset": lambda _: {},
    "auto_commit": lambda _: {},
    "auto_commit_ms": "auto.commit.interval.ms",
    "assignor": assignor,
    "protocol": classic_only,
    "instance": "group.instance.id",
    "isolation": "isolation.level",
    "session_timeout_ms": "session.timeout.ms",
    "heartbeat_ms": "heartbeat.interval.ms",
    "rebalance_timeout_ms": "max.poll.interval.ms",
    "min_bytes": "fetch.min.bytes",
    "max_wait_ms": "fetch.wait.max.ms",
    "max_bytes": lambda count: {"fetch.max.bytes": count, "message.max.bytes": max(1000, min(count, 1_000_000))},
    "partition_max_bytes": "max.partition.fetch.bytes",
    "auto_create": "allow.auto.create.topics",
    "rack": "client.rack",
    "check_crcs": "check.crcs",
}
CONSUMER_DEFAULTS = {
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 300,
    "allow.auto.create.topics": False,
    "enable.auto.offset.store": True,  # else it commits nothing by itself
}
SECURITY = {
    "protocol": "security_protocol",
    "mechanism": "sasl_mechanism",
    "username": "sasl_username",
    "password": "sasl_password",
    "ca": "ssl_ca_location",
    "certificate": "ssl_certificate_location",
    "key": "ssl_key_location",
    "token": lambda token: {"oauth_cb": lambda _: (token, time.time() + 3600)},
}
PATIENCE_S = 20
OWN = {
    KafkaError._AUTHENTICATION: "SASL_AUTHENTICATION_FAILED",
    KafkaError._ALL_BROKERS_DOWN: "DISCONNECTED",
    KafkaError._TRANSPORT: "DISCONNECTED",
    KafkaError._FATAL: "FATAL",
    KafkaError._FENCED: "PRODUCER_FENCED",
    KafkaError._PURGE_INFLIGHT: "FATAL",
    KafkaError._PURGE_QUEUE: "FATAL",
    KafkaError._INVALID_ARG: "INVALID_ARGUMENT",
    KafkaError._STATE: "INVALID_ARGUMENT",
    KafkaError._MSG_TIMED_OUT: "TIMED_OUT",
    KafkaError._TIMED_OUT: "TIMED_OUT",
    KafkaError._UNKNOWN_PARTITION: "UNKNOWN_TOPIC_OR_PARTITION",
    KafkaError._UNKNOWN_TOPIC: "UNKNOWN_TOPIC_OR_PARTITION",
}


def of(error):
    match error:
        case KafkaException() if error.args and isinstance(error.args[0], KafkaError):
            return of_error(error.args[0])
        case ValueError() | TypeError() | RuntimeError():
            return Failure("INVALID_ARGUMENT", str(error))
    return None


def of_error(error):
    if error.code() >= -1:
        return by_code(error.code(), error.str())
    if error.code() == KafkaError._AUTO_OFFSET_RESET:
        return Failure("OFFSET_OUT_OF_RANGE" if "out of range" in error.str() else "NO_OFFSET", error.str())
    return Failure(OWN.get(error.code(), "OTHER"), f"{error.name()}: {error.str()}")


failures = Failures(of)


def application(start, **options):
    named = {} if start.client_id is None else {"client_id": start.client_id}
    address = ConnectionConfig(bootstrap_servers=start.bootstrap, **named, **translated(start.security, SECURITY))
    return Application(address, loglevel=None, auto_create_topics=False, **options)


class Producer:
    def __init__(self, start, settings):
        chosen = translated(settings, PRODUCER_SETTINGS)
        timeout_ms = chosen.get("transaction.timeout.ms", 60_000)  # no delivery may take longer
        extra = {"delivery.timeout.ms": min(timeout_ms, 15_000), "socket.timeout.ms": min(timeout_ms, 10_000)} | chosen
        made = application(start, producer_extra_config=extra)
        self._client = made.get_producer(transactional="transactional.id" in extra)

    def send(self, records, together=False):
        reports = []
        for record in [Outgoing.of(each) for each in records]:
            reports.append(self._hand_over(record))
            if not together:
                self._client.flush(PATIENCE_S)
        self._client.flush(PATIENCE_S)
        return {"sent": [failures.attempt(outcome, each) for each in reports]}

    def _hand_over(self, record):
        """A list that will have the delivery report, or what the client raised at once."""
        report = []
        optional = {"partition": record.partition, "timestamp": record.timestamp}
        try:
            self._client.produce(
                record.topic,
                value=record.value,
                key=record.key,
                headers=record.headers or None,
                on_delivery=lambda error, message: report.append((error, message)),
                **{name: value for name, value in optional.items() if value is not None},
            )
        except Exception as error:
            report.append((error, None))
        return report

    def init(self):
        """It initialises itself when it is first used."""
        self._client.poll()

    def begin(self):
        self._client.begin_transaction()

    def commit(self):
        self._client.commit_transaction(PATIENCE_S)

    def abort(self):
        self._client.abort_transaction(PATIENCE_S)

    def send_offsets(self, consumer, offsets=None):
        wanted = consumer.ends() if offsets is None else [TopicPartition(*each) for each in offsets]
        self._client.send_offsets_to_transaction(wanted, consumer.metadata(), PATIENCE_S)

    def close(self, how):
        if how == "leave":
            self._client.flush(PATIENCE_S)
        self._client = None


def outcome(report):
    if not report:
        raise Failure("TIMED_OUT", "no delivery report")
    error, message = report[0]
    if error is not None:
        raise error if isinstance(error, Exception) else KafkaException(error)
    offset = -1 if message.offset() is None else message.offset()
    return {"partition": message.partition(), "offset": offset, "timestamp": message.timestamp()[1]}


class Consumer:
    def __init__(self, start, settings):
        wanted = settings or {}
        self._grouped = "group" in wanted
        self._reset = wanted.get("reset", "earliest")
        made = application(
            start,
            consumer_group=wanted.get("group", "none"),
            auto_offset_reset=RESETS[self._reset],
            consumer_extra_config=CONSUMER_DEFAULTS | translated(settings, CONSUMER_SETTINGS),
        )
        self._client = made.get_consumer(auto_commit_enable=wanted.get("auto_commit", False))
        self._poller = Poller()
        self._read_to = {}
        self._unread = {}
        """Where reading starts in each partition that was assigned and not polled since."""

    def subscribe(self, topics=None, pattern=None):
        wanted = topics if pattern is None else [f"^({pattern})$"]
        told = self._told
        self._client.subscribe(wanted, on_assign=told("assigned"), on_revoke=told("revoked"), on_lost=told("lost"))

    def _told(self, event):
        return lambda _, partitions: self._poller.events.append([event, listed(partitions)])

    def unsubscribe(self):
        self._client.unsubscribe()
        self._client.unassign()

    def assign(self, partitions):
        """It can not do without a group, so one that was not asked for is never asked where it stands."""
        first = [STARTS[self._reset]] if not self._grouped and self._reset in STARTS else []
        self._unread = {tuple(each): first for each in partitions}
        self._client.assign([TopicPartition(*each, *first) for each in partitions])

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
            self._client.assign([TopicPartition(*place, *first) for place, first in self._unread.items()])
            return
        for each in offsets:
            self._client.seek(TopicPartition(*each))

    def pause(self, partitions):
        self._client.pause(places(partitions))

    def resume(self, partitions):
        self._client.resume(places(partitions))

    def position(self, partitions):
        return {"offsets": offset_list({each: known(each) for each in self._client.position(places(partitions))})}

    def commit_offsets(self, offsets=None, metadata=None):
        noted = {} if metadata is None else {"metadata": metadata}
        wanted = self.ends() if offsets is None else [TopicPartition(*each) for each in offsets]
        wanted = [TopicPartition(each.topic, each.partition, each.offset, **noted) for each in wanted]
        raise_first(self._client.commit(offsets=wanted, asynchronous=False))

    def committed(self, partitions):
        found = self._client.committed(places(partitions), timeout=PATIENCE_S)
        raise_first(found)
        rows = {each: None if known(each) is None else (each.offset, each.metadata or "") for each in found}
        return {"offsets": offset_list(rows)}

    def offsets(self, partitions, at):
        if at == "max-timestamp":
            raise unsupported(at)
        if at in ("earliest", "latest"):
            index = ("earliest", "latest").index(at)
            wanted = places(partitions)
            rows = {each: self._client.get_watermark_offsets(each, timeout=PATIENCE_S)[index] for each in wanted}
            return {"offsets": offset_list(rows)}
        found = self._client.offsets_for_times([TopicPartition(*each, at) for each in partitions], timeout=PATIENCE_S)
        raise_first(found)
        return {"offsets": offset_list({each: known(each) for each in found})}

    def ends(self):
        """The next offset of each partition that it has read from."""
        return [TopicPartition(*each, offset) for each, offset in self._read_to.items()]

    def metadata(self):
        return self._client.consumer_group_metadata()

    def close(self, how):
        if how == "abandon":
            raise unsupported("abandon")
        self._client.close()


class Asker:
    """What its consumer tells about a cluster."""

    def __init__(self, start, settings):
        translated(settings, {})
        extra = {"allow.auto.create.topics": False}
        made = application(start, consumer_group="none", consumer_extra_config=extra)
        self._client = made.get_consumer(auto_commit_enable=False)

    def metadata(self, topics=None):
        """All of it: asking for one topic might create it."""
        found = self._client.list_topics(timeout=PATIENCE_S)
        names = found.topics if topics is None else topics
        return {
            "brokers": sorted([each.id, each.host, each.port, None] for each in found.brokers.values()),
            "controller": found.controller_id,
            "topics": {name: listed_topic(found.topics.get(name)) for name in names},
        }

    def close(self, how):
        self._client.close()


def listed_topic(topic):
    if topic is None:
        return {"partitions": [], "error": "UNKNOWN_TOPIC_OR_PARTITION"}
    rows = [[each.id, each.leader, sorted(each.replicas), sorted(each.isrs)] for each in topic.partitions.values()]
    return {"partitions": sorted(rows)}


def places(partitions):
    return [TopicPartition(*each) for each in partitions]


def known(place):
    return place.offset if place.offset >= 0 else None


def raise_first(partitions):
    for each in partitions or ():
        if each.error:
            raise KafkaException(each.error)


def shown(message):
    return incoming(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        timestamp=message.timestamp()[1],
        key=message.key(),
        value=message.value(),
        headers=message.headers(),
    )


serve(
    Client(
        name="quixstreams",
        version=quixstreams.__version__,
        failures=failures,
        producer=Producer,
        consumer=Consumer,
        administrator=Asker,
    )
)
