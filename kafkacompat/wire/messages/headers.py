"""The headers before every request and response."""

from __future__ import annotations

from kafkacompat.wire.schema import Int16, Int32, Nullable, String, field, message


@message(versions="1-2", flexible="2+")
class RequestHeader:
    request_api_key: Int16
    request_api_version: Int16
    correlation_id: Int32
    client_id: Nullable[String] = field(plain=True)


@message(versions="0-1", flexible="1+")
class ResponseHeader:
    correlation_id: Int32
