from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from kafkacompat.settings.effects import (
    BROKER_SETTINGS,
    READ_WITHOUT_EFFECT,
    TOPIC_SETTINGS,
    effective_broker_settings,
)
from kafkacompat.settings.known import known_row
from kafkacompat.settings.table import table
from kafkacompat.settings.topics import TopicConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "kafkacompat"


def readers() -> list[Path]:
    """The files that may obey a setting: all but those that only describe and carry them, and the people's doors."""
    files = [path for path in PACKAGE.rglob("*.py") if path.parent.name not in {"settings", "messages", "cli"}]
    return [*files, PACKAGE / "settings" / "listeners.py"]


def names_in_calls(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def test_the_broker_settings_with_an_effect_are_those_that_are_read() -> None:
    read = {name for path in readers() for name in names_in_calls(path.read_text()) if known_row(name) is not None}
    assert read == BROKER_SETTINGS | READ_WITHOUT_EFFECT


def test_the_topic_settings_with_an_effect_are_those_that_are_read() -> None:
    field = re.compile(r"\b_?config\.(" + "|".join(TopicConfig._fields) + r")\b")
    read = {match[1] for path in readers() for match in field.finditer(path.read_text())}
    assert {name.replace("_", ".") for name in read} | {"internal.segment.bytes"} == TOPIC_SETTINGS


def test_the_lists_hold_names_that_exist() -> None:
    assert all(known_row(name) for name in effective_broker_settings() | READ_WITHOUT_EFFECT)
    assert all(name in table("topic") for name in TOPIC_SETTINGS)
    assert not effective_broker_settings() & READ_WITHOUT_EFFECT


def test_the_broker_settings_behind_topics_have_an_effect_too() -> None:
    assert {"message.max.bytes", "log.segment.bytes", "min.insync.replicas"} <= effective_broker_settings()
    assert {"log.retention.ms", "log.retention.minutes", "log.retention.hours"} <= effective_broker_settings()
    assert "log.preallocate" not in effective_broker_settings()
