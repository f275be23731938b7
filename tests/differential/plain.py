"""Turns a decoded message into plain dictionaries, lists and values, so that any two can be compared."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from struct import unpack_from
from typing import Any, Final

from kafkacompat.wire.records.batch import HEADER_SIZE, BatchHeader, read_header
from kafkacompat.wire.records.checksum import crc32c
from kafkacompat.wire.records.compression import decompress
from kafkacompat.wire.records.errors import CorruptRecordsError
from kafkacompat.wire.schema import ArrayOf, Primitive, StructOf, Type, schema_of
from tests.differential.connection import Outcome, Undecodable
from tests.differential.symbols import KINDS, UUID

OVERHEAD: Final = 12
"""An offset and a size, before what both old messages and batches hold."""
MAGIC_POSITION: Final = 16
CURRENT_MAGIC: Final = 2

UNORDERED: Final = (
    "TopicProduceResponse",
    "PartitionProduceResponse",
    "DescribeClusterBroker",
    "MetadataResponseBroker",
    "MetadataResponseTopic",
    "JoinGroupResponseMember",
    "DescribedGroup",
    "DescribedGroupMember",
    "DeletableTopicResult",
    "DeletableGroupResult",
    "OffsetCommitResponsePartition",
    "OffsetFetchResponseTopic",
    "OffsetFetchResponseTopics",
    "OffsetFetchResponsePartition",
    "OffsetFetchResponsePartitions",
    "ListOffsetsTopicResponse",
    "ListOffsetsPartitionResponse",
    "OffsetForLeaderTopicResult",
    "EpochEndOffset",
    "DescribeConfigsResourceResult",
    "CreatePartitionsTopicResult",
    "DeleteRecordsTopicResult",
    "DeleteRecordsPartitionResult",
    "DescribeLogDirsTopic",
    "DescribeLogDirsPartition",
    "ProducerState",
    "AlterReplicaLogDirTopicResult",
    "AlterReplicaLogDirPartitionResult",
    "AddPartitionsToTxnResult",
    "AddPartitionsToTxnTopicResult",
    "AddPartitionsToTxnPartitionResult",
    "TxnOffsetCommitResponseTopic",
    "TxnOffsetCommitResponsePartition",
    "WritableTxnMarkerResult",
    "WritableTxnMarkerTopicResult",
    "WritableTxnMarkerPartitionResult",
    "TopicData",
    "AbortedTransaction",
)
"""Structures that the real broker lists in the order of a hash table, which nobody can rely on."""
UNORDERED_NUMBERS: Final = (("TopicData", "partitions"), ("ListTransactionsResponse", "unknown_state_filters"))


def _name_of(element: Type) -> str:
    return element.cls.__name__ if isinstance(element, StructOf) else ""


def nameless(item: dict[str, Any]) -> str:
    """Return what orders an item of such a list: all of it but the ids that a broker made up."""
    return UUID.sub("", repr({key: value for key, value in item.items() if key not in KINDS}))


def plain(answer: Any, version: int) -> Any:
    """Describe an answer, whatever it is; fields that the version lacks are left out."""
    match answer:
        case Outcome():
            return answer.value
        case Undecodable():
            return answer.text
        case bytes():
            return answer.hex()
        case _:
            return _structure(answer, version)


def _structure(value: Any, version: int) -> dict[str, Any]:
    fields = [f for f in schema_of(type(value)) if f.present(version)]
    name = type(value).__name__
    return {f.name: _value(f.type, getattr(value, f.name), version, (name, f.name)) for f in fields}


def _value(kind: Type, value: Any, version: int, field: tuple[str, str] = ("", "")) -> Any:
    match kind:
        case _ if value is None:
            return None
        case ArrayOf(element):
            items = [_value(element, item, version) for item in value]
            if field in UNORDERED_NUMBERS:
                return sorted(items)
            return sorted(items, key=nameless) if _name_of(element) in UNORDERED else items
        case StructOf():
            return _structure(value, version)
        case Primitive("records"):
            return batches(bytes(value))
        case _:
            return value


def batches(data: bytes) -> list[dict[str, Any]]:
    """Describe the batches, or messages of old, of a fetch answer; what is cut off is left out, as clients do."""
    described = []
    while len(data) > MAGIC_POSITION:
        offset, size = unpack_from(">qi", data)
        batch, data = data[: OVERHEAD + size], data[OVERHEAD + size :]
        if len(batch) < OVERHEAD + size or len(batch) <= MAGIC_POSITION:
            break
        if batch[MAGIC_POSITION] < CURRENT_MAGIC:
            described.append({"offset": offset, "magic": batch[MAGIC_POSITION], "message": batch[OVERHEAD:].hex()})
        else:
            described.append(_batch(read_header(batch), batch))
    return described


def _batch(header: BatchHeader, batch: bytes) -> dict[str, Any]:
    payload = batch[HEADER_SIZE:]
    with suppress(CorruptRecordsError):  # then what the log holds is described as it is
        payload = decompress(header.codec, payload, 1 << 27)
    described = header._asdict()
    del described["crc"], described["batch_length"]  # compressors differ from each other in how many bytes they write
    return described | {
        "checksum_matches": header.crc == crc32c(batch[21:]),
        "records_bytes": len(payload),
        "records_sha256": sha256(payload).hexdigest(),
    }
