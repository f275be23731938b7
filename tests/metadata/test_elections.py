"""Leaders, replicas in sync and eligible ones as brokers leave and come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.metadata import registrations
from kafkacompat.metadata.registrations import BrokerIdentity
from kafkacompat.metadata.state import MetadataState, apply
from kafkacompat.metadata.topics import create_topics
from kafkacompat.settings.settings import Settings
from kafkacompat.settings.topics import effective_topic_config
from tests.metadata.making import asked, rules

if TYPE_CHECKING:
    from kafkacompat.coordination.decision import Decision
    from kafkacompat.metadata.topic import Partition


def carry_out(state: MetadataState, decision: Decision[Any]) -> None:
    for record in decision.records:
        apply(state, record)


def cluster(*node_ids: int, replication_factor: int, partitions: int = 1, minimum: int = 1) -> MetadataState:
    settings = Settings.from_values({"min.insync.replicas": str(minimum)})
    state = MetadataState(lambda overrides: effective_topic_config(settings, overrides))
    for node_id in node_ids:
        carry_out(state, registrations.register_broker(BrokerIdentity(node_id), state.applied_records))
        carry_out(state, registrations.unfence(state, node_id))
    carry_out(state, create_topics(state, [asked("a", partitions, replication_factor)], rules(*node_ids)))
    return state


def whose(partition: Partition) -> tuple[int, list[int], list[int], list[int]]:
    """Leader, in sync, eligible, last known."""
    return partition.leader, partition.isr, partition.eligible_leader_replicas, partition.last_known_elr


def partition(state: MetadataState) -> Partition:
    return state.topics["a"].partitions[0]


def test_another_replica_in_sync_leads_when_the_leader_stops() -> None:
    state = cluster(1, 2, 3, replication_factor=3)
    before = partition(state)
    carry_out(state, registrations.begin_controlled_shutdown(state, before.leader))
    after = partition(state)
    assert after.leader == before.replicas[1]
    assert after.isr == before.replicas[1:]
    assert (after.leader_epoch, after.partition_epoch) == (1, 1)
    assert state.brokers[before.leader].in_controlled_shutdown


def test_a_follower_that_stops_changes_no_leader() -> None:
    state = cluster(1, 2, replication_factor=2)
    before = partition(state)
    carry_out(state, registrations.fence(state, before.replicas[1]))
    after = partition(state)
    assert (after.leader, after.leader_epoch, after.partition_epoch) == (before.leader, 0, 1)
    assert after.isr == [before.leader]
    assert state.brokers[before.replicas[1]].fenced


def test_who_returns_is_in_sync_again_and_leads_only_where_nobody_does() -> None:
    state = cluster(1, 2, replication_factor=2)
    first, second = partition(state).replicas
    carry_out(state, registrations.fence(state, first))
    carry_out(state, registrations.unfence(state, first))
    assert (partition(state).leader, sorted(partition(state).isr)) == (second, [1, 2])


def test_the_last_replica_in_sync_stays_eligible_and_only_it_may_lead() -> None:
    state = cluster(1, 2, replication_factor=2)
    first, second = partition(state).replicas
    carry_out(state, registrations.fence(state, first))
    carry_out(state, registrations.fence(state, second))
    alone = partition(state)
    assert (alone.leader, alone.isr, alone.eligible_leader_replicas, alone.last_known_elr) == (
        -1,
        [],
        [second],
        [second],
    )
    carry_out(state, registrations.unfence(state, first))
    assert partition(state).leader == -1
    carry_out(state, registrations.unfence(state, second))
    back = partition(state)
    assert (back.leader, back.isr, back.eligible_leader_replicas, back.last_known_elr) == (
        second,
        [second, first],
        [],
        [],
    )


def test_below_the_minimum_in_sync_who_left_stays_eligible() -> None:
    state = cluster(1, 2, 3, replication_factor=3, minimum=2)
    first, second, third = partition(state).replicas
    carry_out(state, registrations.fence(state, first))
    assert partition(state).eligible_leader_replicas == []
    carry_out(state, registrations.fence(state, second))
    assert partition(state).eligible_leader_replicas == [second]
    assert partition(state).isr == [third]
    carry_out(state, registrations.unfence(state, second))
    assert (partition(state).isr, partition(state).eligible_leader_replicas) == (sorted([second, third]), [])


def test_partitions_elsewhere_do_not_change() -> None:
    state = cluster(1, 2, replication_factor=1, partitions=2)
    other = next(p for p in state.topics["a"].partitions if p.leader == 2)
    carry_out(state, registrations.fence(state, 1))
    assert other in state.topics["a"].partitions
