"""Finds where two plain answers differ, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE: Final = "(whole answer)"


class Difference(NamedTuple):
    """One field that the two brokers do not agree on."""

    exchange: str
    """What was asked, in the scenario's words."""
    field: str
    """Such as `topics[0].error_code`, with `.count` behind an array of another length."""
    kafka: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.exchange}: {self.field}\n    kafka {shown(self.kafka)}\n    ours  {shown(self.ours)}"


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 600 else f"{text[:600]}... ({len(text)} characters)"


KEYS: Final = {
    "api_keys": "api_key",
    "supported_features": "name",
    "finalized_features": "name",
    "configs": "name",
}
"""Lists whose elements are known by one of their fields: they are compared by it, and their order is told apart."""


def differences(exchange: str, kafka: Any, ours: Any, field: str = "") -> Iterator[Difference]:
    match kafka, ours:
        case dict(), dict() if kafka.keys() == ours.keys():
            for key in kafka:
                yield from differences(exchange, kafka[key], ours[key], f"{field}.{key}" if field else key)
        case list(), list() if (key := KEYS.get(field.rpartition(".")[2])) is not None:
            theirs, mine = ({f"[{item[key]}]": item for item in side} for side in (kafka, ours))
            if theirs.keys() == mine.keys() and list(theirs) != list(mine):
                yield Difference(exchange, f"{field}.order", list(theirs), list(mine))
            for name in theirs | mine:
                yield from differences(exchange, theirs.get(name), mine.get(name), field + name)
        case list(), list():
            if len(kafka) != len(ours):
                yield Difference(exchange, f"{field}.count", len(kafka), len(ours))
            for index, (theirs, mine) in enumerate(zip(kafka, ours, strict=False)):
                yield from differences(exchange, theirs, mine, f"{field}[{index}]")
        case _ if kafka != ours or isinstance(kafka, bool) != isinstance(ours, bool):
            yield Difference(exchange, field or WHOLE, kafka, ours)
