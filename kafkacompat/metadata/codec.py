"""Metadata records as values of the metadata log, framed as KRaft does: keys are null.

A value is the frame version, the record type, the record's version (unsigned varints), then the record.
"""

from __future__ import annotations

from typing import Any, Final

from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.metadata_records import (
    BeginTransactionRecord,
    BrokerRegistrationChangeRecord,
    ConfigRecord,
    EndTransactionRecord,
    FeatureLevelRecord,
    NoOpRecord,
    PartitionChangeRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RegisterBrokerRecord,
    RegisterControllerRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from kafkacompat.wire.primitives import read_unsigned_varint, unsigned_varint

FRAME_VERSION: Final = 1

_KINDS: Final = (
    RegisterBrokerRecord,
    TopicRecord,
    PartitionRecord,
    ConfigRecord,
    PartitionChangeRecord,
    RemoveTopicRecord,
    FeatureLevelRecord,
    ProducerIdsRecord,
    BrokerRegistrationChangeRecord,
    NoOpRecord,
    BeginTransactionRecord,
    EndTransactionRecord,
    RegisterControllerRecord,
)

_CLASSES: Final[dict[int, type]] = {getattr(kind, "KEY"): kind for kind in _KINDS}  # noqa: B009 - set by `message`


def version_written(record: Any) -> int:
    """Return the version that a record is written in: as a rule the newest, as metadata.version 33 does.

    A change of a broker's registration is written in the oldest version that has what changes.
    """
    match record:
        case BrokerRegistrationChangeRecord(cordoned_log_dirs=None, log_dirs=[], in_controlled_shutdown=0):
            return 0
        case BrokerRegistrationChangeRecord(cordoned_log_dirs=None, log_dirs=[]):
            return 1
        case BrokerRegistrationChangeRecord(cordoned_log_dirs=None):
            return 2
        case _:
            newest: int = record.VERSIONS[-1]
            return newest


class MetadataRecordCodec:
    """The runtime's codec port."""

    def encode(self, record: Any) -> tuple[None, bytes]:
        """Return a null key and the framed record."""
        version = version_written(record)
        head = unsigned_varint(FRAME_VERSION) + unsigned_varint(record.KEY) + unsigned_varint(version)
        return None, b"".join((head, *encode(record, version)))

    def decode(self, _key: bytes | None, value: bytes | None) -> Any | None:
        """Return the record, or None for a kind that this build does not know; MalformedError for another framing."""
        if value is None:
            raise MalformedError("a metadata record has no value")
        frame_version, position = read_unsigned_varint(value, 0)
        if frame_version != FRAME_VERSION:
            raise MalformedError(f"frame version {frame_version} of a metadata record is unknown")
        key, position = read_unsigned_varint(value, position)
        version, position = read_unsigned_varint(value, position)
        kind = _CLASSES.get(key)
        return None if kind is None else decode(kind, version, value[position:])
