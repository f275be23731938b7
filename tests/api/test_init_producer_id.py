"""InitProducerId without a transactional id: what a Kafka 4.4.0 broker answered to the same requests."""

from __future__ import annotations

import pytest

from kafkacompat.api import init_producer_id
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from tests.metadata.fake_cluster import FakeCluster


def ask(
    cluster: FakeCluster, transactional_id: str | None = None, producer_id: int = -1, epoch: int = -1, version: int = 5
) -> tuple[int, int, int]:
    request = InitProducerIdRequest(
        transactional_id=transactional_id, transaction_timeout_ms=0, producer_id=producer_id, producer_epoch=epoch
    )
    response = cluster.ask(init_producer_id, request, version)
    return response.error_code, response.producer_id, response.producer_epoch


@pytest.mark.parametrize("version", range(6))
def test_ids_are_fresh_with_epoch_0(version: int) -> None:
    cluster = FakeCluster()
    assert [ask(cluster, version=version) for _ in range(3)] == [(0, 0, 0), (0, 1, 0), (0, 2, 0)]


@pytest.mark.parametrize(("producer_id", "epoch"), [(5, 1), (-2, -2)])
def test_an_idempotent_producers_old_id_does_not_count(producer_id: int, epoch: int) -> None:
    assert ask(FakeCluster(), None, producer_id, epoch) == (0, 0, 0)


@pytest.mark.parametrize(("producer_id", "epoch"), [(5, -1), (-1, 5), (-2, -1)])
def test_half_an_identity_is_refused(producer_id: int, epoch: int) -> None:
    assert ask(FakeCluster(), None, producer_id, epoch) == (42, -1, -1)
    assert ask(FakeCluster(), "tx", producer_id, epoch) == (42, -1, -1)
