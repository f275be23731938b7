"""All bugs, and the scenarios of the card that are about each family."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seeded.bug import NO_BUG, Bug

if TYPE_CHECKING:
    from collections.abc import Sequence

FAMILIES: Final = {
    "produce": ("basics/*", "producing/*"),
    "fetch": ("fetching/*", "basics/*"),
    "list-offsets": ("offsets/*", "fetching/*"),
    "metadata": ("administration/*topic*", "fetching/metadata*", "nodes/*"),
    "groups": ("groups/*",),
    "group-offsets": ("groups/*commit*", "groups/*offset*", "groups/*note*", "administration/*offsets*"),
    "administration": ("administration/*",),
}
"""Patterns of scenarios; a file of bugs/ for each family."""


@cache
def bugs() -> Sequence[Bug]:
    """Return all bugs, family by family, each in the order of its lines."""
    found: list[Bug] = []
    for family in FAMILIES:
        module = importlib.import_module(f"seeded.bugs.{family.replace('-', '_')}")
        found += [value for value in vars(module).values() if isinstance(value, Bug)]
    return found


def bug_named(name: str) -> Bug:
    """Return the bug with this id, NO_BUG for "none/none"; KeyError if there is none."""
    return {each.id: each for each in [NO_BUG, *bugs()]}[name]


FILES: Final = sorted(path.stem for path in (Path(__file__).parent / "bugs").glob("[!_]*.py"))
