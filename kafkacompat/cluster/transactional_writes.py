"""Whether what a producer writes belongs to its open transaction: asked once for each partition of it (KIP-890)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.metadata.topic import GROUP_METADATA_TOPIC
from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.records.validation import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.cluster.cluster import Cluster
    from kafkacompat.storage.store import PartitionKey

FIRST_VERSION_WITH_ABORTABLE: Final = 11
"""Produce from which on TRANSACTION_ABORTABLE is understood."""
FIRST_VERSION_THAT_ADDS: Final = 12
"""Produce that makes its partitions part of the transaction by itself."""
_NOT_NOW: Final = frozenset(
    {
        ErrorCode.CONCURRENT_TRANSACTIONS,
        ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
        ErrorCode.COORDINATOR_NOT_AVAILABLE,
        ErrorCode.NOT_COORDINATOR,
    }
)


class Producer(NamedTuple):
    """Who writes in a transaction."""

    transactional_id: str
    producer_id: int
    producer_epoch: int


class Write(NamedTuple):
    """A partition that is written to, under the name that the coordinator knows it by."""

    key: PartitionKey
    name: TopicPartition
    base_sequence: int


Guards = Mapping["PartitionKey", "int | Refusal | None"]
"""The guard that goes with an append, None where the transaction is open in the log already, or why it is refused."""


async def guards_for(cluster: Cluster, producer: Producer, writes: Sequence[Write], api_version: int) -> Guards:
    """Ask the coordinator about the partitions in which the transaction is not open yet."""
    guards: dict[PartitionKey, int | Refusal | None] = {}
    asked: dict[TopicPartition, PartitionKey] = {}
    for key, name, base_sequence in writes:
        log = cluster.store.log(key)
        guard = None if log is None else await log.transaction_guard(*producer[1:], base_sequence)
        guards[key] = guard
        if guard is not None:
            asked[name] = key
    if asked:
        codes = await _codes(cluster, producer, list(asked), adds=api_version >= FIRST_VERSION_THAT_ADDS)
        for name, key in asked.items():
            code = codes[name]
            if code is not ErrorCode.NONE:
                guards[key] = _refusal(code, api_version)
    return guards


async def _codes(
    cluster: Cluster, producer: Producer, names: Sequence[TopicPartition], *, adds: bool
) -> Mapping[TopicPartition, ErrorCode]:
    """Ask for all partitions together; one refusal is for all."""
    transactions = cluster.transactions
    try:
        if not adds:
            return await transactions.verify_partitions(*producer, names)
        await transactions.add_partitions(*producer, names)
    except ApiError as error:
        return dict.fromkeys(names, error.code)
    return dict.fromkeys(names, ErrorCode.NONE)


async def guard_for_offsets(
    cluster: Cluster, producer: Producer, key: PartitionKey, *, adds: bool, knows_abortable: bool
) -> int | None:
    """Return the guard that goes with offsets which a producer commits for a group, kept in the log of `key`.

    ApiError with what every offset is answered.
    """
    name = TopicPartition(GROUP_METADATA_TOPIC, key.partition)
    log = cluster.store.log(key)
    guard = None if log is None else await log.transaction_guard(producer.producer_id, producer.producer_epoch)
    if guard is not None:
        code = (await _codes(cluster, producer, [name], adds=adds))[name]
        if code is not ErrorCode.NONE:
            raise ApiError(_known(code, knows_abortable=knows_abortable))
    return guard


def _known(code: ErrorCode, *, knows_abortable: bool) -> ErrorCode:
    """Say it as Kafka means it: being fenced would be fatal, and not all know what may be aborted."""
    if code is ErrorCode.PRODUCER_FENCED:
        return ErrorCode.INVALID_PRODUCER_EPOCH
    if code is ErrorCode.TRANSACTION_ABORTABLE and not knows_abortable:
        return ErrorCode.INVALID_TXN_STATE
    return code


def _refusal(code: ErrorCode, api_version: int) -> Refusal:
    """Say it in a way that producers of this version take as Kafka means it (behaviour of Kafka 4.4)."""
    code = _known(code, knows_abortable=api_version >= FIRST_VERSION_WITH_ABORTABLE)
    if code is ErrorCode.INVALID_TXN_STATE:
        return Refusal(code, "Partition was not added to the transaction")
    if code in _NOT_NOW and not (code is ErrorCode.CONCURRENT_TRANSACTIONS and api_version >= FIRST_VERSION_THAT_ADDS):
        # Retriable for every producer, and no reason to ask for metadata.
        text = f"Unable to verify the partition has been added to the transaction. Underlying error: {code.name}"
        return Refusal(ErrorCode.NOT_ENOUGH_REPLICAS, text)
    return Refusal(code)
