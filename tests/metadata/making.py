"""What the tests of this folder build their states and requests from."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from kafkacompat.metadata.rules import TopicRules
from kafkacompat.metadata.state import MetadataState, apply
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.create_topics import (
    CreatableReplicaAssignment,
    CreatableTopic,
    CreatableTopicConfig,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kafkacompat.settings.topics import TopicConfig


def topic_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def numbered_ids(first: int = 100) -> Callable[[], bytes]:
    numbers = count(first)
    return lambda: topic_id(next(numbers))


def refuse_nonsense(configs: Mapping[str, str]) -> None:
    for name in configs:
        if name == "nope":
            raise ApiError(ErrorCode.INVALID_CONFIG, f"Unknown topic config name: {name}")


def rules(
    *node_ids: int,
    partitions: int = 1,
    replication_factor: int = 1,
    directory_ids: Mapping[int, bytes] | None = None,
    new_topic_id: Callable[[], bytes] | None = None,
) -> TopicRules:
    return TopicRules(
        node_ids=node_ids or (0,),
        partitions=partitions,
        replication_factor=replication_factor,
        check_configs=refuse_nonsense,
        new_topic_id=new_topic_id or numbered_ids(),
        directory_ids=directory_ids or {},
    )


def asked(
    name: str,
    partitions: int = 1,
    replication_factor: int = 1,
    *,
    assignments: Iterable[tuple[int, list[int]]] = (),
    configs: Iterable[tuple[str, str | None]] = (),
) -> CreatableTopic:
    return CreatableTopic(
        name=name,
        num_partitions=partitions,
        replication_factor=replication_factor,
        assignments=[CreatableReplicaAssignment(partition_index=p, broker_ids=nodes) for p, nodes in assignments],
        configs=[CreatableTopicConfig(name=key, value=value) for key, value in configs],
    )


def no_config(_overrides: Mapping[str, str]) -> TopicConfig:
    raise AssertionError("this test asks for no effective settings")


def new_state(records: Iterable[Any] = ()) -> MetadataState:
    state = MetadataState(no_config)
    for record in records:
        apply(state, record)
    return state


def contents(state: MetadataState) -> dict[str, Any]:
    """Everything that a replay must bring back."""
    return {
        "topics": {
            topic.name: (topic.topic_id, list(topic.partitions), dict(topic.configs), topic.is_internal)
            for topic in state.topics.values()
        },
        "ids": {key: topic.name for key, topic in state.topics_by_id.items()},
        "colliding": {unified: sorted(names) for unified, names in state.colliding.items()},
        "sorted": [topic.name for topic in state.sorted_topics()],
        "configs": {resource: dict(configs) for resource, configs in state.configs.items() if configs},
        "features": dict(state.feature_levels),
        "next_producer_id": state.next_producer_id,
        "applied_records": state.applied_records,
        "partition_count": state.partition_count,
    }
