"""FastStream, driven by the contract of the suite: a broker that publishes, and one with a subscriber for each consumer.

It adds headers of its own (content type, correlation id) to what it publishes.
"""

import asyncio
import time
from importlib.metadata import version

from aiokafka import errors
from aiokafka.abc import AbstractTokenProvider, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.helpers import create_ssl_context
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, TopicPartition
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLPlaintext, SASLScram256, SASLScram512
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

ASSIGNORS = {
    "range": RangePartitionAssignor,
    "roundrobin": RoundRobinPartitionAssignor,
    "sticky": StickyPartitionAssignor,
}
WITH_PASSWORD = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
FILES = {"ca": "cafile", "certificate": "certfile", "key": "keyfile"}


def partitioner(name):
    if name != "murmur2":
        raise unsupported(f"the partitioner {name}")
    return {}  # its own agrees with Java's


def reset(name):
    if name == "none":
        raise unsupported("reset none: it tells nobody that there was no offset")
    return {"auto_offset_reset": name}


def assignor(name):
    if name not in ASSIGNORS:
        raise unsupported(f"the assignor {name}")
    return {"partition_assignment_strategy": (ASSIGNORS[name],)}


PRODUCER_SETTINGS = {
    "acks": lambda acks: {"acks": acks if acks == "all" else int(acks)},
    "idempotent": "enable_idempotence",
    "codec": lambda codec: {"compression_type": None if codec == "none" else codec},
    "linger_ms": "linger_ms",
    "batch_bytes": "max_batch_size",
    "max_request_bytes": "max_request_size",
    "delivery_timeout_ms": "request_timeout_ms",
    "partitioner": partitioner,
}
CONSUMER_SETTINGS = {
    "group": "group_id",
    "instance": "group_instance_id",
    "reset": reset,
    "assignor": assignor,
    "session_timeout_ms": "session_timeout_ms",
    "heartbeat_ms": "heartbeat_interval_ms",
    "rebalance_timeout_ms": "max_poll_interval_ms",
    "auto_commit": lambda wanted: {"ack_policy": AckPolicy.ACK_FIRST if wanted else AckPolicy.MANUAL},
    "auto_commit_ms": "auto_commit_interval_ms",
    "min_bytes": "fetch_min_bytes",
    "max_wait_ms": "fetch_max_wait_ms",
    "max_bytes": "fetch_max_bytes",
    "partition_max_bytes": "max_partition_fetch_bytes",
    "rack": "client_rack",
    "check_crcs": "check_crcs",
}
CONSUMER_DEFAULTS = {
    "auto_offset_reset": "earliest",
    "heartbeat_interval_ms": 300,
    "session_timeout_ms": 10_000,
    "ack_policy": AckPolicy.MANUAL,
}


def of(error):
    match error:
        case errors.BrokerResponseError() if error.errno is not None:
            return by_code(error.errno, error)
        case errors.KafkaTimeoutError() | TimeoutError():
            return Failure("TIMED_OUT", str(error))
        case errors.KafkaConnectionError() | errors.NodeNotReadyError():
            return Failure("DISCONNECTED", str(error))
        case ValueError() | TypeError() | AssertionError():
            return Failure("INVALID_ARGUMENT", str(error))
    return None


failures = Failures(of)


class GivenToken(AbstractTokenProvider):
    """A token that the program was started with."""

    def __init__(self, token):
        self._token = token

    async def token(self):
        return self._token


def security(told):
    """How the broker is told who is there."""
    if not told:
        return {}
    files = {FILES[name]: path for name, path in told.items() if name in FILES}
    trust = {"use_ssl": told["protocol"].endswith("SSL"), "ssl_context": create_ssl_context(**files) if files else None}
    mechanism = told.get("mechanism")
    if mechanism is None:
        return {"security": BaseSecurity(**trust)}
    if mechanism == "OAUTHBEARER":
        return {"security": SASLOAuthBearer(**trust), "sasl_oauth_token_provider": GivenToken(told["token"])}
    if mechanism not in WITH_PASSWORD:
        raise unsupported(f"the mechanism {mechanism}")
    return {"security": WITH_PASSWORD[mechanism](told["username"], told["password"], **trust)}


