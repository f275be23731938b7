"""`kafkacompat settings`: every setting, its value and default, where it comes from, and whether it has an effect."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.cli.told import Address, gather, warn_of_ignored
from kafkacompat.settings.effects import TOPIC_SETTINGS, effective_broker_settings
from kafkacompat.settings.own import OWN_SETTINGS
from kafkacompat.settings.settings import ConfigSource
from kafkacompat.settings.synonyms import broker_name_of_topic_setting
from kafkacompat.settings.table import table
from kafkacompat.settings.topics import topic_value
from kafkacompat.settings.values import render

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator

    from kafkacompat.settings.settings import Settings
    from kafkacompat.settings.table import Row

HIDDEN: Final = "(hidden)"


class Line(NamedTuple):
    """One setting; `source` is "told" or "default", `value` and `default` None where there is none."""

    scope: str
    name: str
    type: str
    value: str | None
    default: str | None
    source: str
    effect: bool


def settings_command(told: Namespace) -> int:
    """Print all settings, as text or as JSON."""
    gathered = gather(told.properties, os.environ, told.options, Address(), told.defaults)
    warn_of_ignored(gathered.ignored_variables)
    show: Callable[[list[Line]], None] = print_json if told.json else print_text
    try:
        show(list(lines(gathered.settings)))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough (`| head`); the interpreter must not try to flush again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def lines(settings: Settings) -> Iterator[Line]:
    """Return the settings of brokers, topics, groups and client metrics, those of brokers first, by name."""
    effective = effective_broker_settings()
    for row in sorted([*table("broker").rows(), *OWN_SETTINGS.values()]):
        value = settings.own_value(row.name)
        yield _line("broker", row, value, settings.source(row.name), effect=row.name in effective)
    for row in sorted(table("topic").rows()):
        broker_name = broker_name_of_topic_setting(row.name)
        source = ConfigSource.DEFAULT if broker_name is None else settings.source(broker_name)
        yield _line("topic", row, topic_value(settings, {}, row.name), source, effect=row.name in TOPIC_SETTINGS)
    for row in sorted(table("group").rows()):
        yield Line("group", row.name, row.type, row.default, row.default, "default", effect=False)
    for row in sorted(table("client-metrics").rows()):
        yield Line("client-metrics", row.name, row.type, row.default, row.default, "default", effect=False)


def _line(scope: str, row: Row, value: Any, source: ConfigSource, *, effect: bool) -> Line:
    shown = HIDDEN if row.sensitive and value is not None else render(row, value)
    default = None if row.required else row.default
    told = "told" if source is ConfigSource.STATIC_BROKER else "default"
    return Line(scope, row.name, row.type, shown, default, told, effect)


def print_text(all_lines: list[Line]) -> None:
    """Print a table; "no effect" stands where a setting is accepted but changes nothing."""
    for line in all_lines:
        value = "-" if line.value is None else line.value or '""'
        notes = [line.source]
        if line.source == "told" and line.default != line.value:
            notes.append(f"default {'-' if line.default is None else line.default}")
        if not line.effect:
            notes.append("no effect")
        print(f"{line.scope:<14} {line.name:<60} {value:<24} {', '.join(notes)}")


def print_json(all_lines: list[Line]) -> None:
    """Print a list of objects."""
    import json  # noqa: PLC0415 - only this way of printing pays for it

    print(json.dumps([line._asdict() for line in all_lines], indent=1))
