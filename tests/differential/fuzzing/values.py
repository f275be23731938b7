"""Turns the text of a step into a request for one broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf, Type
from tests.differential.batches import LONG_AGO_MS, altered, batch
from tests.differential.fuzzing.session import fields_of, request_class

if TYPE_CHECKING:
    from tests.differential.fuzzing.session import Step

UNKNOWN_ID: Final = b"\x11" * 16
LONG_TEXT: Final = "~long"
"""A name that is as long as a number behind it says."""


class Known:
    """What one broker has told in a session."""

    def __init__(self, prefix: str, now_ms: int) -> None:
        self._prefix, self._now_ms = prefix, now_ms
        self.topic_ids: dict[str, bytes] = {}
        """By name, as the broker writes it."""
        self._told: dict[str, dict[str, Any]] = {}

    def remember(self, label: str, answer: Any) -> None:
        """Keep what an answer tells; what it leaves empty stays as it was."""
        told = self._told.setdefault(label, {})
        for name in ("member_id", "generation_id", "producer_id", "producer_epoch", "session_id"):
            if (value := getattr(answer, name, None)) not in (None, "", -1):
                told[name] = value

    def request(self, step: Step) -> Any:
        return self._structure(request_class(step.key), step.body, step.version)

    def text(self, text: str) -> str:
        """Give a name of this session its place among all others; `~long9` is one of nine characters."""
        if text.startswith(LONG_TEXT):
            return f"{self._prefix}-long".ljust(int(text.removeprefix(LONG_TEXT)), "x")
        return text.replace("~", f"{self._prefix}-")

    def _structure(self, cls: type, body: dict[str, Any], version: int) -> Any:
        values = {f.name: f.make_default() for f in fields_of(cls, version)}
        values |= {
            f.name: self._value(f.type, body[f.name], f, version) for f in fields_of(cls, version) if f.name in body
        }
        return cls(**values) if values else cls()

    def _value(self, kind: Type, value: Any, field: Field, version: int) -> Any:
        match kind, value:
            case _, None:
                return None
            case ArrayOf(element), list():
                return [self._value(element, item, field, version) for item in value]
            case StructOf(cls), dict():
                return self._structure(cls, value, version)
            case Primitive(), dict():
                return self._stand_in(value)
            case Primitive(), str():
                return self.text(value)
            case _:
                return value

    def _stand_in(self, value: dict[str, Any]) -> Any:
        match value:
            case {"id_of": name}:
                return self.topic_ids.get(self.text(name), UNKNOWN_ID)
            case {"of": label, "field": name, "else": otherwise}:
                found = self._told.get(label, {}).get(name, otherwise)
                return found + value.get("plus", 0) if isinstance(found, int) else found
            case {"now": milliseconds}:
                return self._now_ms + milliseconds
            case {"hex": digits}:
                return bytes.fromhex(digits)
            case {"batches": described}:
                return b"".join(self._batch(dict(one)) for one in described)
            case _:
                raise ValueError(value)

    def _batch(self, described: dict[str, Any]) -> bytes:
        """Build a batch; `spoilt` has header fields to overwrite, `sealed` and `cut` what is wrong beyond them."""
        spoilt, sealed, cut = described.pop("spoilt", {}), described.pop("sealed", True), described.pop("cut", 0)
        described["timestamp_ms"] = described.get("timestamp_ms", LONG_AGO_MS)
        options = {name: self._stand_in(item) if isinstance(item, dict) else item for name, item in described.items()}
        whole = batch(**options)
        if spoilt or not sealed:
            whole = altered(whole, sealed=sealed, **spoilt)
        return whole[: len(whole) - cut]
