"""Writes the source of an encoder for one layout of one structure.

An encoder is `encode(value, put)`: it calls `put` (a list's `append`) with pieces of bytes in order.  Record bytes are
put as they are, never copied.  Fields that the version lacks are left out, whatever they
hold: `reference_codec` is the strict one.
"""

from __future__ import annotations

from struct import Struct, pack
from typing import TYPE_CHECKING, Any

from kafkacompat.wire.compile_source import SourceWriter, run_source
from kafkacompat.wire.primitives import FORMATS, SMALL_VARINTS, unsigned_varint
from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.wire.pieces import OutgoingPiece
    from kafkacompat.wire.schema import Piece

    Encode = Callable[[Any, Callable[[Any], None]], None]


class EncoderSource(SourceWriter["Encode"]):
    """Collects the lines of one encoder, and the names they use."""

    def __init__(self, version: int, *, flexible: bool, nested: Callable[[type], Encode]) -> None:
        scope = {
            "small": SMALL_VARINTS,
            "unsigned_varint": unsigned_varint,
            "put_records": put_records,
            "put_tags": put_tags,
            "pack": pack,
        }
        super().__init__(version, scope, flexible=flexible, nested=nested)

    def structure(self, cls: type) -> str:
        """Write the encoder of a whole structure and return its source."""
        fields = [f for f in schema_of(cls) if f.present(self._version)]
        for field in fields:
            if not field.tagged(self._version):
                self._field(field, f"value.{field.name}")
        self._flush_run()
        if self._flexible:
            self._tags([f for f in fields if f.tagged(self._version)])
        return self._source()

    def value(self, field: Field) -> str:
        """Write an encoder of one tagged field's value and return its source."""
        self._field(field, "value")
        self._flush_run()
        return self._source()

    def _source(self) -> str:
        return "def encode(value, put):\n" + ("\n".join(self._lines) or " pass") + "\n"

    def _field(self, field: Field, source: str) -> None:
        nullable = field.nullable(self._version)
        compact = self._flexible and not field.spec.plain
        match field.type:
            case Primitive(kind) if kind in FORMATS:
                self._run.append((source, FORMATS[kind]))
            case Primitive(kind):
                self._variable(source, kind, nullable=nullable, compact=compact)
            case ArrayOf(element):
                self._array(source, element, nullable=nullable)
            case StructOf(cls):
                self._struct(source, cls, nullable=nullable)

    def _flush_run(self) -> None:
        if not self._run:
            return
        packer = self._name("pack", Struct(">" + "".join(code for _, code in self._run)).pack)
        self._line(f"put({packer}({', '.join(source for source, _ in self._run)}))")
        self._run.clear()

    def _length(self, code: str, source: str, *, compact: bool) -> None:
        if compact:
            self._flush_run()
            self._line(f"length = {source} + 1")
            self._line("put(small[length] if length < 1024 else unsigned_varint(length))")
        else:
            self._run.append((source, code))
            self._flush_run()

    def _null_branch(self, source: str, code: str, *, nullable: bool, compact: bool) -> str:
        """Open the branch for a value that is not null, and return the name that holds it."""
        self._flush_run()
        self._line(f"item = {source}")
        if nullable:
            null = b"\0" if compact else pack(">" + code, -1)
            self._line(f"if item is None: put({null!r})")
            self._line("else:")
            self._indent += 1
        return "item"

    def _variable(self, source: str, kind: str, *, nullable: bool, compact: bool) -> None:
        code = "h" if kind == "string" else "i"
        item = self._null_branch(source, code, nullable=nullable, compact=compact)
        if kind == "records":
            self._line(f"put_records({item}, {compact}, put)")
        else:
            if kind == "string":
                self._line("item = item.encode()")
            self._length(code, "len(item)", compact=compact)
            self._line("put(item)")
        self._indent -= nullable

    def _array(self, source: str, element: Primitive | StructOf, *, nullable: bool) -> None:
        self._null_branch(source, "i", nullable=nullable, compact=self._flexible)
        self._length("i", "len(item)", compact=self._flexible)
        match element:
            case Primitive("uuid"):
                self._line('put(b"".join(item))')
            case Primitive(kind) if kind in FORMATS:
                self._line(f"put(pack(f'>{{len(item)}}{FORMATS[kind]}', *item))")
            case Primitive(kind):
                self._line("for element in item:")
                self._indent += 1
                self._variable("element", kind, nullable=False, compact=self._flexible)
                self._indent -= 1
            case StructOf(cls):
                encode = self._name("encode", self._nested(cls))
                self._line(f"for element in item: {encode}(element, put)")
        self._indent -= nullable

    def _struct(self, source: str, cls: type, *, nullable: bool) -> None:
        self._flush_run()
        encode = self._name("encode", self._nested(cls))
        if nullable:
            self._line(f'if {source} is None: put(b"\\xff")')
            self._line("else:")
            self._line(' put(b"\\x01")')
            self._line(f" {encode}({source}, put)")
        else:
            self._line(f"{encode}({source}, put)")

    def _tags(self, fields: list[Field]) -> None:
        """Write the tagged section: fields that hold their default are left out (KIP-482)."""
        if not fields:
            self._line('put(b"\\0")')
            return
        self._line("tags = None")
        for field in sorted(fields, key=lambda f: f.spec.tag or 0):
            encode = self._name("encode", self._tag_encoder(field))
            default = self._name("default", field.make_default())
            self._line(f"item = value.{field.name}")
            self._line(f"if item is not {default} and item != {default}:")
            self._line(" if tags is None: tags = []")
            self._line(f" tags.append(({field.spec.tag}, {encode}, item))")
        self._line('if tags is None: put(b"\\0")')
        self._line("else: put_tags(tags, put)")

    def _tag_encoder(self, field: Field) -> Any:
        source = EncoderSource(self._version, flexible=True, nested=self._nested)
        return run_source(source.value(field), source.scope, "encode")


def put_records(records: Piece | list[OutgoingPiece], compact: bool, put: Callable[[OutgoingPiece], None]) -> None:  # noqa: FBT001 - generated calls
    """Put the length of records, then their pieces as they are."""
    pieces: list[OutgoingPiece] = records if isinstance(records, list) else [records]
    size = sum(map(len, pieces))
    put(unsigned_varint(size + 1) if compact else pack(">i", size))
    for piece in pieces:
        put(piece)


def put_tags(tags: list[tuple[int, Encode, Any]], put: Callable[[Piece], None]) -> None:
    """Put a tagged section: count, then tag, size and value of each."""
    put(unsigned_varint(len(tags)))
    for tag, encode, value in tags:
        pieces: list[Piece] = []
        encode(value, pieces.append)
        put(unsigned_varint(tag))
        put(unsigned_varint(sum(map(len, pieces))))
        for piece in pieces:
            put(piece)
