"""FindCoordinator (key 10)."""

from __future__ import annotations

from kafkacompat.wire.schema import Array, Int8, Int16, Int32, Nullable, String, field, message, struct


@message(key=10, versions="0-6", flexible="3+")
class FindCoordinatorRequest:
    key: String = field(until=3, default="")
    key_type: Int8 = field(since=1, default=0)
    coordinator_keys: Array[String] = field(since=4, default_factory=list)


@struct
class Coordinator:
    key: String = field(since=4, default="")
    node_id: Int32 = field(since=4, entity="brokerId", default=0)
    host: String = field(since=4, default="")
    port: Int32 = field(since=4, default=0)
    error_code: Int16 = field(since=4, default=0)
    error_message: Nullable[String] = field(since=4, ignorable=True, default="")


@message(key=10, versions="0-6", flexible="3+")
class FindCoordinatorResponse:
    throttle_time_ms: Int32 = field(since=1, ignorable=True, default=0)
    error_code: Int16 = field(until=3, default=0)
    error_message: Nullable[String] = field(since=1, until=3, ignorable=True, default="")
    node_id: Int32 = field(until=3, entity="brokerId", default=0)
    host: String = field(until=3, default="")
    port: Int32 = field(until=3, default=0)
    coordinators: Array[Coordinator] = field(since=4, default_factory=list)
