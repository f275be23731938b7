"""The codec that is easy to believe: it walks the schema field by field.

It says what the wire looks like (the Kafka protocol guide, KIP-482 for compact forms and tagged fields); the compiled
codec says it fast, and tests hold the two equal.  Nothing that the server does at run time needs this module.
"""

from __future__ import annotations

from struct import Struct as Layout
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.primitives import MAX_ELEMENTS, MAX_STRING_SIZE, MAX_TAGGED_FIELDS
from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf, schema_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.wire.schema import Type

T = TypeVar("T")

_MAX_INT32: Final = 0x7FFFFFFF
_MAX_VARINT_BYTES: Final = 5

_NUMBERS: Final = {
    "bool": Layout(">?"),
    "int8": Layout(">b"),
    "int16": Layout(">h"),
    "uint16": Layout(">H"),
    "int32": Layout(">i"),
    "uint32": Layout(">I"),
    "int64": Layout(">q"),
    "float64": Layout(">d"),
}


class UnsupportedFieldError(ValueError):
    """The version cannot say this: a field it lacks, or a null where it knows none."""


class _Form(NamedTuple):
    """How one message is written: its version, and whether lengths are compact and structures end in tagged fields."""

    version: int
    flexible: bool


def decode(cls: type[T], version: int, data: bytes | memoryview) -> T:
    """Read one message that fills `data`; MalformedError if it does not. Records stay views of `data`."""
    reader = _Reader(data)
    value = reader.structure(cls, _form(cls, version))
    if reader.remaining:
        raise MalformedError(f"{reader.remaining} bytes follow the end of {cls.__name__} version {version}")
    return value


def encode(value: Any, version: int) -> bytes:
    """Write one message; UnsupportedFieldError if it holds what the version cannot say and may not leave out."""
    out = bytearray()
    _write_structure(out, value, _form(type(value), version))
    return bytes(out)


def _form(cls: type, version: int) -> _Form:
    assert version in cls.VERSIONS, f"{cls.__name__} has no version {version}"  # type: ignore[attr-defined]
    return _Form(version, version >= cls.FLEXIBLE)  # type: ignore[attr-defined]


def _field_form(field: Field, form: _Form) -> _Form:
    """Return how a field is written: a `plain` one keeps the old form in flexible versions."""
    return _Form(form.version, flexible=False) if field.spec.plain else form


def _body(cls: type, version: int) -> list[Field]:
    return [f for f in schema_of(cls) if f.present(version) and not f.tagged(version)]


def _tagged(cls: type, version: int) -> list[tuple[int, Field]]:
    """Return the tagged fields, by tag."""
    return sorted((f.spec.tag, f) for f in schema_of(cls) if f.spec.tag is not None and f.tagged(version))


def least_size(kind: Type, form: _Form, *, nullable: bool = False) -> int:
    """Return the bytes that any value of a type takes at least."""
    match kind:
        case Primitive("uuid"):
            return 16
        case Primitive(name) if name in _NUMBERS:
            return _NUMBERS[name].size
        case Primitive("string") if not form.flexible:
            return 2
        case Primitive() | ArrayOf():
            return 1 if form.flexible else 4
        case StructOf() if nullable:
            return 1
        case StructOf(cls):
            fields = _body(cls, form.version)
            sizes = (least_size(f.type, _field_form(f, form), nullable=f.nullable(form.version)) for f in fields)
            return sum(sizes) + form.flexible


