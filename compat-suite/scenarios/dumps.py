"""What people rely on who look into the files: kafka-dump-log reads ours as it reads Kafka's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from confluent_kafka import Producer

from scenarios.tools import LONG_S, told
from suite import World, holds, same, scenario
from suite.dumped import normalised

if TYPE_CHECKING:
    from suite import Topic

NOW_MS: Final = 1_764_000_000_000
FLUSH_S: Final = 30
CODECS: Final = ("none", "gzip", "snappy", "lz4", "zstd")
FILES: Final = ("*.log", "*.index", "*.timeindex", "*.snapshot")
EXPECTED: Final = Path(__file__).with_suffix(".txt")
"""What the tool prints of the real Kafka's files, without what differs from run to run."""


def written(world: World) -> Topic:
    """Return a topic with records of every codec, by idempotent producers, each record a batch of its own."""
    topic = world.topic(configs={"index.interval.bytes": "100", "retention.ms": "-1"})
    for number, codec in enumerate(CODECS):
        writer = Producer(
            {"bootstrap.servers": world.server.bootstrap, "enable.idempotence": True, "compression.type": codec}
        )
        stamp = NOW_MS + 10 * number
        for sent in (
            {"key": b"key", "value": f"value of {codec} ".encode() * 20, "headers": [("a", b"1"), ("b", b"")]},
            {"value": b"without a key"},
            {"key": b"without a value"},
        ):
            writer.produce(str(topic), timestamp=stamp, **sent)
            holds(writer.flush(FLUSH_S) == 0, f"the record of {codec} was not sent")
            stamp += 1
    return topic


def log_of(world: World, topic: Topic) -> Path:
    """Return the folder of a topic's first partition."""
    assert world.server.data is not None
    [folder] = world.server.data.rglob(f"{topic}-0")
    return folder


@scenario(needs=["tool.kafka-dump-log"], owns_server=True, seconds=2 * LONG_S, rules=["2.3", "2.4", "4"])
def kafka_dump_log(world: World) -> None:
    """kafka-dump-log prints of segments, indexes and snapshots what it prints of Kafka's after the same records."""
    topic = written(world)
    folder = log_of(world, topic)
    world.server.stop()
    files = ",".join(str(path) for pattern in FILES for path in sorted(folder.glob(pattern)))
    printed = told(world, "kafka-dump-log", "--deep-iteration", "--print-data-log", "--files", files)
    same(normalised(printed, str(folder)).splitlines(), EXPECTED.read_text().splitlines())
    sane = told(world, "kafka-dump-log", "--index-sanity-check", "--files", files)
    holds("passed sanity check." in sane, sane)
    same((folder / "leader-epoch-checkpoint").read_text().split(), ["0", "1", "0", "0"])
