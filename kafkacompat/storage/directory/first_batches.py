"""The batch that each segment begins with, in a file of ours beside Kafka's checkpoints.

Nothing in Kafka's format says which log a batch is of, so a `.log` file that somebody moves to another log's folder is
as good there as the right one.  This file says which it is: a version, the CRC-32C of the rest in hexadecimal, and for
each log a line of its topic's id, its partition, and for each segment the base offset, and the checksum and size of the
first batch.  Kafka does not look at it.  Where it is missing, or does not know a segment, there is nothing to compare.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.disk.walking import FirstBatch
from kafkacompat.storage.store import PartitionKey
from kafkacompat.wire.records.checksum import crc32c
from kafkacompat.wire.uuids import uuid_from_text, uuid_to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.storage.disk.files import Files

logger = logging.getLogger(__name__)

FIRST_BATCHES: Final = "kafkacompat-first-batches"
_VERSION: Final = b"0"


class FirstBatches:
    """That file, and what it said at the start of logs that are not open yet.

    Where an entry has become wrong, the file must be written anew before a batch is acknowledged that takes the place
    of the one it names.
    """

    def __init__(self, files: Files, root: str) -> None:
        self._files = files
        self._path = f"{root}/{FIRST_BATCHES}"
        self._known: dict[PartitionKey, dict[int, FirstBatch]] = {}
        self.is_wrong = False
        """Whether there is an entry for what is not there any more, in place of which something else may come."""

    def load(self) -> None:
        """Read the file; one that is not what was written is as good as none."""
        try:
            known = read_first_batches(self._files.read_whole(self._path))
        except FileNotFoundError:
            return
        if known is None:
            logger.warning("passing over %s: it is not what was written", self._path)
        else:
            self._known = known

    def take(self, partition: PartitionKey) -> dict[int, FirstBatch]:
        """Return what is known of a log's segments, by base offset; from now on the log keeps it."""
        return self._known.pop(partition, {})

    def write(self, logs: Mapping[PartitionKey, Mapping[int, FirstBatch]]) -> None:
        """Have the file say what logs begin their segments with."""
        self._files.replace(self._path, write_first_batches(logs), sync=True)


def write_first_batches(logs: Mapping[PartitionKey, Mapping[int, FirstBatch]]) -> bytes:
    """Return the contents of the file."""
    lines = [
        f"{uuid_to_text(topic_id)} {partition} "
        + " ".join(f"{base_offset} {first.crc} {first.size_bytes}" for base_offset, first in sorted(segments.items()))
        for (topic_id, partition), segments in logs.items()
        if segments
    ]
    body = "\n".join([*lines, ""]).encode()
    return b"%s\n%08x\n%s" % (_VERSION, crc32c(body), body)


def read_first_batches(data: bytes) -> dict[PartitionKey, dict[int, FirstBatch]] | None:
    """Read the file, None if it is not what was written."""
    version, _, rest = data.partition(b"\n")
    crc, _, body = rest.partition(b"\n")
    if version != _VERSION or crc != b"%08x" % crc32c(body):
        return None
    logs: dict[PartitionKey, dict[int, FirstBatch]] = {}
    for line in body.decode().splitlines():
        topic_id, partition, *segments = line.split(" ")
        numbers = iter(map(int, segments))
        logs[PartitionKey(uuid_from_text(topic_id), int(partition))] = {
            base_offset: FirstBatch(crc, size) for base_offset, crc, size in zip(numbers, numbers, numbers, strict=True)
        }
    return logs
