"""The producer of kafka-python 2.0 and 1.4, which knows neither idempotence nor transactions."""

from connecting import API_VERSION, KNOWS_HEADERS, KNOWS_TIMES, options
from failures import failures
from kafka import KafkaProducer
from session import Outgoing, translated, unsupported


def partitioner(name):
    if name != "murmur2":
        raise unsupported(f"the partitioner {name}")
    return {}  # its own agrees with Java's


SETTINGS = {
    "acks": lambda acks: {"acks": acks if acks == "all" else int(acks)},
    "codec": lambda codec: {"compression_type": None if codec == "none" else codec},
    "linger_ms": "linger_ms",
    "batch_bytes": "batch_size",
    "max_request_bytes": "max_request_size",
    "in_flight": "max_in_flight_requests_per_connection",
    "delivery_timeout_ms": lambda ms: {"request_timeout_ms": ms, "max_block_ms": ms},  # it gives up sending after this
    "partitioner": partitioner,
}
DEFAULTS = {"request_timeout_ms": 15_000, "max_block_ms": 15_000}


class Producer:
    def __init__(self, start, settings):
        chosen = translated(settings, SETTINGS)
        self._client = KafkaProducer(**options(start), api_version=API_VERSION, **(DEFAULTS | chosen))

    def send(self, records, together=False):
        outgoing = [Outgoing.of(record) for record in records]
        if any(record.headers for record in outgoing) and not KNOWS_HEADERS:
            raise unsupported("headers")
        if any(record.timestamp is not None for record in outgoing) and not KNOWS_TIMES:
            raise unsupported("timestamps")
        if not together:
            return {"sent": [failures.attempt(outcome, self._hand_over(record)) for record in outgoing]}
        handed = [self._hand_over(record) for record in outgoing]
        self._client.flush(30)
        return {"sent": [failures.attempt(outcome, each) for each in handed]}

    def _hand_over(self, record):
        """The future of a record, or what the client raised at once."""
        try:
            return self._client.send(
                record.topic,
                value=record.value,
                key=record.key,
                partition=record.partition,
                timestamp_ms=record.timestamp,
                **({"headers": record.headers} if record.headers else {}),
            )
        except Exception as error:
            return error

    def close(self, how):
        self._client.close(timeout=0 if how == "abandon" else 10)


def outcome(handed):
    if isinstance(handed, Exception):
        raise handed
    metadata = handed.get(timeout=30)
    return {"partition": metadata.partition, "offset": metadata.offset, "timestamp": metadata.timestamp}