def broker(start, options):
    named = {} if start.client_id is None else {"client_id": start.client_id}
    return KafkaBroker(start.bootstrap.split(","), logger=None, **named, **security(start.security), **options)


async def open_producer(start, settings):
    made = broker(start, {"request_timeout_ms": 15_000} | translated(settings, PRODUCER_SETTINGS))
    await made.start()
    return Producer(made)


class Producer:
    def __init__(self, made):
        self._broker = made

    async def send(self, records, together=False):
        outgoing = [Outgoing.of(each) for each in records]
        if any(record.headers for record in outgoing):
            raise unsupported("headers: it takes text, and one value a name")
        if not together:
            return {"sent": [await self._sent(await self._hand_over(each)) for each in outgoing]}
        handed = [await self._hand_over(each) for each in outgoing]
        return {"sent": [await self._sent(each) for each in handed]}

    async def _hand_over(self, record):
        """The future of a record, or what the client raised at once."""
        try:
            return await self._broker.publish(
                record.value,
                record.topic,
                key=record.key,
                partition=record.partition,
                timestamp_ms=record.timestamp,
                no_confirm=True,
            )
        except Exception as error:
            return error

    async def _sent(self, handed):
        if isinstance(handed, Exception):
            return failures.item(handed)
        try:
            sent = await handed
        except Exception as error:
            return failures.item(error)
        if sent is None:  # acks 0: nothing was said
            return {"partition": None, "offset": -1}
        return {"partition": sent.partition, "offset": sent.offset, "timestamp": sent.timestamp}

    async def close(self, how):
        await self._broker.stop()


async def open_consumer(start, settings):
    return Consumer(broker(start, {}), CONSUMER_DEFAULTS | translated(settings, CONSUMER_SETTINGS))


class Consumer(ConsumerRebalanceListener):
    """Its subscriber hands each message over to the session."""

    def __init__(self, made, options):
        self._broker = made
        self._options = options
        self._arrived = asyncio.Queue()
        self._poller = Poller()
        self._owned = set()
        self._last = None

    def on_partitions_assigned(self, assigned):
        self._owned = set(assigned)
        self._poller.events.append(["assigned", listed(assigned)])

    def on_partitions_revoked(self, revoked):
        if revoked:
            self._owned -= set(revoked)
            self._poller.events.append(["revoked", listed(revoked)])

    async def subscribe(self, topics=(), pattern=None):
        whole = {} if pattern is None else {"pattern": f"^(?:{pattern})$"}
        await self._start(*topics, listener=self, **whole)

    async def assign(self, partitions):
        self._owned = {TopicPartition(*each) for each in partitions}
        await self._start(partitions=self._owned)

    async def _start(self, *topics, **how):
        @self._broker.subscriber(*topics, **how, **self._options)
        async def take(message: KafkaMessage):
            await self._arrived.put(message)

        await self._broker.start()

    async def poll(self, timeout_ms, count=None):
        deadline = time.monotonic() + timeout_ms / 1000
        records = []
        while len(records) < (count or 1):
            try:
                message = await asyncio.wait_for(self._arrived.get(), max(0.001, deadline - time.monotonic()))
            except TimeoutError:
                break
            self._last = message
            records.append(shown(message.raw_message))
        return {"records": records, "events": self._poller.taken_events()}

    async def assignment(self):
        return {"partitions": listed(self._owned)}

    async def commit_offsets(self):
        """Acknowledging commits what has been read of all partitions."""
        if self._last is not None:
            await self._last.ack()

    async def close(self, how):
        if how == "abandon":
            raise unsupported("abandon")
        await self._broker.stop()


def shown(record):
    return incoming(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


serve(
    Client(
        name="faststream",
        version=version("faststream"),
        failures=failures,
        producer=open_producer,
        consumer=open_consumer,
    )
)
