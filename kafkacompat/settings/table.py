"""Kafka's settings as one typed table: the facts of Kafka 4.4.0, from `configs.tsv` beside this file.

Topic settings stand in the order in which Kafka checks them, which decides what is complained about first.  A start of
the server needs few of the 448 rows, so lines are kept as text and taken apart when one is asked for.
"""

from __future__ import annotations

import os.path
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Scope = Literal["topic", "group", "client-metrics", "broker"]
SettingType = Literal["BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"]

TYPE_CODES: Final[dict[str, int]] = {
    "BOOLEAN": 1,
    "STRING": 2,
    "INT": 3,
    "SHORT": 4,
    "LONG": 5,
    "DOUBLE": 6,
    "LIST": 7,
    "CLASS": 8,
    "PASSWORD": 9,
}
"""Types as DescribeConfigs v3+ numbers them; 0 is a setting that Kafka does not know."""

REQUIRED: Final = "(required)"
"""Stands where Kafka has no default and refuses to start without a value."""


class Row(NamedTuple):
    """One setting.  `valid` is Kafka's own notation; `listed` tells whether DescribeConfigs shows it."""

    name: str
    type: SettingType
    default: str | None
    valid: str
    listed: bool
    read_only: bool
    sensitive: bool
    broker_synonym: str | None

    @property
    def required(self) -> bool:
        """Tell whether Kafka has no default for it."""
        return self.default == REQUIRED


def _row(name: str, rest: str) -> Row:
    kind, default, valid, listed, read_only, sensitive, synonym = rest.split("\t")
    return Row(
        name,
        kind,  # type: ignore[arg-type]  # a test holds every row to the known types
        None if default == "null" else default,
        valid,
        listed == "yes",
        read_only != "",
        sensitive != "",
        synonym or None,
    )


class Table:
    """The settings of one scope, in Kafka's order."""

    __slots__ = ("_lines", "_rows")

    def __init__(self, lines: dict[str, str]) -> None:
        self._lines = lines
        self._rows: dict[str, Row] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def get(self, name: str) -> Row | None:
        """Return a setting, or None if Kafka has none of that name."""
        row = self._rows.get(name)
        if row is None:
            line = self._lines.get(name)
            if line is None:
                return None
            row = self._rows[name] = _row(name, line)
        return row

    def __getitem__(self, name: str) -> Row:
        row = self.get(name)
        if row is None:
            raise KeyError(name)
        return row

    def rows(self) -> list[Row]:
        """Return all settings."""
        return [self[name] for name in self._lines]


@cache
def _tables() -> dict[str, Table]:
    path = os.path.join(os.path.dirname(__file__), "configs.tsv")  # noqa: PTH118, PTH120 - pathlib costs a start 5 ms
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - likewise
        lines = file.read().splitlines()
    scopes: dict[str, dict[str, str]] = {}
    for line in lines[1:]:
        scope, name, rest = line.split("\t", 2)
        scopes.setdefault(scope, {})[name] = rest
    return {scope: Table(found) for scope, found in scopes.items()}


def table(scope: Scope) -> Table:
    """Return Kafka's settings of one scope; the file is read once."""
    return _tables()[scope]
