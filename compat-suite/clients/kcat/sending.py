"""Producing by kcat: one process a record, or one for all. It does not tell where a record went."""

import subprocess
import tempfile

from failures import failure, failures
from session import Outgoing, translated, unsupported
from starting import command

SETTINGS = {
    "acks": "acks",
    "idempotent": "enable.idempotence",
    "codec": "compression.codec",
    "linger_ms": "linger.ms",
    "batch_bytes": "batch.size",
    "max_request_bytes": "message.max.bytes",
    "in_flight": "max.in.flight.requests.per.connection",
    "delivery_timeout_ms": "delivery.timeout.ms",
    "partitioner": lambda name: {"topic.partitioner": "murmur2_random" if name == "murmur2" else name},
}
DEFAULTS = {"delivery.timeout.ms": 15_000, "linger.ms": 5}
END, KEY_END = b"\x1e", b"\x1f"
BY_ENDS = ["-K", r"\x1f", "-D", r"\x1e"]
PATIENCE_S = 30


class Producer:
    def __init__(self, start, settings):
        self._command = command(start, "-P", DEFAULTS | translated(settings, SETTINGS))

    def send(self, records, together=False):
        outgoing = [Outgoing.of(record) for record in records]
        if any(record.timestamp is not None for record in outgoing):
            raise unsupported("timestamps")
        if together:
            return {"sent": self._send_all(outgoing)}
        return {"sent": [failures.attempt(self._send, record) for record in outgoing]}

    def _send(self, record):
        """A file is one message, whatever is in it; but an empty file is none: what is empty must be a key and its end."""
        words = [*self._command, "-t", record.topic, *place(record)]
        if not record.value:
            if record.key is None:
                raise unsupported("a record without key and value")
            null = ["-Z"] if record.value is None else []
            self._run([*words, *null, *BY_ENDS], record.key + KEY_END + END)
        elif b"\0" in (record.key or b""):  # no argument can hold this
            if END in record.value:
                raise unsupported("a key with a null byte beside a value with a line end")
            self._run([*words, *BY_ENDS], record.key + KEY_END + record.value + END)
        else:
            with tempfile.NamedTemporaryFile() as file:
                file.write(record.value)
                file.flush()
                self._run([*words, *([] if record.key is None else ["-k", record.key]), file.name], b"")
        return {"partition": record.partition, "offset": None}

    def _send_all(self, records):
        """One process for all: each line is a message, so they must be alike in all but key and value."""
        first = records[0]
        alike = {(record.topic, record.partition, str(record.headers), record.key is None) for record in records}
        if len(alike) > 1 or any(record.value is None for record in records):
            raise unsupported("together, records that differ in more than key and value")
        lines = [record.value if record.key is None else record.key + KEY_END + record.value for record in records]
        words = [*self._command, "-t", first.topic, *place(first), "-D", r"\x1e"]
        words += [] if first.key is None else ["-K", r"\x1f"]
        outcome = failures.attempt(self._run, words, END.join(lines))
        return [outcome or {"partition": record.partition, "offset": None} for record in records]

    def _run(self, words, content):
        done = subprocess.run(words, input=content, capture_output=True, timeout=PATIENCE_S, check=False)
        said = done.stderr.decode(errors="replace")
        if done.returncode or "Delivery failed" in said:
            raise failure(said)

    def close(self, how):
        """There is nothing that stays open."""


def place(record):
    words = [] if record.partition is None else ["-p", str(record.partition)]
    for name, value in record.headers:
        words += ["-H", name.encode() + (b"" if value is None else b"=" + value)]
    return words
