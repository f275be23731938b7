"""LZ4 frames (LZ4 frame format 1.6) as far as Kafka's clients use and accept them.

Kafka's own reader refuses blocks that depend on earlier ones, so they are refused here too, and every block can be
decompressed by itself into a buffer of known size.  Block and content checksums are stepped over: the batch's CRC-32C
covers the same bytes.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from kafkacompat.wire.records.errors import CorruptRecordsError, RecordsTooLargeError

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

MAGIC: Final = b"\x04\x22\x4d\x18"
BLOCK_SIZE: Final = 64 * 1024
DEFAULT_LEVEL: Final = 9
"""Kafka's default of `compression.lz4.level`, which to it means the fast method; all others mean the thorough one."""
_LEAST_LEVEL: Final = 2
"""The thorough method has no level 1, and gives 2 instead; the frame library would take the fast method."""
_HEADER: Final = MAGIC + b"\x60\x40\x82"
"""Version 1, independent blocks of at most 64 KiB, no checksums, no content size; then the header's checksum."""
_VERSION_MASK: Final = 0xC0
_VERSION: Final = 0x40
_INDEPENDENT: Final = 0x20
_BLOCK_CHECKSUMS: Final = 0x10
_CONTENT_SIZE: Final = 0x08
_CONTENT_CHECKSUM: Final = 0x04
_RESERVED: Final = 0x02
_DICTIONARY: Final = 0x01
_BLOCK_SIZES: Final = {0x40: 64 << 10, 0x50: 256 << 10, 0x60: 1 << 20, 0x70: 4 << 20}
_STORED: Final = 0x80000000
_DESCRIPTOR_SIZE: Final = 2
_CONTENT_SIZE_SIZE: Final = 8
_CHECKSUM_SIZE: Final = 4
_UINT32: Final = Struct("<I")
_END: Final = _UINT32.pack(0)

_PRIME_1: Final = 2654435761
_PRIME_2: Final = 2246822519
_PRIME_3: Final = 3266489917
_PRIME_4: Final = 668265263
_PRIME_5: Final = 374761393


def compress(data: Piece | bytearray, level: int | None = None) -> bytes:
    """Compress into one frame; `level` is Kafka's `compression.lz4.level`."""
    view = memoryview(data)
    pieces: list[bytes] = [_HEADER]
    for start in range(0, len(view), BLOCK_SIZE):
        plain = view[start : start + BLOCK_SIZE]
        pieces.append(_compress_block(plain, level))
    pieces.append(_END)
    return b"".join(pieces)


def _compress_block(plain: memoryview, level: int | None) -> bytes:
    """Compress what fits into one block, its length in front."""
    import cramjam  # noqa: PLC0415 - start-up time

    if level is None or level == DEFAULT_LEVEL:
        packed = bytes(cramjam.lz4.compress_block(plain, store_size=False))
        stored = len(packed) >= len(plain)
        return _UINT32.pack(len(plain) | _STORED) + plain if stored else _UINT32.pack(len(packed)) + packed
    # The library heeds a level only for whole frames. The first block of one depends on no other, and is all we take.
    frame = bytes(cramjam.lz4.compress(plain, level=max(level, _LEAST_LEVEL)))
    end = len(_HEADER) + _UINT32.size + (_UINT32.unpack_from(frame, len(_HEADER))[0] & ~_STORED)
    return frame[len(_HEADER) : end]


def decompress(data: Piece | bytearray, limit_bytes: int) -> bytes:
    """Decompress the frame that the data begin with; CorruptRecordsError as `compression.decompress` says."""
    view = memoryview(data)
    try:
        flags, block_size, position = _read_frame_header(view)
        return _read_blocks(view, position, flags, block_size, limit_bytes)
    except IndexError as error:
        raise CorruptRecordsError("lz4: cut off") from error


def _read_frame_header(view: memoryview) -> tuple[int, int, int]:
    """Return the flags, the largest size of a block, and where the first block begins."""
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise CorruptRecordsError("lz4: not a frame")
    start = len(MAGIC)
    flags, sizes = view[start], view[start + 1]
    if flags & _VERSION_MASK != _VERSION or flags & (_RESERVED | _DICTIONARY) or not flags & _INDEPENDENT:
        raise CorruptRecordsError(f"lz4: a frame with flags {flags:#04x}")
    block_size = _BLOCK_SIZES.get(sizes)
    if block_size is None:
        raise CorruptRecordsError(f"lz4: a frame with block descriptor {sizes:#04x}")
    end = start + _DESCRIPTOR_SIZE + (_CONTENT_SIZE_SIZE if flags & _CONTENT_SIZE else 0)
    if view[end] != header_checksum(bytes(view[start:end])):
        raise CorruptRecordsError("lz4: the frame header's checksum is wrong")
    return flags, block_size, end + 1


def _read_blocks(view: memoryview, position: int, flags: int, block_size: int, limit_bytes: int) -> bytes:
    output = bytearray()
    trailer_size = _CHECKSUM_SIZE if flags & _BLOCK_CHECKSUMS else 0
    while True:
        length = _read_uint32(view, position)
        position += _UINT32.size
        if length == 0:
            break
        end = position + (length & ~_STORED)
        block = view[position:end]
        if end + trailer_size > len(view):
            raise CorruptRecordsError("lz4: cut off")
        output += _decompress_block(block, block_size, stored=bool(length & _STORED))
        if len(output) > limit_bytes:
            raise RecordsTooLargeError(f"lz4: more than {limit_bytes} bytes of records")
        position = end + trailer_size
    if position + (_CHECKSUM_SIZE if flags & _CONTENT_CHECKSUM else 0) > len(view):
        raise CorruptRecordsError("lz4: cut off")
    return bytes(output)


def _decompress_block(block: memoryview, block_size: int, *, stored: bool) -> Piece:
    if stored:
        if len(block) > block_size:
            raise CorruptRecordsError("lz4: a block larger than the frame permits")
        return block
    import cramjam  # noqa: PLC0415 - start-up time

    # An LZ4 byte never stands for more than 255, so a small block needs no large buffer.
    plain = bytearray(min(block_size, 255 * len(block) + 64))
    try:
        size = cramjam.lz4.decompress_block_into(block, plain)
    except cramjam.DecompressionError as error:
        raise CorruptRecordsError(f"lz4: {error}") from error
    return memoryview(plain)[:size]


def _read_uint32(view: memoryview, position: int) -> int:
    if len(view) - position < _UINT32.size:
        raise CorruptRecordsError("lz4: cut off")
    value: int = _UINT32.unpack_from(view, position)[0]
    return value


def header_checksum(descriptor: bytes) -> int:
    """Return the second byte of xxHash32 (seed 0) over a frame's descriptor, which has fewer than 16 bytes."""
    value = (_PRIME_5 + len(descriptor)) & 0xFFFFFFFF
    whole = len(descriptor) & ~3
    for (word,) in _UINT32.iter_unpack(descriptor[:whole]):
        value = _rotate((value + word * _PRIME_3) & 0xFFFFFFFF, 17) * _PRIME_4 & 0xFFFFFFFF
    for byte in descriptor[whole:]:
        value = _rotate((value + byte * _PRIME_5) & 0xFFFFFFFF, 11) * _PRIME_1 & 0xFFFFFFFF
    value = (value ^ value >> 15) * _PRIME_2 & 0xFFFFFFFF
    value = (value ^ value >> 13) * _PRIME_3 & 0xFFFFFFFF
    return ((value ^ value >> 16) >> 8) & 0xFF


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & 0xFFFFFFFF
