"""Which partition of a coordinator's log keeps a group, or a transactional id."""

from __future__ import annotations

from typing import Final

_BITS: Final = 32
_MASK: Final = (1 << _BITS) - 1
_LEAST: Final = 1 << (_BITS - 1)


def java_hash(text: str) -> int:
    """Return what `String.hashCode` of Java returns: over UTF-16 code units, in 32 bits, signed."""
    value = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for index in range(0, len(units), 2):
        value = (31 * value + (units[index] << 8 | units[index + 1])) & _MASK
    return value - (1 << _BITS) if value & _LEAST else value


def partition_for(name: str, partitions: int) -> int:
    """Return the partition of a name; the one hash without a positive counterpart counts as zero."""
    value = java_hash(name)
    return (0 if value == -_LEAST else abs(value)) % partitions
