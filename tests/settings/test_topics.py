from __future__ import annotations

import json

import pytest

from kafkacompat.settings.settings import InvalidSettingError, Settings
from kafkacompat.settings.topics import effective_topic_config, validate_topic_overrides
from tests.settings.real_rows import RECORDED, create, running_kafka

Told = dict[str, str | None]
REFUSALS: list[tuple[Told, str | None]] = [
    (told, message) for told, message in json.loads((RECORDED / "topic_refusals.json").read_text())
]


def refusal(told: Told, settings: Settings | None = None) -> str | None:
    try:
        validate_topic_overrides(told, settings)
    except InvalidSettingError as error:
        return error.sentence
    return None


@pytest.mark.parametrize(("told", "message"), REFUSALS)
def test_overrides_are_refused_in_kafkas_words(told: Told, message: str | None) -> None:
    assert refusal(told) == message


@pytest.mark.oracle
def test_a_running_kafka_still_uses_these_words() -> None:
    with running_kafka({}) as (port, _folder):
        for told, message in REFUSALS:
            assert create(port, "refused", told, validate_only=True).error_message == message, told


def test_nulls_are_all_named_before_anything_else() -> None:
    assert refusal({"retention.ms": None, "a": None, "segment.ms": "x"}) == (
        "Null value not supported for topic configs: retention.ms,a"
    )


def test_the_compaction_lags_are_checked_against_the_brokers() -> None:
    settings = Settings.from_values({"log.cleaner.max.compaction.lag.ms": "50"})
    told: Told = {"min.compaction.lag.ms": "100"}
    assert refusal(told) is None
    assert refusal(told, settings) == (
        "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (50)"
    )


def test_a_topic_says_more_than_the_broker_and_the_broker_more_than_the_default() -> None:
    settings = Settings.from_values({"log.retention.hours": "2", "message.max.bytes": "5000", "log.roll.ms": "60000"})
    config = effective_topic_config(settings, {"max.message.bytes": " 77 ", "cleanup.policy": "compact,delete"})
    assert config.max_message_bytes == 77
    assert config.retention_ms == 7_200_000
    assert config.segment_ms == 60_000
    assert config.cleanup_policy == {"compact", "delete"}
    assert config.delete_retention_ms == 86_400_000


def test_settings_without_a_broker_setting_fall_to_kafkas_default() -> None:
    config = effective_topic_config(Settings.from_values({}), {})
    assert config.flush_ms == (1 << 63) - 1
    assert config.segment_jitter_ms == 0
    assert config.message_timestamp_type == "CreateTime"
    assert config.cleanup_policy == {"delete"}


def test_internal_segment_bytes_wins_without_a_lower_bound() -> None:
    config = effective_topic_config(Settings.from_values({}), {"internal.segment.bytes": "500"})
    assert config.segment_bytes == 500
