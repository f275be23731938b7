"""Writes the source of a decoder for one layout of one structure.

A decoder is `decode(data, position, end) -> (value, position)`.  Neighbouring fields of fixed width, and the length of
a non-compact string or array after them, are read by one `unpack_from`.  Running off the end raises IndexError or
struct.error, which `codec` turns into MalformedError; lengths and counts are checked here before anything is built.
"""

from __future__ import annotations

from struct import Struct, calcsize
from typing import TYPE_CHECKING, Any

from kafkacompat.wire.compile_source import SourceWriter, run_source
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.primitives import FORMATS, MAX_ELEMENTS, MAX_STRING_SIZE, MAX_TAGGED_FIELDS, read_unsigned_varint
from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf, Type, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.wire.schema import Piece

    Decode = Callable[[Piece, int, int], tuple[Any, int]]


def underflow(what: str) -> MalformedError:
    """Say that a length claims more than there is."""
    return MalformedError(f"{what} is longer than what remains of the message")


def unexpected_null(what: str) -> MalformedError:
    """Say that a field is null that may not be."""
    return MalformedError(f"non-nullable field {what} was serialized as null")


def too_many(what: str, count: int) -> MalformedError:
    """Say that there are more elements or tagged fields than Kafka reads."""
    return MalformedError(f"{what}: {count} are more than may be read")


def smallest_size(kind: Type, version: int, *, flexible: bool) -> int:
    """Return the least number of bytes that a value can take: what bounds a count before anything is allocated."""
    match kind:
        case Primitive(name):
            if name in FORMATS:
                return calcsize(">" + FORMATS[name])
            return 1 if flexible else 2 if name == "string" else 4
        case ArrayOf():
            return 1 if flexible else 4
        case StructOf(cls):
            fields = [f for f in schema_of(cls) if f.present(version) and not f.tagged(version)]
            nullable_struct = [isinstance(f.type, StructOf) and f.nullable(version) for f in fields]
            sizes = (
                1 if null else smallest_size(f.type, version, flexible=flexible)
                for f, null in zip(fields, nullable_struct, strict=True)
            )
            return max(1, sum(sizes) + flexible)


