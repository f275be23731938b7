"""WriteTxnMarkers (key 27)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Bool, Int8, Int16, Int32, Int64, String, field, message, struct


@struct
class WritableTxnMarkerTopic:
    name: String = field(entity="topicName")
    partition_indexes: Array[Int32]


@struct
class WritableTxnMarker:
    producer_id: Int64 = field(entity="producerId")
    producer_epoch: Int16
    transaction_result: Bool
    topics: Array[WritableTxnMarkerTopic]
    coordinator_epoch: Int32
    transaction_version: Int8 = field(since=2, ignorable=True, default=0)


@message(key=27, versions="1-2", flexible="1+")
class WriteTxnMarkersRequest:
    markers: Array[WritableTxnMarker]


@struct
class WritableTxnMarkerPartitionResult:
    partition_index: Int32
    error_code: Int16 = field(default=0)


@struct
class WritableTxnMarkerTopicResult:
    name: String = field(entity="topicName")
    partitions: Array[WritableTxnMarkerPartitionResult]


@struct
class WritableTxnMarkerResult:
    producer_id: Int64 = field(entity="producerId")
    topics: Array[WritableTxnMarkerTopicResult]


@message(key=27, versions="1-2", flexible="1+")
class WriteTxnMarkersResponse:
    markers: Array[WritableTxnMarkerResult]
