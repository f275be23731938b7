"""Requests in few words, in the shape that a version has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kafkacompat.wire.messages.api_versions import ApiVersionsRequest
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreatableTopicConfig, CreateTopicsRequest
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from kafkacompat.wire.messages.describe_topic_partitions import DescribeTopicPartitionsRequest, TopicRequest
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkacompat.wire.messages.find_coordinator import FindCoordinatorRequest
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from kafkacompat.wire.messages.leave_group import LeaveGroupRequest, MemberIdentity
from kafkacompat.wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkacompat.wire.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkacompat.wire.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
)
from kafkacompat.wire.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
)
from kafkacompat.wire.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkacompat.wire.messages.sync_group import SyncGroupRequest, SyncGroupRequestAssignment

if TYPE_CHECKING:
    from tests.differential.peer import Topic

ANY_SUBSCRIPTION: Final = b"\0\0" + bytes(4) + b"\xff" * 4
"""A consumer's subscription to nothing (ConsumerProtocolSubscription v0)."""
EARLIEST, LATEST = -2, -1


def produce(version: int, topic: Topic, *records: bytes | None, acks: int = -1, **options: Any) -> ProduceRequest:
    """Produce one item of `records` to each partition, from 0 on."""
    parts = [PartitionProduceData(index=index, records=item) for index, item in enumerate(records)]
    return ProduceRequest(acks=acks, timeout_ms=5000, topic_data=[produced(version, topic, *parts)], **options)


def produced(version: int, topic: Topic, *parts: PartitionProduceData) -> TopicProduceData:
    if version >= 13:
        return TopicProduceData(topic_id=topic.topic_id, partition_data=list(parts))
    return TopicProduceData(name=topic.name, partition_data=list(parts))


def fetch_partition(partition: int = 0, fetch_offset: int = 0, **fields: Any) -> FetchPartition:
    fields = {"partition_max_bytes": 1 << 20} | fields
    return FetchPartition(partition=partition, fetch_offset=fetch_offset, **fields)


def fetched(version: int, topic: Topic, *partitions: FetchPartition) -> FetchTopic:
    if version >= 13:
        return FetchTopic(topic_id=topic.topic_id, partitions=list(partitions))
    return FetchTopic(topic=topic.name, partitions=list(partitions))


def fetch(version: int, topic: Topic, *partitions: FetchPartition, **fields: Any) -> FetchRequest:
    topics = [fetched(version, topic, *partitions or (fetch_partition(),))]
    known: dict[str, Any] = {"max_wait_ms": 0, "min_bytes": 1, "topics": topics}
    return FetchRequest(**(known | fields))


def list_offsets(topic: Topic | str, *timestamps: int, partition: int = 0, **fields: Any) -> ListOffsetsRequest:
    """Ask for one partition at each of the times."""
    partitions = [ListOffsetsPartition(partition_index=partition, timestamp=timestamp) for timestamp in timestamps]
    name = topic if isinstance(topic, str) else topic.name
    known: dict[str, Any] = {"replica_id": -1, "topics": [ListOffsetsTopic(name=name, partitions=partitions)]}
    return ListOffsetsRequest(**(known | fields))


def metadata(version: int, *topics: Topic | str, auto_create: bool = False, **fields: Any) -> MetadataRequest:
    """Ask by name; versions before 4 always allow the topics to be made."""
    if version >= 4:
        fields["allow_auto_topic_creation"] = auto_create
    names = [topic if isinstance(topic, str) else topic.name for topic in topics]
    return MetadataRequest(topics=[MetadataRequestTopic(name=name) for name in names], **fields)


def creatable(name: str, partitions: int = 1, factor: int = 1, **configs: str | None) -> CreatableTopic:
    settings = [CreatableTopicConfig(name=key.replace("_", "."), value=value) for key, value in configs.items()]
    return CreatableTopic(
        name=name, num_partitions=partitions, replication_factor=factor, assignments=[], configs=settings
    )


def create_topics(
    *topics: CreatableTopic, validate_only: bool = False, timeout_ms: int = 10_000
) -> CreateTopicsRequest:
    return CreateTopicsRequest(topics=list(topics), timeout_ms=timeout_ms, validate_only=validate_only)


def delete_topics(version: int, *names: str) -> DeleteTopicsRequest:
    if version >= 6:
        return DeleteTopicsRequest(topics=[DeleteTopicState(name=name) for name in names], timeout_ms=10_000)
    return DeleteTopicsRequest(topic_names=list(names), timeout_ms=10_000)


def describe_configs(kind: int, name: str, keys: list[str] | None = None, **fields: Any) -> DescribeConfigsRequest:
    resource = DescribeConfigsResource(resource_type=kind, resource_name=name, configuration_keys=keys)
    return DescribeConfigsRequest(resources=[resource], **fields)


