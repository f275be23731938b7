"""FindCoordinator: what a Kafka 4.4.0 broker answered to the same requests, but for what is not served yet."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.api import find_coordinator
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from tests.metadata.fake_cluster import FakeCluster

MALFORMED = (
    "This most likely occurs because of a request being malformed by the client library or the message was sent to an "
    "incompatible broker. See the broker logs for more details."
)


def ask_many(cluster: FakeCluster, keys: list[str], key_type: int = 0, version: int = 6) -> list[tuple[Any, ...]]:
    request = FindCoordinatorRequest(coordinator_keys=keys, key_type=key_type)
    response = cluster.ask(find_coordinator, request, version)
    return [(c.key, c.node_id, c.host, c.port, c.error_code, c.error_message) for c in response.coordinators]


def ask_one(cluster: FakeCluster, key: str, key_type: int = 0, version: int = 3) -> tuple[Any, ...]:
    response = cluster.ask(find_coordinator, FindCoordinatorRequest(key=key, key_type=key_type), version)
    return response.node_id, response.host, response.port, response.error_code, response.error_message


def test_the_first_request_makes_the_offsets_topic_and_is_answered() -> None:
    cluster = FakeCluster()
    assert ask_many(cluster, ["g", "h", "g", ""]) == [
        (key, 1, "plaintext1", 9092, 0, "") for key in ["g", "h", "g", ""]
    ]
    assert cluster.announcements.created == ["__consumer_offsets"]


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_one_key(version: int) -> None:
    assert ask_one(FakeCluster(), "g", version=version) == (1, "plaintext1", 9092, 0, "NONE")


def test_groups_are_coordinated_where_their_partition_is_led() -> None:
    hosts = [host for _, _, host, *_ in ask_many(FakeCluster(3), ["", "1", "22", "333"])]
    assert hosts == ["plaintext1", "plaintext2", "plaintext3", "plaintext1"]


def test_no_keys_make_no_topic() -> None:
    cluster = FakeCluster()
    assert ask_many(cluster, []) == []
    assert cluster.announcements.created == []


@pytest.mark.parametrize("key_type", [9, -1, 3])
def test_unknown_types(key_type: int) -> None:
    assert ask_many(FakeCluster(), ["a", "b"], key_type) == [(key, -1, "", -1, 42, MALFORMED) for key in ["a", "b"]]
    assert ask_many(FakeCluster(), [], key_type) == []
    assert ask_one(FakeCluster(), "a", key_type) == (-1, "", -1, 42, MALFORMED)


def test_the_first_request_about_transactions_makes_their_topic_and_is_answered() -> None:
    cluster = FakeCluster()
    assert ask_many(cluster, ["tx", ""], 1) == [(key, 1, "plaintext1", 9092, 0, "") for key in ["tx", ""]]
    assert ask_one(cluster, "tx", 1) == (1, "plaintext1", 9092, 0, "NONE")
    assert cluster.announcements.created == ["__transaction_state"]


def test_transactions_are_coordinated_where_their_partition_is_led() -> None:
    hosts = [host for _, _, host, *_ in ask_many(FakeCluster(3), ["", "1", "22", "333"], 1)]
    assert hosts == ["plaintext1", "plaintext2", "plaintext3", "plaintext1"]


def test_a_topic_of_transactions_that_does_not_fit_leaves_no_coordinator() -> None:
    cluster = FakeCluster(transaction_state_log_replication_factor="3")
    assert ask_many(cluster, ["tx"], 1) == [("tx", -1, "", -1, 15, "")]


def test_share_groups_are_refused_as_malformed_keys_are() -> None:
    assert ask_many(FakeCluster(), ["g"], 2) == [("g", -1, "", -1, 42, "")]
    assert ask_one(FakeCluster(), "g", 2) == (-1, "", -1, 42, MALFORMED)


def test_an_offsets_topic_that_does_not_fit_leaves_no_coordinator() -> None:
    cluster = FakeCluster(offsets_topic_replication_factor="3")
    assert ask_many(cluster, ["g"]) == [("g", -1, "", -1, 15, "")]
    assert ask_one(cluster, "g") == (-1, "", -1, 15, "The coordinator is not available.")


def test_a_coordinator_without_the_listener_cannot_be_reached() -> None:
    cluster = FakeCluster()
    response = cluster.ask(find_coordinator, FindCoordinatorRequest(coordinator_keys=["g"]), 6, "EXTERNAL")
    assert [coordinator.error_code for coordinator in response.coordinators] == [15]
