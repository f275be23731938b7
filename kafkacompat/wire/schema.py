"""How a message says what it looks like on the wire.

A message is a class whose annotations are its fields, in wire order:

    @message(key=12, versions="0-4", flexible="4+")
    class HeartbeatRequest:
        group_id: String = field(entity="groupId")
        group_instance_id: Nullable[String] = field(since=3, default=None)

The class is the union of all its versions.  At run time the constructor takes its arguments by name or by
position (decoders use the latter); type checkers see a keyword-only dataclass.  Instances are slotted, compare by
value and are not frozen: building one costs half as much that way.

Modules of messages use `from __future__ import annotations`, so their annotations are text.  Resolving it costs more
than the start of a server allows: the decorators only make the constructor, and `schema_of` resolves the rest when a
codec is first compiled.
"""

from __future__ import annotations

import sys
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    NamedTuple,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
)

from kafkacompat.wire.pieces import OutgoingPiece

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

FOREVER: Final = 32767
"""The last version of something that was never removed."""


class Wire(NamedTuple):
    """Marks an annotated type as a primitive of the protocol."""

    kind: str


class _Marker(NamedTuple):
    name: str


NULLABLE: Final = _Marker("nullable")
ARRAY: Final = _Marker("array")

Piece = bytes | memoryview
"""Record bytes on their way in or out; a view is valid until the handler first suspends."""

Int8 = Annotated[int, Wire("int8")]
Int16 = Annotated[int, Wire("int16")]
Uint16 = Annotated[int, Wire("uint16")]
Int32 = Annotated[int, Wire("int32")]
Uint32 = Annotated[int, Wire("uint32")]
Int64 = Annotated[int, Wire("int64")]
Float64 = Annotated[float, Wire("float64")]
Bool = Annotated[bool, Wire("bool")]
String = Annotated[str, Wire("string")]
Bytes = Annotated[bytes, Wire("bytes")]
Uuid = Annotated[bytes, Wire("uuid")]
"""Sixteen bytes; `wire.uuids` turns them into Kafka's base64url text."""
Records = Annotated[Piece | list[OutgoingPiece], Wire("records")]
"""Decoded to a view of the frame; encoded from one piece or from a list of pieces, none of which is copied."""
Nullable = Annotated[T | None, NULLABLE]
Array = Annotated[list[T], ARRAY]

ZERO_UUID: Final = bytes(16)

_REQUIRED: Final = object()
_ABSENT: Final = object()


class FieldSpec(NamedTuple):
    """What `field` was told; versions count from the message's own numbering."""

    since: int
    until: int
    null_since: int | None
    tag: int | None
    tag_since: int | None
    entity: str | None
    ignorable: bool
    map_key: bool
    default: Any
    default_factory: Callable[[], Any] | None
    plain: bool


def field(
    *,
    since: int = 0,
    until: int = FOREVER,
    null_since: int | None = None,
    tag: int | None = None,
    tag_since: int | None = None,
    entity: str | None = None,
    ignorable: bool = False,
    map_key: bool = False,
    default: Any = _REQUIRED,
    default_factory: Callable[[], Any] | None = None,
    plain: bool = False,
) -> Any:
    """State the facts of one field.

    `since` and `until` are the first and last version that carries the field, `null_since` the first in which it may be
    null (default: `since`, for a `Nullable`); `tag` makes it a tagged field from `tag_since` (default `since`) on;
    `plain` keeps the non-compact encoding in flexible versions (the client id of the request header).
    """
    return FieldSpec(
        since, until, null_since, tag, tag_since, entity, ignorable, map_key, default, default_factory, plain
    )


_PLAIN_FIELD: Final[FieldSpec] = field()


class Struct:
    """What all messages share: equality by value and a readable form."""

    __slots__ = ()
    FIELDS: tuple[tuple[str, FieldSpec], ...] = ()

    @classmethod
    def shared_default(cls) -> Any:
        """Return the one instance with every field at its default, which stands for "not given"; never change it."""
        known = cls.__dict__.get("_DEFAULT")
        if known is None:
            known = cls._DEFAULT = cls()  # type: ignore[attr-defined]
        return known

    def __eq__(self, other: object) -> bool:
        if self.__class__ is not other.__class__:
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name, _ in self.FIELDS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name, _ in self.FIELDS)
        return f"{self.__class__.__name__}({fields})"


def _constructor(fields: Sequence[tuple[str, FieldSpec]]) -> Callable[..., None]:
    """Make `__init__` by one `exec`: fifteen times cheaper than `dataclasses`, which matters at start-up."""
    scope: dict[str, Any] = {"_ABSENT": _ABSENT}
    parameters, lines = [], []
    for name, spec in fields:
        value = name
        if isinstance(spec.default_factory, type) and issubclass(spec.default_factory, Struct):
            # One shared instance, never mutated: encoders recognise it by identity and leave the field out.
            scope[f"_default_{name}"] = spec.default_factory.shared_default()
            parameters.append(f"{name}=_default_{name}")
        elif spec.default_factory is not None:
            scope[f"_make_{name}"] = spec.default_factory
            parameters.append(f"{name}=_ABSENT")
            value = f"_make_{name}() if {name} is _ABSENT else {name}"
        elif spec.default is not _REQUIRED:
            scope[f"_default_{name}"] = spec.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f" self.{name} = {value}")
    # A field without a default may follow one with a default, as callers pass by name; Python wants the rest defaulted.
    for index in range(1, len(parameters)):
        if "=" in parameters[index - 1] and "=" not in parameters[index]:
            scope["_required"] = _required
            lines[index] = f" self.{parameters[index]} = _required({parameters[index]}, {parameters[index]!r})"
            parameters[index] += "=_ABSENT"
    exec(f"def __init__(self, {', '.join(parameters)}):\n" + ("\n".join(lines) or " pass"), scope)  # noqa: S102 - our own text
    made: Callable[..., None] = scope["__init__"]
    return made


