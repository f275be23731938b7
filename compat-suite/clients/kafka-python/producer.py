"""kafka-python's producer."""

from connecting import options
from failures import failures
from kafka import KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata
from session import Outgoing, translated

SETTINGS = {
    "acks": lambda acks: {"acks": acks if acks == "all" else int(acks)},
    "idempotent": "enable_idempotence",
    "transactional_id": "transactional_id",
    "transaction_timeout_ms": "transaction_timeout_ms",
    "codec": lambda codec: {"compression_type": None if codec == "none" else codec},
    "linger_ms": "linger_ms",
    "batch_bytes": "batch_size",
    "max_request_bytes": "max_request_size",
    "in_flight": "max_in_flight_requests_per_connection",
    "delivery_timeout_ms": "delivery_timeout_ms",
    "partitioner": lambda name: {} if name == "murmur2" else {"partitioner": name},  # its own agrees with Java's
}
DEFAULTS = {"delivery_timeout_ms": 15_000, "request_timeout_ms": 10_000, "max_block_ms": 15_000}


class Producer:
    def __init__(self, start, settings):
        chosen = translated(settings, SETTINGS)
        delivery = chosen.get("delivery_timeout_ms", DEFAULTS["delivery_timeout_ms"])
        shorter = {"request_timeout_ms": min(DEFAULTS["request_timeout_ms"], delivery)}
        self._client = KafkaProducer(**options(start), **(DEFAULTS | shorter | chosen))
        self._transactional = "transactional_id" in chosen
        self._ready = False

    def send(self, records, together=False):
        outgoing = [Outgoing.of(record) for record in records]
        if not together:
            return {"sent": [failures.attempt(self._outcome, self._hand_over(record)) for record in outgoing]}
        handed = [self._hand_over(record) for record in outgoing]
        self._client.flush()
        return {"sent": [failures.attempt(self._outcome, each) for each in handed]}

    def _hand_over(self, record):
        """The future of a record, or what the client raised at once."""
        try:
            return self._client.send(
                record.topic,
                value=record.value,
                key=record.key,
                headers=record.headers,
                partition=record.partition,
                timestamp_ms=record.timestamp,
            )
        except Exception as error:
            return error

    def _outcome(self, handed):
        if isinstance(handed, Exception):
            raise handed
        metadata = handed.get(timeout=30)
        return {"partition": metadata.partition, "offset": metadata.offset, "timestamp": metadata.timestamp}

    def init(self):
        self._client.init_transactions()
        self._ready = True

    def begin(self):
        if not self._ready:
            self.init()
        self._client.begin_transaction()

    def commit(self):
        self._client.commit_transaction()

    def abort(self):
        self._client.abort_transaction()

    def send_offsets(self, offsets=None, consumer=None, group=None):
        wanted = consumer.consumed() if offsets is None else positions(offsets)
        self._client.send_offsets_to_transaction(wanted, consumer.metadata() if consumer else group)

    def close(self, how):
        self._client.close(timeout=0 if how == "abandon" else 10)


def positions(offsets, metadata=""):
    return {
        TopicPartition(topic, partition): OffsetAndMetadata(offset, metadata, -1)
        for topic, partition, offset in offsets
    }
