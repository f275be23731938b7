"""Message sets of old producers, and the batches that Kafka 3.9.1 made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.append import Accepted, check_append
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.legacy import MAX_MESSAGES, LegacyMessage, write, write_wrapped
from kafkacompat.wire.records.legacy_up_conversion import NOTHING, up_converted
from kafkacompat.wire.records.record import iterate
from kafkacompat.wire.records.validation import FIRST_VERSION_WITH_ZSTD, Limits, Refusal, check_request
from tests.wire.records.legacy_record import RECORDED
from tests.wire.records.legacy_sets import Case, cases, message

PRODUCED: dict[str, Any] = json.loads(RECORDED.read_text())["produced"]
CODECS = {"gzip": 1, "zstd": 4, "uncompressed": 0}
NOW_MS = 1_700_000_100_000


def limits_of(case: Case) -> Limits:
    codec = case.settings.get("compression.type")
    return Limits(
        log_append_time="message.timestamp.type" in case.settings,
        compacted="cleanup.policy" in case.settings,
        codec=None if codec is None else CODECS[codec],
    )


def appended(case: Case) -> Accepted | Refusal:
    """Go the whole way of a produced message set to the batch that is stored."""
    limits = limits_of(case)
    batch = up_converted(case.records, limits)
    if isinstance(batch, Refusal):
        return batch
    header = check_request(batch, FIRST_VERSION_WITH_ZSTD)
    return header if isinstance(header, Refusal) else check_append(batch, header, limits, NOW_MS, "t-0")


@pytest.mark.parametrize("name", cases())
def test_is_taken_or_refused_as_kafka_does(name: str) -> None:
    outcome = appended(cases()[name])
    code = outcome.code if isinstance(outcome, Refusal) else ErrorCode.NONE
    assert code.name == PRODUCED[name]["code"]


@pytest.mark.parametrize("name", [name for name, facts in PRODUCED.items() if "stored" in facts])
def test_is_stored_as_kafka_stores_it(name: str) -> None:
    real = bytes.fromhex(PRODUCED[name]["stored"])
    outcome = appended(cases()[name])
    assert isinstance(outcome, Accepted)
    header = read_header(real)
    if header.codec == 0:
        ours = bytearray(outcome.batch)
        ours[12:16] = real[12:16]  # the leader's epoch is the log's to set
        assert ours == real
    else:  # compressors differ in what they write, not in what it says
        alike = {"batch_length": 0, "crc": 0, "leader_epoch": 0}
        assert outcome.header._replace(**alike) == header._replace(**alike)
        assert list(iterate(outcome.batch)) == list(iterate(real))


@pytest.mark.parametrize("magic", [0, 1])
def test_log_append_time_keeps_the_records_own_times_beside_it(magic: int) -> None:
    for name in (f"log append time, magic {magic}", f"log append time, gzip, magic {magic}"):
        outcome = appended(cases()[name])
        assert isinstance(outcome, Accepted)
        assert outcome.header.max_timestamp_ms == NOW_MS
        assert outcome.header.attributes & 8
        assert outcome.header.base_timestamp_ms == (1_700_000_000_000 if magic else -1)


def test_a_wrapper_that_swells_beyond_what_is_permitted() -> None:
    case = cases()["large once decompressed, magic 1"]
    assert up_converted(case.records, Limits(decompressed_bytes=1 << 20)) == Refusal(ErrorCode.MESSAGE_TOO_LARGE)


def test_more_messages_than_anybody_sends() -> None:
    tiny = message(magic=0, value=None)
    assert up_converted(tiny * (MAX_MESSAGES + 1), Limits()) == Refusal(ErrorCode.MESSAGE_TOO_LARGE)


messages = st.lists(
    st.builds(
        LegacyMessage,
        offset=st.just(0),
        magic=st.just(1),
        attributes=st.just(0),
        timestamp_ms=st.integers(-1, NOW_MS),
        key=st.none() | st.binary(max_size=20),
        value=st.none() | st.binary(max_size=60),
    ),
    min_size=1,
    max_size=8,
)


@given(messages, st.sampled_from([0, 1]), st.sampled_from([0, 1, 2, 3]))
def test_says_what_the_messages_said(sent: list[LegacyMessage], magic: int, codec: int) -> None:
    sent = [m._replace(offset=n, magic=magic, timestamp_ms=m.timestamp_ms if magic else -1) for n, m in enumerate(sent)]
    out = bytearray()
    if codec:
        write_wrapped(out, sent, codec)
    else:
        for one in sent:
            write(out, one)
    batch = up_converted(bytes(out), Limits())
    assert not isinstance(batch, Refusal)
    header = read_header(batch)
    assert header.codec == codec
    assert [
        (record.offset_delta, header.base_timestamp_ms + record.timestamp_delta_ms, record.key, record.value)
        for record in iterate(bytes(batch))
    ] == [(m.offset, m.timestamp_ms, m.key, m.value) for m in sent]


@given(st.binary(max_size=200))
def test_anything_else_is_refused_without_ado(data: bytes) -> None:
    outcome = up_converted(data, Limits())
    assert isinstance(outcome, Refusal) or read_header(outcome).magic == 2


@given(st.sampled_from(sorted(cases())), st.data())
def test_a_changed_byte_never_breaks_the_reader(name: str, data: st.DataObject) -> None:
    records = bytearray(cases()[name].records[:2_000])
    if records:
        records[data.draw(st.integers(0, len(records) - 1))] ^= data.draw(st.integers(1, 255))
    outcome = up_converted(bytes(records), Limits())
    assert outcome == NOTHING or isinstance(outcome, Refusal) or read_header(outcome).magic == 2
