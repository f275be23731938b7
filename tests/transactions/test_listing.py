"""DescribeTransactions and ListTransactions."""

from __future__ import annotations

import pytest

from kafkacompat.transactions.listing import Filters, TransactionDescription, TransactionListing
from kafkacompat.wire.errors import ErrorCode
from tests.transactions.harness import ID, P0, P1, TIMEOUT_MS, Harness, drive, refusal

EMPTY, OPEN, DONE = (
    TransactionListing("a-empty", 1000, "Empty"),
    TransactionListing("b-open", 1001, "Ongoing"),
    TransactionListing("c-done", 1002, "CompleteAbort"),
)


def three() -> Harness:
    """Return ids in three states, whose transactions began 10 s ago."""
    harness = Harness(shards=3)
    for listing in (EMPTY, OPEN, DONE):
        producer = drive(harness.initialize(name=listing.transactional_id))
        if listing is not EMPTY:
            drive(harness.add(producer, name=listing.transactional_id))
        if listing is DONE:
            drive(harness.end(producer, commit=False, name=listing.transactional_id))
    harness.clock.advance(10_000)
    return harness


def listed(harness: Harness, filters: Filters) -> list[TransactionListing]:
    unknown, listings = drive(harness.coordinator.list_transactions(filters))
    assert unknown == []
    return sorted(listings)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [EMPTY, OPEN, DONE]),
        (Filters(states=["Ongoing"]), [OPEN]),
        (Filters(states=["Empty", "CompleteAbort"]), [EMPTY, DONE]),
        (Filters(producer_ids=[1000, 1002, 5]), [EMPTY, DONE]),
        (Filters(states=["Empty"], producer_ids=[1001]), []),
        (Filters(longer_than_ms=9_999), [EMPTY, OPEN, DONE]),
        (Filters(longer_than_ms=10_000), [EMPTY]),
        (Filters(longer_than_ms=0), [EMPTY, OPEN, DONE]),
        (Filters(pattern=""), [EMPTY, OPEN, DONE]),
        (Filters(pattern="[ab]-.*"), [EMPTY, OPEN]),
        (Filters(pattern="open"), []),
        (Filters(pattern="b-open|c-done"), [OPEN, DONE]),
    ],
)
def test_filters(filters: Filters, expected: list[TransactionListing]) -> None:
    assert listed(three(), filters) == expected


def test_states_that_do_not_exist_are_named_and_list_nothing() -> None:
    harness = three()
    assert drive(harness.coordinator.list_transactions(Filters(states=["ongoing", "No"]))) == (["ongoing", "No"], [])
    unknown, listings = drive(harness.coordinator.list_transactions(Filters(states=["Ongoing", "No"])))
    assert (unknown, listings) == (["No"], [OPEN])


@pytest.mark.parametrize("pattern", ["(", "[", "*", "a{2,1}", "\\"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    assert refusal(three().coordinator.list_transactions(Filters(pattern=pattern))) is (
        ErrorCode.INVALID_REGULAR_EXPRESSION
    )


def test_without_a_topic_there_is_nothing_to_list() -> None:
    harness = Harness()
    harness.coordinator.stop()
    assert drive(harness.coordinator.list_transactions(Filters())) == ([], [])


def test_what_another_node_coordinates_is_not_listed() -> None:
    harness = three()
    drive(harness.coordinator.leader_changed(harness.coordinator.partition_for("b-open"), None))
    assert OPEN not in listed(harness, Filters())


def test_an_open_transaction_is_described() -> None:
    harness = Harness()
    harness.open(P1, P0)
    began_ms = harness.clock.now_ms()
    harness.clock.advance(5)
    assert harness.describe() == TransactionDescription(1000, 0, "Ongoing", TIMEOUT_MS, began_ms, [P0, P1])


def test_of_a_completed_one_the_start_is_kept() -> None:
    harness = Harness()
    producer = harness.open()
    began_ms = harness.clock.now_ms()
    harness.clock.advance(5)
    drive(harness.end(producer))
    assert harness.describe() == TransactionDescription(1000, 1, "CompleteCommit", TIMEOUT_MS, began_ms, [])


def test_an_unknown_id_and_none_at_all_are_not_described() -> None:
    coordinator = Harness().coordinator
    assert refusal(coordinator.describe(ID)) is ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
    assert refusal(coordinator.describe("")) is ErrorCode.INVALID_REQUEST
