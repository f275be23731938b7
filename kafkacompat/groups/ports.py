"""What the group coordinator asks of the rest of the cluster."""

from __future__ import annotations

from typing import Protocol


class TopicsView(Protocol):
    """The topics that exist."""

    def topic_id(self, name: str) -> bytes | None:
        """Return a topic's id (16 bytes), or None if there is no such topic."""

    def topic_name(self, topic_id: bytes) -> str | None:
        """Return a topic's name, or None if there is no such topic."""

    def partition_count(self, name: str) -> int | None:
        """Return how many partitions a topic has, or None if there is no such topic."""
