"""Which broker settings may change at run time, and to what (KIP-226): checks in Kafka's order, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.known import known_row, row_of
from kafkacompat.settings.updated_broker import check_class, check_updated_broker
from kafkacompat.settings.values import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kafkacompat.settings.settings import Settings
    from kafkacompat.settings.table import Row

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
_OF_ONE_BROKER: Final = frozenset(
    {"cordoned.log.dirs", "listener.security.protocol.map", "listeners", "principal.builder.class"}
)
_OF_ANY_LISTENER: Final = ("max.connections", "max.connection.creation.rate", "num.network.threads")
"""Settings of listeners that may be set for the whole cluster too."""
_UNLISTED_AND_DYNAMIC: Final = ".assignor.offload.enable"
"""The end of the only names that DescribeConfigs does not list and that may change all the same (Kafka 4.4)."""

_THREADS: Final = (
    "background.threads",
    "num.io.threads",
    "num.network.threads",
    "num.recovery.threads.per.data.dir",
    "num.replica.fetchers",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.reader.threads",
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
            _check_repetition(row, values[name])
            parse(row, values[name])
            check_class(name, values[name])
    if not of_one_broker:
        _refuse(
            (name for name in values if _is_of_one_broker(name)),
            "Cannot update these configs at default cluster level, broker id must be specified",
        )
    check_updated_broker(values, settings)
    _check_threads(values, settings)


def _refuse(names: Iterable[str], sentence: str) -> None:
    found = sorted(names)
    if found:
        raise InvalidSettingError(f"{sentence}: [{', '.join(found)}]")


def _check_repetition(row: Row, text: str) -> None:
    elements = [element.strip() for element in text.split(",")]
    if row.type == "LIST" and len(set(elements)) < len(elements):
        raise InvalidSettingError(f"Configuration '{row.name}' values must not be duplicated.")


def _is_read_only(name: str) -> bool:
    row = known_row(name)
    if row is None:
        return False
    return row.read_only or not (row.listed or name.endswith(_UNLISTED_AND_DYNAMIC))


def _is_of_one_broker(name: str) -> bool:
    if name.endswith(_OF_ANY_LISTENER):
        return False
    return name in _OF_ONE_BROKER or name.startswith(_OF_ONE_BROKER_PREFIXES)


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
