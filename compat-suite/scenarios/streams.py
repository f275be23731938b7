"""Kafka Streams on the server: a word count, once at least, and exactly once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from scenarios.restarts import restart
from suite import Record, World, same, scenario

if TYPE_CHECKING:
    from suite import Consumer

LINES = [b"one two three", b"two three", b"three"]


def counted(world: World, guarantee: str) -> None:
    """Count words with the guarantee, over two runs of the application, and look at the last count of each."""
    source, sink = world.topic(partitions=2), world.topic()
    application = world.name("words")
    reader = world.another().consumer(isolation="read_committed")
    reader.assign(sink.partitions)
    for turn in (1, 2):
        world.another().send(source, [Record(line, key=b"%d" % number) for number, line in enumerate(LINES)])
        running = world.another()
        running.ask("word-count", within_s=80, streams="words", application=application, input=str(source),
                    output=str(sink), guarantee=guarantee)  # fmt: skip
        wanted = [b"one %d" % turn, b"two %d" % (2 * turn), b"three %d" % (3 * turn)]
        # Each change of a count is a record, so that there are as many as words were read.
        world.until(partial(has_read, reader, 6 * turn), within_s=60)
        running.ask("close", within_s=80, handle="words")
        reader.poll(1000)
        told = {each.key or b"": each.value or b"" for each in reader.records}
        same(sorted(b"%s %s" % pair for pair in told.items()), sorted(wanted), f"after run {turn}")
        same(len(reader.records), 6 * turn, "changes that were told")


def has_read(reader: Consumer, count: int) -> bool:
    """Poll; say whether so many records have come by now."""
    reader.poll(1000)
    return len(reader.records) >= count


@scenario(needs=["word-count"], feature="admin", seconds=180, rules=["2.11"], picky=[25],
          settings={"group.min.session.timeout.ms": "1000"})  # fmt: skip
def words_are_counted(world: World) -> None:
    """A Streams application counts words, and goes on counting after a restart."""
    counted(world, "at_least_once")


@scenario(needs=["word-count"], feature="transactions", seconds=180, rules=["2.10"], picky=[24, 25],
          settings={"group.min.session.timeout.ms": "1000"})  # fmt: skip
def words_are_counted_exactly_once(world: World) -> None:
    """A Streams application counts words exactly once, over a restart."""
    counted(world, "exactly_once_v2")


@scenario(needs=["word-count"], feature="transactions", seconds=600, rules=["2.10", "4"], picky=[24, 25],
          owns_server=True, settings={"group.min.session.timeout.ms": "1000"})  # fmt: skip
def words_are_counted_exactly_once_over_restarts(world: World) -> None:
    """While the server crashes and restarts three times, a Streams application counts every word exactly once."""
    source, sink = world.topic(partitions=2), world.topic()
    running = world.client
    running.ask("word-count", within_s=80, streams="words", application=world.name("words"), input=str(source),
                output=str(sink), guarantee="exactly_once_v2")  # fmt: skip
    for turn in (1, 2, 3):
        world.another().send(source, [Record(line, key=b"%d" % number) for number, line in enumerate(LINES)])
        restart(world, crash=turn != 2)
        # A new reader each time: how it lives through a restart is another scenario's question.
        reader = world.another().consumer(isolation="read_committed")
        reader.assign(sink.partitions)
        world.until(partial(has_read, reader, 6 * turn), within_s=150)
        reader.poll(2000)
        changes = sorted(b"%s %s" % (each.key or b"", each.value or b"") for each in reader.records)
        wanted = [b"one %d" % number for number in range(1, turn + 1)]
        wanted += [b"two %d" % number for number in range(1, 2 * turn + 1)]
        wanted += [b"three %d" % number for number in range(1, 3 * turn + 1)]
        same(changes, sorted(wanted), f"each count once, after restart {turn}")
        reader.close()
    running.ask("close", within_s=80, handle="words")
