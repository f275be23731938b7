"""Regular expressions of peers, matched in time that grows with the text alone.

Kafka compiles them by RE2, which knows neither back references nor looking around, and whose time is bounded by the
length of the text.  Python's own matcher backtracks: a short pattern can keep it busy for years.  So a pattern is
parsed by Python and run as a set of states, all ways at once (Thompson, 1968).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_PATTERN_CHARS: Final = 400
MAX_STATES: Final = 500
"""RE2 bounds a repetition by 1000; this bounds what nested ones make of each other."""

_parser: Final[Any] = import_module("re._parser")
_Place = tuple[str, int]


class PatternError(Exception):
    """What was given is not a pattern, or not one that is served."""


class Pattern:
    """A compiled pattern; states are numbered, and each either tests a character or leads on."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_PATTERN_CHARS:
            raise PatternError(f"longer than {MAX_PATTERN_CHARS} characters")
        try:
            parsed = _parser.parse(text)
        except (re.error, OverflowError, RecursionError) as error:
            raise PatternError(str(error)) from error
        self._tests: list[Callable[[str], bool] | None] = []
        self._guards: list[Callable[[_Place], bool] | None] = []
        self._ways: list[tuple[int, ...]] = []
        self._flags = parsed.state.flags
        self._end = self._add(None, ())
        self._start = self._sequence(parsed, self._end)

    def fullmatch(self, text: str) -> bool:
        """Tell whether all of `text` is as the pattern says."""
        states = self._closure([self._start], (text, 0))
        for position, character in enumerate(text):
            reached = [
                self._ways[state][0] for state in states if (test := self._tests[state]) is not None and test(character)
            ]
            if not reached:
                return False
            states = self._closure(reached, (text, position + 1))
        return self._end in states

    def _closure(self, states: Iterable[int], place: _Place) -> set[int]:
        """Return all states that can be reached without a character."""
        found: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            guard = self._guards[state]
            if state in found or (guard is not None and not guard(place)):
                continue
            found.add(state)
            if self._tests[state] is None:
                waiting.extend(self._ways[state])
        return found

    # -- building, from the end to the beginning: each part is told which state comes after it

    def _add(
        self,
        test: Callable[[str], bool] | None,
        ways: tuple[int, ...],
        guard: Callable[[_Place], bool] | None = None,
    ) -> int:
        if len(self._ways) >= MAX_STATES:
            raise PatternError("too large")
        self._tests.append(test)
        self._guards.append(guard)
        self._ways.append(ways)
        return len(self._ways) - 1

    def _sequence(self, parts: Iterable[Any], after: int) -> int:
        for operator, argument in reversed(list(parts)):
            after = self._part(str(operator), operator, argument, after)
        return after

    def _part(self, name: str, operator: Any, argument: Any, after: int) -> int:
        if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return self._add(self._one(operator, argument), (after,))
        if name == "BRANCH":
            return self._add(None, tuple(self._sequence(branch, after) for branch in argument[1]))
        if name == "SUBPATTERN" and argument[1:3] == (0, 0):
            return self._sequence(argument[3], after)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            least, most, repeated = argument
            return self._repeat(least, most, repeated, after)
        if name == "AT" and str(argument) in _PLACES:
            return self._add(None, (after,), _PLACES[str(argument)])
        raise PatternError(f"{name.lower()} is not served")

    def _one(self, operator: Any, argument: Any) -> Callable[[str], bool]:
        """Return the test of one character: Python's, of a pattern that has nothing else in it."""
        state = _parser.State()
        state.flags, state.str = self._flags, ""
        compiled = import_module("re._compiler").compile(_parser.SubPattern(state, [(operator, argument)]))
        return lambda character: compiled.fullmatch(character) is not None

    def _repeat(self, least: int, most: int, parts: Any, after: int) -> int:
        if most == _parser.MAXREPEAT:
            loop = self._add(None, ())
            self._ways[loop] = (self._sequence(parts, loop), after)
            after = loop
        else:
            last = after
            for _ in range(most - least):
                after = self._add(None, (self._sequence(parts, after), last))
        for _ in range(least):
            after = self._sequence(parts, after)
        return after


_PLACES: Final[dict[str, Callable[[_Place], bool]]] = {
    "AT_BEGINNING": lambda place: place[1] == 0,
    "AT_BEGINNING_STRING": lambda place: place[1] == 0,
    "AT_END": lambda place: place[1] == len(place[0]),
    "AT_END_STRING": lambda place: place[1] == len(place[0]),
}
