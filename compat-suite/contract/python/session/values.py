"""How the contract writes bytes, partitions and offsets."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any


def encoded(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def decoded(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def listed(partitions: Iterable[Any]) -> list[list[Any]]:
    """Partitions as the contract lists them; they may be any client's that have `topic` and `partition`."""
    return sorted([each.topic, each.partition] for each in partitions)


def offset_list(values: Mapping[Any, Any]) -> list[list[Any]]:
    """`[topic, partition, value...]` of each, in order; a tuple as value is spread."""
    rows = []
    for each, value in values.items():
        rest = list(value) if isinstance(value, tuple) else [value]
        rows.append([each.topic, each.partition, *rest])
    return sorted(rows, key=lambda row: row[:2])
