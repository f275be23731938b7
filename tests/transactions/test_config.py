"""The settings of transactions."""

from __future__ import annotations

from kafkacompat.settings.settings import Settings
from kafkacompat.transactions.config import TransactionConfig


def test_the_defaults_are_kafkas() -> None:
    assert TransactionConfig.from_settings(Settings.from_values({})) == TransactionConfig()


def test_settings_are_read() -> None:
    config = TransactionConfig.from_settings(
        Settings.from_values(
            {
                "transaction.max.timeout.ms": "1",
                "transactional.id.expiration.ms": "2",
                "transaction.remove.expired.transaction.cleanup.interval.ms": "3",
            }
        )
    )
    assert config[:3] == (1, 2, 3)
