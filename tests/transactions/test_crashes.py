"""The crash matrix: whichever append fails, before or after it happened, a transaction ends one way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kafkacompat.wire.errors import ApiError, ErrorCode
from tests.transactions.harness import P0, P1, TIMEOUT_MS, Harness, drive, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

RETRIED = {
    ErrorCode.NOT_COORDINATOR,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.CONCURRENT_TRANSACTIONS,
}
APPENDS = 8
"""At most, of a course."""


class Client:
    """Asks again as a real client does; `restarts` puts a new coordinator under a new epoch after each failure."""

    def __init__(self, harness: Harness, *, restarts: bool) -> None:
        self.harness = harness
        self.restarts = restarts

    def ask(self, request: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        for _ in range(20):
            try:
                return drive(request())
            except ApiError as error:
                assert error.code in RETRIED, error.code  # noqa: PT017 - one of several answers
                if self.restarts and error.code is not ErrorCode.CONCURRENT_TRANSACTIONS:
                    self.harness.restart()
            self.harness.clock.advance(500)
        raise AssertionError("never answered")


def commit(client: Client) -> str:
    harness = client.harness
    producer = client.ask(harness.initialize)
    client.ask(lambda: harness.add(producer, P0))
    client.ask(lambda: harness.add(producer, P1))
    client.ask(lambda: harness.end(producer))
    return "CompleteCommit"


def abort(client: Client) -> str:
    harness = client.harness
    producer = client.ask(harness.initialize)
    client.ask(lambda: harness.add(producer, P0, P1))
    client.ask(lambda: harness.end(producer, commit=False))
    return "CompleteAbort"


def time_out(client: Client) -> str:
    harness = client.harness
    producer = client.ask(harness.initialize)
    client.ask(lambda: harness.add(producer, P0, P1))
    harness.clock.advance(TIMEOUT_MS + 10_000)
    return "CompleteAbort"


def fence(client: Client) -> str:
    harness = client.harness
    producer = client.ask(harness.initialize)
    client.ask(lambda: harness.add(producer, P0, P1))
    successor = client.ask(harness.initialize)
    assert successor > producer
    assert refusal(harness.end(producer)) is ErrorCode.PRODUCER_FENCED
    return "Empty"


def run_out(client: Client) -> str:
    """The last epoch is used up by a commit; only the new flow goes on under a new producer id by itself."""
    harness = client.harness
    producer = harness.exhaust()
    client.ask(lambda: harness.add(producer, P0, P1))
    client.ask(lambda: harness.end(producer))
    return "CompleteCommit"


COURSES = [commit, abort, time_out, fence, run_out]


@pytest.mark.parametrize("restarts", [False, True], ids=["read back", "restarted"])
@pytest.mark.parametrize("lost", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("course", COURSES)
def test_whichever_append_fails_it_ends_one_way(
    course: Callable[[Client], str],
    version: int,
    lost: bool,  # noqa: FBT001
    restarts: bool,  # noqa: FBT001
) -> None:
    for number in range(APPENDS):
        harness = Harness(version=version)
        first = harness.store.appends + number
        if lost:
            harness.store.lost = frozenset({first})
        else:
            harness.store.refused = frozenset({first})
        expected = course(Client(harness, restarts=restarts)) if course is not run_out else _run_out(harness, restarts)
        harness.clock.advance(10_000)
        _assert_ended(harness, expected)
        harness.restart()
        _assert_ended(harness, expected)


def _run_out(harness: Harness, restarts: bool) -> str:  # noqa: FBT001
    """Fail only after the log has been prepared, which is no request."""
    failing = {number - harness.store.appends + 2 for number in harness.store.lost | harness.store.refused}
    lost = bool(harness.store.lost)
    harness.store.lost = harness.store.refused = frozenset()
    failing = {number + harness.store.appends for number in failing}
    if lost:
        harness.store.lost = frozenset(failing)
    else:
        harness.store.refused = frozenset(failing)
    return run_out(Client(harness, restarts=restarts))


def _assert_ended(harness: Harness, expected: str) -> None:
    assert harness.describe().state == expected
    is_commit = expected == "CompleteCommit"
    for partition in (P0, P1):
        markers = harness.markers.logs[partition]
        assert markers, "every partition has been told"
        assert {marker.commit for marker in markers} == {is_commit}
        assert len({(marker.producer_id, marker.producer_epoch) for marker in markers}) == 1
        epochs = [marker.coordinator_epoch for marker in markers]
        assert epochs == sorted(epochs)


@pytest.mark.parametrize("version", [0, 2])
def test_an_answer_that_was_given_survives(version: int) -> None:
    """Whoever was told that it is committed finds it committed, were the process to end right after any append."""
    harness = Harness(version=version)
    producer = harness.open(P0)
    harness.store.refused = frozenset(range(harness.store.appends + 1, harness.store.appends + 50))
    drive(harness.end(producer))
    harness.store.refused = frozenset()
    harness.restart()
    assert harness.describe().state == "CompleteCommit"
