"""Reads what a fetch wants, waiting for more when there is too little (the long poll).

A fetch is answered at once when it has enough bytes, when it may not wait, or when any partition that there is has an
error to report; else it waits for its partitions until its time is over.  A partition that there is not cuts no wait
short (behaviour of Kafka 4.4), unless there is no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.cluster.closest_replica import closest_replica
from kafkacompat.cluster.leadership import held_partition, led_partition
from kafkacompat.storage.store import Isolation, PartitionKey, Read, ReadRequest, Refused, Watch
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.fetch import EpochEndOffset

if TYPE_CHECKING:
    from kafkacompat.cluster.fetch_sessions import Wanted
    from kafkacompat.cluster.node import Node
    from kafkacompat.metadata.topic import Partition, Topic
    from kafkacompat.storage.store import Bounds

NO_EPOCH: Final = -1


class FetchLimits(NamedTuple):
    """How much to answer and how long to wait for it: bytes and milliseconds of real time.

    `from_follower`: a replica that does not lead may answer; `rack_id`: where the consumer is, "" if it does not say;
    `replica_id`: which broker asks, negative for consumers.
    """

    min_bytes: int
    max_bytes: int
    max_wait_ms: int
    isolation: Isolation
    from_follower: bool = False
    rack_id: str = ""
    replica_id: int = -1


class Missing(NamedTuple):
    """There is no such partition."""

    code: ErrorCode


class Diverged(NamedTuple):
    """The client's log is not a part of this one: where it may go on, and what there is (KIP-320)."""

    epoch: EpochEndOffset
    bounds: Bounds


class Elsewhere(NamedTuple):
    """A consumer had better read from another replica (KIP-392)."""

    preferred_node_id: int
    bounds: Bounds


Outcome = Read | ErrorCode | Diverged | Missing | Elsewhere
"""What a partition has to say: records, an error, that the client's log has diverged, or where else to read."""


async def fetch(node: Node, wanted: list[Wanted], limits: FetchLimits) -> list[Outcome]:
    """Read partitions in order; the answer has one outcome for each."""
    real_time = node.cluster.real_time
    until_ms = missing = 0
    while True:
        outcomes = await _read(node, wanted, limits)
        if _is_enough(outcomes, limits):
            return outcomes
        # A partition that is deleted meanwhile does end the wait.
        missing, missing_before = sum(isinstance(outcome, Missing) for outcome in outcomes), missing
        if until_ms and missing != missing_before:
            return outcomes
        now_ms = real_time.now_ms()
        if not until_ms:
            until_ms = now_ms + limits.max_wait_ms
        if now_ms >= until_ms:
            return outcomes
        await node.cluster.store.wait(_watches(node, wanted, outcomes, limits.isolation), until_ms)


def _is_enough(outcomes: list[Outcome], limits: FetchLimits) -> bool:
    if limits.max_wait_ms <= 0:
        return True
    size, hopeless = 0, True
    for outcome in outcomes:
        if isinstance(outcome, Missing):
            continue
        if not isinstance(outcome, Read):
            return True
        size += outcome.size_bytes
        hopeless = False
    return hopeless or size >= min(limits.min_bytes, limits.max_bytes)


def find_topic(node: Node, wanted: Wanted) -> Topic | ErrorCode:
    """Return the topic that a fetch names, by id from version 13 on."""
    metadata = node.cluster.metadata
    if wanted.by_id:
        topic = metadata.topic_by_id(wanted.topic_id)
        if topic is not None:
            wanted.was_found = True
            return topic
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION if wanted.was_found else ErrorCode.UNKNOWN_TOPIC_ID
    return metadata.topic(wanted.topic_name) or ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def is_there(node: Node, wanted: Wanted) -> bool:
    """Tell whether the partition that a fetch names exists."""
    topic = find_topic(node, wanted)
    return not isinstance(topic, ErrorCode) and 0 <= wanted.asked.partition < len(topic.partitions)


async def _read(node: Node, wanted: list[Wanted], limits: FetchLimits) -> list[Outcome]:
    outcomes: list[Outcome] = []
    requests: list[ReadRequest] = []
    places: list[int] = []
    for place, one in enumerate(wanted):
        prepared = await _prepare_or_error(node, one, limits)
        if isinstance(prepared, ReadRequest):
            requests.append(prepared)
            places.append(place)
            outcomes.append(ErrorCode.UNKNOWN_SERVER_ERROR)
        else:
            outcomes.append(prepared)
    results = await node.cluster.store.read(requests, limits.max_bytes)
    room_bytes = limits.max_bytes
    for place, request, result in zip(places, requests, results, strict=True):
        if isinstance(result, Refused):
            outcomes[place] = result.code
        else:
            outcomes[place] = result if result.size_bytes else _without_records(request, result, room_bytes)
            room_bytes -= result.size_bytes
    return outcomes


