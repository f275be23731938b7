"""What kafka-dump-log prints, without what no two runs have in common."""

from __future__ import annotations

import re
from typing import Final

DIFFERENT: Final = re.compile(r"(producerId|CRC|crc|size|position): (?!-1\b)\d+")
"""The id that a producer was given, the checksums over it, and sizes: of what is compressed they are the library's."""
HIDDEN: Final = r"\1: *"
PRODUCER: Final = "producerId: "
"""How a line of a snapshot begins."""


def normalised(printed: str, folder: str) -> str:
    """Return the lines without their log's folder, and with a star for numbers that differ between runs.

    -1 stays: it says that there is no producer.  The producers of a snapshot come last and sorted: their order in the
    file is that of their ids.
    """
    lines = [DIFFERENT.sub(HIDDEN, line.replace(folder, "").rstrip()) for line in printed.splitlines()]
    producers = [line for line in lines if line.startswith(PRODUCER)]
    return "\n".join([*(line for line in lines if line and line not in producers), *sorted(producers)])
