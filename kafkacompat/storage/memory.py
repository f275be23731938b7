"""The account of what an engine holds in memory."""

from __future__ import annotations


class Memory:
    """How many bytes an engine may hold, and how many it does.

    Record bytes count in full and producers at a flat rate; the lists that hold them do not count.
    """

    __slots__ = ("limit_bytes", "used_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.used_bytes = 0
