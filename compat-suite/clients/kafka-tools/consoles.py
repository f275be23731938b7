"""The console producer and the console consumer: a process for each send, and for each poll."""

import re

from running import Tools
from session import Outgoing, incoming, translated, unsupported

NULL = "~null~"
BYTES = "org.apache.kafka.common.serialization.BytesDeserializer"  # printed as ASCII, all else as \xHH
ESCAPED = re.compile(r"\\x([0-9A-F]{2})")
SENDING = {
    "acks": "acks",
    "codec": "compression.type",
    "linger_ms": "linger.ms",
    "batch_bytes": "batch.size",
    "max_request_bytes": "max.request.size",
    "idempotent": "enable.idempotence",
}
READING = {
    "group": "group.id",
    "isolation": "isolation.level",
    "reset": "auto.offset.reset",
    "instance": "group.instance.id",
}
LINE = re.compile(r"(CreateTime|LogAppendTime|NO_TIMESTAMP):?(-?\d+)?\tPartition:(\d+)\tOffset:(\d+)\t(.*)", re.DOTALL)


def properties(options):
    words = []
    for name, value in options.items():
        words += ["--command-property", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return words


def plain(content):
    """The text of a line: the console knows no others."""
    if content is None:
        return NULL
    text = content.decode(errors="replace")
    if text.encode() != content or any(character in text for character in "\t\n\r") or text == NULL:
        raise unsupported("bytes that are no text of a line")
    return text


class Producer:
    """Sends lines, and learns nothing of where they went."""

    def __init__(self, start, settings):
        self._tools = Tools(start)
        self._options = translated(settings, SENDING)

    def close(self, how):
        self._tools.remove()

    def send(self, records, together=False):
        outgoing = [Outgoing.of(record) for record in records]
        for topic in dict.fromkeys(record.topic for record in outgoing):
            lines = [self._line(record) for record in outgoing if record.topic == topic]
            words = ["--topic", topic, *properties(self._options)]
            for name in ("parse.key=true", f"null.marker={NULL}"):
                words += ["--reader-property", name]
            self._tools.run("ConsoleProducer", *words, said="".join(lines).encode())
        return {"sent": [{} for _ in outgoing]}

    def _line(self, record):
        if record.partition is not None or record.timestamp is not None or record.headers:
            raise unsupported("a partition, a timestamp or headers of one's own")
        return f"{plain(record.key)}\t{plain(record.value)}\n"


class Consumer:
    """Reads lines until there are enough or none comes: each poll joins anew, and leaves."""

    def __init__(self, start, settings):
        self._tools = Tools(start)
        self._options = translated(settings, READING)
        self._words = []

    def close(self, how):
        self._tools.remove()

    def subscribe(self, topics=None, pattern=None):
        if topics is not None and len(topics) != 1:
            raise unsupported("several topics")
        self._words = ["--topic", topics[0]] if topics else ["--include", pattern]
        self._topic = topics[0] if topics else None

    def assign(self, partitions):
        if len(partitions) != 1:
            raise unsupported("several partitions")
        self.subscribe([partitions[0][0]])
        self._words += ["--partition", str(partitions[0][1]), "--offset", "earliest"]

    def seek(self, offsets):
        self.assign([offsets[0][:2]])
        self._words[-1] = str(offsets[0][2])

    def poll(self, timeout_ms, count=None):
        words = [*self._words, "--timeout-ms", str(timeout_ms)]
        if count:
            words += ["--max-messages", str(count)]
        for name in ("timestamp", "partition", "offset", "key", "headers"):
            words += ["--formatter-property", f"print.{name}=true"]
        for name in ("key", "value", "headers"):
            words += ["--formatter-property", f"{name}.deserializer={BYTES}"]
        words += ["--formatter-property", f"null.literal={NULL}"]
        if "--partition" not in words and "auto.offset.reset" not in self._options:
            words.append("--from-beginning")
        printed = self._tools.run("consumer.ConsoleConsumer", *words, *properties(self._options))
        records = [self._record(line) for line in printed.split("\n") if LINE.match(line)]
        if records and "--partition" in words:  # the next process is told where this one stopped
            self._words[-1] = str(records[-1]["offset"] + 1)
        return {"records": records, "events": []}

    def _record(self, line):
        kind, timestamp, partition, offset, rest = LINE.match(line).groups()
        headers, key, value = rest.split("\t", 2)
        return incoming(
            topic=self._topic,
            partition=int(partition),
            offset=int(offset),
            timestamp=int(timestamp or -1),
            timestamp_type={"CreateTime": "create", "LogAppendTime": "append"}.get(kind),
            key=content(key),
            value=content(value),
            headers=[] if headers == "NO_HEADERS" else [pair(each) for each in headers.split(",")],
        )


def content(text):
    """The bytes of what BytesDeserializer shows, or None."""
    if text == NULL:
        return None
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).encode("latin-1")


def pair(text):
    name, _, value = text.partition(":")
    return name, content(value)
