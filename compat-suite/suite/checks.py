"""What scenarios state."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from suite.failures import ScenarioFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
LONGEST_SHOWN = 400
LOOK_AGAIN_S = 0.05


def same(actual: Any, expected: Any, what: str = "") -> None:
    """State that two values are equal; the failure shows both, and where long ones part."""
    if actual == expected:
        return
    lines = [what or "not the same", f"  got      {shown(actual)}", f"  expected {shown(expected)}"]
    if isinstance(actual, list | tuple | bytes | str) and isinstance(expected, list | tuple | bytes | str):
        lines += parting(actual, expected)
    raise ScenarioFailedError("\n".join(lines))


def parting(actual: Any, expected: Any) -> list[str]:
    """Say where two sequences part, when they are long enough to need it."""
    if max(len(actual), len(expected)) <= 1:
        return []
    pairs = zip(actual, expected, strict=False)
    at = next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(actual), len(expected)))
    return [f"  they part at {at} (lengths {len(actual)} and {len(expected)})"]


def holds(condition: object, what: str) -> None:
    """State that a condition holds."""
    if not condition:
        raise ScenarioFailedError(what)


def shown(value: Any) -> str:
    """Return a value's text, cut where it would fill the page."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"


def until(condition: Callable[[], T], within_s: float, what: str = "it did not come about") -> T:
    """Return the condition's first answer that is true; look again and again until the time is over."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise ScenarioFailedError(f"{what} within {within_s:g} s (last answer {shown(answer)})")
        time.sleep(LOOK_AGAIN_S)
    return answer
