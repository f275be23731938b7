"""A client metrics subscription (KIP-714): which metrics matching clients are to push, and how often."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.table import table
from kafkacompat.settings.values import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_INTERVAL_MS: Final = 100
MAX_INTERVAL_MS: Final = 3_600_000
SELECTORS: Final = frozenset(
    {
        "client_id",
        "client_instance_id",
        "client_software_name",
        "client_software_version",
        "client_source_address",
        "client_source_port",
    }
)
_PAIR: Final = 2


class UnknownMetricsSettingError(InvalidSettingError):
    """What Kafka answers with INVALID_REQUEST: an unknown name, or an interval out of bounds."""


def validate_subscription(values: Mapping[str, str]) -> None:
    """Check a subscription; InvalidSettingError with the text that Kafka answers."""
    rows = table("client-metrics")
    for name in sorted(values):
        if name not in rows:
            raise UnknownMetricsSettingError(f"Unknown client metrics configuration: {name}")
    if "interval.ms" in values:
        interval_ms = parse(rows["interval.ms"], values["interval.ms"])
        assert isinstance(interval_ms, int)
        if not MIN_INTERVAL_MS <= interval_ms <= MAX_INTERVAL_MS:
            raise UnknownMetricsSettingError(
                f"Invalid value {interval_ms} for interval.ms, interval must be between {MIN_INTERVAL_MS} and "
                f"{MAX_INTERVAL_MS} (1 hour)"
            )
    patterns = parse(rows["match"], values.get("match", ""))
    assert isinstance(patterns, list)
    for pattern in patterns:
        _check_pattern(pattern)


def _check_pattern(pattern: str) -> None:
    """Check that a pattern is the name of a selector, an equals sign and a regular expression."""
    parts = [part.strip() for part in pattern.split("=")]
    if len(parts) != _PAIR or parts[0] not in SELECTORS or not parts[1] or not _compiles(parts[1]):
        raise InvalidSettingError(f"Illegal client matching pattern: {pattern}")


def _compiles(expression: str) -> bool:
    try:
        re.compile(expression)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
