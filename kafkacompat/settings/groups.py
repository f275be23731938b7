"""The settings of one group: checks against the bounds that the broker sets, in Kafka's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.table import table
from kafkacompat.settings.values import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.settings.settings import Settings

_BOUNDED: Final = (
    "consumer.heartbeat.interval.ms",
    "consumer.session.timeout.ms",
    "consumer.assignment.interval.ms",
    "share.heartbeat.interval.ms",
    "share.session.timeout.ms",
    "share.assignment.interval.ms",
    "share.record.lock.duration.ms",
    "share.delivery.count.limit",
    "share.partition.max.record.locks",
    "streams.heartbeat.interval.ms",
    "streams.session.timeout.ms",
    "streams.assignment.interval.ms",
)
"""Settings with a least and a greatest value among the broker's: `group.consumer.min.session.timeout.ms`."""
_BOUNDED_ABOVE: Final = {
    "streams.num.standby.replicas": "group.streams.max.standby.replicas",
    "streams.num.warmup.replicas": "group.streams.max.warmup.replicas",
}


def validate_group_overrides(overrides: Mapping[str, str], settings: Settings) -> None:
    """Check a group's own settings; InvalidSettingError with the text that Kafka answers."""
    rows = table("group")
    for name in sorted(overrides):
        if name not in rows:
            raise InvalidSettingError(f"Unknown group config name: {name}")
    values = {name: _parse(name, overrides[name]) for name in rows if name in overrides}
    for name in _BOUNDED:
        if name in values:
            _check_range(name, values[name], settings)
    for name, bound in _BOUNDED_ABOVE.items():
        value = values.get(name)
        if isinstance(value, int) and value > settings.int(bound):
            raise InvalidSettingError(f"{name} must be less than or equal to {settings.int(bound)}")
    assignor, known = values.get("streams.assignor.name"), settings.list("group.streams.assignors")
    if assignor is not None and assignor not in known:
        raise InvalidSettingError(
            f"streams.assignor.name '{assignor}' is not a registered task assignor. "
            f"Registered assignors are: [{', '.join(known)}]."
        )


_OFFSET_RESET: Final = "share.auto.offset.reset"


def _parse(name: str, text: str) -> object:
    try:
        return parse(table("group")[name], text)
    except InvalidSettingError:
        if name != _OFFSET_RESET:
            raise
        raise InvalidSettingError(
            f"Invalid value {text} for configuration {name}: Invalid value `{text}` for configuration {name}. "
            "The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
        ) from None


def _check_range(name: str, value: object, settings: Settings) -> None:
    kind, rest = name.split(".", 1)
    least, greatest = (settings.int(f"group.{kind}.{bound}.{rest}") for bound in ("min", "max"))
    assert isinstance(value, int)
    if not least <= value <= greatest:
        raise InvalidSettingError(f"{name} must be in the range {least} to {greatest} inclusive.")