class _Reader:
    """A position in bytes that never passes their end."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self._position = 0

    @property
    def remaining(self) -> int:
        return len(self._data) - self._position

    def take(self, size: int) -> memoryview:
        if size > self.remaining:
            raise MalformedError(f"{size} bytes expected, {self.remaining} remain")
        start, self._position = self._position, self._position + size
        return self._data[start : self._position]

    def number(self, kind: str) -> Any:
        layout = _NUMBERS[kind]
        return layout.unpack(self.take(layout.size))[0]

    def unsigned_varint(self) -> int:
        """Read seven bits a byte, the lowest first; longer spellings than needed are read too, as Kafka does."""
        value = 0
        for index in range(_MAX_VARINT_BYTES):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << 7 * index
            if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follow
                return self._within_int32(value)
        raise MalformedError("a varint has more than five bytes")

    def _within_int32(self, value: int) -> int:
        if value > _MAX_INT32:
            raise MalformedError(f"a varint holds {value}, more than an int32")
        return value

    def length(self, kind: str, form: _Form) -> int | None:
        """Read a length or count, None for null; compact ones are one more than they mean."""
        value = self.unsigned_varint() - 1 if form.flexible else self.number(kind)
        return None if value < 0 else int(value)

    def structure(self, cls: type[T], form: _Form) -> T:
        values: dict[str, Any] = {f.name: f.make_default() for f in schema_of(cls)}
        for field in _body(cls, form.version):
            values[field.name] = self.field(field, form)
        if form.flexible:
            values |= self.tagged_fields(cls, form)
        return cls(**values)

    def tagged_fields(self, cls: type, form: _Form) -> dict[str, Any]:
        """Read the tagged fields that end a structure; unknown ones are skipped (KIP-482)."""
        known, values = dict(_tagged(cls, form.version)), {}
        count = self.unsigned_varint()
        if count > MAX_TAGGED_FIELDS:
            raise MalformedError(f"{count} tagged fields, more than {MAX_TAGGED_FIELDS}")
        for _ in range(count):
            tag = self.unsigned_varint()
            inside = _Reader(self.take(self.unsigned_varint()))
            if tag not in known:
                continue
            values[known[tag].name] = inside.field(known[tag], form)
            if inside.remaining:
                raise MalformedError(f"{inside.remaining} bytes follow the value of tag {tag}")
        return values

    def field(self, field: Field, form: _Form) -> Any:
        value = self.value(field.type, _field_form(field, form), nullable=field.nullable(form.version))
        if value is None and not field.nullable(form.version):
            raise MalformedError(f"{field.name} is null, which version {form.version} does not allow")
        return value

    def value(self, kind: Type, form: _Form, *, nullable: bool = False) -> Any:
        """Read one value; null comes back as None, which the caller judges."""
        match kind:
            case Primitive(name):
                return self.primitive(name, form)
            case ArrayOf(element):
                return self.array(element, form)
            case StructOf(cls):
                # A structure that may be null is announced by an int8: below zero is null.
                return None if nullable and self.number("int8") < 0 else self.structure(cls, form)

    def primitive(self, kind: str, form: _Form) -> Any:
        match kind:
            case "string":
                return self.string(form)
            case "bytes":
                view = self.block(form)
                return None if view is None else bytes(view)
            case "records":
                return self.block(form)
            case "uuid":
                return bytes(self.take(16))
            case _:
                return self.number(kind)

    def string(self, form: _Form) -> str | None:
        length = self.length("int16", form)
        if length is None:
            return None
        if length > MAX_STRING_SIZE:
            raise MalformedError(f"a string claims {length} bytes, more than {MAX_STRING_SIZE}")
        # As Kafka does: what is not UTF-8 is replaced, not refused.
        return str(self.take(length), "utf-8", "replace")

    def block(self, form: _Form) -> memoryview | None:
        length = self.length("int32", form)
        return None if length is None else self.take(length)

    def array(self, element: Type, form: _Form) -> list[Any] | None:
        count = self.length("int32", form)
        if count is None:
            return None
        # An element without bytes counts as one byte, as in Kafka: else a count alone could make us allocate.
        if count * max(1, least_size(element, form)) > self.remaining:
            raise MalformedError(f"an array claims {count} elements, {self.remaining} bytes remain")
        if count > MAX_ELEMENTS:
            raise MalformedError(f"an array claims {count} elements, more than {MAX_ELEMENTS}")
        return [self.element(element, form) for _ in range(count)]

    def element(self, kind: Type, form: _Form) -> Any:
        value = self.value(kind, form)
        if value is None:
            raise MalformedError("an element of an array is null")
        return value


def _write_structure(out: bytearray, value: Any, form: _Form) -> None:
    _refuse_what_the_version_lacks(value, form.version)
    for field in _body(type(value), form.version):
        _write_field(out, field, getattr(value, field.name), form)
    if form.flexible:
        _write_tagged_fields(out, value, form)


def _refuse_what_the_version_lacks(value: Any, version: int) -> None:
    """Raise for a field that the version does not carry, has another value than its default and may not be ignored."""
    for field in schema_of(type(value)):
        if field.present(version) or field.spec.ignorable or getattr(value, field.name) == field.make_default():
            continue
        raise UnsupportedFieldError(f"{type(value).__name__} version {version} has no {field.name}")


def _write_tagged_fields(out: bytearray, value: Any, form: _Form) -> None:
    """Write the tagged fields that are not default, lowest tag first (KIP-482)."""
    fields = [(tag, f) for tag, f in _tagged(type(value), form.version) if getattr(value, f.name) != f.make_default()]
    _write_unsigned_varint(out, len(fields))
    for tag, field in fields:
        inside = bytearray()
        _write_field(inside, field, getattr(value, field.name), form)
        _write_unsigned_varint(out, tag)
        _write_unsigned_varint(out, len(inside))
        out += inside


def _write_field(out: bytearray, field: Field, value: Any, form: _Form) -> None:
    if value is None and not field.nullable(form.version):
        raise UnsupportedFieldError(f"{field.name} may not be null in version {form.version}")
    _write_value(out, field.type, value, _field_form(field, form), nullable=field.nullable(form.version))


def _write_value(out: bytearray, kind: Type, value: Any, form: _Form, *, nullable: bool = False) -> None:
    match kind:
        case Primitive("string"):
            _write_block(out, "int16", None if value is None else [value.encode()], form)
        case Primitive("bytes" | "records"):
            _write_block(out, "int32", value if value is None or isinstance(value, list) else [value], form)
        case Primitive("uuid"):
            assert len(value) == 16, "an id has sixteen bytes"  # noqa: PLR2004 - said in the message
            out += value
        case Primitive(name):
            out += _NUMBERS[name].pack(value)
        case ArrayOf(element):
            _write_length(out, "int32", None if value is None else len(value), form)
            for item in value or ():
                _write_value(out, element, item, form)
        case StructOf():
            if nullable:
                out += _NUMBERS["int8"].pack(-1 if value is None else 1)
            if value is not None:
                _write_structure(out, value, form)


def _write_block(out: bytearray, kind: str, pieces: Sequence[bytes | memoryview] | None, form: _Form) -> None:
    length = None if pieces is None else sum(map(len, pieces))
    if kind == "int16" and length is not None and length > MAX_STRING_SIZE:
        raise UnsupportedFieldError(f"a string of {length} bytes is longer than {MAX_STRING_SIZE}")
    _write_length(out, kind, length, form)
    for piece in pieces or ():
        out += piece


def _write_length(out: bytearray, kind: str, length: int | None, form: _Form) -> None:
    if form.flexible:
        _write_unsigned_varint(out, 0 if length is None else length + 1)
    else:
        out += _NUMBERS[kind].pack(-1 if length is None else length)


def _write_unsigned_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
