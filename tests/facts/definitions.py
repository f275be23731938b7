"""Kafka 4.4.0's message definitions, read from the data files beside this one.

`messages.json` holds every request, response, header and data structure; `group_records.json` and
`metadata_records.json` the records of `__consumer_offsets` and `__cluster_metadata`.  A field without `versions` is in
all of them; a type that starts with a capital is a structure given in `fields`, or in the message's `commonStructs`.
`messages_legacy.json` holds, as of Kafka 3.9.1, the messages whose oldest versions Kafka 4.0 dropped (KIP-896).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from kafkacompat.wire.schema import ZERO_UUID

FACTS: Final = Path(__file__).parent

SERVED_FROM_THE_OLDEST: Final = frozenset({0, 1, 2, 8, 9, 19, 20, 23, 32})
"""Keys whose oldest versions are served although Kafka 4.0 dropped them: those that clients of that age send."""

_ZEROS: Final[dict[str, Any]] = {
    "bool": False,
    "string": "",
    "bytes": b"",
    "records": b"",
    "uuid": ZERO_UUID,
    "float64": 0.0,
}


class FieldFacts(NamedTuple):
    """One field, its ranges cut to the versions in which its parent exists."""

    name: str
    type: str
    versions: frozenset[int]
    nullable: frozenset[int]
    tagged: frozenset[int]
    tag: int | None
    default: Any
    ignorable: bool
    map_key: bool
    entity: str | None
    plain: bool
    fields: tuple[FieldFacts, ...]


class MessageFacts(NamedTuple):
    """One message."""

    name: str
    key: int | None
    versions: range
    flexible: frozenset[int]
    unstable: bool
    fields: tuple[FieldFacts, ...]


def definitions(file: str) -> dict[str, MessageFacts]:
    """Read one of the files, by message name, less the messages of which no version is left."""
    entries = json.loads((FACTS / file).read_text())
    return {entry["name"]: _message(entry) for entry in entries if entry["validVersions"] != "none"}


def definitions_with_oldest_versions() -> dict[str, MessageFacts]:
    """Read `messages.json`; the messages of some keys begin at the version where Kafka 3.9.1 began them."""
    entries = json.loads((FACTS / "messages.json").read_text())
    former = {entry["name"]: entry for entry in json.loads((FACTS / "messages_legacy.json").read_text())}
    widened = [_widened(entry, former.get(entry["name"])) for entry in entries if entry["validVersions"] != "none"]
    return {entry["name"]: _message(entry) for entry in widened}


def _widened(entry: dict[str, Any], former: dict[str, Any] | None) -> dict[str, Any]:
    if former is None or entry["apiKey"] not in SERVED_FROM_THE_OLDEST:
        return entry
    first, last = former["validVersions"].partition("-")[0], entry["validVersions"].rpartition("-")[2]
    return entry | {"validVersions": f"{first}-{last}", "fields": _with_dropped(entry["fields"], former["fields"])}


def _with_dropped(fields: list[dict[str, Any]], former: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put fields that 4.4.0 no longer has back behind the one that they followed."""
    known = {field["name"]: field for field in fields}
    before = {field["name"]: field for field in former}
    merged = [
        field | {"fields": _with_dropped(field["fields"], before[field["name"]]["fields"])}
        if field.get("fields") and before.get(field["name"], {}).get("fields")
        else field
        for field in fields
    ]
    for place, field in enumerate(former):
        if field["name"] not in known:
            names = [one["name"] for one in merged]
            merged.insert(names.index(former[place - 1]["name"]) + 1 if place else 0, field)
    return merged


def in_python(name: str) -> str:
    """Return Kafka's name of a field as Python writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def versions_in(text: str, within: range | frozenset[int]) -> frozenset[int]:
    """Return the versions that a range such as "3+", "0-4", "1" or "none" names."""
    if text == "none":
        return frozenset()
    first, dash, last = text.partition("-")
    low = int(first.removesuffix("+"))
    high = max(within, default=0) if text.endswith("+") else int(last) if dash else low
    return frozenset(within) & frozenset(range(low, high + 1))


def _message(entry: dict[str, Any]) -> MessageFacts:
    low, _, high = entry["validVersions"].partition("-")
    versions = range(int(low), int(high or low) + 1)
    common = {s["name"]: s["fields"] for s in entry.get("commonStructs", [])}
    return MessageFacts(
        name=entry["name"],
        key=entry.get("apiKey"),
        versions=versions,
        flexible=versions_in(entry["flexibleVersions"], versions),
        unstable=entry.get("latestVersionUnstable", False),
        fields=_fields(entry["fields"], frozenset(versions), common),
    )


def _fields(entries: list[dict[str, Any]], within: frozenset[int], common: dict[str, Any]) -> tuple[FieldFacts, ...]:
    """Read the fields of a structure, less those that no version has (they are remains of versions dropped since)."""
    found = (_field(entry, within, common) for entry in entries)
    return tuple(f for f in found if f.versions)


def _field(entry: dict[str, Any], within: frozenset[int], common: dict[str, Any]) -> FieldFacts:
    # A field that is only ever tagged is not there before it is: Kafka's own code does not write it then.
    versions = versions_in(entry.get("versions", entry.get("taggedVersions", "0+")), within)
    element = entry["type"].removeprefix("[]")
    nested = entry.get("fields") or common.get(element, [])
    return FieldFacts(
        name=in_python(entry["name"]),
        type=entry["type"],
        versions=versions,
        nullable=versions_in(entry.get("nullableVersions", "none"), versions),
        tagged=versions_in(entry.get("taggedVersions", "none"), versions),
        tag=entry.get("tag"),
        default=_default(entry["type"], entry.get("default")),
        ignorable=entry.get("ignorable", False),
        map_key=entry.get("mapKey", False),
        entity=entry.get("entityType"),
        plain=entry.get("flexibleVersions") == "none",
        fields=_fields(nested, versions, common) if element[0].isupper() else (),
    )


def _default(kind: str, given: Any) -> Any:
    """Return a default as a value; the name of the structure where a whole structure is the default."""
    if given in ("null", None) and (given == "null" or kind[0].isupper()):
        return None if given == "null" else kind
    if kind.startswith("[]"):
        return []
    if given is None or given == "":
        return _ZEROS.get(kind, 0)
    if kind == "bool":
        return given in (True, "true")
    return given if kind == "string" or isinstance(given, int) else int(given, 0)
