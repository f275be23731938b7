"""What a program is started with, and the settings of its handles in the client's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from session.failures import unsupported


@dataclass(frozen=True)
class Start:
    """The address, and what holds for all clients that the program makes."""

    bootstrap: str
    client_id: str | None = None
    security: dict[str, Any] = field(default_factory=dict)


def translated(
    settings: Mapping[str, Any] | None, table: Mapping[str, str | Callable[[Any], Mapping[str, Any]]]
) -> dict[str, Any]:
    """The client's options: the table has its name of a setting, or a function that makes options of the value.

    A setting that the table lacks is refused: nothing is ignored.
    """
    options: dict[str, Any] = {}
    for name, value in (settings or {}).items():
        meaning = table.get(name)
        if meaning is None:
            raise unsupported(f"the setting {name}")
        options |= {meaning: value} if isinstance(meaning, str) else meaning(value)
    return options
