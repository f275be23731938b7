"""ApiVersions: what is listed, and who is turned away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafkacompat.api.routes import ROUTES
from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from tests.api.test_produce import running
from tests.facts.definitions import definitions_with_oldest_versions

if TYPE_CHECKING:
    from typing import Any

    from tests.server.wired import Client, Wired

REAL = json.loads((Path(__file__).parent.parent / "facts" / "api_versions.json").read_text())


def ask(client: Client, version: int = 5, **facts: Any) -> ApiVersionsResponse:
    named: dict[str, Any] = {"client_software_name": "test", "client_software_version": "1.0"}
    client.send(ApiVersionsRequest(**(named | facts)), version)
    (response,) = client.responses(ApiVersionsResponse)
    return response


def test_every_key_has_the_range_that_kafka_lists_begun_where_old_clients_need_it() -> None:
    real = {entry["key"]: (entry["min"], entry["max"]) for entry in REAL["api_versions"]}
    oldest = {m.key: m.versions[0] for m in definitions_with_oldest_versions().values() if m.key is not None}
    for route in ROUTES.values():
        assert (route.first_version, route.last_version) == (oldest[route.key], real[route.key][1]), route.name


def test_every_version_lists_every_key() -> None:
    async def check(_: Wired, client: Client) -> None:
        for version in range(6):
            listed = [(k.api_key, k.min_version, k.max_version) for k in ask(client, version).api_keys]
            assert listed == [(r.key, r.first_version, r.last_version) for r in ROUTES.values()]

    running(check)


def test_features_with_a_minimum_of_0_are_kept_from_old_clients() -> None:
    async def check(_: Wired, client: Client) -> None:
        assert [f.name for f in ask(client, 3).supported_features] == ["metadata.version"]
        assert "kraft.version" in [f.name for f in ask(client, 4).supported_features]

    running(check)


@pytest.mark.parametrize("name", ["", "-librdkafka", "a b", "sarama.", "über"])
def test_software_that_has_no_proper_name(name: str) -> None:
    async def check(_: Wired, client: Client) -> None:
        assert ask(client, 3, client_software_name=name).error_code == ErrorCode.INVALID_REQUEST
        assert ask(client, 3, client_software_version=name).error_code == ErrorCode.INVALID_REQUEST

    running(check)


@pytest.mark.parametrize(
    ("cluster_id", "node_id", "code"),
    [
        (None, -1, ErrorCode.NONE),
        ("test-cluster", 1, ErrorCode.NONE),
        ("test-cluster", -1, ErrorCode.INVALID_REQUEST),
        (None, 1, ErrorCode.INVALID_REQUEST),
        ("another", 1, ErrorCode.REBOOTSTRAP_REQUIRED),
        ("test-cluster", 2, ErrorCode.REBOOTSTRAP_REQUIRED),
    ],
)
def test_a_client_that_was_routed_to_the_wrong_broker(cluster_id: str | None, node_id: int, code: ErrorCode) -> None:
    async def check(_: Wired, client: Client) -> None:
        assert ask(client, cluster_id=cluster_id, node_id=node_id).error_code == code

    running(check)
