"""Random values of any message in any version, as the wire can carry them.

A field that the version lacks holds its default, so that a value read back equals the value written.  Strings and
blocks are mostly short, sometimes just too long for a length of one byte.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf, Type, schema_of

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MAX_ELEMENTS: Final = 3

_TEXT: Final = st.text(max_size=6) | st.sampled_from(["a", "t" * 126, "t" * 127, "\u00e9" * 100])
_BLOCK: Final = st.binary(max_size=10) | st.sampled_from([b"", bytes(127), bytes(300)])

_PRIMITIVES: Final[dict[str, SearchStrategy[Any]]] = {
    "bool": st.booleans(),
    "int8": st.integers(-(2**7), 2**7 - 1),
    "int16": st.integers(-(2**15), 2**15 - 1),
    "uint16": st.integers(0, 2**16 - 1),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "uint32": st.integers(0, 2**32 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float64": st.floats(allow_nan=False),
    "string": _TEXT,
    "bytes": _BLOCK,
    "records": _BLOCK,
    "uuid": st.binary(min_size=16, max_size=16),
}


@cache
def values(cls: type, version: int) -> SearchStrategy[Any]:
    """Make a strategy of values of a message, or of a structure in one of its message's versions."""
    return st.builds(cls, **{f.name: _field(f, version) for f in schema_of(cls)})


def _field(field: Field, version: int) -> SearchStrategy[Any]:
    if not field.present(version):
        return st.builds(field.make_default)
    value = _value(field.type, version)
    if field.nullable(version):
        value = st.none() | value
    return st.builds(field.make_default) | value if field.tagged(version) else value


def _value(kind: Type, version: int) -> SearchStrategy[Any]:
    match kind:
        case Primitive(name):
            return _PRIMITIVES[name]
        case ArrayOf(element):
            return st.lists(_value(element, version), max_size=MAX_ELEMENTS)
        case StructOf(cls):
            return values(cls, version)
