"""Both codecs on every message in every version: what one writes, both read; what one refuses, both refuse."""

from __future__ import annotations

import tracemalloc
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kafkacompat.wire import codec, reference_codec
from kafkacompat.wire.malformed import MalformedError
from tests.wire.catalogue import all_messages, all_versions, label
from tests.wire.filled import filled
from tests.wire.strategies import values

every_message = pytest.mark.parametrize(("cls", "version"), all_versions(), ids=label)

LARGEST_VARINT: Final = bytes.fromhex("ffffffff07")
LARGEST_INT32: Final = bytes.fromhex("7fffffff")


def quickly(examples: int) -> settings:
    """Few examples each: there are some 250 pairs of message and version, many of them alike."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow, database=None)


def outcome(decode: Any, cls: type, version: int, data: bytes) -> Any:
    """Return the value, or the type of the error; any other error than MalformedError fails the test by itself."""
    try:
        return decode(cls, version, memoryview(data))
    except MalformedError:
        return MalformedError


@every_message
def test_both_codecs_write_the_same_bytes_and_read_them_back(cls: type, version: int) -> None:
    @quickly(8)
    @given(values(cls, version))
    def check(value: Any) -> None:
        data = reference_codec.encode(value, version)
        assert reference_codec.decode(cls, version, data) == value
        assert b"".join(codec.encode(value, version)) == data
        assert codec.decode(cls, version, memoryview(data)) == value
        assert codec.decode(cls, version, data) == value

    check()


@every_message
def test_every_prefix_is_refused(cls: type, version: int) -> None:
    data = reference_codec.encode(filled(cls, version), version)
    for size in range(len(data)):
        assert outcome(reference_codec.decode, cls, version, data[:size]) is MalformedError
        assert outcome(codec.decode, cls, version, data[:size]) is MalformedError


@every_message
def test_bytes_after_the_end_are_refused(cls: type, version: int) -> None:
    data = reference_codec.encode(filled(cls, version), version) + b"\0"
    assert outcome(reference_codec.decode, cls, version, data) is MalformedError
    assert outcome(codec.decode, cls, version, data) is MalformedError


@every_message
def test_damaged_bytes_mean_the_same_to_both_codecs(cls: type, version: int) -> None:
    @quickly(6)
    @given(values(cls, version), st.data())
    def check(value: Any, choose: st.DataObject) -> None:
        data = bytearray(reference_codec.encode(value, version))
        if data:
            start = choose.draw(st.integers(0, len(data) - 1))
            stop = choose.draw(st.integers(start, min(len(data), start + 4)))
            data[start:stop] = choose.draw(
                st.sampled_from([b"\xff", b"\x80", b"\0", b"\x01", LARGEST_INT32, b"\x82\x80\x02"])
            )
        reference = outcome(reference_codec.decode, cls, version, bytes(data))
        assert outcome(codec.decode, cls, version, bytes(data)) == reference

    check()


def hostile(cls: type, version: int) -> list[bytes]:
    """Put the largest length over every position: over a length it is hostile, over other things it is only a value."""
    data = reference_codec.encode(filled(cls, version), version)
    flexible = version >= cls.FLEXIBLE  # type: ignore[attr-defined]
    largest, width = (LARGEST_VARINT, 1) if flexible else (LARGEST_INT32, 4)
    return [data[:position] + largest + data[position + width :] for position in range(len(data))]


@every_message
def test_lengths_and_counts_beyond_the_data_mean_the_same_to_both_codecs(cls: type, version: int) -> None:
    for data in hostile(cls, version):
        assert outcome(codec.decode, cls, version, data) == outcome(reference_codec.decode, cls, version, data)


@pytest.mark.parametrize("cls", all_messages(), ids=label)
def test_lengths_and_counts_beyond_the_data_allocate_nothing(cls: type) -> None:
    for version in {cls.VERSIONS[0], cls.VERSIONS[-1]}:  # type: ignore[attr-defined]
        codec.decode(cls, version, reference_codec.encode(filled(cls, version), version))  # compile before we measure
        inputs = hostile(cls, version)
        tracemalloc.start()
        try:
            for data in inputs:
                outcome(codec.decode, cls, version, data)
                outcome(reference_codec.decode, cls, version, data)
            assert tracemalloc.get_traced_memory()[1] < 1 << 20
        finally:
            tracemalloc.stop()
