"""Records of `__cluster_metadata`; the key of a message is the record type. A leader change is a control record."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    ZERO_UUID,
    Array,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Nullable,
    String,
    Uint16,
    Uuid,
    field,
    message,
    struct,
)


@struct
class BrokerEndpoint:
    name: String = field(map_key=True)
    host: String
    port: Uint16
    security_protocol: Int16


@struct
class BrokerFeature:
    name: String = field(map_key=True)
    min_supported_version: Int16
    max_supported_version: Int16


@message(key=0, versions="0-4", flexible="0+")
class RegisterBrokerRecord:
    broker_id: Int32 = field(entity="brokerId")
    is_migrating_zk_broker: Bool = field(since=2, default=False)
    incarnation_id: Uuid
    broker_epoch: Int64
    end_points: Array[BrokerEndpoint]
    features: Array[BrokerFeature]
    rack: Nullable[String]
    fenced: Bool = field(default=True)
    in_controlled_shutdown: Bool = field(since=1, default=False)
    log_dirs: Array[Uuid] = field(since=3, tag=0, default_factory=list)
    cordoned_log_dirs: Nullable[Array[Uuid]] = field(since=4, tag=1, default=None)


@message(key=2, versions="0", flexible="0+")
class TopicRecord:
    name: String = field(entity="topicName")
    topic_id: Uuid


@message(key=3, versions="0-2", flexible="0+")
class PartitionRecord:
    partition_id: Int32 = field(default=-1)
    topic_id: Uuid
    replicas: Array[Int32] = field(entity="brokerId")
    isr: Array[Int32]
    removing_replicas: Array[Int32] = field(entity="brokerId")
    adding_replicas: Array[Int32] = field(entity="brokerId")
    leader: Int32 = field(entity="brokerId", default=-1)
    leader_recovery_state: Int8 = field(tag=0, default=0)
    leader_epoch: Int32 = field(default=-1)
    partition_epoch: Int32 = field(default=-1)
    directories: Array[Uuid] = field(since=1, default_factory=list)
    eligible_leader_replicas: Nullable[Array[Int32]] = field(since=2, tag=1, entity="brokerId", default=None)
    last_known_elr: Nullable[Array[Int32]] = field(since=2, tag=2, entity="brokerId", default=None)


@message(key=4, versions="0", flexible="0+")
class ConfigRecord:
    resource_type: Int8
    resource_name: String
    name: String
    value: Nullable[String]


@message(key=5, versions="0-2", flexible="0+")
class PartitionChangeRecord:
    partition_id: Int32 = field(default=-1)
    topic_id: Uuid
    isr: Nullable[Array[Int32]] = field(tag=0, entity="brokerId", default=None)
    leader: Int32 = field(tag=1, entity="brokerId", default=-2)
    replicas: Nullable[Array[Int32]] = field(tag=2, entity="brokerId", default=None)
    removing_replicas: Nullable[Array[Int32]] = field(tag=3, entity="brokerId", default=None)
    adding_replicas: Nullable[Array[Int32]] = field(tag=4, entity="brokerId", default=None)
    leader_recovery_state: Int8 = field(tag=5, default=-1)
    directories: Nullable[Array[Uuid]] = field(since=1, tag=8, default=None)
    eligible_leader_replicas: Nullable[Array[Int32]] = field(since=2, tag=6, entity="brokerId", default=None)
    last_known_elr: Nullable[Array[Int32]] = field(since=2, tag=7, entity="brokerId", default=None)


@message(key=9, versions="0", flexible="0+")
class RemoveTopicRecord:
    topic_id: Uuid


@message(key=12, versions="0", flexible="0+")
class FeatureLevelRecord:
    name: String
    feature_level: Int16


@message(key=15, versions="0", flexible="0+")
class ProducerIdsRecord:
    broker_id: Int32 = field(entity="brokerId")
    broker_epoch: Int64 = field(default=-1)
    next_producer_id: Int64


@message(key=17, versions="0-3", flexible="0+")
class BrokerRegistrationChangeRecord:
    broker_id: Int32 = field(entity="brokerId")
    broker_epoch: Int64
    fenced: Int8 = field(tag=0, default=0)
    in_controlled_shutdown: Int8 = field(since=1, tag=1, default=0)
    log_dirs: Array[Uuid] = field(since=2, tag=2, default_factory=list)
    cordoned_log_dirs: Nullable[Array[Uuid]] = field(since=3, tag=3, default=None)


@struct
class ControllerEndpoint:
    name: String = field(map_key=True)
    host: String
    port: Uint16
    security_protocol: Int16


@struct
class ControllerFeature:
    name: String = field(map_key=True)
    min_supported_version: Int16
    max_supported_version: Int16


@message(key=27, versions="0", flexible="0+")
class RegisterControllerRecord:
    controller_id: Int32
    incarnation_id: Uuid
    zk_migration_ready: Bool
    end_points: Array[ControllerEndpoint]
    features: Array[ControllerFeature]


@message(key=20, versions="0", flexible="0+")
class NoOpRecord:
    pass


@message(key=23, versions="0", flexible="0+")
class BeginTransactionRecord:
    name: Nullable[String] = field(tag=0, default=None)


@message(key=24, versions="0", flexible="0+")
class EndTransactionRecord:
    pass


@struct
class Voter:
    voter_id: Int32
    voter_directory_id: Uuid = field(since=1, default=ZERO_UUID)


@message(versions="0-1", flexible="0+")
class LeaderChangeMessage:
    version: Int16
    leader_id: Int32 = field(entity="brokerId")
    voters: Array[Voter]
    granting_voters: Array[Voter]
