"""The four compressions of record batches, in the framings that Kafka's clients write.

`decompress` never holds more output than the limit it is given, whatever the data claim.  The native library is
imported when first used: most brokers never decompress anything, and all of them start.  Bytes after the end of a gzip
or lz4 stream are ignored, as Java's readers do.
"""

from __future__ import annotations

import zlib
from enum import IntEnum
from typing import TYPE_CHECKING

from kafkacompat.wire.records import lz4_frames, snappy_blocks
from kafkacompat.wire.records.errors import CorruptRecordsError, RecordsTooLargeError

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece


class Codec(IntEnum):
    """Compressions, by the number in a batch's attributes."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4


_GZIP_WINDOW_BITS = 31
"""A gzip header around deflate's largest window."""
_GZIP_MAGIC = b"\x1f\x8b"
_DEFAULT_ZSTD_LEVEL = 3
_SMALLEST_OUTPUT_BYTES = 16 * 1024
_FIRST_GUESS_RATIO = 4
_GROWTH = 8


def compress(codec: int, data: Piece | bytearray, level: int | None = None) -> bytes:
    """Compress a payload; `level` counts as the codec does (None: Kafka's default). ValueError for an unknown codec."""
    match codec:
        case Codec.NONE:
            return bytes(data)
        case Codec.GZIP:
            gzip = zlib.compressobj(
                zlib.Z_DEFAULT_COMPRESSION if level is None else level, zlib.DEFLATED, _GZIP_WINDOW_BITS
            )
            return gzip.compress(data) + gzip.flush()
        case Codec.SNAPPY:
            return snappy_blocks.compress(data)
        case Codec.LZ4:
            return lz4_frames.compress(data, level)
        case Codec.ZSTD:
            import cramjam  # noqa: PLC0415 - start-up time

            return bytes(cramjam.zstd.compress(data, level=_DEFAULT_ZSTD_LEVEL if level is None else level))
        case _:
            raise ValueError(f"no compression has the number {codec}")


def decompress(codec: int, data: Piece | bytearray, limit_bytes: int) -> bytes:
    """Decompress a payload; CorruptRecordsError if it is malformed, cut off, or larger than `limit_bytes`."""
    match codec:
        case Codec.NONE:
            if len(data) > limit_bytes:
                raise RecordsTooLargeError(f"more than {limit_bytes} bytes of records")
            return bytes(data)
        case Codec.GZIP:
            return _gunzip(data, limit_bytes)
        case Codec.SNAPPY:
            return snappy_blocks.decompress(data, limit_bytes)
        case Codec.LZ4:
            return lz4_frames.decompress(data, limit_bytes)
        case Codec.ZSTD:
            return _unzstd(data, limit_bytes)
        case _:
            raise CorruptRecordsError(f"no compression has the number {codec}")


def _gunzip(data: Piece | bytearray, limit_bytes: int) -> bytes:
    """Decompress one or more gzip members."""
    members: list[bytes] = []
    room = limit_bytes
    rest: Piece | bytearray = data
    while True:
        member = zlib.decompressobj(_GZIP_WINDOW_BITS)
        try:
            members.append(member.decompress(rest, room + 1))
        except zlib.error as error:
            raise CorruptRecordsError(f"gzip: {error}") from error
        room -= len(members[-1])
        if room < 0:
            raise RecordsTooLargeError(f"gzip: more than {limit_bytes} bytes of records")
        if not member.eof:
            raise CorruptRecordsError("gzip: cut off")
        rest = member.unused_data
        if not rest.startswith(_GZIP_MAGIC):
            return members[0] if len(members) == 1 else b"".join(members)


def _unzstd(data: Piece | bytearray, limit_bytes: int) -> bytes:
    """Decompress zstd frames into a buffer that grows up to the limit.

    Streams as Kafka's clients write them do not say how large their content is; a buffer too small costs another try.
    """
    import cramjam  # noqa: PLC0415 - start-up time

    if not data:
        return b""
    capacity = max(_SMALLEST_OUTPUT_BYTES, _FIRST_GUESS_RATIO * len(data))
    while True:
        output = bytearray(min(capacity, limit_bytes))
        try:
            size = cramjam.zstd.decompress_into(data, output)
        except cramjam.DecompressionError as error:
            # The text is that of Rust's WriteZero: the output buffer is full.
            if "write whole buffer" not in str(error):
                raise CorruptRecordsError(f"zstd: {error}") from error
        else:
            return bytes(memoryview(output)[:size])
        if capacity >= limit_bytes:
            raise RecordsTooLargeError(f"zstd: more than {limit_bytes} bytes of records")
        capacity *= _GROWTH
