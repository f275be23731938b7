"""Records of an answer, batch by batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.records.batch import read_header

if TYPE_CHECKING:
    from collections.abc import Iterator


def whole(records: Any) -> bytes:
    """Return the records of a partition's answer as bytes, wherever their pieces are."""
    if records is None:
        return b""
    return b"".join(map(bytes, records)) if isinstance(records, list) else bytes(records)


def batches(records: Any) -> list[bytes]:
    """Return the whole batches of such records."""
    data = whole(records)
    found, position = [], 0
    while position < len(data):
        size = read_header(data, position).size_bytes
        found.append(data[position : position + size])
        position += size
    return found


def partitions(answer: Any, topics: str = "topics", parts: str = "partitions") -> Iterator[Any]:
    """Yield what an answer, or a request, has of each partition."""
    for topic in getattr(answer, topics):
        yield from getattr(topic, parts)