class DecoderSource(SourceWriter["Decode"]):
    """Collects the lines of one decoder, and the names they use."""

    def __init__(self, version: int, *, flexible: bool, nested: Callable[[type], Decode]) -> None:
        scope = {
            "read_unsigned_varint": read_unsigned_varint,
            "read_string_length": read_string_length,
            "read_tags": read_tags,
            "underflow": underflow,
            "unexpected_null": unexpected_null,
            "too_many": too_many,
        }
        super().__init__(version, scope, flexible=flexible, nested=nested)

    def structure(self, cls: type) -> str:
        """Write the decoder of a whole structure and return its source."""
        fields = schema_of(cls)
        for field in fields:
            if field.present(self._version) and not field.tagged(self._version):
                self._field(field)
        self._flush_run()
        if self._flexible:
            self._tags([f for f in fields if f.tagged(self._version)])
        self.scope["Class"] = cls
        values = [f.name if f.present(self._version) else self._default(f) for f in fields]
        self._line(f"return Class({', '.join(values)}), position")
        return "def decode(data, position, end):\n" + "\n".join(self._lines) + "\n"

    def value(self, field: Field) -> str:
        """Write a decoder of one tagged field's value and return its source."""
        self._field(field)
        self._flush_run()
        self._line(f"return {field.name}, position")
        return "def decode(data, position, end):\n" + "\n".join(self._lines) + "\n"

    def _default(self, field: Field) -> str:
        if field.spec.default_factory is list:
            return "[]"
        return self._name("default", field.make_default())

    def _field(self, field: Field) -> None:
        name, nullable = field.name, field.nullable(self._version)
        match field.type:
            case Primitive(kind) if kind in FORMATS:
                self._run.append((name, FORMATS[kind]))
            case Primitive(kind):
                self._variable(name, kind, nullable=nullable, compact=self._flexible and not field.spec.plain)
            case ArrayOf(element):
                self._array(name, element, nullable=nullable)
            case StructOf(cls):
                self._struct(name, cls, nullable=nullable)

    def _flush_run(self) -> None:
        if not self._run:
            return
        fixed = Struct(">" + "".join(code for _, code in self._run))
        unpack = self._name("unpack", fixed.unpack_from)
        self._line(f"{', '.join(name for name, _ in self._run)}, = {unpack}(data, position)")
        self._line(f"position += {fixed.size}")
        self._run.clear()

    def _length(self, code: str, *, compact: bool) -> None:
        """Read a length or count into `length`; null is negative. The code of a string's length is "h"."""
        if compact:
            self._flush_run()
            self._line("length = data[position]")
            self._line("position += 1")
            read = "read_string_length" if code == "h" else "read_unsigned_varint"
            self._line(f"if length > 127: length, position = {read}(data, position - 1)")
            self._line("length -= 1")
        else:
            self._run.append(("length", code))
            self._flush_run()

    def _null_check(self, name: str, *, nullable: bool) -> None:
        """Open the branch for a value that is not null."""
        self._line("if length < 0:")
        self._line(f" {name} = None" if nullable else f" raise unexpected_null({name!r})")
        self._line("else:")
        self._indent += 1

    def _variable(self, name: str, kind: str, *, nullable: bool, compact: bool) -> None:
        self._length("h" if kind == "string" else "i", compact=compact)
        self._null_check(name, nullable=nullable)
        self._line("stop = position + length")
        self._line(f"if stop > end: raise underflow({name!r})")
        # Kafka replaces what is no UTF-8 instead of refusing it.
        read = {"string": 'str(data[position:stop], "utf-8", "replace")', "bytes": "bytes(data[position:stop])"}
        self._line(f"{name} = {read.get(kind, 'data[position:stop]')}")
        self._line("position = stop")
        self._indent -= 1

    def _array(self, name: str, element: Primitive | StructOf, *, nullable: bool) -> None:
        self._length("i", compact=self._flexible)
        self._null_check(name, nullable=nullable)
        least = smallest_size(element, self._version, flexible=self._flexible)
        self._line(f"if length * {least} > end - position: raise underflow({name!r})")
        self._line(f"if length > {MAX_ELEMENTS}: raise too_many({name!r}, length)")
        match element:
            case Primitive("uuid"):
                self._line(f"{name} = [bytes(data[i:i + 16]) for i in range(position, position + 16 * length, 16)]")
                self._line("position += 16 * length")
            case Primitive(kind) if kind in FORMATS:
                self.scope["unpack_from"] = _unpack_from
                self._line(f"{name} = list(unpack_from(f'>{{length}}{FORMATS[kind]}', data, position))")
                self._line(f"position += {least} * length")
            case Primitive(kind):
                self._loop(name)
                self._variable("item", kind, nullable=False, compact=self._flexible)
                self._line("append(item)")
                self._indent -= 1
            case StructOf(cls):
                decode = self._name("decode", self._nested(cls))
                self._loop(name)
                self._line(f"item, position = {decode}(data, position, end)")
                self._line("append(item)")
                self._indent -= 1
        self._indent -= 1

    def _loop(self, name: str) -> None:
        self._line(f"{name} = []")
        self._line(f"append = {name}.append")
        self._line("for _ in range(length):")
        self._indent += 1

    def _struct(self, name: str, cls: type, *, nullable: bool) -> None:
        decode = self._name("decode", self._nested(cls))
        if not nullable:
            self._flush_run()
            self._line(f"{name}, position = {decode}(data, position, end)")
            return
        self._run.append(("length", "b"))
        self._flush_run()
        self._null_check(name, nullable=True)
        self._line(f"{name}, position = {decode}(data, position, end)")
        self._indent -= 1

    def _tags(self, fields: list[Field]) -> None:
        for field in fields:
            self._line(f"{field.name} = {self._default(field)}")
        self._line("tag_count = data[position]")
        self._line("position += 1")
        self._line("if tag_count:")
        decoders = {f.spec.tag: self._tag_decoder(f) for f in fields}
        table = self._name("tags", decoders)
        self._line(f" tags, position = read_tags(data, position - 1, end, {table})")
        for field in fields:
            self._line(f" {field.name} = tags.get({field.spec.tag}, {field.name})")

    def _tag_decoder(self, field: Field) -> Any:
        source = DecoderSource(self._version, flexible=True, nested=self._nested)
        return run_source(source.value(field), source.scope, "decode")


def _unpack_from(code: str, data: Piece, position: int) -> tuple[Any, ...]:
    return Struct(code).unpack_from(data, position)


def read_string_length(data: Piece, position: int) -> tuple[int, int]:
    """Read a compact string's length, one more than it means; Kafka holds it to the reach of an int16."""
    length, position = read_unsigned_varint(data, position)
    if length - 1 > MAX_STRING_SIZE:
        raise MalformedError(f"a string claims {length - 1} bytes, more than {MAX_STRING_SIZE}")
    return length, position


def read_tags(data: Piece, position: int, end: int, known: dict[int, Decode]) -> tuple[dict[int, Any], int]:
    """Read a tagged section (KIP-482): the values of the known tags, others skipped."""
    count, position = read_unsigned_varint(data, position)
    if count > MAX_TAGGED_FIELDS:
        raise too_many("tagged fields", count)
    values: dict[int, Any] = {}
    for _ in range(count):
        tag, position = read_unsigned_varint(data, position)
        size, position = read_unsigned_varint(data, position)
        stop = position + size
        if stop > end:
            raise underflow(f"tag {tag}")
        if tag in known:
            values[tag], position = known[tag](data, position, stop)
            if position != stop:
                raise MalformedError(f"tag {tag} is not of the size it claims")
        position = stop
    return values, position
