"""Signed variable-length integers of records (Kafka's VARINT and VARLONG): zigzag, seven bits a byte, lowest first."""

from __future__ import annotations

from kafkacompat.wire.records.errors import CorruptRecordsError


def read_varint(data: bytes, position: int, bits: int = 32) -> tuple[int, int]:
    """Return a varint of at most `bits` bits and the position after it; IndexError if the data end inside it."""
    byte = data[position]
    position += 1
    if byte < 0x80:  # noqa: PLR2004 - the continuation bit
        return (byte >> 1) ^ -(byte & 1), position
    value = byte & 0x7F
    shift = 7
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            break
        shift += 7
        if shift >= bits:
            raise CorruptRecordsError(f"a varint of more than {bits} bits")
    if value >> bits:
        raise CorruptRecordsError(f"a varint of more than {bits} bits")
    return (value >> 1) ^ -(value & 1), position


def write_varint(out: bytearray, value: int) -> None:
    """Append `value` (32 or 64 bits, signed: the encoding is the same)."""
    zigzag = value << 1 if value >= 0 else ~(value << 1)
    while zigzag > 0x7F:  # noqa: PLR2004 - what fits into seven bits
        out.append((zigzag & 0x7F) | 0x80)
        zigzag >>= 7
    out.append(zigzag)
