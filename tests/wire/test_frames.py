"""The stream of bytes is cut into the same frames however it arrives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.wire.frames import BUSY_CAPACITY_BYTES, INITIAL_CAPACITY_BYTES, KEPT_CAPACITY_BYTES, FrameReader
from kafkacompat.wire.malformed import MalformedError

LIMIT_BYTES = 100 * 1024 * 1024


def framed(*bodies: bytes) -> bytes:
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


def receive(reader: FrameReader, data: bytes) -> list[bytes]:
    """Put all data in, as a transport would, and return copies of the frames that come out."""
    frames = []
    while data:
        room = reader.room()
        count = min(len(room), len(data))
        room[:count] = data[:count]
        reader.received(count)
        data = data[count:]
        while (frame := reader.next_frame()) is not None:
            frames.append(bytes(frame))
    return frames


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=8), st.data())
def test_any_split_gives_the_same_frames(bodies: list[bytes], data: st.DataObject) -> None:
    stream = framed(*bodies)
    reader, frames = FrameReader(LIMIT_BYTES), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        frames += receive(reader, stream[:cut])
        stream = stream[cut:]
    assert frames == bodies


@pytest.mark.parametrize(
    "size", [INITIAL_CAPACITY_BYTES - 4, INITIAL_CAPACITY_BYTES, 1_000_000, KEPT_CAPACITY_BYTES + 1]
)
def test_frames_larger_than_the_buffer(size: int) -> None:
    bodies = [bytes([n]) * size for n in range(3)]
    assert receive(FrameReader(LIMIT_BYTES), framed(*bodies)) == bodies


def test_a_frame_is_a_view_and_not_a_copy() -> None:
    reader = FrameReader(LIMIT_BYTES)
    room = reader.room()
    room[:5] = framed(b"x")
    reader.received(5)
    frame = reader.next_frame()
    assert frame is not None
    assert frame.obj is room.obj


@pytest.mark.parametrize("size", [0, -1, -(2**31), 101, 2**31 - 1])
def test_sizes_that_are_refused(size: int) -> None:
    reader = FrameReader(limit_bytes=100)
    with pytest.raises(MalformedError, match="between 1 and 100 are allowed"):
        receive(reader, size.to_bytes(4, "big", signed=True))


def test_a_claim_alone_takes_no_memory() -> None:
    reader = FrameReader(LIMIT_BYTES)
    assert receive(reader, LIMIT_BYTES.to_bytes(4, "big")) == []
    assert len(reader.room()) < INITIAL_CAPACITY_BYTES


def test_memory_grows_with_what_was_received_not_with_what_was_claimed() -> None:
    reader = FrameReader(LIMIT_BYTES)
    receive(reader, LIMIT_BYTES.to_bytes(4, "big") + bytes(300_000))
    assert len(reader.room()) <= 4 * 300_000


def test_a_large_buffer_is_given_back_when_empty() -> None:
    reader = FrameReader(LIMIT_BYTES)
    receive(reader, framed(bytes(KEPT_CAPACITY_BYTES * 2)))
    assert len(reader.room()) == INITIAL_CAPACITY_BYTES


def test_a_held_frame_stays_valid_while_more_arrives() -> None:
    reader = FrameReader(LIMIT_BYTES)
    first, second = b"a" * 1000, b"b" * 1000
    room = reader.room()
    room[:1004] = framed(first)
    reader.received(1004)
    frame = reader.next_frame()
    assert frame is not None
    reader.hold()
    while reader.has_room():
        room = reader.room()
        count = min(len(room), 1004)
        room[:count] = framed(second)[:count]
        reader.received(count)
    assert bytes(frame) == first
    reader.let_go()
    after = reader.next_frame()
    assert after is not None
    assert bytes(after) == second


def test_a_stream_that_fills_its_buffer_gets_a_larger_one() -> None:
    whole, cut = FrameReader(LIMIT_BYTES), FrameReader(LIMIT_BYTES)
    receive(whole, framed(bytes(INITIAL_CAPACITY_BYTES - 4)))
    assert len(whole.room()) == BUSY_CAPACITY_BYTES
    receive(cut, framed(bytes(INITIAL_CAPACITY_BYTES - 100), bytes(1000))[:INITIAL_CAPACITY_BYTES])
    assert len(cut.room()) == BUSY_CAPACITY_BYTES - 96
