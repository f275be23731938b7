"""Creating and deleting topics: pure decisions, with the checks in Kafka's order and its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.assignments import replicas_of_new_topic
from kafkacompat.metadata.state import TOPIC_RESOURCE
from kafkacompat.metadata.topic_names import name_problem, unify_collision_characters
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.metadata_records import ConfigRecord, PartitionRecord, RemoveTopicRecord, TopicRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kafkacompat.metadata.rules import TopicRules
    from kafkacompat.metadata.state import MetadataState
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.wire.messages.create_topics import CreatableTopic

MAX_PARTITIONS_PER_REQUEST: Final = 10_000
MAX_RECORDS_PER_REQUEST: Final = 10_000

EXCESSIVE_PARTITIONS: Final = "Excessively large number of partitions per request."
EXCESSIVE_RECORDS: Final = "Unable to perform excessively large batch operation."

Record = TopicRecord | ConfigRecord | PartitionRecord | RemoveTopicRecord


class CreatedTopic(NamedTuple):
    """A topic that was created, or would be (`validate_only`)."""

    name: str
    topic_id: bytes
    partition_count: int
    replication_factor: int
    configs: dict[str, str]


class RefusedTopic(NamedTuple):
    """Why a topic was not created."""

    name: str
    code: ErrorCode
    message: str


def create_topics(
    state: MetadataState, topics: Sequence[CreatableTopic], rules: TopicRules, *, validate_only: bool = False
) -> Decision[list[CreatedTopic | RefusedTopic]]:
    """Create topics of different names, each on its own: the reply has one outcome per topic, in order.

    POLICY_VIOLATION for the whole request if it is too large.  Names that collide only with each other are let through,
    as Kafka does.
    """
    if _partitions_asked(topics, rules) > MAX_PARTITIONS_PER_REQUEST:
        return Decision(ApiError(ErrorCode.POLICY_VIOLATION, EXCESSIVE_PARTITIONS))
    records: list[Record] = []
    outcomes: list[CreatedTopic | RefusedTopic] = []
    first_leader = state.partition_count
    for topic in topics:
        try:
            created, its_records = _create(state, topic, rules, first_leader)
        except ApiError as refusal:
            outcomes.append(RefusedTopic(topic.name, refusal.code, refusal.message or ""))
            continue
        outcomes.append(created)
        records += its_records
        first_leader += created.partition_count
    if len(records) > MAX_RECORDS_PER_REQUEST:
        return Decision(ApiError(ErrorCode.POLICY_VIOLATION, EXCESSIVE_RECORDS))
    return Decision(outcomes, [] if validate_only else records)


def delete_topics(state: MetadataState, topic_ids: Sequence[bytes]) -> Decision[dict[bytes, Topic | None]]:
    """Delete topics of different ids; the reply holds what each id named, None if nothing.

    One record a topic says it all: its partitions and settings go with it.
    """
    found = {topic_id: state.topics_by_id.get(topic_id) for topic_id in topic_ids}
    records = [RemoveTopicRecord(topic_id=topic.topic_id) for topic in found.values() if topic is not None]
    if len(records) > MAX_RECORDS_PER_REQUEST:
        return Decision(ApiError(ErrorCode.POLICY_VIOLATION, EXCESSIVE_RECORDS))
    return Decision(found, records)


def _partitions_asked(topics: Sequence[CreatableTopic], rules: TopicRules) -> int:
    """Count partitions until they are too many, so that a later negative number does not make room again."""
    total = 0
    for topic in topics:
        if topic.assignments:
            total += len(topic.assignments)
        else:
            total += rules.partitions if topic.num_partitions == -1 else topic.num_partitions
        if total > MAX_PARTITIONS_PER_REQUEST:
            break
    return total


def _create(
    state: MetadataState, topic: CreatableTopic, rules: TopicRules, first_leader: int
) -> tuple[CreatedTopic, list[Record]]:
    _check_name(state, topic.name)
    configs = _checked_configs(topic, rules)
    replicas = replicas_of_new_topic(topic, rules, first_leader, state.serves)
    topic_id = rules.new_topic_id()
    created = CreatedTopic(topic.name, topic_id, len(replicas), len(replicas[0]), configs)
    return created, _records(created, replicas, rules, state.serves)


def _check_name(state: MetadataState, name: str) -> None:
    problem = name_problem(name)
    if problem is not None:
        raise ApiError(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
    if name in state.topics:
        raise ApiError(ErrorCode.TOPIC_ALREADY_EXISTS, f"Topic '{name}' already exists.")
    colliding = state.colliding.get(unify_collision_characters(name))
    if colliding:
        existing = ", ".join(sorted(colliding))
        raise ApiError(ErrorCode.INVALID_TOPIC_EXCEPTION, f"Topic '{name}' collides with existing topic: {existing}")


def _checked_configs(topic: CreatableTopic, rules: TopicRules) -> dict[str, str]:
    """Return the settings asked for, by name; of one that is given twice the last counts."""
    asked = {config.name: config.value for config in topic.configs}
    empty = [name for name, value in asked.items() if value is None]
    if empty:
        message = f"Null value not supported for topic configs: {','.join(empty)}"
        raise ApiError(ErrorCode.INVALID_CONFIG, message)
    configs = {name: asked[name] or "" for name in sorted(asked)}
    rules.check_configs(configs)
    return configs


def _records(
    created: CreatedTopic, replicas: Sequence[Sequence[int]], rules: TopicRules, serves: Callable[[int], bool]
) -> list[Record]:
    records: list[Record] = [TopicRecord(name=created.name, topic_id=created.topic_id)]
    records += _config_records(created.name, created.configs)
    records += [partition_record(created.topic_id, index, nodes, rules, serves) for index, nodes in enumerate(replicas)]
    return records


def partition_record(
    topic_id: bytes, index: int, nodes: Sequence[int], rules: TopicRules, serves: Callable[[int], bool]
) -> PartitionRecord:
    """Describe a new partition on `nodes`: those that serve are in sync, and the first of them leads."""
    in_sync = [node for node in nodes if serves(node)]
    return PartitionRecord(
        partition_id=index,
        topic_id=topic_id,
        replicas=list(nodes),
        isr=in_sync,
        removing_replicas=[],
        adding_replicas=[],
        leader=in_sync[0],
        leader_epoch=0,
        partition_epoch=0,
        directories=[rules.directory_ids.get(node, UNASSIGNED_DIRECTORY) for node in nodes],
    )


def _config_records(topic_name: str, configs: Mapping[str, str]) -> list[ConfigRecord]:
    return [
        ConfigRecord(resource_type=TOPIC_RESOURCE, resource_name=topic_name, name=name, value=value)
        for name, value in configs.items()
    ]


UNASSIGNED_DIRECTORY: Final = bytes(16)
"""Kafka's id for "no directory chosen yet" (KIP-858)."""
