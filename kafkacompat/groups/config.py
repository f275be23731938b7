"""The broker's settings that concern groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kafkacompat.settings.settings import Settings


class GroupConfig(NamedTuple):
    """Values of Kafka's settings; the defaults are Kafka's."""

    min_session_timeout_ms: int = 6_000
    max_session_timeout_ms: int = 1_800_000
    initial_rebalance_delay_ms: int = 3_000
    max_size: int = (1 << 31) - 1
    new_member_join_timeout_ms: int = 300_000
    """How long a member that has never been in a generation may wait in a join; not a setting of Kafka's either."""
    offset_metadata_max_chars: int = 4_096
    offsets_retention_ms: int = 7 * 24 * 3_600_000
    offsets_retention_check_interval_ms: int = 600_000

    @classmethod
    def from_settings(cls, settings: Settings) -> GroupConfig:
        """Read the broker's settings."""
        return cls(
            min_session_timeout_ms=settings.int("group.min.session.timeout.ms"),
            max_session_timeout_ms=settings.int("group.max.session.timeout.ms"),
            initial_rebalance_delay_ms=settings.int("group.initial.rebalance.delay.ms"),
            max_size=settings.int("group.max.size"),
            offset_metadata_max_chars=settings.int("offset.metadata.max.bytes"),
            offsets_retention_ms=settings.int("offsets.retention.minutes") * 60_000,
            offsets_retention_check_interval_ms=settings.int("offsets.retention.check.interval.ms"),
        )
