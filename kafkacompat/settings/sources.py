"""Where settings are told: a properties file, `KAFKA_*` variables, and `--set`, in rising priority."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.known import passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VARIABLE_PREFIX: Final = "KAFKA_"

_NOT_SETTINGS: Final = frozenset(
    f"{VARIABLE_PREFIX}{rest}"
    for rest in (
        "VERSION",
        "HEAP_OPTS",
        "LOG4J_OPTS",
        "OPTS",
        "JMX_OPTS",
        "JVM_PERFORMANCE_OPTS",
        "GC_LOG_OPTS",
        "LOG4J_ROOT_LOGLEVEL",
        "LOG4J_LOGGERS",
        "TOOLS_LOG4J_LOGLEVEL",
        "JMX_HOSTNAME",
    )
)
"""Variables of Kafka's container image that its scripts read themselves."""

_MEANINGS: Final = {1: ".", 2: "_", 3: "-"}


class VariableSettings(NamedTuple):
    """What the environment says: settings by name, and the variables that nothing knows, sorted."""

    values: dict[str, str]
    unknown: list[str]


def file_settings(text: str) -> dict[str, str]:
    """Return the settings of a properties file's text."""
    from kafkacompat.settings.properties import parse_properties  # noqa: PLC0415 - most servers have no file

    return parse_properties(text)


def setting_of_variable(variable: str) -> str:
    """Return the name of the setting a `KAFKA_*` variable means: `_` is ".", `__` is "_", `___` is "-"."""
    rest = variable.removeprefix(VARIABLE_PREFIX).lower()
    return re.sub("_+", lambda run: _MEANINGS.get(len(run[0]), run[0]), rest)


def variable_settings(environment: Mapping[str, str]) -> VariableSettings:
    """Return the settings of the environment, as Kafka's container image maps its variables."""
    values: dict[str, str] = {}
    unknown: list[str] = []
    for variable in sorted(environment):
        if not variable.startswith(VARIABLE_PREFIX) or variable in _NOT_SETTINGS:
            continue
        name = setting_of_variable(variable)
        if passes(name):
            values[name] = environment[variable]
        else:
            unknown.append(variable)
    return VariableSettings(values, unknown)


def option_settings(options: Iterable[str]) -> dict[str, str]:
    """Return the settings of `--set NAME=VALUE` options; the last of a name given twice holds."""
    values: dict[str, str] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name.strip():
            raise InvalidSettingError(f"--set takes NAME=VALUE, not {option!r}")
        values[name.strip()] = value
    return values
