"""How much room there is where the logs are kept."""

from __future__ import annotations

from typing import Final, NamedTuple

UNKNOWN: Final = -1


class DiskSpace(NamedTuple):
    """Sizes in bytes; -1 where nobody knows, as for logs in memory."""

    total_bytes: int
    usable_bytes: int


def unknown_space() -> DiskSpace:
    """Say that nobody knows."""
    return DiskSpace(UNKNOWN, UNKNOWN)
