"""Messages of librdkafka, as answers show them."""

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME
from session import incoming

TYPES = {TIMESTAMP_CREATE_TIME: "create", TIMESTAMP_LOG_APPEND_TIME: "append"}


def shown(message):
    kind, timestamp = message.timestamp()
    return incoming(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        timestamp=timestamp,
        timestamp_type=TYPES.get(kind),
        key=message.key(),
        value=message.value(),
        headers=message.headers(),
        leader_epoch=told(message, "leader_epoch"),
        delivery_count=told(message, "delivery_count"),
    )


def told(message, name):
    """What only newer versions tell, and not of every message."""
    method = getattr(message, name, None)
    value = method() if method else None
    return None if value is None or value < 0 else value
