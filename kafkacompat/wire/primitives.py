"""What both compiled directions share: fixed-width formats and the variable-length integers of flexible versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.wire.malformed import MalformedError

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

FORMATS: Final = {
    "int8": "b",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "float64": "d",
    "bool": "?",
    "uuid": "16s",
}
"""Format characters of `struct` for the types of fixed width; all are big-endian."""

MAX_VARINT_SIZE: Final = 5
MAX_LENGTH: Final = 0x7FFF_FFFF
MAX_ELEMENTS: Final = 1_000_000
"""In one array; Kafka 4.4 reads no more."""
MAX_TAGGED_FIELDS: Final = 10_000
"""In one tagged section; Kafka 4.4 reads no more."""
MAX_STRING_SIZE: Final = 0x7FFF
"""In bytes; Kafka holds strings to the reach of an int16, in their compact form too."""


def _encode_unsigned_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


SMALL_VARINTS: Final = tuple(_encode_unsigned_varint(n) for n in range(1024))
"""The encodings that nearly every length has."""


def unsigned_varint(value: int) -> bytes:
    """Encode a non-negative integer, seven bits a byte, least significant first."""
    return SMALL_VARINTS[value] if value < len(SMALL_VARINTS) else _encode_unsigned_varint(value)


def read_unsigned_varint(data: Piece, position: int) -> tuple[int, int]:
    """Return the integer at `position` and the position after it; IndexError where the data ends.

    MalformedError beyond five bytes or 2^31-1: no length of the protocol is larger.
    """
    value = 0
    for index in range(MAX_VARINT_SIZE):
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            if value > MAX_LENGTH:
                raise MalformedError(f"variable-length integer {value} is out of range")
            return value, position + index + 1
    raise MalformedError("variable-length integer is longer than five bytes")
