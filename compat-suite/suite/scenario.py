"""What a scenario is, and how the files of scenarios are read."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from suite.world import World


@dataclass(frozen=True)
class Scenario:
    """A function, and what it needs.  Its id is `family/name`: the file and the function."""

    family: str
    name: str
    promise: str
    function: Callable[[World], None] = field(repr=False)
    needs: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    picky: tuple[int, ...] = ()
    feature: str = "core"
    seconds: float = 30
    nodes: int | None = None
    settings: tuple[tuple[str, str], ...] = ()
    owns_server: bool = False
    security: str | None = None

    @property
    def id(self) -> str:
        """What it is called on the command line, in FINDINGS.md and on the card."""
        return f"{self.family}/{self.name}"

    def lacked_by(self, has: frozenset[str]) -> list[str]:
        """Return which needs a client that has these things cannot meet; "a|b" is met by either."""
        return [need for need in self.needs if has.isdisjoint(need.split("|"))]


def scenario(
    *,
    needs: Sequence[str] = (),
    rules: Sequence[str] = (),
    picky: Sequence[int] = (),
    feature: str = "core",
    seconds: float = 30,
    nodes: int | None = None,
    settings: Mapping[str, str] | None = None,
    owns_server: bool = False,
    security: str | None = None,
) -> Callable[[Callable[[World], None]], Scenario]:
    """Make a scenario of a function whose docstring says in one sentence what a user relies on.

    needs        what the client must have, by the names of CONTRACT.md; "a|b" for either
    rules        rules of Kafka's behaviour that it holds the server to, such as "2.3"
    picky        the numbered places where clients are pickiest that it visits
    feature      a name of features.toml: what the server must serve before a failure is no longer an expected one
    seconds      the limit for the whole scenario
    nodes        it wants a server of so many nodes; without, any
    settings     it wants a server with these settings, shared with scenarios that want the same
    owns_server  it wants a server of its own, with a data directory, to stop, start and kill
    security     it wants a listener of this kind (suite/security.py)
    """

    def decorate(function: Callable[[World], None]) -> Scenario:
        return Scenario(
            family=function.__module__.rpartition(".")[2],
            name=function.__name__,
            promise=" ".join((inspect.getdoc(function) or "").split()),
            function=function,
            needs=tuple(needs),
            rules=tuple(rules),
            picky=tuple(picky),
            feature=feature,
            seconds=seconds,
            nodes=nodes,
            settings=tuple(sorted((settings or {}).items())),
            owns_server=owns_server,
            security=security,
        )

    return decorate


def load(folder: Path) -> list[Scenario]:
    """Return the scenarios of all files in the folder `scenarios`, file by file, each in the order of its lines."""
    found: list[Scenario] = []
    for path in sorted(folder.glob("*.py")):
        module = importlib.import_module(f"scenarios.{path.stem}")
        own = [value for value in vars(module).values() if isinstance(value, Scenario) and value.family == path.stem]
        found += own
    return found
