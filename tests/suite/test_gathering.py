"""Members of a group polled together: none waits for another."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from suite.failures import ScenarioFailedError
from suite.gathering import gather


class Member:
    """A member whose poll lasts until something has happened, and then tells of itself."""

    def __init__(self, until: threading.Event, polls: int = 1, after: threading.Event | None = None) -> None:
        self._until = until
        self._polls = polls
        self._after = after

    def poll(self, poll_ms: int) -> list[Any]:
        """Wait, where there is something to wait for; give one record."""
        if self._after is not None:
            assert self._after.wait(10)
        self._polls -= 1
        if self._polls == 0:
            self._until.set()
        return ["record"] if poll_ms else []

    def assignment(self) -> set[Any]:
        """Have one partition."""
        return {("topic", id(self))}


def test_a_poll_that_lasts_until_the_other_member_is_polled_again() -> None:
    again = threading.Event()
    members: Any = [Member(again, polls=3), Member(threading.Event(), after=again)]
    gathered = gather(members, lambda got: len(got.owned) == len(members), within_s=10)
    assert gathered.sizes == [1, 1]
    assert len(gathered.polled[0]) >= 3


def test_the_members_did_not_get_there() -> None:
    members: Any = [Member(threading.Event())]
    with pytest.raises(ScenarioFailedError, match=r"within 0.1 s: assignments .*, records"):
        gather(members, lambda _: False, within_s=0.1)
