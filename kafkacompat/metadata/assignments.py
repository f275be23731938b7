"""The partitions of a new topic: counted and placed by us, or assigned by whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kafkacompat.metadata.placement import place
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafkacompat.metadata.rules import TopicRules
    from kafkacompat.wire.messages.create_topics import CreatableTopic


def replicas_of_new_topic(
    topic: CreatableTopic, rules: TopicRules, first_leader: int, serves: Callable[[int], bool]
) -> list[list[int]]:
    """Return the replicas of each partition, by index, or raise ApiError in Kafka's words.

    `first_leader` says with which node placement begins, `serves` whether a node may lead.
    """
    if topic.assignments:
        return _assigned(topic, rules, serves)
    return _placed(topic, rules, first_leader, serves)


def _placed(
    topic: CreatableTopic, rules: TopicRules, first_leader: int, serves: Callable[[int], bool]
) -> list[list[int]]:
    if topic.replication_factor < -1 or topic.replication_factor == 0:
        raise ApiError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        )
    if topic.num_partitions < -1 or topic.num_partitions == 0:
        raise ApiError(ErrorCode.INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value.")
    partitions = rules.partitions if topic.num_partitions == -1 else topic.num_partitions
    factor = rules.replication_factor if topic.replication_factor == -1 else topic.replication_factor
    nodes = len(rules.node_ids)
    if factor > nodes:
        raise ApiError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            f"Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot be "
            f"reached because only {nodes} broker(s) are registered or some brokers have all their log directories "
            "cordoned.",
        )
    idle = {node_id for node_id in rules.node_ids if not serves(node_id)}
    if len(idle) == nodes:
        raise ApiError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            f"Unable to replicate the partition {factor} time(s): All brokers are currently fenced or have all their "
            "log directories cordoned.",
        )
    return place(rules.node_ids, first_leader, partitions, factor, idle=idle, racks=rules.racks)


def _assigned(topic: CreatableTopic, rules: TopicRules, serves: Callable[[int], bool]) -> list[list[int]]:
    if topic.replication_factor != -1:
        raise ApiError(
            ErrorCode.INVALID_REQUEST,
            "A manual partition assignment was specified, but replication factor was not set to -1.",
        )
    if topic.num_partitions != -1:
        raise ApiError(
            ErrorCode.INVALID_REQUEST,
            "A manual partition assignment was specified, but numPartitions was not set to -1.",
        )
    assigned: dict[int, list[int]] = {}
    factor = None
    for assignment in topic.assignments:
        if assignment.partition_index in assigned:
            _refuse(f"Found multiple manual partition assignments for partition {assignment.partition_index}")
        check_replicas(assignment.broker_ids, rules.node_ids, factor)
        assigned[assignment.partition_index] = assignment.broker_ids
        factor = len(assignment.broker_ids)
    if sorted(assigned) != list(range(len(assigned))):
        _refuse("partitions should be a consecutive 0-based integer sequence")
    for index in range(len(assigned)):
        if not any(map(serves, assigned[index])):
            _refuse(
                f"All brokers specified in the manual partition assignment for partition {index} are fenced or in "
                "controlled shutdown."
            )
    return [assigned[index] for index in range(len(assigned))]


def check_replicas(replicas: Sequence[int], node_ids: Sequence[int], factor: int | None) -> None:
    """Check one partition's replicas, ApiError if they cannot be; `factor` is the number that other partitions have."""
    if not replicas:
        _refuse("The manual partition assignment includes an empty replica list.")
    previous = None
    for node in sorted(replicas):
        if node not in node_ids:
            _refuse(f"The manual partition assignment includes broker {node}, but no such broker is registered.")
        if node == previous:
            _refuse(f"The manual partition assignment includes the broker {node} more than once.")
        previous = node
    if factor is not None and len(replicas) != factor:
        _refuse(
            f"The manual partition assignment includes a partition with {len(replicas)} replica(s), but this is not "
            f"consistent with previous partitions, which have {factor} replica(s)."
        )


def _refuse(message: str) -> NoReturn:
    raise ApiError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
