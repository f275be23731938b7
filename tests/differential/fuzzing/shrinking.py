"""Makes a session that shows a difference as short as it can be: fewer steps, then less in each of them."""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.differential.fuzzing.session import Session

MOST_TRIALS: Final = 120
MOST_SECONDS: Final = 60
"""An answer that does not come takes its time in every trial."""


def shrink(session: Session, still: Callable[[Session], bool], most_trials: int = MOST_TRIALS) -> Session:
    """Return the shortest session found for which `still` holds; it holds for the one that is given."""
    trials, give_up = 0, time.monotonic() + MOST_SECONDS

    def holds(candidate: Session) -> bool:
        nonlocal trials
        trials += 1
        return trials <= most_trials and time.monotonic() < give_up and still(candidate)

    session = _fewer_steps(session, holds)
    while trials <= most_trials and (simpler := next((one for one in _simpler(session) if holds(one)), None)):
        session = simpler
    return session


def _fewer_steps(session: Session, holds: Callable[[Session], bool]) -> Session:
    """Leave out steps, many at a time and then one by one, from the end: the later depend on the earlier."""
    size = len(session) // 2
    while size:
        end = len(session)
        while end > 0:
            candidate = session[: max(0, end - size)] + session[end:]
            if candidate and holds(candidate):
                session = candidate
            end -= size
        size //= 2
    return session


def _simpler(session: Session) -> Iterator[Session]:
    for number, step in enumerate(session):
        for body in _less(step.body):
            yield (*session[:number], replace(step, body=body), *session[number + 1 :])


def _less(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield copies with one thing less: a field left to its default, or an item of a list."""
    for path in sorted(_paths(value), key=len):
        copy = deepcopy(value)
        owner: Any = copy
        for at in path[:-1]:
            owner = owner[at]
        del owner[path[-1]]
        yield copy


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield where something may be left out; stand-ins are whole."""
    match value:
        case {"of": _} | {"id_of": _} | {"hex": _} | {"now": _}:
            return
        case dict():
            items = list(value.items())
        case list():
            items = list(enumerate(value))
        case _:
            return
    for at, item in items:
        if at != "batches":
            yield (at,)
        yield from ((at, *inner) for inner in _paths(item))
