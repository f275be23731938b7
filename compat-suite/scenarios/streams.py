"""Kafka Streams on the server: a word count, once at least, and exactly once."""

from __future__ import annotations

from suite import Record, World, same, scenario

LINES = [b"one two three", b"two three", b"three"]


def counted(world: World, guarantee: str) -> None:
    """Count words with the guarantee, over two runs of the application, and look at the last count of each."""
    source, sink = world.topic(partitions=2), world.topic()
    application = world.name("words")
    for turn in (1, 2):
        world.another().send(source, [Record(line, key=b"%d" % number) for number, line in enumerate(LINES)])
        wanted = {b"one": turn, b"two": 2 * turn, b"three": 3 * turn}
        told = world.client.ask("word-count", within_s=80, application=application, input=str(source),
                                output=str(sink), guarantee=guarantee, words=6 * turn)  # fmt: skip
        same(told["counts"], {word.decode(): count for word, count in wanted.items()}, f"after run {turn}")


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
