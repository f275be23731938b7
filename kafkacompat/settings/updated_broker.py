"""What a broker's settings must be together, were an update taken: Kafka builds its configuration anew to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.known import row_of
from kafkacompat.settings.listeners import parse_listeners
from kafkacompat.settings.values import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafkacompat.settings.settings import Settings

_DOORS: Final = ("listeners", "listener.security.protocol.map")
_CORDONED: Final = "cordoned.log.dirs"
_OVERRIDES: Final = "max.connections.per.ip.overrides"
_DEDUPE_BUFFER: Final = "log.cleaner.dedupe.buffer.size"
_CLEANER_THREADS: Final = "log.cleaner.threads"
_LEAST_BUFFER_BYTES: Final = 1024 * 1024
"""Kafka asks for more than this for each cleaner thread."""
_REPORTERS: Final = "metric.reporters"
_KAFKA_CLASSES: Final = "org.apache.kafka."
"""Where the classes live that are always there; others would come with a plug-in, which nobody can add here."""


def check_updated_broker(values: Mapping[str, str], settings: Settings) -> None:
    """Check `values`, each of which is good by itself, together with the settings they would change."""
    _check_cordoned(values, settings)
    _check_doors(values, settings)
    _check_overrides(values.get(_OVERRIDES, ""))
    _check_retention(values)
    _check_cleaner(values, settings)
    _check_reporters(values)


def check_class(name: str, text: str) -> None:
    """Refuse a class that is not there."""
    row = row_of(name)
    if row is not None and row.type == "CLASS" and not text.startswith(_KAFKA_CLASSES):
        raise InvalidSettingError(
            f"Invalid value {text} for configuration {row.name}: Class {text} could not be found."
        )


def _check_cordoned(values: Mapping[str, str], settings: Settings) -> None:
    row = row_of(_CORDONED)
    if _CORDONED not in values or row is None:
        return
    named = parse(row, values[_CORDONED])
    assert isinstance(named, list), "a list"
    missing = [directory for directory in named if directory not in settings.list("log.dirs")]
    if missing:
        raise InvalidSettingError(
            f"requirement failed: All entries in {_CORDONED} must be present in log.dirs or log.dir. "
            f"Missing entries : {', '.join(missing)}"
        )


def _check_doors(values: Mapping[str, str], settings: Settings) -> None:
    changed = [name for name in _DOORS if name in values]
    for name in changed:
        settings = settings.with_text(name, values[name])
    if changed:
        parse_listeners(settings)


def _check_overrides(text: str) -> None:
    """Read HOST:NUMBER, separated by commas."""
    for entry in text.split(","):
        _, colon, number = entry.strip().rpartition(":")
        if not entry.strip():
            continue
        if not colon:
            raise InvalidSettingError(
                f"Error parsing configuration property '{_OVERRIDES}': {entry.strip()!r} is not HOST:NUMBER"
            )
        try:
            int(number)
        except ValueError:
            raise InvalidSettingError(f'For input string: "{number.strip()}"') from None


def _check_retention(values: Mapping[str, str]) -> None:
    text = values.get("log.retention.ms")
    if text is not None and int(text) == 0:
        raise InvalidSettingError(
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
        )


def _check_cleaner(values: Mapping[str, str], settings: Settings) -> None:
    if _DEDUPE_BUFFER not in values and _CLEANER_THREADS not in values:
        return
    buffer, threads = (
        int(values[name]) if name in values else settings.int(name) for name in (_DEDUPE_BUFFER, _CLEANER_THREADS)
    )
    if threads > 0 and buffer // threads <= _LEAST_BUFFER_BYTES:
        raise InvalidSettingError(f"requirement failed: {_DEDUPE_BUFFER} must be at least 1MB per cleaner thread.")


def _check_reporters(values: Mapping[str, str]) -> None:
    named = values.get(_REPORTERS, "").split(",")
    if not all(name.strip().startswith(_KAFKA_CLASSES) or not name.strip() for name in named):
        raise InvalidSettingError(
            "Invalid value org.apache.kafka.common.config.ConfigException: Validation of dynamic config update of "
            f"Set({_REPORTERS}) failed with class class kafka.server.DynamicMetricsReporters "
            "for configuration Invalid dynamic configuration"
        )
