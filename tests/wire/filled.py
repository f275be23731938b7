"""One value of any message in any version in which everything is there: two elements an array, no null, no default."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from kafkacompat.wire.schema import ArrayOf, Primitive, StructOf, Type, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def filled(cls: type, version: int) -> Any:
    """Build the value; the same on every call."""
    return _structure(cls, version, count(1))


def _structure(cls: type, version: int, numbers: Iterator[int]) -> Any:
    fields = schema_of(cls)
    return cls(**{f.name: _value(f.type, version, numbers) if f.present(version) else f.make_default() for f in fields})


def _value(kind: Type, version: int, numbers: Iterator[int]) -> Any:
    match kind:
        case ArrayOf(element):
            return [_value(element, version, numbers) for _ in range(2)]
        case StructOf(cls):
            return _structure(cls, version, numbers)
        case Primitive(name):
            return _primitive(name, next(numbers))


def _primitive(kind: str, number: int) -> Any:
    """Make a value that is nobody's default and fits all integer types."""
    match kind:
        case "bool":
            return True
        case "string":
            return f"text {number}"
        case "bytes" | "records":
            return f"block {number}".encode()
        case "uuid":
            return number.to_bytes(16, "big")
        case "float64":
            return number / 2
        case _:
            return number
