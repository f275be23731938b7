from __future__ import annotations

from kafkacompat.groups.config import GroupConfig
from kafkacompat.settings.settings import Settings


def test_the_defaults_are_kafkas() -> None:
    assert GroupConfig.from_settings(Settings.from_values({}, defaults="kafka")) == GroupConfig()


def test_settings_are_read() -> None:
    settings = Settings.from_values(
        {
            "group.min.session.timeout.ms": "1",
            "group.max.session.timeout.ms": "2",
            "group.initial.rebalance.delay.ms": "3",
            "group.max.size": "4",
            "offset.metadata.max.bytes": "5",
            "offsets.retention.minutes": "6",
            "offsets.retention.check.interval.ms": "7",
        }
    )
    assert GroupConfig.from_settings(settings) == GroupConfig(1, 2, 3, 4, 300_000, 5, 360_000, 7)
