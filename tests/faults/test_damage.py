"""A directory with damage in one place: nothing that was not written is ever served, and the rest goes on.

KAFKACOMPAT_DAMAGE_ROUNDS sets how many times a directory is damaged (150; the long run takes 10,000), and
KAFKACOMPAT_TEST_SEED where.  A failure names its round, which KAFKACOMPAT_DAMAGE_FROM then begins with.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pytest

from kafkacompat.clock.manual import DEFAULT_START_MS
from kafkacompat.storage.directory.errors import DataDirectoryError
from kafkacompat.wire.errors import ErrorCode
from tests.faults.damage import Damage, damage
from tests.faults.kept import Kept, Reading, Written, batch_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = int(os.environ.get("KAFKACOMPAT_DAMAGE_ROUNDS", "150"))
FROM = int(os.environ.get("KAFKACOMPAT_DAMAGE_FROM", "0"))
SEED = int(os.environ.get("KAFKACOMPAT_TEST_SEED", "1"))
IN_MEMORY = Path("/dev/shm")
"""Where there is such a folder, a round takes a third of the time: it makes some 250 files."""

PARTITIONS = {
    # topic, partition: batches, codec, producers
    ("plain", 0): (60, 0, 0),
    ("plain", 1): (40, 0, 0),
    ("packed", 0): (50, 4, 0),
    ("once", 0): (45, 0, 3),
    ("short", 0): (5, 0, 0),
    ("trimmed", 0): (55, 2, 1),
}
TRIMMED_TO = 30
EVERYTHING = ("__cluster_metadata-0",)
GONE = (ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
NO_OFFSETS = (ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE)

Place = tuple[str, int]


class Filled(NamedTuple):
    """A directory, and what was written to it: records by partition, offsets by group."""

    root: Path
    records: dict[Place, list[Written]]
    commits: dict[str, list[int]]


class Outcry(logging.Handler):
    """Remembers what was logged with a traceback: nobody had thought of it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.cries: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.name == "asyncio":
            self.cries.append(logging.Formatter().format(record))


@pytest.fixture
def outcry() -> Iterator[Outcry]:
    handler, root = Outcry(), logging.getLogger()
    ours, level = logging.getLogger("kafkacompat"), logging.getLogger("kafkacompat").level
    root.addHandler(handler)
    ours.setLevel(logging.WARNING)
    yield handler
    root.removeHandler(handler)
    ours.setLevel(level)


# The directory as it was written.


async def fill(server: Kept, random: Random, filled: Filled, share: float) -> None:
    """Write a share of all batches, and commit offsets on the way."""
    for (topic, partition), (batches, codec, producers) in PARTITIONS.items():
        written = filled.records.setdefault((topic, partition), [])
        for number in range(int(batches * share)):
            records = [
                Written(DEFAULT_START_MS + 1000 * (len(written) + delta), value_of(topic, partition, random))
                for delta in range(random.randrange(1, 4))
            ]
            producer_id = 100 + number % producers if producers else -1
            batch = batch_of(records, codec, producer_id, 0) if producers else batch_of(records, codec)
            if producers:
                sent = filled.commits.setdefault(f"sequence {topic} {producer_id}", [0])
                batch = batch_of(records, codec, producer_id, sent[-1])
                sent[-1] += len(records)
            answer = await server.produce(topic, partition, batch)
            assert (answer.error_code, answer.base_offset) == (ErrorCode.NONE, len(written))
            written.extend(records)
    for group in ("one", "two", "three"):
        offsets = filled.commits.setdefault(group, [])
        for _ in range(5):
            offsets.append(random.randrange(1000))
            await server.commit(group, "plain", 0, offsets[-1])


def value_of(topic: str, partition: int, random: Random) -> bytes:
    return f"{topic}-{partition} ".encode() + random.randbytes(random.randrange(10, 80)).hex().encode()


async def write_directory(root: Path, *, clean: bool) -> Filled:
    """Write a directory in two runs; the second one ends in order, or as if killed."""
    random = Random(SEED)
    filled = Filled(root, {}, {})
    server = await Kept(root, random).start()
    for topic in dict.fromkeys(topic for topic, _ in PARTITIONS):
        count = sum(topic == name for name, _ in PARTITIONS)
        configs = {"internal.segment.bytes": "1500", "index.interval.bytes": "200"}
        await server.cluster.create_topic(topic, count, {} if topic == "short" else configs)
    await server.cluster.ensure_group_coordinator()
    await fill(server, random, filled, 0.6)
    await server.delete_before("trimmed", 0, TRIMMED_TO)
    await server.cluster.close()
    server = await Kept(root, random).start()
    await fill(server, random, filled, 0.4)
    if not clean:
        killed = root.with_name("killed")
        shutil.copytree(root, killed)
        filled = filled._replace(root=killed)
    await server.cluster.close()
    return filled


# What may be served of it.


