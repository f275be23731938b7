"""The broker's settings that concern transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kafkacompat.settings.settings import Settings


class TransactionConfig(NamedTuple):
    """Values of Kafka's settings; the defaults are Kafka's."""

    max_timeout_ms: int = 900_000
    id_expiration_ms: int = 7 * 24 * 3_600_000
    expired_cleanup_interval_ms: int = 3_600_000

    max_ids: int = 20_000
    """How many transactional ids one partition of `__transaction_state` keeps; not a setting of Kafka's."""
    max_partitions: int = 10_000
    """How many partitions one transaction may have; not a setting of Kafka's."""

    @classmethod
    def from_settings(cls, settings: Settings) -> TransactionConfig:
        """Read the broker's settings."""
        return cls(
            max_timeout_ms=settings.int("transaction.max.timeout.ms"),
            id_expiration_ms=settings.int("transactional.id.expiration.ms"),
            expired_cleanup_interval_ms=settings.int("transaction.remove.expired.transaction.cleanup.interval.ms"),
        )
