"""A session: requests one after another, as text that says for any broker what to send it.

What only the broker knows stands in for itself until it is sent:

    "~t0"                                       a name of this session's own
    {"id_of": "~t0"}                            the topic's id
    {"of": "m1", "field": "member_id", ...}     what the step labelled `m1` was last told; `else` when nothing, and
                                                `plus` is added
    {"now": -5}                                 milliseconds from when the session began
    {"batches": [{"count": 2, "codec": 1}]}     record batches; `values.py` says what they may hold
    {"hex": "00ff"}                             bytes
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kafkacompat.api.routes import ROUTES
from kafkacompat.wire.schema import ArrayOf, Field, StructOf, Type, schema_of

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Step:
    """One request; fields that hold their defaults are left out of `body`."""

    key: int
    version: int
    body: dict[str, Any] = field(default_factory=dict)
    label: str = ""

    @property
    def name(self) -> str:
        return ROUTES[self.key].name

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


Session = tuple[Step, ...]


@cache
def request_class(key: int) -> Any:
    name = ROUTES[key].name
    module = import_module(f"kafkacompat.wire.messages.{name}")
    return getattr(module, "".join(word.capitalize() for word in name.split("_")) + "Request")


def step(request: Any, version: int, label: str = "") -> Step:
    """Make a step of a request, some of whose values may be stand-ins."""
    return Step(type(request).KEY, version, _tree(request, version), label)


def fields_of(cls: type, version: int) -> list[Field]:
    return [f for f in schema_of(cls) if f.present(version)]


def _tree(value: Any, version: int) -> dict[str, Any]:
    pairs = [(f, getattr(value, f.name)) for f in fields_of(type(value), version)]
    return {f.name: _plain(f.type, item, version) for f, item in pairs if item != f.make_default()}


def _plain(kind: Type, value: Any, version: int) -> Any:
    match kind:
        case _ if value is None or isinstance(value, dict):
            return value
        case ArrayOf(element):
            return [_plain(element, item, version) for item in value]
        case StructOf():
            return _tree(value, version)
        case _:
            return {"hex": bytes(value).hex()} if isinstance(value, bytes | memoryview) else value


def write(session: Session) -> str:
    """Return a session as text, a line for each step."""
    lines = []
    for one in session:
        known = asdict(replace(one))
        known = {"name": one.name} | {name: item for name, item in known.items() if item not in ("", {})}
        del known["key"]
        lines.append(json.dumps(known))
    return "[\n  " + ",\n  ".join(lines) + "\n]\n"


def parse(text: str) -> Session:
    keys = {route.name: key for key, route in ROUTES.items()}
    return tuple(Step(keys[one.pop("name")], **one) for one in json.loads(text))


def read(path: Path) -> Session:
    return parse(path.read_text())