class Round:
    """One damaged copy: opened, read, written to, and opened again."""

    def __init__(self, root: Path, filled: Filled, random: Random, hit: Damage) -> None:
        self.root = root
        self.filled = filled
        self._random = random
        self._hit = hit
        folders = {path.parent.name if path.parent != root else None for path in hit.files}
        self._touched = folders
        self._all_touched = None in folders or "__cluster_metadata-0" in folders

    def is_touched(self, place: Place) -> bool:
        return self._all_touched or f"{place[0]}-{place[1]}" in self._touched

    async def run(self) -> None:
        try:
            server = await Kept(self.root, self._random).start()
        except DataDirectoryError as error:
            self.check_refusal(str(error))
            return
        await self.check_all(server, self.filled.records)
        await self.check_commits(server)
        records = {place: await self.write(server, place) for place in PARTITIONS}
        await server.cluster.close()
        server = await Kept(self.root, self._random).start()
        await self.check_all(server, records)
        await server.cluster.close()

    def check_refusal(self, message: str) -> None:
        """The server may refuse only for what concerns everything, and must say which file it is and what to do."""
        assert self._all_touched, message
        named = [path for path in self._hit.files if str(path) in message or str(path.parent) in message]
        assert named, message
        assert any(remedy in message for remedy in ("put ", "use ", "remove ")), message

    async def check_all(self, server: Kept, records: dict[Place, list[Written]]) -> None:
        for place, written in records.items():
            small = 1 if self._random.random() < 0.2 else 1 << 20
            reading = await server.read(*place, small)
            self.check_records(place, written, reading)
            await self.check_times(server, place, written)

    def check_records(self, place: Place, written: list[Written], reading: Reading) -> None:
        for offset, record in reading.records.items():
            assert offset < len(written), f"{place}: nothing was written at {offset}"
            assert record == written[offset], f"{place}: not what was written at {offset}"
        if self.is_touched(place):
            assert reading.error in {ErrorCode.NONE, *GONE}, f"{place}: {reading.error.name}"
            return
        assert reading.error is ErrorCode.NONE, f"{place}: {reading.error.name} though nothing happened to it"
        start = TRIMMED_TO if place[0] == "trimmed" else 0
        assert list(reading.records) == list(range(start, len(written))), f"{place} is not whole"

    async def check_times(self, server: Kept, place: Place, written: list[Written]) -> None:
        """A record that is found by its time is one that has such a time."""
        asked_ms = DEFAULT_START_MS + self._random.randrange(-10, 1010 * len(written))
        found = await server.list_offset(*place, asked_ms)
        if found.error_code or found.offset < 0:
            assert not found.error_code or found.error_code in GONE, ErrorCode(found.error_code).name
            return
        assert found.timestamp >= asked_ms
        assert written[found.offset].timestamp_ms == found.timestamp

    async def check_commits(self, server: Kept) -> None:
        """A group has an offset that it once committed, and the last one if its shard was not touched."""
        touched = self._all_touched or any((name or "").startswith("__consumer_offsets") for name in self._touched)
        for group in ("one", "two", "three"):
            code, offset, metadata = await server.committed(group, "plain", 0)
            offsets = self.filled.commits[group]
            if code is ErrorCode.NONE and offset >= 0:
                assert offset in offsets
                assert metadata == f"{group} {offset}"
                assert touched or offset == offsets[-1], f"{group} is back at an older offset"
            else:
                assert touched, f"{group} is told {code.name} though nothing happened to it"
                assert code in {ErrorCode.NONE, *NO_OFFSETS}, code.name

    async def write(self, server: Kept, place: Place) -> list[Written]:
        """Append a record, and return what the partition may hold then."""
        written = self.filled.records[place]
        record = Written(DEFAULT_START_MS + 1000 * len(written), b"after the damage")
        answer = await server.produce(*place, batch_of([record]))
        if answer.error_code:
            assert self.is_touched(place)
            assert answer.error_code in GONE, ErrorCode(answer.error_code).name
            return written
        assert answer.base_offset <= len(written)
        return [*written[: answer.base_offset], record]


@pytest.mark.parametrize("clean", [True, False], ids=["stopped", "killed"])
def test_nothing_but_what_was_written_is_served(tmp_path: Path, outcry: Outcry, *, clean: bool) -> None:
    async def campaign(folder: Path) -> None:
        filled = await write_directory(folder / "whole", clean=clean)
        for number in range(FROM, FROM + ROUNDS // 2):
            root = folder / "damaged"
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(filled.root, root)
            random = Random(f"{SEED} {number}")
            hit = damage(root, random)
            try:
                await Round(root, filled, random, hit).run()
            except Exception as error:
                error.add_note(f"seed {SEED}, round {number}: {hit.what}")
                shutil.copytree(root, tmp_path / "damaged")
                raise
            assert not outcry.cries, f"seed {SEED}, round {number}: {hit.what}\n{outcry.cries[0]}"

    with TemporaryDirectory(prefix="kafkacompat-", dir=IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None) as name:
        asyncio.run(campaign(Path(name)))


@pytest.mark.parametrize("clean", [True, False], ids=["stopped", "killed"])
def test_without_damage_all_is_there(tmp_path: Path, *, clean: bool) -> None:
    async def scenario() -> None:
        filled = await write_directory(tmp_path / "whole", clean=clean)
        await Round(filled.root, filled, Random(SEED), Damage("nothing", ())).run()

    asyncio.run(scenario())
