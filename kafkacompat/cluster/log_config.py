"""What the storage engine is told of a topic's settings."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from kafkacompat.storage.store import LogConfig

if TYPE_CHECKING:
    from kafkacompat.settings.topics import TopicConfig

_NAMES: Final = tuple(field.name for field in fields(LogConfig))


def log_config(topic_config: TopicConfig) -> LogConfig:
    """Take from a topic's settings those that its logs need: fields of the same names."""
    return LogConfig(**{name: getattr(topic_config, name) for name in _NAMES})
