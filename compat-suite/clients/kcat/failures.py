"""kcat says what went wrong in librdkafka's words: their codes are asked of librdkafka itself."""

import re

from confluent_kafka import KafkaError
from session import Failure, Failures, by_code

CODES = {KafkaError(code).str(): code for code in range(1, 134)}
OWN = {
    "Local: Message timed out": "TIMED_OUT",
    "Local: Timed out": "TIMED_OUT",
    "Local: Unknown partition": "UNKNOWN_TOPIC_OR_PARTITION",
    "Local: Unknown topic": "UNKNOWN_TOPIC_OR_PARTITION",
}
SAID = re.compile(r"(Broker|Local): [^:\n%]+")


def failure(said):
    """The failure that kcat's complaints tell of."""
    for match in SAID.finditer(said):
        words = match[0].strip()
        if words in CODES:
            return by_code(CODES[words], said.strip())
        if words in OWN:
            return Failure(OWN[words], said.strip())
    lost = "transport failure" in said or "ll brokers" in said
    return Failure("DISCONNECTED" if lost else "OTHER", said.strip())


failures = Failures(lambda error: Failure("INVALID_ARGUMENT", str(error)) if isinstance(error, ValueError) else None)
