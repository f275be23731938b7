from __future__ import annotations

import json
from functools import cache

import pytest

from kafkacompat.wire.schema import ArrayOf, Primitive, StructOf, Type, default_struct, schema_of
from tests.facts.definitions import FACTS, FieldFacts, MessageFacts, definitions, definitions_with_oldest_versions
from tests.wire.catalogue import all_messages, label, message_modules, messages_in


@cache
def facts() -> dict[str, MessageFacts]:
    records = definitions("group_records.json") | definitions("metadata_records.json")
    records |= definitions("transaction_records.json")
    return definitions_with_oldest_versions() | records


def kind_of(kind: Type) -> str:
    match kind:
        case Primitive(name):
            return name
        case ArrayOf(element):
            return f"[]{kind_of(element)}"
        case StructOf():
            return "structure"


def kind_in_facts(text: str) -> str:
    element = text.removeprefix("[]")
    return text.replace(element, "structure") if element[0].isupper() else text


def fields_as_facts(cls: type, within: frozenset[int]) -> tuple[FieldFacts, ...]:
    """Say about a class what the facts say about a message; classes of structures may bear names of our own."""
    found = []
    for field in schema_of(cls):
        versions = frozenset(v for v in within if field.present(v))
        element = field.type.element if isinstance(field.type, ArrayOf) else field.type
        default = field.make_default()
        if isinstance(field.type, StructOf) and default is not None:
            assert default == default_struct(field.type.cls)
            default = "structure"
        found.append(
            FieldFacts(
                name=field.name,
                type=kind_of(field.type),
                versions=versions,
                nullable=frozenset(v for v in versions if field.nullable(v)),
                tagged=frozenset(v for v in versions if field.tagged(v)),
                tag=field.spec.tag,
                default=default,
                ignorable=field.spec.ignorable,
                map_key=field.spec.map_key,
                entity=field.spec.entity,
                plain=field.spec.plain,
                fields=fields_as_facts(element.cls, versions) if isinstance(element, StructOf) else (),
            )
        )
    return tuple(found)


def with_structures_unnamed(fields: tuple[FieldFacts, ...]) -> tuple[FieldFacts, ...]:
    return tuple(
        f._replace(
            type=kind_in_facts(f.type),
            default="structure" if f.default == f.type else f.default,
            fields=with_structures_unnamed(f.fields),
        )
        for f in fields
    )


@pytest.mark.parametrize("cls", all_messages(), ids=label)
def test_class_says_what_kafka_defines(cls: type) -> None:
    expected = facts()[cls.__name__]
    versions: range = cls.VERSIONS  # type: ignore[attr-defined]
    assert versions == expected.versions
    assert expected.key == cls.KEY  # type: ignore[attr-defined]
    assert expected.unstable == cls.UNSTABLE  # type: ignore[attr-defined]
    assert frozenset(v for v in versions if v >= cls.FLEXIBLE) == expected.flexible  # type: ignore[attr-defined]
    assert fields_as_facts(cls, frozenset(versions)) == with_structures_unnamed(expected.fields)


def test_module_of_an_api_key_holds_its_request_and_response() -> None:
    keys = set()
    for module in message_modules():
        if ".messages." in module and not module.endswith((".headers", ".consumer_protocol")):
            request, response = messages_in(module)
            assert request.__name__.removesuffix("Request") == response.__name__.removesuffix("Response")
            assert request.KEY == response.KEY  # type: ignore[attr-defined]
            keys.add(request.KEY)  # type: ignore[attr-defined]
    assert keys >= {0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 22, 23, 32, 42, 47, 60, 75}


def test_versions_are_those_that_kafka_brokers_advertise_now_or_did_before_4_0() -> None:
    advertised = json.loads((FACTS / "api_versions.json").read_text())["api_versions"]
    ranges = {entry["key"]: range(entry["min"], entry["max"] + 1) for entry in advertised}
    oldest = {f.key: f.versions[0] for n, f in definitions_with_oldest_versions().items() if n.endswith("Request")}
    ranges = {key: range(oldest[key], versions.stop) for key, versions in ranges.items()}
    for cls in all_messages():
        if cls.__name__.endswith("Request"):
            hidden = 1 if cls.UNSTABLE else 0  # type: ignore[attr-defined]
            versions: range = cls.VERSIONS  # type: ignore[attr-defined]
            assert versions[: len(versions) - hidden] == ranges[cls.KEY], cls.__name__  # type: ignore[attr-defined]
