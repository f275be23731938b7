"""Batches that producers write, and batches that no producer should write."""

from __future__ import annotations

from struct import pack_into
from typing import Any, Final

from kafkacompat.wire.records.builder import build_batch, seal
from kafkacompat.wire.records.record import Record

LONG_AGO_MS: Final = 1_700_000_000_000

FIELDS: Final = {
    "base_offset": (">q", 0),
    "batch_length": (">i", 8),
    "leader_epoch": (">i", 12),
    "magic": (">b", 16),
    "crc": (">I", 17),
    "attributes": (">h", 21),
    "last_offset_delta": (">i", 23),
    "base_timestamp": (">q", 27),
    "max_timestamp": (">q", 35),
    "producer_id": (">q", 43),
    "producer_epoch": (">h", 51),
    "base_sequence": (">i", 53),
    "count": (">i", 57),
}


def batch(count: int = 1, *, timestamp_ms: int = LONG_AGO_MS, size: int = 5, **options: Any) -> bytes:
    """Build `count` records, a second apart, with keys and values that differ."""
    records = [Record(n, 1000 * n, b"key %d" % n, b"value"[:size].ljust(size, b"v")) for n in range(count)]
    return build_batch(records, base_timestamp_ms=timestamp_ms, **options)


def altered(whole: bytes, *, sealed: bool = True, **fields: int) -> bytes:
    """Overwrite header fields; the checksum fits again unless `sealed` is false."""
    changed = bytearray(whole)
    for name, value in fields.items():
        layout, position = FIELDS[name]
        pack_into(layout, changed, position, value)
    if sealed:
        seal(changed)
    return bytes(changed)
