"""The records of `__transaction_state`, byte for byte as Kafka writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.transactions.records import TransactionRecord, TransactionRecordCodec
from kafkacompat.transactions.states import TransactionState
from kafkacompat.transactions.transaction import (
    CompleteCommit,
    Empty,
    Ongoing,
    PrepareAbort,
    Transaction,
    make_phase,
)
from tests.transactions.harness import Harness, drive

EMPTY = Transaction(3, 4, 3, -1, 60_000, 5, 0, Empty())
KEY = b"\0\0\0\1a"


def codec(version: int) -> TransactionRecordCodec:
    return TransactionRecordCodec(lambda: version)


def test_an_empty_id_in_the_first_version() -> None:
    key, value = codec(0).encode(TransactionRecord("a", EMPTY))
    assert key == KEY
    assert value == bytes.fromhex("0000000000000000000300040000ea6000ffffffff0000000000000005ffffffffffffffff")


@pytest.mark.parametrize("version", [1, 2])
def test_an_empty_id_with_tagged_fields(version: int) -> None:
    _, value = codec(version).encode(TransactionRecord("a", EMPTY))
    assert value == bytes.fromhex(
        "0001000000000000000300040000ea6000000000000000000005ffffffffffffffff0100080000000000000003"
    )


def test_an_end_under_a_new_producer_id_has_all_fields() -> None:
    phase = PrepareAbort(frozenset({TopicPartition("t", 1), TopicPartition("t", 0)}), 9, 8)
    _, value = codec(2).encode(TransactionRecord("a", EMPTY._replace(phase=phase, client_version=2)))
    assert value == bytes.fromhex(
        "0001"
        "0000000000000003"
        "0004"
        "0000ea60"
        "03"
        "02"
        "0274"
        "03"
        "00000000"
        "00000001"
        "00"
        "0000000000000005"
        "0000000000000009"
        "03"
        "0008"
        "0000000000000003"
        "0108"
        "0000000000000008"
        "0202"
        "0002"
    )


def test_a_completed_one_has_partitions_but_none_in_them() -> None:
    _, value = codec(0).encode(TransactionRecord("a", EMPTY._replace(phase=CompleteCommit(9))))
    assert value is not None
    assert value[16:21] == b"\4\0\0\0\0"


def test_a_tombstone() -> None:
    assert codec(2).encode(TransactionRecord("a", None)) == (KEY, None)
    assert codec(0).decode(KEY, None) == TransactionRecord("a", None)


@pytest.mark.parametrize(
    ("key", "value"),
    [(None, b"x"), (b"\0\1\0\1a", b"x"), (KEY, b"\0\2"), (KEY, b"\x7f\xff")],
    ids=["no key", "another kind", "a later version", "the latest"],
)
def test_what_is_not_known_is_skipped(key: bytes | None, value: bytes) -> None:
    assert codec(2).decode(key, value) is None


@pytest.mark.parametrize("status", [6, 7, 8, -1])
def test_a_state_that_is_never_kept_is_skipped(status: int) -> None:
    _, value = codec(0).encode(TransactionRecord("a", EMPTY))
    assert value is not None
    assert codec(0).decode(KEY, value[:16] + status.to_bytes(1, "big", signed=True) + value[17:]) is None


IDS = st.integers(0, 2**63 - 1)
PARTITIONS = st.frozensets(
    st.builds(TopicPartition, st.text(min_size=1, max_size=4), st.integers(0, 2**31 - 1)), max_size=4
)


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    state = draw(st.sampled_from([state for state in TransactionState if state.value < 6]))
    phase = make_phase(state, draw(st.integers(-1, 2**62)), draw(PARTITIONS), draw(IDS | st.just(-1)))
    assert phase is not None
    return Transaction(
        draw(IDS),
        draw(st.integers(-1, 32767)),
        draw(IDS | st.just(-1)),
        -1,
        draw(st.integers(1, 2**31 - 1)),
        draw(st.integers(0, 2**62)),
        draw(st.sampled_from([0, 2])),
        phase,
    )


@given(st.text(max_size=5), transactions(), st.sampled_from([1, 2]))
def test_what_was_written_with_tagged_fields_is_read_as_it_was(
    transactional_id: str, transaction: Transaction, version: int
) -> None:
    record = TransactionRecord(transactional_id, transaction)
    assert codec(0).decode(*codec(version).encode(record)) == record


@given(transactions())
def test_the_first_version_loses_only_what_it_has_no_room_for(transaction: Transaction) -> None:
    record = TransactionRecord("a", transaction)
    read = codec(2).decode(*codec(0).encode(record))
    assert read is not None
    assert read.transaction is not None
    assert read.transaction.phase.partitions == transaction.phase.partitions
    assert read.transaction.state is transaction.state
    assert read.transaction[:2] == transaction[:2]
    assert read.transaction.timeout_ms == transaction.timeout_ms
    assert read.transaction.client_version == 0


def test_the_version_of_what_is_written_follows_the_feature() -> None:
    harness = Harness(version=0)
    producer = harness.producer()
    harness.version = 1
    drive(harness.add(producer))
    values = [value for _, value in harness.entries()]
    assert [value and value[:2] for value in values] == [b"\0\0", b"\0\1"]


def test_each_step_names_the_producer_id_before_it() -> None:
    harness = Harness()
    producer = harness.exhaust()
    drive(harness.add(producer))
    drive(harness.end(producer))
    drive(harness.add((1001, 0)))
    ids = [
        (transaction.producer_id, transaction.previous_producer_id)
        for _, transaction in harness.log()
        if transaction is not None
    ]
    assert ids == [(1000, 1000)] * 4 + [(1001, 1000), (1001, 1001)]
    assert isinstance(harness.log()[-1].transaction.phase, Ongoing)  # type: ignore[union-attr]
