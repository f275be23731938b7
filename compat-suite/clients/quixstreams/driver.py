"""Quix Streams, driven by the contract of the suite: the producer and the consumer of an application."""

import quixstreams
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from quixstreams import Application
from session import (
    Client,
    Failure,
    Failures,
    Outgoing,
    Poller,
    by_code,
    incoming,
    listed,
    serve,
    translated,
    unsupported,
)

PRODUCER_SETTINGS = {
    "acks": "acks",
    "idempotent": "enable.idempotence",
    "codec": "compression.type",
    "linger_ms": "linger.ms",
    "batch_bytes": "batch.size",
    "max_request_bytes": "message.max.bytes",
    "in_flight": "max.in.flight.requests.per.connection",
    "delivery_timeout_ms": "delivery.timeout.ms",
}
CONSUMER_SETTINGS = {
    "group": lambda _: {},
    "reset": lambda _: {},
    "instance": "group.instance.id",
    "isolation": "isolation.level",
    "session_timeout_ms": "session.timeout.ms",
    "heartbeat_ms": "heartbeat.interval.ms",
    "rebalance_timeout_ms": "max.poll.interval.ms",
    "min_bytes": "fetch.min.bytes",
    "max_wait_ms": "fetch.wait.max.ms",
    "partition_max_bytes": "max.partition.fetch.bytes",
    "rack": "client.rack",
    "check_crcs": "check.crcs",
}
PATIENCE_S = 20


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
    timed_out = error.code() in (KafkaError._TIMED_OUT, KafkaError._MSG_TIMED_OUT)
    return Failure("TIMED_OUT" if timed_out else "OTHER", f"{error.name()}: {error.str()}")


failures = Failures(of)


def application(start, **options):
    if start.security or start.client_id:
        raise unsupported("security, or a client id")
    return Application(start.bootstrap, loglevel=None, auto_create_topics=False, **options)


class Producer:
    def __init__(self, start, settings):
        extra = {"delivery.timeout.ms": 15_000} | translated(settings, PRODUCER_SETTINGS)
        self._client = application(start, producer_extra_config=extra).get_producer()

    def send(self, records, together=False):
        reports = []
        for record in [Outgoing.of(each) for each in records]:
            report = []
            reports.append(report)
            optional = {"partition": record.partition, "timestamp": record.timestamp}
            self._client.produce(
                record.topic,
                value=record.value,
                key=record.key,
                headers=record.headers or None,
                on_delivery=lambda error, message, report=report: report.append((error, message)),
                **{name: value for name, value in optional.items() if value is not None},
            )
            if not together:
                self._client.flush(PATIENCE_S)
        self._client.flush(PATIENCE_S)
        return {"sent": [outcome(each) for each in reports]}

    def close(self, how):
        self._client.flush(PATIENCE_S)


def outcome(report):
    if not report:
        return Failure("TIMED_OUT", "no delivery report").item()
    error, message = report[0]
    if error is not None:
        return of_error(error).item()
    offset = -1 if message.offset() is None else message.offset()
    return {"partition": message.partition(), "offset": offset, "timestamp": message.timestamp()[1]}


class Consumer:
    def __init__(self, start, settings):
        wanted = settings or {}
        extra = {"session.timeout.ms": 10_000, "heartbeat.interval.ms": 300} | translated(settings, CONSUMER_SETTINGS)
        made = application(
            start,
            consumer_group=wanted.get("group", "none"),
            auto_offset_reset=wanted.get("reset", "earliest"),
            consumer_extra_config=extra,
        )
        self._client = made.get_consumer(auto_commit_enable=False)
        self._poller = Poller()
        self._read_to = {}

    def subscribe(self, topics):
        told = self._told
        self._client.subscribe(topics, on_assign=told("assigned"), on_revoke=told("revoked"), on_lost=told("lost"))

    def _told(self, event):
        return lambda _, partitions: self._poller.events.append([event, listed(partitions)])

    def unsubscribe(self):
        self._client.unsubscribe()

    def assign(self, partitions):
        self._client.assign([TopicPartition(*each) for each in partitions])

    def poll(self, timeout_ms, count=None):
        return self._poller.collect(self._fetch, timeout_ms, count)

    def _fetch(self, timeout_ms, _at_most):
        message = self._client.poll(timeout_ms / 1000)
        if message is None:
            return []
        if message.error():
            raise KafkaException(message.error())
        self._read_to[message.topic(), message.partition()] = message.offset() + 1
        return [shown(message)]

    def assignment(self):
        return {"partitions": listed(self._client.assignment())}

    def commit_offsets(self, offsets=None):
        wanted = [(*each, end) for each, end in self._read_to.items()] if offsets is None else offsets
        self._client.commit(offsets=[TopicPartition(*each) for each in wanted], asynchronous=False)

    def committed(self, partitions):
        found = self._client.committed([TopicPartition(*each) for each in partitions], timeout=10)
        return {"offsets": [[each.topic, each.partition, each.offset if each.offset >= 0 else None] for each in found]}

    def close(self, how):
        self._client.close()


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
    )
)
