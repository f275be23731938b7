"""Settings that stand in for one another: Kafka's finer unit wins over the coarser one (KIP-226)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.settings.table import table

if TYPE_CHECKING:
    from collections.abc import Mapping


class Synonym(NamedTuple):
    """A broker setting, and how many units of the asked one its unit holds."""

    name: str
    factor: int = 1


_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS

FALLBACKS: Final[Mapping[str, tuple[Synonym, ...]]] = {
    "log.retention.ms": (Synonym("log.retention.minutes", _MINUTE_MS), Synonym("log.retention.hours", _HOUR_MS)),
    "log.retention.minutes": (Synonym("log.retention.hours", 60),),
    "log.roll.ms": (Synonym("log.roll.hours", _HOUR_MS),),
    "log.roll.jitter.ms": (Synonym("log.roll.jitter.hours", _HOUR_MS),),
    "log.flush.interval.ms": (Synonym("log.flush.scheduler.interval.ms"),),
    "log.dirs": (Synonym("log.dir"),),
}
"""What a setting without a value of its own takes it from, first that has one."""

_NOT_SHOWN: Final = frozenset({"log.dirs"})
"""Fallbacks that DescribeConfigs does not list as synonyms."""

_TOPIC_NAMES: Final[Mapping[str, str]] = {
    "retention.ms": "log.retention.ms",
    "segment.ms": "log.roll.ms",
    "segment.jitter.ms": "log.roll.jitter.ms",
    "flush.ms": "log.flush.interval.ms",
}
"""Topic settings whose broker setting comes in several units, which the table leaves out."""


def broker_synonyms(name: str) -> tuple[Synonym, ...]:
    """Return the broker settings that decide `name`, itself first, as DescribeConfigs lists them."""
    return (Synonym(name), *(() if name in _NOT_SHOWN else FALLBACKS.get(name, ())))


@cache
def broker_name_of_topic_setting(name: str) -> str | None:
    """Return the broker setting that a topic setting falls back to, or None if it has none."""
    row = table("topic")[name]
    return row.broker_synonym or _TOPIC_NAMES.get(name) or (name if name in table("broker") else None)
