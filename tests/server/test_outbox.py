"""Replies that come from files are read only as fast as the peer takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.server.outbox import FILE_PART_BYTES, JOIN_BELOW_BYTES, Outbox
from kafkacompat.wire.pieces import FileRange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafkacompat.wire.schema import Piece


class Transport:
    """Keeps what it is given, write by write, and says after each whether it takes more."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.outbox = Outbox(self)
        self.full_after_write = False

    def write(self, data: Piece) -> None:
        self.writes.append(bytes(data))
        self.outbox.writable = not self.full_after_write

    def writelines(self, pieces: Iterable[Piece]) -> None:
        self.write(b"".join(pieces))


class File:
    """Notes how far it has been read."""

    def __init__(self, size: int) -> None:
        self.data = bytes(n % 251 for n in range(size))
        self.read_up_to = 0

    def read_at(self, position: int, size_bytes: int) -> bytes:
        self.read_up_to = max(self.read_up_to, position + size_bytes)
        return self.data[position : position + size_bytes]


def test_small_replies_are_one_write() -> None:
    transport = Transport()
    transport.outbox.send([b"size", b"head", memoryview(b"body")], 8)
    assert transport.writes == [b"sizeheadbody"]
    assert transport.outbox.is_clear


def test_a_file_goes_out_in_parts_among_its_neighbours() -> None:
    file, transport = File(3 * FILE_PART_BYTES), Transport()
    size = 2 * FILE_PART_BYTES + 10
    transport.outbox.send([b"head", FileRange(file, 5, size), b"tail"], size + 8)
    assert b"".join(transport.writes) == b"head" + file.data[5 : 5 + size] + b"tail"
    assert max(map(len, transport.writes)) <= FILE_PART_BYTES
    assert transport.outbox.is_clear


def test_a_file_is_not_read_while_the_peer_does_not_read() -> None:
    file, transport = File(4 * FILE_PART_BYTES), Transport()
    transport.full_after_write = True
    transport.outbox.send([FileRange(file, 0, len(file.data))], len(file.data))
    for parts in (1, 2, 3):
        assert file.read_up_to == parts * FILE_PART_BYTES
        assert not transport.outbox.is_clear
        transport.outbox.writable = True
        transport.outbox.pump()
    assert b"".join(transport.writes) == file.data


def test_replies_keep_their_order_behind_a_file() -> None:
    file, transport = File(2 * FILE_PART_BYTES), Transport()
    transport.full_after_write = True
    transport.outbox.send([FileRange(file, 0, len(file.data))], len(file.data))
    transport.outbox.send([b"next"], 4)
    transport.full_after_write = False
    transport.outbox.writable = True
    transport.outbox.pump()
    assert b"".join(transport.writes) == file.data + b"next"


def test_large_replies_from_memory_are_not_joined_by_us() -> None:
    transport = Transport()
    body = memoryview(bytes(JOIN_BELOW_BYTES))
    transport.outbox.send([b"head", body], JOIN_BELOW_BYTES + 4)
    assert transport.writes == [b"head" + bytes(body)]


def test_gathered_replies_are_one_write_and_keep_their_order() -> None:
    transport = Transport()
    large = bytes(JOIN_BELOW_BYTES)
    for reply in (b"a", b"b", large, b"c"):
        transport.outbox.gather([reply], len(reply))
    transport.outbox.flush()
    assert transport.writes == [b"ab", large, b"c"]


def test_gathering_has_a_bound() -> None:
    transport = Transport()
    for _ in range(3):
        transport.outbox.gather([bytes(JOIN_BELOW_BYTES // 2)], JOIN_BELOW_BYTES // 2)
    assert [len(write) for write in transport.writes] == [JOIN_BELOW_BYTES]
