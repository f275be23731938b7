"""AlterReplicaLogDirs (key 34)."""

from __future__ import annotations

from kafkacompat.wire.schema import (
    Array,
    Int16,
    Int32,
    String,
    field,
    message,
    struct,
)


@struct
class AlterReplicaLogDirTopic:
    name: String = field(entity="topicName", map_key=True)
    partitions: Array[Int32]


@struct
class AlterReplicaLogDir:
    path: String = field(map_key=True)
    topics: Array[AlterReplicaLogDirTopic]


@message(key=34, versions="1-2", flexible="2+")
class AlterReplicaLogDirsRequest:
    dirs: Array[AlterReplicaLogDir]


@struct
class AlterReplicaLogDirPartitionResult:
    partition_index: Int32
    error_code: Int16


@struct
class AlterReplicaLogDirTopicResult:
    topic_name: String = field(entity="topicName")
    partitions: Array[AlterReplicaLogDirPartitionResult]


@message(key=34, versions="1-2", flexible="2+")
class AlterReplicaLogDirsResponse:
    throttle_time_ms: Int32 = field(default=0)
    results: Array[AlterReplicaLogDirTopicResult]
