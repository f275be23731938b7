"""Records, as requests give them and as answers show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from session.failures import Failure, unsupported
from session.values import decoded, encoded


@dataclass
class Outgoing:
    """A record to be sent; what is None is left to the client."""

    topic: str
    partition: int | None = None
    key: bytes | None = None
    value: bytes | None = None
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)
    timestamp: int | None = None

    @classmethod
    def of(cls, request: dict[str, Any]) -> Outgoing:
        unknown = set(request) - {each.name for each in fields(cls)}
        if unknown:
            raise unsupported(f"records with {', '.join(sorted(unknown))}")
        if "topic" not in request:
            raise Failure("INVALID_ARGUMENT", "a record needs a topic")
        return cls(
            topic=request["topic"],
            partition=request.get("partition"),
            key=decoded(request.get("key")),
            value=decoded(request.get("value")),
            headers=[(name, decoded(content)) for name, content in request.get("headers") or []],
            timestamp=request.get("timestamp"),
        )


def incoming(  # noqa: PLR0913 - a record has that many parts
    *,
    topic: str,
    partition: int,
    offset: int,
    timestamp: int | None,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes | None]] | None,
    **more: Any,
) -> dict[str, Any]:
    """A record that was received; `more` is `timestamp_type`, `leader_epoch`, `delivery_count`: left out where None."""
    shown = {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp,
        "key": encoded(key),
        "value": encoded(value),
        "headers": [[name, encoded(content)] for name, content in headers or []],
    }
    return shown | {name: value for name, value in more.items() if value is not None}
