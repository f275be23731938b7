"""The table of transitions: complete, drawn in the docs, and what the coordinator goes by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafkacompat.transactions.config import TransactionConfig
from kafkacompat.transactions.states import BY_TITLE, TRANSITIONS, Cause, TransactionState, diagram, is_ending
from kafkacompat.transactions.transaction import make_phase
from tests.transactions.harness import P0, TIMEOUT_MS, Harness, drive, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs" / "transactions.md"

State = TransactionState


def test_the_picture_in_the_docs_is_that_of_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in DOCS.read_text()


def test_states_have_kafkas_numbers_and_names() -> None:
    assert {state.value: state.title for state in State} == {
        0: "Empty",
        1: "Ongoing",
        2: "PrepareCommit",
        3: "PrepareAbort",
        4: "CompleteCommit",
        5: "CompleteAbort",
        6: "Dead",
        7: "PrepareEpochFence",
    }
    assert BY_TITLE["PrepareEpochFence"] is State.PREPARE_EPOCH_FENCE


def test_the_ways_are_kafkas() -> None:
    complete = {State.COMPLETE_COMMIT, State.COMPLETE_ABORT}
    before: dict[State, set[State]] = {state: set() for state in State}
    for (source, _), target in TRANSITIONS.items():
        before[target].add(source)
    assert before == {
        State.EMPTY: {State.EMPTY, *complete},
        State.ONGOING: {State.ONGOING, State.EMPTY, *complete},
        State.PREPARE_COMMIT: {State.ONGOING},
        State.PREPARE_ABORT: {State.ONGOING, State.PREPARE_EPOCH_FENCE, State.EMPTY, *complete},
        State.COMPLETE_COMMIT: {State.PREPARE_COMMIT},
        State.COMPLETE_ABORT: {State.PREPARE_ABORT},
        State.DEAD: {State.EMPTY, *complete},
        State.PREPARE_EPOCH_FENCE: {State.ONGOING},
    }


def test_from_the_states_of_an_end_there_is_one_way_out() -> None:
    ending = [state for state in State if is_ending(state)]
    assert ending == [State.PREPARE_COMMIT, State.PREPARE_ABORT]
    for state in ending:
        assert [cause for source, cause in TRANSITIONS if source is state] == [Cause.MARKERS_WRITTEN]


def test_only_the_two_passing_states_are_never_kept() -> None:
    kept = [state for state in State if make_phase(state, 5, frozenset(), -1) is not None]
    assert set(State) - set(kept) == {State.DEAD, State.PREPARE_EPOCH_FENCE}
    for state in kept:
        phase = make_phase(state, 5, frozenset(), -1)
        assert phase is not None
        assert phase.state is state


# -- each way is taken by the coordinator

QUICK = TransactionConfig(id_expiration_ms=1_000_000, expired_cleanup_interval_ms=1_000)


def bring_to(harness: Harness, state: State) -> tuple[int, int]:
    """Bring a producer to a state that stays, and return how it goes on."""
    producer: tuple[int, int] = harness.producer()
    if state is not State.EMPTY:
        drive(harness.add(producer, P0))
    if state in (State.PREPARE_COMMIT, State.PREPARE_ABORT):
        harness.markers.failing[P0] = 1
    if state not in (State.EMPTY, State.ONGOING):
        producer = drive(harness.end(producer, commit=state in (State.PREPARE_COMMIT, State.COMPLETE_COMMIT)))
    assert harness.describe().state == state.title
    return producer


CAUSES: dict[Cause, Callable[[Harness, tuple[int, int]], object]] = {
    Cause.INITIALIZE: lambda harness, _: harness.producer(),
    Cause.ADD: lambda harness, producer: drive(harness.add(producer)),
    Cause.COMMIT: lambda harness, producer: drive(harness.end(producer, commit=True)),
    Cause.ABORT: lambda harness, producer: drive(harness.end(producer, commit=False)),
    Cause.ABORT_NOTHING: lambda harness, producer: drive(harness.end(producer, commit=False)),
    Cause.FENCE: lambda harness, _: refusal(harness.initialize()),
    Cause.MARKERS_WRITTEN: lambda harness, _: harness.clock.advance(1_000),
    Cause.EXPIRE: lambda harness, _: harness.clock.advance(1_000_000),
}


@pytest.mark.parametrize(
    ("source", "cause"),
    [pair for pair in TRANSITIONS if pair[0] is not State.PREPARE_EPOCH_FENCE],
    ids=lambda value: value.name,
)
def test_each_way_of_the_table_is_taken(source: State, cause: Cause) -> None:
    harness = Harness(QUICK)
    producer = bring_to(harness, source)
    before = len(harness.log())
    CAUSES[cause](harness, producer)
    expected = TRANSITIONS[source, cause]
    if expected is State.PREPARE_EPOCH_FENCE:  # goes on at once
        expected = TRANSITIONS[expected, Cause.ABORT_FENCED]
    written = harness.log()[before]
    state = State.DEAD if written.transaction is None else written.transaction.state
    assert state is expected


@pytest.mark.parametrize("state", [state for state in State if make_phase(state, 1, frozenset(), -1)])
@pytest.mark.parametrize("version", [0, 2])
def test_time_alone_takes_only_the_ways_that_are_times(version: int, state: State) -> None:
    harness = Harness(version=version)
    bring_to(harness, state)
    harness.clock.advance(2 * TIMEOUT_MS)
    expected = {
        State.ONGOING: State.COMPLETE_ABORT,
        State.PREPARE_COMMIT: State.COMPLETE_COMMIT,
        State.PREPARE_ABORT: State.COMPLETE_ABORT,
    }.get(state, state)
    assert harness.describe().state == expected.title
