"""Stored batches as old consumers read them, and what Kafka 3.9.1 made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.batch import patch, read_header
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.control import build_end_transaction_batch
from kafkacompat.wire.records.legacy import LegacyMessage, bounded_spans, check_crc, read, unwrap
from kafkacompat.wire.records.legacy_down_conversion import DownConverted, down_converted
from kafkacompat.wire.records.legacy_up_conversion import up_converted
from kafkacompat.wire.records.record import Record, iterate
from kafkacompat.wire.records.validation import Limits, Refusal
from tests.wire.records.legacy_record import RECORDED
from tests.wire.records.legacy_sets import LZ4, SNAPPY, ZSTD, T, batch, logs

FETCHED: list[dict[str, Any]] = json.loads(RECORDED.read_text())["fetched"]
PLENTY = 1 << 20
OVERFLOW_OFFSET = -1


def log_of(batches: list[bytes]) -> list[bytes]:
    """Give batches their places in a log."""
    placed, offset = [], 0
    for one in batches:
        copy = bytearray(one)
        patch(copy, offset, 0)
        placed.append(bytes(copy))
        offset = read_header(copy).last_offset + 1
    return placed


def tail(log: list[bytes], offset: int) -> bytes:
    return b"".join(one for one in log if read_header(one).last_offset >= offset)


def said(message_set: bytes) -> list[LegacyMessage]:
    """Read a set as a consumer does: wrappers opened, checksums looked at."""
    found: list[LegacyMessage] = []
    for span in bounded_spans(message_set):
        message = read(message_set, span)
        if message.offset == OVERFLOW_OFFSET:
            break
        check_crc(message_set, span)
        found += unwrap(message, PLENTY) if message.codec else [message]
    return found


@pytest.mark.parametrize("answer", FETCHED, ids=lambda a: f"{a['log']}, v{a['version']} from {a['offset']}")
def test_reads_as_from_kafka(answer: dict[str, Any]) -> None:
    magic, offset = 0 if answer["version"] < 2 else 1, answer["offset"]
    log = log_of(logs()[answer["log"]][0])
    converted = down_converted(tail(log, offset), magic, offset, PLENTY)
    if answer["code"] != "NONE":
        assert converted == ErrorCode[answer["code"]]
        return
    assert isinstance(converted, DownConverted)
    real = bytes.fromhex(answer["records"])
    assert said(converted.messages) == said(real)
    if offset == 9:  # nothing is compressed there, so the bytes are the same, less what Kafka fills up with
        assert real.startswith(converted.messages)
    plain = min(len(converted.messages), max(0, 3 - offset) * (30 + 8 * magic))
    assert converted.messages[:plain] == real[:plain]


def test_the_old_checksum_goes_with_magic_0_alone() -> None:
    for magic, checksum in ((0, 0x1A), (1, 0x82)):
        converted = down_converted(batch(codec=LZ4), magic, 0, PLENTY)
        assert isinstance(converted, DownConverted)
        frame = converted.messages.index(b"\x04\x22\x4d\x18")
        assert converted.messages[frame + 4 : frame + 7] == bytes([0x60, 0x40, checksum])


def test_log_append_time_is_said_of_every_message() -> None:
    for codec in (0, SNAPPY):
        stamped = build_batch(
            [Record(0, value=b"a"), Record(1, value=b"b")], base_timestamp_ms=T, codec=codec, log_append_time=True
        )
        converted = down_converted(stamped, 1, 0, PLENTY)
        assert isinstance(converted, DownConverted)
        assert [(m.timestamp_ms, m.is_log_append_time) for m in said(converted.messages)] == [(T, True)] * 2
        assert all(read(converted.messages, s).is_log_append_time for s in bounded_spans(converted.messages))


def test_markers_are_left_out_and_stepped_over() -> None:
    marker = build_end_transaction_batch(
        commit=True, timestamp_ms=T, producer_id=7, producer_epoch=0, coordinator_epoch=0
    )
    assert down_converted(marker, 1, 0, PLENTY) == DownConverted(b"", 1)
    log = log_of([batch(), marker, batch()])
    converted = down_converted(b"".join(log), 1, 0, PLENTY)
    assert isinstance(converted, DownConverted)
    assert [m.offset for m in said(converted.messages)] == [0, 1, 3, 4]
    assert converted.next_offset == 5


def test_at_least_one_batch_and_no_more_than_fit() -> None:
    log = b"".join(log_of([batch(), batch(), batch()]))
    for max_bytes, offsets in ((1, [0, 1]), (76, [0, 1]), (152, [0, 1, 2, 3]), (PLENTY, [0, 1, 2, 3, 4, 5])):
        converted = down_converted(log, 1, 0, max_bytes)
        assert isinstance(converted, DownConverted)
        assert [m.offset for m in said(converted.messages)] == offsets


def test_what_cannot_be_converted_ends_the_answer_or_is_it() -> None:
    broken = bytearray(batch())
    broken[61] = 0x7E
    for unreadable, code in (
        (batch(codec=ZSTD), ErrorCode.UNSUPPORTED_COMPRESSION_TYPE),
        (bytes(broken), ErrorCode.CORRUPT_MESSAGE),
    ):
        assert down_converted(unreadable, 1, 0, PLENTY) == code
        converted = down_converted(b"".join(log_of([batch(), unreadable, batch()])), 1, 0, PLENTY)
        assert isinstance(converted, DownConverted)
        assert [m.offset for m in said(converted.messages)] == [0, 1]


def test_gaps_that_compaction_left_stay() -> None:
    for codec in (0, SNAPPY):
        kept = build_batch([Record(1, value=b"a"), Record(4, value=b"b")], base_timestamp_ms=T, codec=codec)
        for magic in (0, 1):
            converted = down_converted(kept, magic, 0, PLENTY)
            assert isinstance(converted, DownConverted)
            assert [m.offset for m in said(converted.messages)] == [1, 4]


records = st.lists(
    st.builds(
        Record,
        timestamp_delta_ms=st.integers(0, 10_000),
        key=st.none() | st.binary(max_size=20),
        value=st.none() | st.binary(max_size=60),
    ),
    min_size=1,
    max_size=8,
)


@given(records, st.sampled_from([0, 1, 2, 3]))
def test_down_and_up_again_gives_the_same_batch(sent: list[Record], codec: int) -> None:
    sent = [record._replace(offset_delta=n) for n, record in enumerate(sent)]
    sent[0] = sent[0]._replace(timestamp_delta_ms=0)
    original = build_batch(sent, base_timestamp_ms=T, codec=codec)
    converted = down_converted(original, 1, 0, PLENTY)
    assert isinstance(converted, DownConverted)
    assert up_converted(converted.messages, Limits()) == original
    without_times = down_converted(original, 0, 0, PLENTY)
    assert isinstance(without_times, DownConverted)
    again = up_converted(without_times.messages, Limits())
    assert not isinstance(again, Refusal)
    assert [(r.key, r.value) for r in iterate(bytes(again))] == [(r.key, r.value) for r in sent]
