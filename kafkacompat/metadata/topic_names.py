"""Which names a topic may have (behaviour of Kafka 4.4)."""

from __future__ import annotations

import re
from typing import Final

MAX_NAME_LENGTH: Final = 249
"""Leaves room in a file name of 255 characters for a dash and a partition."""

_LEGAL: Final = re.compile(r"[a-zA-Z0-9._-]+")


def name_problem(name: str) -> str | None:
    """Return what is wrong with a topic's name, in Kafka's words, or None."""
    problem = _problem(name)
    return None if problem is None else f"Topic name is invalid: {problem}"


def _problem(name: str) -> str | None:
    if not name:
        return "the empty string is not allowed"
    if name in {".", ".."}:
        return f"'{name}' is not allowed"
    if len(name) > MAX_NAME_LENGTH:
        return f"the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}"
    if _LEGAL.fullmatch(name) is None:
        return f"'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    return None


def unify_collision_characters(name: str) -> str:
    """Return the name as metrics spell it, where `.` and `_` are one."""
    return name.replace(".", "_")
