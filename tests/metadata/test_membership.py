"""What starts and stops leave in the metadata log, record by record as Kafka 4.4.0 writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.clock.manual import ManualClock
from kafkacompat.metadata.codec import MetadataRecordCodec
from kafkacompat.metadata.coordinator import METADATA_LOG, MetadataCoordinator
from kafkacompat.metadata.features import BOOTSTRAP_LEVELS
from kafkacompat.metadata.registrations import BrokerIdentity, Endpoint
from kafkacompat.settings.settings import Settings
from kafkacompat.storage.store import Isolation, Read, ReadRequest
from kafkacompat.wire.codec import decode
from kafkacompat.wire.metadata_records import (
    BeginTransactionRecord,
    BrokerRegistrationChangeRecord,
    ConfigRecord,
    EndTransactionRecord,
    FeatureLevelRecord,
    LeaderChangeMessage,
    PartitionChangeRecord,
    ProducerIdsRecord,
    RegisterBrokerRecord,
    RegisterControllerRecord,
    Voter,
)
from kafkacompat.wire.pieces import joined
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.control import ControlType, read_control_type
from kafkacompat.wire.records.record import iterate
from tests.metadata.fake_cluster import finish, new_store
from tests.metadata.making import asked, numbered_ids, topic_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.storage.store import Store

LEADER_CHANGE = "leader change"
VOTER = Voter(voter_id=1)


def new_metadata(store: Store, *node_ids: int, **values: str) -> MetadataCoordinator:
    identities = [
        BrokerIdentity(
            node_id,
            [Endpoint("PLAINTEXT", "here", 9092)],
            Endpoint("CONTROLLER", "here", 9092),
            incarnation_id=b"i" * 16,
            directory_id=bytes([node_id]) * 16,
        )
        for node_id in node_ids
    ]
    settings = Settings.from_values({name.replace("_", "."): value for name, value in values.items()})
    return MetadataCoordinator(store, ManualClock(), settings, node_ids, numbered_ids(), identities=identities)


def started(store: Store, *node_ids: int, **values: str) -> MetadataCoordinator:
    metadata = new_metadata(store, *(node_ids or (1,)), **values)
    finish(metadata.start())
    return metadata


def batches(store: Store, since: int = 0) -> list[tuple[int, list[Any]]]:
    """The batches of the log: leader epoch, and records; a leader change as the words and the message."""
    request = ReadRequest(METADATA_LOG, since, 1 << 20, Isolation.READ_UNCOMMITTED)
    (read,) = finish(store.read([request], 1 << 20))
    assert isinstance(read, Read)
    data, position, found = memoryview(joined(read.pieces)), 0, []
    while position < len(data):
        header = read_header(data, position)
        batch = data[position : position + header.size_bytes]
        if header.is_control:
            (record,) = iterate(batch)
            assert read_control_type(record.key) == ControlType.LEADER_CHANGE
            found.append((header.leader_epoch, [LEADER_CHANGE, decode(LeaderChangeMessage, 0, record.value or b"")]))
        else:
            codec = MetadataRecordCodec()
            found.append((header.leader_epoch, [codec.decode(r.key, r.value) for r in iterate(batch)]))
        position += header.size_bytes
    return found


def kinds(found: Sequence[tuple[int, list[Any]]]) -> list[tuple[int, list[Any]]]:
    return [(epoch, [r if isinstance(r, str) else type(r) for r in rs]) for epoch, rs in found]


def test_a_new_log_begins_as_kafkas() -> None:
    store = new_store()
    started(store, 1, min_insync_replicas="2")
    leader, bootstrap, controller, broker, uncordoned, unfenced = batches(store)
    assert leader == (
        1,
        [
            LEADER_CHANGE,
            LeaderChangeMessage(
                version=0, leader_id=1, voters=[Voter(voter_id=1)], granting_voters=[Voter(voter_id=1)]
            ),
        ],
    )
    assert bootstrap == (
        1,
        [
            BeginTransactionRecord(name="Bootstrap records"),
            *(FeatureLevelRecord(name=name, feature_level=level) for name, level in BOOTSTRAP_LEVELS),
            ConfigRecord(resource_type=4, resource_name="", name="min.insync.replicas", value="2"),
            EndTransactionRecord(),
        ],
    )
    assert kinds([controller, broker]) == [(1, [RegisterControllerRecord]), (1, [RegisterBrokerRecord])]
    (registered,) = broker[1]
    assert (registered.broker_epoch, registered.fenced, registered.log_dirs) == (11, True, [b"\1" * 16])
    assert uncordoned == (1, [BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=11, cordoned_log_dirs=[])])
    assert unfenced == (1, [BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=11, fenced=-1)])


def test_a_stop_in_order_and_the_next_start() -> None:
    store = new_store()
    metadata = started(store)
    finish(metadata.create_topics([asked("a")]))
    since = finish(metadata.end_offset())
    finish(metadata.stop())
    again = started(store)
    topic = again.topic("a")
    assert topic is not None
    leaving, fenced, leader, controller, broker, uncordoned, unfenced = batches(store, since)
    gone = PartitionChangeRecord(
        partition_id=0,
        topic_id=topic.topic_id,
        isr=[],
        leader=-1,
        eligible_leader_replicas=[1],
        last_known_elr=[1],
    )
    assert leaving == (
        1,
        [BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=11, in_controlled_shutdown=1), gone],
    )
    assert fenced == (1, [BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=11, fenced=1)])
    assert kinds([leader, controller, broker, uncordoned]) == [
        (2, [LEADER_CHANGE, LeaderChangeMessage]),
        (2, [RegisterControllerRecord]),
        (2, [RegisterBrokerRecord]),
        (2, [BrokerRegistrationChangeRecord]),
    ]
    back = PartitionChangeRecord(
        partition_id=0, topic_id=topic.topic_id, isr=[1], leader=1, eligible_leader_replicas=[], last_known_elr=[]
    )
    epoch = broker[1][0].broker_epoch
    assert unfenced == (2, [BrokerRegistrationChangeRecord(broker_id=1, broker_epoch=epoch, fenced=-1), back])
    assert epoch == since + 5


def test_a_node_that_went_away_without_a_word_is_fenced_at_the_next_start() -> None:
    store = new_store()
    metadata = started(store)
    finish(metadata.create_topics([asked("a")]))
    since = finish(metadata.end_offset())
    again = started(store)
    assert kinds(batches(store, since))[:2] == [
        (2, [LEADER_CHANGE, LeaderChangeMessage]),
        (2, [PartitionChangeRecord, BrokerRegistrationChangeRecord]),
    ]
    assert [(broker.node_id, broker.fenced) for broker in again.brokers()] == [(1, False)]


def test_blocks_of_producer_ids_name_the_broker_and_its_epoch() -> None:
    store = new_store()
    metadata = started(store)
    since = finish(metadata.end_offset())
    assert finish(metadata.allocate_producer_id()) == 0
    assert batches(store, since) == [(1, [ProducerIdsRecord(broker_id=1, broker_epoch=11, next_producer_id=1000)])]


def test_partitions_of_several_nodes_are_whole_again_after_a_restart() -> None:
    store = new_store()
    metadata = started(store, 1, 2, 3)
    finish(metadata.create_topics([asked("a", 3, 3), asked("b", 3, 1)]))
    again = started(store, 1, 2, 3)
    for name in ("a", "b"):
        topic = again.topic(name)
        assert topic is not None
        for partition in topic.partitions:
            assert sorted(partition.isr) == sorted(partition.replicas)
            assert partition.leader in partition.isr
            assert partition.leader_epoch > 0
            assert (partition.eligible_leader_replicas, partition.last_known_elr) == ([], [])


def test_new_partitions_name_the_log_directories_of_their_replicas() -> None:
    metadata = started(new_store(), 1, 2)
    finish(metadata.create_topics([asked("a", 1, 2)]))
    topic = metadata.topic_by_id(topic_id(100))
    assert topic is not None
    assert topic.partitions[0].directories == [bytes([node]) * 16 for node in topic.partitions[0].replicas]
