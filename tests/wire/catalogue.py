"""Every message class of the package, found by import, so that no test needs a list of its own."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import kafkacompat.wire
import kafkacompat.wire.messages
from kafkacompat.wire.schema import Struct


def message_modules() -> list[str]:
    """Return the modules that hold messages: one an API key, and one a kind of record."""
    keys = [
        f"{kafkacompat.wire.messages.__name__}.{m.name}"
        for m in pkgutil.iter_modules(kafkacompat.wire.messages.__path__)
    ]
    return keys + [
        f"kafkacompat.wire.{m.name}"
        for m in pkgutil.iter_modules(kafkacompat.wire.__path__)
        if m.name.endswith("_records")
    ]


def messages_in(module: str) -> list[type]:
    """Return the messages (not the structures they nest) that a module defines."""
    found = vars(import_module(module)).values()
    return [c for c in found if isinstance(c, type) and issubclass(c, Struct) and hasattr(c, "VERSIONS")]


def all_messages() -> list[type]:
    """Return every message class."""
    return [c for module in message_modules() for c in messages_in(module)]


def all_versions() -> list[tuple[type, int]]:
    """Return every message class with each of its versions."""
    return [(c, v) for c in all_messages() for v in c.VERSIONS]  # type: ignore[attr-defined]


def label(value: object) -> str:
    """Name a class or version in a test's id."""
    return value.__name__ if isinstance(value, type) else f"v{value}"
