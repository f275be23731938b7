"""The checksum in the header of LZ4 frames as Kafka wrote it before 0.10 (KIP-57).

It was taken over the frame's magic number too, where the format wants the descriptor alone.  With messages of magic 0
clients write and expect it so; Kafka's own reader looks at neither there.
"""

from __future__ import annotations

from typing import Final

from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.lz4_frames import MAGIC, header_checksum

_DESCRIPTOR_SIZE: Final = 2
_CONTENT_SIZE: Final = 0x08
_CONTENT_SIZE_SIZE: Final = 8


def with_former_checksum(frame: bytes) -> bytes:
    """Return a frame with the checksum that readers of magic 0 expect."""
    end = _descriptor_end(frame)
    return frame[:end] + bytes([header_checksum(frame[:end])]) + frame[end + 1 :]


def with_right_checksum(frame: bytes) -> bytes:
    """Return a frame with the checksum of the format, whichever it had."""
    end = _descriptor_end(frame)
    return frame[:end] + bytes([header_checksum(frame[len(MAGIC) : end])]) + frame[end + 1 :]


def _descriptor_end(frame: bytes) -> int:
    """Return where the header's checksum is."""
    end = len(MAGIC) + _DESCRIPTOR_SIZE
    if len(frame) > len(MAGIC) and frame[len(MAGIC)] & _CONTENT_SIZE:
        end += _CONTENT_SIZE_SIZE
    if len(frame) <= end:
        raise CorruptRecordsError("lz4: cut off")
    return end
