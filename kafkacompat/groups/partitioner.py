"""Which partition of `__consumer_offsets` keeps a group."""

from __future__ import annotations

from kafkacompat.coordination.partitioner import java_hash, partition_for

__all__ = ["java_hash", "partition_for"]