def _required(value: Any, name: str) -> Any:
    if value is _ABSENT:
        msg = f"missing required argument: {name!r}"
        raise TypeError(msg)
    return value


def _build(cls: type[T], attributes: dict[str, Any]) -> type[T]:
    annotations = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - inspect costs 10 ms of start-up
    fields = tuple((name, cls.__dict__.get(name, _PLAIN_FIELD)) for name in annotations)
    namespace = {k: v for k, v in cls.__dict__.items() if k not in annotations and k not in ("__dict__", "__weakref__")}
    namespace |= attributes
    namespace["__slots__"] = tuple(annotations)
    namespace["FIELDS"] = fields
    namespace["__init__"] = _constructor(fields)
    built: type[T] = type(cls.__name__, (Struct,), namespace)
    return built


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def struct(cls: type[T]) -> type[T]:
    """Make a structure that messages nest."""
    return _build(cls, {})


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def message(
    *, versions: str, flexible: str | None = None, key: int | None = None, unstable: bool = False
) -> Callable[[type[T]], type[T]]:
    """Make a message: `versions` such as "0-4", `flexible` such as "4+"; `unstable`: the highest version is hidden."""
    first, _, last = versions.partition("-")
    attributes = {
        "KEY": key,
        "VERSIONS": range(int(first), int(last or first) + 1),
        "FLEXIBLE": FOREVER + 1 if flexible is None else int(flexible.removesuffix("+")),
        "UNSTABLE": unstable,
    }
    return lambda cls: _build(cls, attributes)


class Primitive(NamedTuple):
    """A type that the protocol knows by itself, such as "int32" or "string"."""

    kind: str


class ArrayOf(NamedTuple):
    """A list of one type."""

    element: Primitive | StructOf


class StructOf(NamedTuple):
    """Another class made by `struct`."""

    cls: type


Type = Primitive | ArrayOf | StructOf


class Field(NamedTuple):
    """A field with its type resolved; see `field` for the rest."""

    name: str
    type: Type
    spec: FieldSpec
    null_since: int
    default: Any

    def present(self, version: int) -> bool:
        """Tell whether this version carries the field, in its body or as a tag."""
        return self.spec.since <= version <= self.spec.until

    def tagged(self, version: int) -> bool:
        """Tell whether this version carries the field as a tagged one."""
        if self.spec.tag is None or not self.present(version):
            return False
        return version >= (self.spec.since if self.spec.tag_since is None else self.spec.tag_since)

    def nullable(self, version: int) -> bool:
        """Tell whether the field may be null in this version."""
        return version >= self.null_since

    def make_default(self) -> Any:
        """Return what the field holds when the wire does not carry it."""
        factory = self.spec.default_factory
        if isinstance(factory, type) and issubclass(factory, Struct):
            return factory.shared_default()
        if factory is not None:
            return factory()
        return default_struct(self.default.cls) if isinstance(self.default, StructOf) else self.default


_ZERO: Final[dict[str, Any]] = {
    "bool": False,
    "string": "",
    "bytes": b"",
    "records": b"",
    "uuid": ZERO_UUID,
    "float64": 0.0,
}


def _resolve(annotation: Any) -> tuple[Type, bool]:
    """Return an annotation's wire type, and whether it may be null."""
    if get_origin(annotation) is not Annotated:
        return StructOf(annotation), False
    inner, *marks = get_args(annotation)
    if NULLABLE in marks:
        # `Annotated[...] | None`: the flattened union holds the inner type and None.
        plain = next(a for a in get_args(inner) if a is not type(None)) if len(get_args(inner)) == 2 else None  # noqa: PLR2004
        if plain is None:
            remaining = tuple(m for m in marks if m is not NULLABLE)
            return Primitive(remaining[0].kind), True
        return _resolve(plain)[0], True
    if ARRAY in marks:
        element = _resolve(get_args(inner)[0])[0]
        assert not isinstance(element, ArrayOf), "the protocol nests no arrays"
        return ArrayOf(element), False
    return Primitive(marks[0].kind), False


def _zero(kind: Type) -> Any:
    match kind:
        case Primitive(name):
            return _ZERO.get(name, 0)
        case StructOf():
            return kind
        case ArrayOf():
            return []


def schema_of(cls: type) -> tuple[Field, ...]:
    """Resolve the fields of a message or structure, once; later calls are free."""
    known: tuple[Field, ...] | None = cls.__dict__.get("_SCHEMA")
    if known is None:
        scope = vars(sys.modules[cls.__module__])
        hints = {name: eval(text, scope) for name, text in cls.__annotations__.items()}  # noqa: S307 - our own modules
        known = tuple(_field(name, spec, hints[name]) for name, spec in cls.FIELDS)  # type: ignore[attr-defined]
        cls._SCHEMA = known  # type: ignore[attr-defined]
    return known


def _field(name: str, spec: FieldSpec, annotation: Any) -> Field:
    kind, nullable = _resolve(annotation)
    null_since = FOREVER + 1 if not nullable else spec.since if spec.null_since is None else spec.null_since
    default = _zero(kind) if spec.default is _REQUIRED else spec.default
    if spec.default is _REQUIRED and spec.default_factory is None and isinstance(kind, ArrayOf):
        spec = spec._replace(default_factory=list)
    return Field(name, kind, spec, null_since, default)


def default_struct(cls: type[T]) -> T:
    """Build a structure whose every field holds its default."""
    return cls(**{f.name: f.make_default() for f in schema_of(cls)})
