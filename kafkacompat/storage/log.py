"""One partition's log in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.storage.partition_log import EmbeddedLog
from kafkacompat.storage.segment import ActiveSegment, Segment

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.storage.memory import Memory
    from kafkacompat.storage.producers import ProducerTable
    from kafkacompat.storage.store import LogConfig


class EphemeralLog(EmbeddedLog[Segment]):
    """A log in memory."""

    __slots__ = ()

    _active: ActiveSegment

    def __init__(self, config: LogConfig, memory: Memory, new_producers: Callable[[], ProducerTable]) -> None:
        super().__init__(config, memory, new_producers)
        self._active = ActiveSegment(0)

    def release(self) -> None:
        """Give the memory back and wake whoever waits."""
        self._memory.used_bytes -= self._active.size_bytes + sum(segment.size_bytes for segment in self._closed or ())
        super().release()

    def _roll(self) -> None:
        if self._closed is None:
            self._closed = []
        self._closed.append(self._active.close())
        self._active = ActiveSegment(self.end_offset)

    def _make_room(self, size_bytes: int) -> bool:  # noqa: ARG002 - there is nowhere to go
        return False

    def _discard(self, segment: Segment) -> int:
        return segment.size_bytes

    def _without_head(self, segment: Segment, offset: int) -> tuple[Segment, int]:
        return segment.without_head(offset)
