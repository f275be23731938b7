"""Every way to spoil one place of a valid request: nulls, emptiness, limits, repetitions, unknown tags, wrong sizes.

A request is written field by field, as the reference codec does, and at each place something else may be put.  So the
bytes may say what no codec would write.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf, Type, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTEGERS: Final = {"int8": ">b", "int16": ">h", "int32": ">i", "int64": ">q", "bool": ">?"}
UNKNOWN_TAG: Final = b"\x01\x63\x02\x01\x02"
"""One tagged field: number 99, two bytes."""


class Altered(NamedTuple):
    """A body in which one place was changed."""

    note: str
    body: bytes


def alterations(make: Callable[[], Any], version: int, kept: frozenset[str]) -> Iterator[Altered]:
    """Yield a new request with each place changed in each way; `kept` are fields, or changes of them, to leave out."""
    places: list[tuple[str, str]] = []
    request = make()
    flexible = version >= type(request).FLEXIBLE
    body = _Writer(version, flexible, places, kept, None).whole(request)
    for place, kind in places:
        yield Altered(f"{place} {kind}", _Writer(version, flexible, [], kept, (place, kind)).whole(make()))
    yield Altered("bytes behind the body", body + b"\1\2\3")
    yield Altered("a body that is cut", body[:-1])
    yield Altered("no body", b"")


class _Writer:
    """Writes a request; notes what could be put into each place, and puts `change` there."""

    def __init__(
        self,
        version: int,
        flexible: bool,  # noqa: FBT001 - a fact of the version
        places: list[tuple[str, str]],
        kept: frozenset[str],
        change: tuple[str, str] | None,
    ) -> None:
        self._version, self._flexible = version, flexible
        self._places, self._kept, self._change = places, kept, change

    def whole(self, request: Any) -> bytes:
        return self._structure(request, "")

    def _place(self, path: str, name: str, plain: bytes, **others: bytes) -> bytes:
        """Write `plain`, or what it is to be changed to; note what it could be."""
        for kind, instead in others.items():
            if instead != plain and name not in self._kept and f"{name} {kind}" not in self._kept:
                self._places.append((path, kind))
                if (path, kind) == self._change:
                    return instead
        return plain

    def _structure(self, value: Any, path: str) -> bytes:
        fields = [f for f in schema_of(type(value)) if f.present(self._version)]
        out = b"".join(self._field(f, value, path) for f in fields if not f.tagged(self._version))
        if not self._flexible:
            return out
        tagged = sorted((f.spec.tag or 0, f) for f in fields if f.tagged(self._version))
        given = [(tag, f) for tag, f in tagged if getattr(value, f.name) != f.make_default()]
        tags = self._varint(len(given))
        for tag, field in given:
            inside = self._field(field, value, path)
            tags += self._varint(tag) + self._varint(len(inside)) + inside
        others = {"unknown_tag": UNKNOWN_TAG} if not given else {}
        return out + self._place(f"{path} tags", "tags", tags, **others)

    def _field(self, field: Field, owner: Any, path: str) -> bytes:
        return self._value(field.type, getattr(owner, field.name), f"{path}.{field.name}".lstrip("."), field)

    def _value(self, kind: Type, value: Any, path: str, field: Field) -> bytes:  # noqa: PLR0911 - one a type
        match kind:
            case Primitive("string"):
                return self._block(path, None if value is None else value.encode(), short=True, field=field)
            case Primitive("bytes" | "records"):
                return self._block(path, None if value is None else bytes(value), short=False, field=field)
            case Primitive("uuid"):
                return self._place(path, field.name, value, zero=bytes(16), unknown=b"\xab" * 16)
            case Primitive(name):
                return self._integer(path, INTEGERS[name], value, field)
            case ArrayOf(element):
                return self._array(path, element, value, field)
            case StructOf() if field.nullable(self._version):
                return b"\xff" if value is None else b"\1" + self._structure(value, path)
            case StructOf():
                return self._structure(value, path)

    def _integer(self, path: str, layout: str, value: int, field: Field) -> bytes:
        if layout == ">?":
            others = {"flipped": pack(layout, not value), "two": b"\2"}
        else:
            size = len(pack(layout, 0)) * 8
            limits = {"least": -(1 << size - 1), "below_zero": -1, "zero": 0, "one": 1, "most": (1 << size - 1) - 1}
            others = {name: pack(layout, limit) for name, limit in limits.items()}
        return self._place(path, field.name, pack(layout, value), **others)

    def _block(self, path: str, value: bytes | None, *, short: bool, field: Field) -> bytes:
        plain = self._length(None if value is None else len(value), short=short) + (value or b"")
        empty, null = self._length(0, short=short), self._length(None, short=short)
        oversized = self._length(32_000, short=short) + b"x"
        return self._place(path, field.name, plain, null=null, empty=empty, oversized=oversized)

    def _array(self, path: str, element: Type, value: list[Any] | None, field: Field) -> bytes:
        items = [self._element(element, item, f"{path}[{n}]", field) for n, item in enumerate(value or ())]
        plain = self._length(None if value is None else len(items)) + b"".join(items)
        others = {"null": self._length(None), "empty": self._length(0), "huge": self._length(1 << 30)}
        if items:
            others["twice"] = self._length(2 * len(items)) + 2 * b"".join(items)
        return self._place(path, field.name, plain, **others)

    def _element(self, element: Type, item: Any, path: str, field: Field) -> bytes:
        # It is the array that a nullable field makes nullable, not what is in it.
        return self._structure(item, path) if isinstance(element, StructOf) else self._value(element, item, path, field)

    def _length(self, length: int | None, *, short: bool = False) -> bytes:
        if self._flexible:
            return self._varint(0 if length is None else length + 1)
        return pack(">h" if short else ">i", -1 if length is None else length)

    @staticmethod
    def _varint(value: int) -> bytes:
        out = bytearray()
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        return bytes(out)
