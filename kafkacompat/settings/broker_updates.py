"""Which broker settings may change at run time, and to what (KIP-226): checks in Kafka's order, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.known import known_row, row_of
from kafkacompat.settings.values import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kafkacompat.settings.settings import Settings

_SECURITY: Final = frozenset(
    {
        "ssl.key.password",
        "ssl.keystore.certificate.chain",
        "ssl.keystore.key",
        "ssl.keystore.location",
        "ssl.keystore.password",
        "ssl.keystore.type",
        "ssl.truststore.certificates",
        "ssl.truststore.location",
        "ssl.truststore.password",
        "ssl.truststore.type",
    }
)
"""What may change for one listener only: `listener.name.NAME.ssl.keystore.location`."""
_OF_ONE_BROKER_PREFIXES: Final = ("listener.name.", "sasl.", "ssl.")
_OF_ONE_BROKER: Final = frozenset({"listeners", "listener.security.protocol.map"})
_OF_ANY_LISTENER: Final = ("max.connections", "max.connection.creation.rate", "num.network.threads")
"""Settings of listeners that may be set for the whole cluster too."""
_NOT_YET_DYNAMIC: Final = frozenset({"unstable.api.versions.enable", "unstable.feature.versions.enable"})
"""Not marked read-only in Kafka's lists, and read-only all the same."""


_THREADS: Final = (
    "background.threads",
    "num.io.threads",
    "num.network.threads",
    "num.recovery.threads.per.data.dir",
    "num.replica.fetchers",
)
"""Counts that may be halved or doubled in one step."""
_CLEANER_THREADS: Final = "log.cleaner.threads"


def validate_broker_update(values: Mapping[str, str], settings: Settings, *, of_one_broker: bool) -> None:
    """Check what is to be set at run time, for one broker or for the whole cluster; InvalidSettingError if it cannot.

    Names that nothing knows are let pass: they may be meant for plug-ins.
    """
    _refuse((name for name in values if _is_read_only(name)), "Cannot update these configs dynamically")
    _refuse(
        (name for name in values if name in _SECURITY),
        "These security configs can be dynamically updated only per-listener using the listener prefix",
    )
    for name in sorted(values):
        row = row_of(name)
        if row is not None:
            parse(row, values[name])
    if not of_one_broker:
        _refuse(
            (name for name in values if _is_of_one_broker(name)),
            "Cannot update these configs at default cluster level, broker id must be specified",
        )
    _check_retention(values)
    _check_threads(values, settings)


def _refuse(names: Iterable[str], sentence: str) -> None:
    found = sorted(names)
    if found:
        raise InvalidSettingError(f"{sentence}: [{', '.join(found)}]")


def _is_read_only(name: str) -> bool:
    row = known_row(name)
    return name in _NOT_YET_DYNAMIC or (row is not None and row.read_only)


def _is_of_one_broker(name: str) -> bool:
    if name.endswith(_OF_ANY_LISTENER):
        return False
    return name in _OF_ONE_BROKER or name.startswith(_OF_ONE_BROKER_PREFIXES)


def _check_retention(values: Mapping[str, str]) -> None:
    text = values.get("log.retention.ms")
    if text is not None and int(text) == 0:
        raise InvalidSettingError(
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
        )


def _check_threads(values: Mapping[str, str], settings: Settings) -> None:
    for name in _THREADS:
        if name in values:
            now, wanted = settings.value(name), int(values[name])
            assert isinstance(now, int)
            prefix = f"Dynamic thread count update validation failed for {name}={wanted}, value should "
            _check_step(now, wanted, f"{prefix}not be greater than double", f"{prefix}be at least half")
    if _CLEANER_THREADS in values:
        now, wanted = settings.value(_CLEANER_THREADS), int(values[_CLEANER_THREADS])
        assert isinstance(now, int)
        prefix = "Log cleaner threads cannot be "
        _check_step(now, wanted, f"{prefix}increased to more than double", f"{prefix}reduced to less than half")


def _check_step(now: int, wanted: int, too_many: str, too_few: str) -> None:
    problem = too_many if wanted > now * 2 else too_few if wanted < now // 2 else None
    if problem is not None:
        raise InvalidSettingError(
            f"Invalid value org.apache.kafka.common.config.ConfigException: {problem} the current value {now} "
            "for configuration Invalid dynamic configuration"
        )
