"""Kafka's checkpoint files: a version, a count, and that many lines.

Beside the logs: `recovery-point-offset-checkpoint` (up to where a log is known to be on disk),
`replication-offset-checkpoint` (high watermarks), `log-start-offset-checkpoint` (starts that DeleteRecords has moved),
each with lines of topic, partition and offset.  In a log: `leader-epoch-checkpoint`, with lines of epoch and offset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

RECOVERY_POINTS: Final = "recovery-point-offset-checkpoint"
HIGH_WATERMARKS: Final = "replication-offset-checkpoint"
LOG_STARTS: Final = "log-start-offset-checkpoint"
CLEANER_POINTS: Final = "cleaner-offset-checkpoint"
LEADER_EPOCHS: Final = "leader-epoch-checkpoint"
_VERSION: Final = "0"


class LogName(NamedTuple):
    """What the folder of a log is named by."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


def write_offsets(offsets: dict[LogName, int]) -> bytes:
    """Return the contents of a checkpoint of offsets."""
    return _write(f"{topic} {partition} {offset}" for (topic, partition), offset in sorted(offsets.items()))


def read_offsets(data: bytes) -> dict[LogName, int] | None:
    """Read a checkpoint of offsets; an empty file has none, None if the file makes no sense."""
    if not data:
        return {}
    try:
        rows = [line.split(" ") for line in _read(data)]
        return {LogName(topic, int(partition)): int(offset) for topic, partition, offset in rows}
    except ValueError:
        return None


def write_epochs(epochs: Iterable[tuple[int, int]]) -> bytes:
    """Return the contents of a checkpoint of leader epochs and the offsets where they begin."""
    return _write(f"{epoch} {offset}" for epoch, offset in epochs)


def read_epochs(data: bytes) -> list[tuple[int, int]] | None:
    """Read a checkpoint of leader epochs, None if it makes no sense."""
    if not data:
        return []
    try:
        rows = [line.split(" ") for line in _read(data)]
        epochs = [(int(epoch), int(offset)) for epoch, offset in rows]
    except ValueError:
        return None
    return epochs if epochs == sorted(epochs, key=lambda entry: (entry[0], entry[1])) else None


def _write(lines: Iterable[str]) -> bytes:
    rows = list(lines)
    return "\n".join([_VERSION, str(len(rows)), *rows, ""]).encode()


def _read(data: bytes) -> list[str]:
    version, count, *rows = data.decode().splitlines()
    if version != _VERSION or int(count) != len(rows):
        raise ValueError("not a checkpoint of this version")
    return rows
