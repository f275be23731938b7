"""What the group coordinator may know of topics: the read-only door between two coordinators."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafkacompat.metadata.coordinator import MetadataCoordinator


class MetadataTopicsView:
    """Topics by name and id, read from the metadata coordinator."""

    def __init__(self, metadata: MetadataCoordinator) -> None:
        self._metadata = metadata

    def topic_id(self, name: str) -> bytes | None:
        """Return a topic's id, or None if there is no such topic."""
        topic = self._metadata.topic(name)
        return None if topic is None else topic.topic_id

    def topic_name(self, topic_id: bytes) -> str | None:
        """Return a topic's name, or None if there is no such topic."""
        topic = self._metadata.topic_by_id(topic_id)
        return None if topic is None else topic.name

    def partition_count(self, name: str) -> int | None:
        """Return how many partitions a topic has, or None if there is no such topic."""
        topic = self._metadata.topic(name)
        return None if topic is None else len(topic.partitions)
