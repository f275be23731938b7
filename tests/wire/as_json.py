"""A message as Kafka's own JSON converters write it: what people can read beside the bytes.

Names are Kafka's, in camel case; ids are base64url text, bytes base64; of records only the size is told.  Fields that
the version lacks, and tagged fields that hold their default, are left out.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf, Type, schema_of
from kafkacompat.wire.uuids import uuid_to_text


def as_json(value: Any, version: int) -> dict[str, Any]:
    """Return a message or structure as JSON can hold it."""
    found: dict[str, Any] = {}
    for field in schema_of(type(value)):
        content = getattr(value, field.name)
        if field.present(version) and not (field.tagged(version) and content == field.make_default()):
            found[_name(field, content)] = _value(field.type, content, version)
    return found


def _name(field: Field, content: Any) -> str:
    first, *rest = field.name.split("_")
    name = first + "".join(word.capitalize() for word in rest)
    return f"{name}SizeInBytes" if field.type == Primitive("records") and content is not None else name


def _value(kind: Type, value: Any, version: int) -> Any:
    if value is None:
        return None
    match kind:
        case ArrayOf(element):
            return [_value(element, item, version) for item in value]
        case StructOf():
            return as_json(value, version)
        case Primitive(name):
            return _primitive(name, value)


def _primitive(kind: str, value: Any) -> Any:
    match kind:
        case "uuid":
            return uuid_to_text(value)
        case "bytes":
            return b64encode(value).decode()
        case "records":
            return len(value)
        case _:
            return value
