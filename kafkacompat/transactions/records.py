"""The records of `__transaction_state`, as the coordinator decides and applies them."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.transactions.ports import TopicPartition
from kafkacompat.transactions.states import TransactionState
from kafkacompat.transactions.transaction import (
    NO_PRODUCER_EPOCH,
    PrepareAbort,
    PrepareCommit,
    Transaction,
    make_phase,
)
from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.transaction_records import PartitionsSchema, TransactionLogKey, TransactionLogValue

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION: Final = Struct(">h")
_KEY: Final = 0
FLEXIBLE_VALUES_VERSION: Final = 1
"""`transaction.version` from which on values have tagged fields."""
_STATES: Final = frozenset(TransactionState)


class TransactionRecord(NamedTuple):
    """A transactional id is now so, or (None) is no more."""

    transactional_id: str
    transaction: Transaction | None


class TransactionRecordCodec:
    """Records as keys and values, as Kafka 4.4 writes them; reads all versions.

    `transaction_version` is the finalized level, now: it decides on the version of what is written.
    """

    def __init__(self, transaction_version: Callable[[], int]) -> None:
        self._transaction_version = transaction_version

    def encode(self, record: TransactionRecord) -> tuple[bytes, bytes | None]:
        """See `coordination.ports.RecordCodec`."""
        transactional_id, transaction = record
        key = _versioned(_KEY, TransactionLogKey(transactional_id=transactional_id), 0)
        if transaction is None:
            return key, None
        version = 1 if self._transaction_version() >= FLEXIBLE_VALUES_VERSION else 0
        return key, _versioned(version, _value(transaction, version), version)

    def decode(self, key: bytes | None, value: bytes | None) -> TransactionRecord | None:
        """See `coordination.ports.RecordCodec`."""
        if key is None or _VERSION.unpack_from(key)[0] != _KEY:
            return None
        transactional_id = decode(TransactionLogKey, 0, key[2:]).transactional_id
        if value is None:
            return TransactionRecord(transactional_id, None)
        (version,) = _VERSION.unpack_from(value)
        if version not in (0, 1):
            return None
        transaction = _read(decode(TransactionLogValue, version, value[2:]))
        return None if transaction is None else TransactionRecord(transactional_id, transaction)


def _versioned(prefix: int, message: object, version: int) -> bytes:
    return b"".join((_VERSION.pack(prefix), *encode(message, version)))


def _value(transaction: Transaction, version: int) -> TransactionLogValue:
    """Early values have no room for the producer ids before and after, nor for what the client went by."""
    phase = transaction.phase
    value = TransactionLogValue(
        producer_id=transaction.producer_id,
        producer_epoch=transaction.producer_epoch,
        transaction_timeout_ms=transaction.timeout_ms,
        transaction_status=phase.state.value,
        transaction_partitions=None if phase.state is TransactionState.EMPTY else _by_topic(phase.partitions),
        transaction_last_update_timestamp_ms=transaction.update_ms,
        transaction_start_timestamp_ms=phase.start_ms,
    )
    if version > 0:
        value.previous_producer_id = transaction.previous_producer_id
        value.client_transaction_version = transaction.client_version
        if isinstance(phase, PrepareCommit | PrepareAbort):
            value.next_producer_id = phase.next_producer_id
    return value


def _by_topic(partitions: frozenset[TopicPartition]) -> list[PartitionsSchema]:
    topics: dict[str, list[int]] = {}
    for topic, partition in sorted(partitions):
        topics.setdefault(topic, []).append(partition)
    return [PartitionsSchema(topic=topic, partition_ids=indexes) for topic, indexes in topics.items()]


def _read(value: TransactionLogValue) -> Transaction | None:
    if value.transaction_status not in _STATES:
        return None
    partitions = frozenset(
        TopicPartition(schema.topic, partition)
        for schema in value.transaction_partitions or ()
        for partition in schema.partition_ids
    )
    state = TransactionState(value.transaction_status)
    phase = make_phase(state, value.transaction_start_timestamp_ms, partitions, value.next_producer_id)
    if phase is None:
        return None
    return Transaction(
        value.producer_id,
        value.producer_epoch,
        value.previous_producer_id,
        NO_PRODUCER_EPOCH,
        value.transaction_timeout_ms,
        value.transaction_last_update_timestamp_ms,
        value.client_transaction_version,
        phase,
    )
