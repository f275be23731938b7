"""Control batches: markers that the broker writes among records, and that consumers never hand out (KIP-98)."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception's name
from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.records.record import Record, iterate

if TYPE_CHECKING:
    from kafkacompat.wire.schema import Piece

_KEY: Final = Struct(">hh")
_END_TRANSACTION: Final = Struct(">hi")
_VERSION: Final = 0


class ControlType(IntEnum):
    """What a control record says, by the number in its key."""

    ABORT = 0
    COMMIT = 1
    LEADER_CHANGE = 2
    SNAPSHOT_HEADER = 3
    SNAPSHOT_FOOTER = 4
    KRAFT_VERSION = 5
    KRAFT_VOTERS = 6


def control_record(control_type: ControlType, value: bytes, offset_delta: int = 0) -> Record:
    """Make a control record: its key is version 0 and the type, its value the type's own."""
    return Record(offset_delta, key=_KEY.pack(_VERSION, control_type), value=value)


def read_control_type(key: bytes | None) -> int:
    """Return the type that a control record's key names (a number: later Kafka versions may add types)."""
    try:
        version, control_type = _KEY.unpack_from(key or b"")
    except StructError as error:
        raise CorruptRecordsError("a control record's key is cut off") from error
    if version < 0:
        raise CorruptRecordsError(f"a control record's key of version {version}")
    return int(control_type)


def build_control_batch(
    control_type: ControlType,
    value: bytes,
    *,
    timestamp_ms: int,
    producer_id: int = -1,
    producer_epoch: int = -1,
    transactional: bool = False,
) -> bytes:
    """Build a batch of one control record."""
    return build_batch(
        [control_record(control_type, value)],
        base_timestamp_ms=timestamp_ms,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        transactional=transactional,
        control=True,
    )


def build_end_transaction_batch(
    *, commit: bool, timestamp_ms: int, producer_id: int, producer_epoch: int, coordinator_epoch: int
) -> bytes:
    """Build the marker that ends a producer's transaction in one partition."""
    return build_control_batch(
        ControlType.COMMIT if commit else ControlType.ABORT,
        _END_TRANSACTION.pack(_VERSION, coordinator_epoch),
        timestamp_ms=timestamp_ms,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        transactional=True,
    )


class EndTransaction(NamedTuple):
    """What a marker says."""

    commit: bool
    coordinator_epoch: int


def read_end_transaction(batch: Piece) -> EndTransaction | None:
    """Read what the marker in a whole control batch says.

    None if it ends no transaction: it is of another type, or compaction has left nothing in it.  CorruptRecordsError.
    """
    record = next(iterate(batch), None)
    if record is None:
        return None
    control_type = read_control_type(record.key)
    if control_type not in (ControlType.ABORT, ControlType.COMMIT):
        return None
    try:
        version, coordinator_epoch = _END_TRANSACTION.unpack_from(record.value or b"")
    except StructError as error:
        raise CorruptRecordsError("a marker's value is cut off") from error
    if version < 0:
        raise CorruptRecordsError(f"a marker of version {version}")
    return EndTransaction(control_type == ControlType.COMMIT, int(coordinator_epoch))
