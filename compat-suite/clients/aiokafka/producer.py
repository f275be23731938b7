"""aiokafka's producer."""

from aiokafka import AIOKafkaProducer, TopicPartition
from connecting import options
from failures import attempt
from session import Outgoing, translated, unsupported


def partitioner(name):
    if name != "murmur2":
        raise unsupported(f"the partitioner {name}")
    return {}  # its own agrees with Java's


SETTINGS = {
    "acks": lambda acks: {"acks": acks if acks == "all" else int(acks)},
    "idempotent": "enable_idempotence",
    "transactional_id": "transactional_id",
    "transaction_timeout_ms": "transaction_timeout_ms",
    "codec": lambda codec: {"compression_type": None if codec == "none" else codec},
    "linger_ms": "linger_ms",
    "batch_bytes": "max_batch_size",
    "max_request_bytes": "max_request_size",
    "delivery_timeout_ms": "request_timeout_ms",  # it gives up sending after this
    "partitioner": partitioner,
}
DEFAULTS = {"request_timeout_ms": 15_000}


async def open_producer(start, settings):
    client = AIOKafkaProducer(**options(start), **(DEFAULTS | translated(settings, SETTINGS)))
    producer = Producer(client, transactional="transactional_id" in (settings or {}))
    if not producer.transactional:
        await client.start()
    return producer


class Producer:
    """A transactional one starts, and so initialises, when it is first used as such."""

    def __init__(self, client, *, transactional):
        self._client = client
        self._started = not transactional
        self.transactional = transactional

    async def send(self, records, together=False):
        outgoing = [Outgoing.of(record) for record in records]
        await self._ready()
        if not together:
            return {"sent": [await attempt(self._outcome(await self._hand_over(record))) for record in outgoing]}
        handed = [await self._hand_over(record) for record in outgoing]
        return {"sent": [await attempt(self._outcome(each)) for each in handed]}

    async def _hand_over(self, record):
        """The future of a record, or what the client raised at once."""
        try:
            return await self._client.send(
                record.topic,
                value=record.value,
                key=record.key,
                headers=record.headers,
                partition=record.partition,
                timestamp_ms=record.timestamp,
            )
        except Exception as error:
            return error

    async def _outcome(self, handed):
        if isinstance(handed, Exception):
            raise handed
        metadata = await handed
        if metadata is None:  # acks 0: nothing was said
            return {"partition": None, "offset": -1}
        return {"partition": metadata.partition, "offset": metadata.offset, "timestamp": metadata.timestamp}

    async def _ready(self):
        if not self._started:
            await self._client.start()
            self._started = True

    async def init(self):
        await self._ready()

    async def begin(self):
        await self._ready()
        await self._client.begin_transaction()

    async def commit(self):
        await self._client.commit_transaction()

    async def abort(self):
        await self._client.abort_transaction()

    async def send_offsets(self, offsets=None, consumer=None, group=None):
        """It knows only the group, not its member."""
        wanted = consumer.ends() if offsets is None else {TopicPartition(*each[:2]): each[2] for each in offsets}
        await self._client.send_offsets_to_transaction(wanted, consumer.group if consumer else group)

    async def close(self, how):
        if self._started:
            await self._client.stop()