def _without_records(request: ReadRequest, read: Read, room_bytes: int) -> Read:
    """Name no aborted transactions, not even none, where the next batch is larger than the room that there is.

    Where there is no room at all, or no batch, Kafka 4.4 does list them.
    """
    is_too_large = min(request.max_bytes, room_bytes) > 0 and request.offset < read.last_stable_offset
    return read._replace(aborted=None) if is_too_large else read


async def _prepare_or_error(
    node: Node, wanted: Wanted, limits: FetchLimits
) -> ReadRequest | ErrorCode | Diverged | Missing | Elsewhere:
    """Prepare a read; a log whose files fail answers so, and no other partition suffers."""
    try:
        return await _prepare(node, wanted, limits)
    except ApiError as error:
        return error.code


async def _prepare(
    node: Node, wanted: Wanted, limits: FetchLimits
) -> ReadRequest | ErrorCode | Diverged | Missing | Elsewhere:
    asked = wanted.asked
    topic = find_topic(node, wanted)
    if isinstance(topic, ErrorCode):
        return Missing(topic)
    if not 0 <= asked.partition < len(topic.partitions):
        return Missing(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    partition = _find_partition(node, topic, wanted, limits)
    if isinstance(partition, ErrorCode):
        return partition
    key = PartitionKey(topic.topic_id, asked.partition)
    if limits.rack_id and node.cluster.selects_by_rack and partition.leader == node.node_id:
        elsewhere = await _elsewhere(node, key, partition, asked.fetch_offset, limits.rack_id)
        if elsewhere is not None:
            return elsewhere
    if asked.last_fetched_epoch >= 0:
        diverged = await _divergence(node, key, asked.last_fetched_epoch, asked.fetch_offset, partition.leader_epoch)
        if diverged is not None:
            return diverged
    return ReadRequest(key, asked.fetch_offset, asked.partition_max_bytes, limits.isolation)


def _find_partition(node: Node, topic: Topic, wanted: Wanted, limits: FetchLimits) -> Partition | ErrorCode:
    """Return the partition if this node may answer whoever asks; a broker must hold a copy that follows."""
    asked = wanted.asked
    find = held_partition if limits.from_follower else led_partition
    # Here any negative epoch is none (behaviour of Kafka 4.4).
    partition = find(node, topic, asked.partition, max(asked.current_leader_epoch, NO_EPOCH))
    if isinstance(partition, ErrorCode) or limits.replica_id < 0:
        return partition
    follows = limits.replica_id in partition.replicas and limits.replica_id != partition.leader
    return partition if follows else ErrorCode.NOT_LEADER_OR_FOLLOWER


async def _elsewhere(
    node: Node, key: PartitionKey, partition: Partition, fetch_offset: int, rack_id: str
) -> Elsewhere | None:
    log = node.cluster.store.log(key)
    preferred = closest_replica(node, partition, rack_id)
    if log is None or preferred is None:
        return None
    bounds = await log.bounds()
    if not bounds.log_start_offset <= fetch_offset <= bounds.end_offset:
        return None
    return Elsewhere(preferred, bounds)


async def _divergence(
    node: Node, key: PartitionKey, last_epoch: int, fetch_offset: int, leader_epoch: int
) -> Diverged | ErrorCode | None:
    """Compare the epoch of the last record a client has with this log (KIP-595)."""
    log = node.cluster.store.log(key)
    if log is None:
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    bounds = await log.bounds()
    if last_epoch == leader_epoch:
        epoch, end_offset = leader_epoch, bounds.end_offset
    else:
        epoch, end_offset = await log.find_epoch(last_epoch)
    if epoch == NO_EPOCH or end_offset < 0 or fetch_offset < bounds.log_start_offset:
        return ErrorCode.OFFSET_OUT_OF_RANGE
    if epoch < last_epoch or end_offset < fetch_offset:
        return Diverged(EpochEndOffset(epoch=epoch, end_offset=end_offset), bounds)
    return None


def _watches(node: Node, wanted: list[Wanted], outcomes: list[Outcome], isolation: Isolation) -> list[Watch]:
    """Watch every partition from the end that its reader has just seen."""
    watches = []
    for one, outcome in zip(wanted, outcomes, strict=True):
        topic = find_topic(node, one)
        if isinstance(topic, ErrorCode) or not isinstance(outcome, Read):
            continue
        committed = isolation is Isolation.READ_COMMITTED
        seen = outcome.last_stable_offset if committed else outcome.high_watermark
        watches.append(Watch(PartitionKey(topic.topic_id, one.asked.partition), seen, isolation))
    return watches
