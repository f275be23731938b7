"""Which features a server serves in full: there, no failure is an expected one."""

from __future__ import annotations

import json
import socket
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from suite.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION: Final = 4
HEADER: Final = b"\x00\x12" + VERSION.to_bytes(2, "big") + b"\x00\x00\x00\x01\x00\x05suite\x00"
ANSWER_S: Final = 10
FACTS: Final = ROOT / "tests" / "facts" / "api_versions.json"


@dataclass(frozen=True)
class Feature:
    """What must be served: the highest version of each API key, and the level of each of the cluster's features."""

    versions: Mapping[int, int]
    levels: Mapping[str, int]


@dataclass(frozen=True)
class Served:
    """What a server says that it serves."""

    versions: Mapping[int, int]
    levels: Mapping[str, int]

    def has(self, feature: Feature) -> bool:
        """Whether it serves a feature in full."""
        keys = all(self.versions.get(key, -1) >= version for key, version in feature.versions.items())
        return keys and all(self.levels.get(name, 0) >= level for name, level in feature.levels.items())


def read_features(table: Path, facts: Path = FACTS) -> dict[str, Feature]:
    """Read the table of features; the versions are Kafka's, where it lists the key at all."""
    kafka = {fact["key"]: fact["max"] for fact in json.loads(facts.read_text())["api_versions"]}
    return {
        name: Feature({key: kafka[key] for key in about["keys"] if key in kafka}, about.get("levels", {}))
        for name, about in tomllib.loads(table.read_text()).items()
    }


def ask_what_is_served(bootstrap: str) -> Served:
    """Ask a server by ApiVersions."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    request = ApiVersionsRequest(client_software_name="suite", client_software_version="1")
    frame = HEADER + b"".join(encode(request, VERSION))
    with socket.create_connection((host, int(port)), ANSWER_S) as connection, connection.makefile("rb") as incoming:
        connection.sendall(len(frame).to_bytes(4, "big") + frame)
        size = int.from_bytes(incoming.read(4), "big")
        body = incoming.read(size)[4:]
    answer = decode(ApiVersionsResponse, VERSION, body)
    return Served(
        {each.api_key: each.max_version for each in answer.api_keys},
        {each.name: each.max_version_level for each in answer.finalized_features},
    )
