"""Puts something else into a place of a request, by the type of its field: names, limits, null, repetitions."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.wire.schema import ArrayOf, Field, Primitive, StructOf
from tests.differential.fuzzing.session import fields_of, request_class

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from tests.differential.fuzzing.session import Step

BITS: Final = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
NAMES: Final = {
    "topicName": ["~t0", "~t1", "~t9", "", ".", "..", "~bad name", "~long249", "~long250", "~t0.x", "~t0_x", "~é"],
    "groupId": ["~g0", "~g1", "", "~ g", "~long300"],
}
WORDS: Final = ["", "~x", "nobody", "é", "0", "1", "-1", "true", "cooperative-sticky", "~long300", "a b"]
IDS: Final[list[Any]] = [{"hex": "00" * 16}, {"hex": "11" * 16}, {"id_of": "~t0"}, {"id_of": "~t9"}]

KEPT: Final[dict[int, frozenset[str]]] = {
    0: frozenset(
        {
            "timeout_ms",
            "acks",
            "transactional_id",
            "topic_data",  # no partition twice: what is appended then, and what is told of it, are of two batches
            "partition_data",
        }
    ),
    1: frozenset(
        {
            "max_wait_ms",  # the time that a client may lose
            "min_bytes",
            "replica_id",
            "replica_state",
            "session_id",  # the sessions of all clients have numbers in one row
            "rack_id",
        }
    ),
    2: frozenset({"replica_id", "timeout_ms"}),
    3: frozenset({"topics", "allow_auto_topic_creation"}),  # all topics of all sessions
    8: frozenset({"group_id"}),  # the group without a name is there for all sessions
    9: frozenset({"group_id"}),
    10: frozenset({"key_type"}),  # share groups are not served yet
    11: frozenset({"rebalance_timeout_ms", "protocols"}),  # chance would say who is in time
    15: frozenset({"groups"}),
    19: frozenset({"timeout_ms"}),
    20: frozenset({"timeout_ms"}),
    21: frozenset({"timeout_ms"}),
    22: frozenset({"transactional_id", "transaction_timeout_ms"}),  # Kafka looks for overdue ones now and then
    23: frozenset({"replica_id"}),
    24: frozenset({"transactions"}),  # no answer to none
    27: frozenset({"topics", "partition_indexes"}),  # no answer to what is listed twice
    57: frozenset({"timeout_ms"}),
    32: frozenset({"include_documentation", "resource_type"}),  # the broker's settings hold addresses and folders
    33: frozenset({"resources", "configs", "resource_type"}),  # what is listed twice is never answered
    35: frozenset({"topics"}),
    37: frozenset({"timeout_ms"}),
    42: frozenset({"groups_names"}),
    43: frozenset({"timeout_ms", "topic_partitions"}),
    44: frozenset({"resource_type"}),  # the broker's settings are everybody's
    47: frozenset({"group_id"}),
    45: frozenset({"timeout_ms"}),
    46: frozenset({"topics", "timeout_ms"}),
    75: frozenset({"topics"}),
}
"""Fields whose other values concern other sessions, take time, or harm the real broker."""


class Place(NamedTuple):
    """Where something else may be put: a field, or an item of an array."""

    owner: Any
    at: str | int
    field: Field
    kind: Any


def mutated(step: Step, random: Random) -> Step:
    """Return the step with something else in one of its places; as it is when it has none."""
    body = deepcopy(step.body)
    places = list(_places(request_class(step.key), body, step.version, KEPT.get(step.key, frozenset())))
    if not places:
        return step
    place = random.choice(places)
    place.owner[place.at] = _other(place, step.version, random)
    return replace(step, body=body)


def _places(cls: type, body: dict[str, Any], version: int, kept: frozenset[str]) -> Iterator[Place]:
    for field in fields_of(cls, version):
        if field.name in kept:
            continue
        if field.type != Primitive("records"):
            yield Place(body, field.name, field, field.type)
        yield from _inner(body.get(field.name), field, version, kept)
    for name in kept & body.keys():  # what is inside may change, though the list may not
        field = next(f for f in fields_of(cls, version) if f.name == name)
        if isinstance(body[name], list):
            yield from _inner(body[name], field, version, kept)


def _inner(value: Any, field: Field, version: int, kept: frozenset[str]) -> Iterator[Place]:
    match field.type, value:
        case ArrayOf(StructOf(cls)), list():
            for item in value:
                yield from _places(cls, item, version, kept)
        case ArrayOf(element), list() if field.name not in kept:
            yield from (Place(value, index, field, element) for index in range(len(value)))
        case StructOf(cls), dict():
            yield from _places(cls, value, version, kept)


def _other(place: Place, version: int, random: Random) -> Any:  # noqa: PLR0911 - one a type
    if place.field.nullable(version) and isinstance(place.at, str) and random.random() < 0.3:
        return None
    present = place.owner.get(place.at) if isinstance(place.owner, dict) else place.owner[place.at]
    match place.kind:
        case ArrayOf(element):
            return _other_list(present or [], element, random)
        case StructOf():
            return present
        case Primitive("string"):
            return random.choice(NAMES.get(place.field.spec.entity or "", WORDS))
        case Primitive("uuid"):
            return random.choice(IDS)
        case Primitive("bytes"):
            return {"hex": random.choice(["", "00", "00" * 10, "ff" * 4])}
        case Primitive("bool"):
            return not present
        case Primitive(kind):
            return _number(BITS[kind], random)


def _other_list(items: list[Any], element: Any, random: Random) -> list[Any]:
    if items and random.random() < 0.6:
        return [*items, deepcopy(random.choice(items))]
    if not isinstance(element, StructOf) and random.random() < 0.5:
        return [*items, _simple(element, random)]
    return []


def _simple(element: Primitive, random: Random) -> Any:
    match element.kind:
        case "string":
            return random.choice(WORDS)
        case "uuid":
            return random.choice(IDS)
        case kind:
            return _number(BITS[kind], random)


def _number(bits: int, random: Random) -> int:
    most = (1 << bits - 1) - 1
    return random.choice([0, 1, 2, 3, -1, -2, most, -most - 1, random.randint(0, 100)])
