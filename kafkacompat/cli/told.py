"""What a command was told: settings from a file, the environment and options, and where the doors are then."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.known import passes, unknown_sentence
from kafkacompat.settings.settings import Settings
from kafkacompat.settings.sources import file_settings, option_settings, variable_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafkacompat.settings.settings import Defaults

DEFAULT_HOST: Final = "127.0.0.1"
"""A server for tests is for its own machine, unless it is told otherwise."""
DEFAULT_PORT: Final = 9092
_ALL_INTERFACES: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised, so that clients are told a better name


class CannotServeError(Exception):
    """The server cannot start as it was told to; the message is a sentence for the person who told it."""


class Address(NamedTuple):
    """What `--host` and `--port` said; None where they said nothing."""

    host: str | None = None
    port: int | None = None


class Told(NamedTuple):
    """The settings, and what is to be said on the way."""

    settings: Settings
    ignored_variables: list[str]


def gather(
    path: str | None,
    environment: Mapping[str, str],
    options: Sequence[str],
    address: Address,
    defaults: Defaults,
    nodes: int = 1,
) -> Told:
    """Put together what was told, later sources winning: file, `KAFKA_*` variables, `--set`.

    InvalidSettingError with a sentence for the person who told it.
    """
    from_file = {} if path is None else _read(path)
    from_variables = variable_settings(environment)
    from_options = option_settings(options)
    _refuse_unknown(from_file, path or "")
    _refuse_unknown(from_options, "--set")
    values = {**from_file, **from_variables.values, **from_options}
    listeners = _listeners(values, from_variables.values, address, defaults)
    if listeners is not None:
        values["listeners"] = listeners
    return Told(Settings.from_values(values, defaults=defaults, nodes=nodes), from_variables.unknown)


def _read(path: str) -> dict[str, str]:
    try:
        # Java reads properties as ISO-8859-1, whatever the machine's own encoding is.
        with open(path, encoding="iso-8859-1", newline="") as file:  # noqa: PTH123 - pathlib costs a start 5 ms
            text = file.read()
    except OSError as error:
        raise InvalidSettingError(f"Cannot read {path}: {error.strerror}") from error
    try:
        return file_settings(text)
    except InvalidSettingError as error:
        raise InvalidSettingError(f"{path}: {error.sentence}") from error


def _refuse_unknown(values: Mapping[str, str], where: str) -> None:
    for name in values:
        if not passes(name):
            raise InvalidSettingError(f"{where}: {unknown_sentence(name)}")


def _listeners(
    values: Mapping[str, str], from_variables: Mapping[str, str], address: Address, defaults: Defaults
) -> str | None:
    """Return the listeners that follow from everything else, or None to leave what is told or Kafka's default."""
    addressed = address != Address()
    if "listeners" in values:
        if addressed:
            option = "--host" if address.port is None else "--port"
            raise InvalidSettingError(f"{option} cannot stand beside the setting listeners: give one of them")
        return None
    if not addressed:
        if "advertised.listeners" in from_variables:
            return _listeners_behind(values["advertised.listeners"])
        if defaults == "kafka":
            return None
    host = DEFAULT_HOST if address.host is None else address.host
    port = DEFAULT_PORT if address.port is None else address.port
    return f"PLAINTEXT://{_bracketed(host)}:{port}"


def _listeners_behind(advertised: str) -> str:
    """Return listeners on every interface for what is advertised, as Kafka's container image makes them."""
    behind = []
    for entry in advertised.split(","):
        name, separator, address = entry.strip().partition("://")
        behind.append(f"{name}{separator}:{address.rpartition(':')[2]}")
    return ",".join(behind)


def _bracketed(host: str) -> str:
    if host in _ALL_INTERFACES:
        return ""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def warn_of_ignored(variables: Sequence[str]) -> None:
    """Name the `KAFKA_*` variables that mean nothing, in one line on stderr."""
    if variables:
        print(f"kafkacompat: ignored, as no setting is called so: {', '.join(variables)}", file=sys.stderr)