def join(group: str, member_id: str = "", *protocols: str, **fields: Any) -> JoinGroupRequest:
    chosen = [JoinGroupRequestProtocol(name=name, metadata=ANY_SUBSCRIPTION) for name in protocols or ("range",)]
    known: dict[str, Any] = {
        "session_timeout_ms": 30_000,
        "protocol_type": "consumer",
        "protocols": chosen,
    }
    return JoinGroupRequest(group_id=group, member_id=member_id, **(known | fields))


def sync(version: int, group: str, generation: int, member_id: str, *assigned: str, **fields: Any) -> SyncGroupRequest:
    """Sync, and as the leader assign something to each of `assigned`."""
    if version >= 5:
        fields = {"protocol_type": "consumer", "protocol_name": "range"} | fields
    assignments = [SyncGroupRequestAssignment(member_id=m, assignment=b"for %d" % n) for n, m in enumerate(assigned)]
    return SyncGroupRequest(
        group_id=group, generation_id=generation, member_id=member_id, assignments=assignments, **fields
    )


def heartbeat(group: str, generation: int, member_id: str, **fields: Any) -> HeartbeatRequest:
    return HeartbeatRequest(group_id=group, generation_id=generation, member_id=member_id, **fields)


def leave(version: int, group: str, *member_ids: str) -> LeaveGroupRequest:
    if version >= 3:
        return LeaveGroupRequest(group_id=group, members=[MemberIdentity(member_id=m) for m in member_ids])
    return LeaveGroupRequest(group_id=group, member_id=member_ids[0])


def commit_topic(version: int, topic: Topic, *partitions: OffsetCommitRequestPartition) -> OffsetCommitRequestTopic:
    if version >= 10:
        return OffsetCommitRequestTopic(topic_id=topic.topic_id, partitions=list(partitions))
    return OffsetCommitRequestTopic(name=topic.name, partitions=list(partitions))


def commit_partition(
    index: int = 0, offset: int = 7, text: str | None = "note", **fields: Any
) -> OffsetCommitRequestPartition:
    return OffsetCommitRequestPartition(
        partition_index=index, committed_offset=offset, committed_metadata=text, **fields
    )


def commit(
    version: int, group: str, topic: Topic, *partitions: OffsetCommitRequestPartition, **fields: Any
) -> OffsetCommitRequest:
    topics = [commit_topic(version, topic, *partitions or (commit_partition(),))]
    return OffsetCommitRequest(**({"group_id": group, "member_id": "", "topics": topics} | fields))


def offset_fetch(version: int, group: str, topic: Topic | None, *partitions: int, **fields: Any) -> OffsetFetchRequest:
    """Ask for partitions of a topic, or for all offsets of the group."""
    indexes = list(partitions)
    if version >= 8:
        named = {} if topic is None else {"topic_id": topic.topic_id} if version >= 10 else {"name": topic.name}
        topics = None if topic is None else [OffsetFetchRequestTopics(partition_indexes=indexes, **named)]
        return OffsetFetchRequest(groups=[OffsetFetchRequestGroup(group_id=group, topics=topics)], **fields)
    old = None if topic is None else [OffsetFetchRequestTopic(name=topic.name, partition_indexes=indexes)]
    return OffsetFetchRequest(group_id=group, topics=old, **fields)


def offset_delete(group: str, topic: str, *partitions: int) -> OffsetDeleteRequest:
    indexes = [OffsetDeleteRequestPartition(partition_index=index) for index in partitions]
    return OffsetDeleteRequest(group_id=group, topics=[OffsetDeleteRequestTopic(name=topic, partitions=indexes)])


def find_coordinator(version: int, *keys: str, kind: int = 0) -> FindCoordinatorRequest:
    fields: dict[str, Any] = {} if version == 0 else {"key_type": kind}
    if version >= 4:
        return FindCoordinatorRequest(coordinator_keys=list(keys), **fields)
    return FindCoordinatorRequest(key=keys[0], **fields)


def leader_epoch(
    version: int, topic: str, epoch: int, partition: int = 0, current: int = -1
) -> OffsetForLeaderEpochRequest:
    asked = OffsetForLeaderPartition(partition=partition, current_leader_epoch=current, leader_epoch=epoch)
    replica = {"replica_id": -1} if version >= 3 else {}
    return OffsetForLeaderEpochRequest(topics=[OffsetForLeaderTopic(topic=topic, partitions=[asked])], **replica)


def api_versions(version: int, name: str = "test", software_version: str = "1.0", **fields: Any) -> ApiVersionsRequest:
    if version >= 3:
        fields |= {"client_software_name": name, "client_software_version": software_version}
    return ApiVersionsRequest(**fields)


def init_producer_id(
    transactional_id: str | None = None, timeout_ms: int = 60_000, **fields: Any
) -> InitProducerIdRequest:
    return InitProducerIdRequest(transactional_id=transactional_id, transaction_timeout_ms=timeout_ms, **fields)


def describe_topic_partitions(*names: str, limit: int = 2000, cursor: Any = None) -> DescribeTopicPartitionsRequest:
    return DescribeTopicPartitionsRequest(
        topics=[TopicRequest(name=name) for name in names], response_partition_limit=limit, cursor=cursor
    )
