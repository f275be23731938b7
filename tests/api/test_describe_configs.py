from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from kafkacompat.api.describe_configs import MALFORMED_TEXT, handle, refuse
from kafkacompat.settings.settings import Settings
from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResponse,
    DescribeConfigsResult,
)
from tests.settings.real_rows import OVERRIDES, described_rows

if TYPE_CHECKING:
    from kafkacompat.cluster.context import Context
    from kafkacompat.cluster.node import Node

TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32
CONTEXT = cast("Context", None)
PLAIN = json.loads((Path(__file__).parents[1] / "settings" / "recorded" / "plain.json").read_text())


class FakeMetadata:
    def topic(self, name: str) -> SimpleNamespace | None:
        topics: dict[str, dict[str, str]] = {"plain": {}, "overridden": OVERRIDES}
        return SimpleNamespace(configs=topics[name]) if name in topics else None

    def configs(self, resource_type: int, name: str) -> dict[str, str]:
        return {"min.insync.replicas": "1"} if (resource_type, name) == (BROKER, "") else {}


@pytest.fixture
def node() -> Node:
    settings = Settings.from_values(PLAIN["static"], defaults="kafka")
    return cast(
        "Node",
        SimpleNamespace(node_id=0, rack=None, cluster=SimpleNamespace(settings=settings, metadata=FakeMetadata())),
    )


def ask(node: Node, *resources: tuple[int, str, list[str] | None], synonyms: bool = True) -> DescribeConfigsResponse:
    request = DescribeConfigsRequest(
        resources=[
            DescribeConfigsResource(resource_type=kind, resource_name=name, configuration_keys=keys)
            for kind, name, keys in resources
        ],
        include_synonyms=synonyms,
    )
    return asyncio.run(handle(node, CONTEXT, request))


def describe(node: Node, kind: int, name: str, keys: list[str] | None = None) -> DescribeConfigsResult:
    return ask(node, (kind, name, keys)).results[0]


@pytest.mark.parametrize(
    ("kind", "name", "part"),
    [
        (TOPIC, "plain", "topic"),
        (TOPIC, "overridden", "topic with overrides"),
        (BROKER, "0", "broker"),
        (BROKER, "+00", "broker"),
        (BROKER, "", "cluster"),
        (GROUP, "g", "group"),
        (CLIENT_METRICS, "m", "client metrics"),
    ],
)
def test_every_row_is_what_kafka_answers(node: Node, kind: int, name: str, part: str) -> None:
    result = describe(node, kind, name)
    assert (result.error_code, result.error_message) == (0, "")
    assert (result.resource_type, result.resource_name) == (kind, name)
    assert described_rows(result) == PLAIN[part]


@pytest.mark.parametrize(
    ("kind", "name", "code", "message"),
    [
        (TOPIC, "missing", 3, ""),
        (TOPIC, "", 17, "Topic name is invalid: the empty string is not allowed"),
        (TOPIC, ".", 17, "Topic name is invalid: '.' is not allowed"),
        (BROKER, "1", 42, "Unexpected broker id, expected 0 or empty string, but received 1"),
        (BROKER, "-1", 42, "Unexpected broker id, expected 0 or empty string, but received -1"),
        (BROKER, "x", 42, "Broker id must be an integer, but it is: x"),
        (BROKER, " 0", 42, "Broker id must be an integer, but it is:  0"),
        (BROKER, "2147483648", 42, "Broker id must be an integer, but it is: 2147483648"),
        (BROKER, "9" * 5000, 42, "Broker id must be an integer, but it is: " + "9" * 5000),
        (BROKER_LOGGER, "", 42, "Broker id must not be empty"),
        (BROKER_LOGGER, "1", 42, "Unexpected broker id, expected 0 but received 1"),
        (CLIENT_METRICS, "", 42, "Client metrics subscription name must not be empty"),
        (GROUP, "", 42, "Group name must not be empty"),
    ],
)
def test_refusals_are_worded_as_kafkas(node: Node, kind: int, name: str, code: int, message: str) -> None:
    result = describe(node, kind, name)
    assert (result.error_code, result.error_message, result.configs) == (code, message, [])


def names(result: DescribeConfigsResult) -> list[str]:
    return [config.name for config in result.configs]


def test_keys_choose_rows_and_unknown_ones_are_left_out(node: Node) -> None:
    result = describe(node, TOPIC, "plain", ["retention.ms", "nope", "cleanup.policy"])
    assert names(result) == ["cleanup.policy", "retention.ms"]
    assert names(describe(node, TOPIC, "plain", ["internal.segment.bytes"])) == []


def test_no_keys_and_an_empty_list_of_keys_mean_all(node: Node) -> None:
    assert names(describe(node, TOPIC, "plain", [])) == names(describe(node, TOPIC, "plain"))


def test_synonyms_are_given_only_when_asked_for(node: Node) -> None:
    (config,) = ask(node, (TOPIC, "plain", ["segment.bytes"]), synonyms=False).results[0].configs
    assert config.synonyms == []
    (config,) = ask(node, (TOPIC, "plain", ["segment.bytes"])).results[0].configs
    assert [(synonym.name, synonym.source) for synonym in config.synonyms] == [("log.segment.bytes", 5)]


def test_each_resource_is_answered_on_its_own_in_order(node: Node) -> None:
    results = ask(node, (TOPIC, "missing", None), (BROKER, "", None), (TOPIC, "plain", ["segment.ms"])).results
    assert [(result.error_code, len(result.configs)) for result in results] == [(3, 0), (0, 1), (0, 1)]


def test_an_unknown_type_spoils_the_whole_request(node: Node) -> None:
    with pytest.raises(ApiError) as refusal:
        ask(node, (TOPIC, "plain", None), (7, "x", None))
    assert (refusal.value.code, refusal.value.message) == (ErrorCode.INVALID_REQUEST, MALFORMED_TEXT)
    resources = [
        DescribeConfigsResource(resource_type=kind, resource_name="x", configuration_keys=None) for kind in (2, 7)
    ]
    response = refuse(CONTEXT, DescribeConfigsRequest(resources=resources), refusal.value)
    assert [(r.error_code, r.error_message, r.resource_type) for r in response.results] == [
        (42, MALFORMED_TEXT, 2),
        (42, MALFORMED_TEXT, 7),
    ]


def test_every_node_shows_its_own_id(node: Node) -> None:
    second: Any = node
    second.node_id = 7
    shown = {config.name: config.value for config in describe(node, BROKER, "7", ["node.id", "broker.id"]).configs}
    assert shown == {"node.id": "7", "broker.id": "7"}


@pytest.mark.parametrize("version", range(1, 5))
def test_the_answer_goes_over_the_wire_in_every_version(node: Node, version: int) -> None:
    response = ask(node, (TOPIC, "plain", ["retention.ms"]))
    body = b"".join(bytes(piece) for piece in encode(response, version))
    (config,) = decode(DescribeConfigsResponse, version, body).results[0].configs
    assert (config.name, config.value, config.config_source) == ("retention.ms", "604800000", 5)
    assert config.config_type == (5 if version >= 3 else 0)
