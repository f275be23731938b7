"""Snappy as Kafka's clients write it: xerial's framing (snappy-java's streams) or one raw block.

Xerial: a 16-byte header (eight magic bytes, version 1 and oldest compatible version 1 as int32), then blocks, each with
its length as int32.  Writers cut the data every 32 KiB, as Java does.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from kafkacompat.wire.records.errors import CorruptRecordsError, RecordsTooLargeError

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

BLOCK_SIZE: Final = 32 * 1024
_MAGIC: Final = b"\x82SNAPPY\x00"
_HEADER: Final = _MAGIC + b"\x00\x00\x00\x01\x00\x00\x00\x01"
_LENGTH: Final = Struct(">I")


def compress(data: Piece | bytearray) -> bytes:
    """Compress into xerial's framing."""
    import cramjam  # noqa: PLC0415 - start-up time

    view = memoryview(data)
    pieces: list[bytes] = [_HEADER]
    for start in range(0, len(view), BLOCK_SIZE):
        block = bytes(cramjam.snappy.compress_raw(view[start : start + BLOCK_SIZE]))
        pieces += (_LENGTH.pack(len(block)), block)
    return b"".join(pieces)


def decompress(data: Piece | bytearray, limit_bytes: int) -> bytes:
    """Decompress either form; CorruptRecordsError as `compression.decompress` says."""
    view = memoryview(data)
    if bytes(view[: len(_MAGIC)]) != _MAGIC:
        return _decompress_block(view, limit_bytes)
    if len(view) < len(_HEADER):
        raise CorruptRecordsError("snappy: cut off")
    pieces: list[bytes] = []
    position, room = len(_HEADER), limit_bytes
    while position < len(view):
        if len(view) - position < _LENGTH.size:
            raise CorruptRecordsError("snappy: cut off")
        (length,) = _LENGTH.unpack_from(view, position)
        position += _LENGTH.size
        if length > len(view) - position:
            raise CorruptRecordsError("snappy: cut off")
        pieces.append(_decompress_block(view[position : position + length], room))
        room -= len(pieces[-1])
        position += length
    return b"".join(pieces)


def _decompress_block(block: memoryview, limit_bytes: int) -> bytes:
    import cramjam  # noqa: PLC0415 - start-up time

    try:
        size = cramjam.snappy.decompress_raw_len(block)
        if size > limit_bytes:
            raise RecordsTooLargeError("snappy: more bytes of records than permitted")
        output = bytearray(size)
        written = cramjam.snappy.decompress_raw_into(block, output)
    except cramjam.DecompressionError as error:
        raise CorruptRecordsError(f"snappy: {error}") from error
    if written != size:
        raise CorruptRecordsError(f"snappy: {written} bytes instead of {size}")
    return bytes(output)
