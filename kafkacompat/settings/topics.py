"""The settings of a topic: its own on top of the broker's, typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.synonyms import broker_name_of_topic_setting
from kafkacompat.settings.table import table
from kafkacompat.settings.values import Value, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.settings.settings import Settings


class TopicConfig(NamedTuple):
    """What holds for one topic; fields bear Kafka's names, -1 is without limit.  Immutable."""

    segment_bytes: int
    segment_ms: int
    segment_jitter_ms: int
    segment_index_bytes: int
    flush_messages: int
    flush_ms: int
    retention_bytes: int
    retention_ms: int
    max_message_bytes: int
    max_decompressed_message_bytes: int
    index_interval_bytes: int
    delete_retention_ms: int
    min_compaction_lag_ms: int
    max_compaction_lag_ms: int
    file_delete_delay_ms: int
    min_cleanable_dirty_ratio: float
    cleanup_policy: frozenset[str]
    unclean_leader_election_enable: bool
    min_insync_replicas: int
    compression_type: str
    compression_gzip_level: int
    compression_lz4_level: int
    compression_zstd_level: int
    preallocate: bool
    message_timestamp_type: str
    message_timestamp_before_max_ms: int
    message_timestamp_after_max_ms: int


_FIELDS: Final = tuple((field, field.replace("_", ".")) for field in TopicConfig._fields)
INTERNAL_SEGMENT_BYTES: Final = "internal.segment.bytes"
"""Kafka's own tests use it: a segment size without the lower bound of `segment.bytes`, which it overrides."""


def effective_topic_config(settings: Settings, overrides: Mapping[str, str]) -> TopicConfig:
    """Return what holds for a topic whose own settings are `overrides` (valid ones: see `validate_topic_overrides`)."""
    values: dict[str, Any] = {}
    for field, name in _FIELDS:
        values[field] = topic_value(settings, overrides, name)
    internal_segment_bytes = topic_value(settings, overrides, INTERNAL_SEGMENT_BYTES)
    if internal_segment_bytes is not None:
        values["segment_bytes"] = internal_segment_bytes
    values["cleanup_policy"] = frozenset(values["cleanup_policy"])
    return TopicConfig(**values)


def topic_value(settings: Settings, overrides: Mapping[str, str], name: str) -> Value:
    """Return one topic setting: the topic's own, else the broker's, else Kafka's default."""
    row = table("topic")[name]
    text = overrides.get(name)
    if text is not None:
        return parse(row, text)
    broker_name = broker_name_of_topic_setting(name)
    value = None if broker_name is None else settings.value(broker_name)
    if value is None and row.default is not None:
        return parse(row, row.default)
    return value


def validate_topic_overrides(overrides: Mapping[str, str | None], settings: Settings | None = None) -> None:
    """Check a topic's own settings in Kafka's order; InvalidSettingError with the text that CreateTopics answers.

    With `settings` the checks between two settings see the broker's value of the one that is not overridden.
    """
    nulls = [name for name, text in overrides.items() if text is None]
    if nulls:
        raise InvalidSettingError(f"Null value not supported for topic configs: {','.join(nulls)}")
    texts = {name: text for name, text in overrides.items() if text is not None}
    rows = table("topic")
    for name in sorted(texts):
        if name not in rows:
            raise InvalidSettingError(f"Unknown topic config name: {name}")
    values = {name: parse(rows[name], texts[name]) for name in rows if name in texts}
    if values.get("remote.storage.enable"):
        raise InvalidSettingError(
            "Tiered Storage functionality is disabled in the broker. "
            "Topic cannot be configured with remote log storage."
        )
    _check_compaction_lags(values, settings)


_LEAST_LAG: Final = "min.compaction.lag.ms"
_GREATEST_LAG: Final = "max.compaction.lag.ms"


def _check_compaction_lags(values: Mapping[str, Value], settings: Settings | None) -> None:
    if _LEAST_LAG not in values and _GREATEST_LAG not in values:
        return
    least, greatest = (
        values[name] if name in values else _behind(settings, name) for name in (_LEAST_LAG, _GREATEST_LAG)
    )
    assert isinstance(least, int)
    assert isinstance(greatest, int)
    if least > greatest:
        raise InvalidSettingError(
            f"conflict topic config setting {_LEAST_LAG} ({least}) > {_GREATEST_LAG} ({greatest})"
        )


def _behind(settings: Settings | None, name: str) -> Value:
    row = table("topic")[name]
    assert row.default is not None
    return parse(row, row.default) if settings is None else topic_value(settings, {}, name)
