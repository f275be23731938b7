"""The table of API keys, and the one way from a frame to a handler and back.

A frame is a request header and a body.  `dispatch` finds its row and version or refuses, decodes, calls the handler,
and encodes the answer; refusals of any kind become responses here and nowhere else.
"""

from __future__ import annotations

import logging
import struct
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.cluster.context import Context
from kafkacompat.wire.codec import decoder, encoder
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.primitives import read_unsigned_varint
from kafkacompat.wire.schema import default_struct

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import ModuleType

    from kafkacompat.cluster.context import Listener
    from kafkacompat.cluster.node import Node
    from kafkacompat.wire.compile_decoder import Decode
    from kafkacompat.wire.compile_encoder import Encode
    from kafkacompat.wire.pieces import OutgoingPiece

logger = logging.getLogger(__name__)


class Route(NamedTuple):
    """One API key, and the versions of it that are advertised and served."""

    key: int
    name: str
    first_version: int
    last_version: int


ROUTES: Final = {
    route.key: route
    for route in (
        Route(0, "produce", 0, 13),
        Route(1, "fetch", 0, 18),
        Route(2, "list_offsets", 0, 11),
        Route(3, "metadata", 0, 13),
        Route(8, "offset_commit", 0, 10),
        Route(9, "offset_fetch", 0, 10),
        Route(10, "find_coordinator", 0, 6),
        Route(11, "join_group", 0, 9),
        Route(12, "heartbeat", 0, 4),
        Route(13, "leave_group", 0, 5),
        Route(14, "sync_group", 0, 5),
        Route(15, "describe_groups", 0, 6),
        Route(16, "list_groups", 0, 5),
        Route(18, "api_versions", 0, 5),
        Route(19, "create_topics", 0, 7),
        Route(20, "delete_topics", 0, 6),
        Route(21, "delete_records", 0, 2),
        Route(22, "init_producer_id", 0, 5),
        Route(23, "offset_for_leader_epoch", 0, 4),
        Route(24, "add_partitions_to_txn", 0, 5),
        Route(25, "add_offsets_to_txn", 0, 4),
        Route(26, "end_txn", 0, 5),
        Route(27, "write_txn_markers", 1, 2),
        Route(28, "txn_offset_commit", 0, 6),
        Route(32, "describe_configs", 0, 4),
        Route(33, "alter_configs", 0, 2),
        Route(34, "alter_replica_log_dirs", 1, 2),
        Route(35, "describe_log_dirs", 1, 5),
        Route(37, "create_partitions", 0, 3),
        Route(42, "delete_groups", 0, 3),
        Route(43, "elect_leaders", 0, 2),
        Route(44, "incremental_alter_configs", 0, 1),
        Route(45, "alter_partition_reassignments", 0, 1),
        Route(46, "list_partition_reassignments", 0, 0),
        Route(47, "offset_delete", 0, 0),
        Route(55, "describe_quorum", 0, 2),
        Route(57, "update_features", 0, 2),
        Route(60, "describe_cluster", 0, 2),
        Route(61, "describe_producers", 0, 0),
        Route(65, "describe_transactions", 0, 0),
        Route(66, "list_transactions", 0, 2),
        Route(74, "list_config_resources", 0, 1),
        Route(75, "describe_topic_partitions", 0, 0),
    )
}
"""Every key that is served; a key that is not here is not advertised, and closes the connection that sends it."""

API_VERSIONS_KEY: Final = 18


class CloseConnectionError(Exception):
    """There is no answer to this request but the end of the connection."""


class Prepared(NamedTuple):
    """A row of the table for one version, with everything looked up."""

    route: Route
    version: int
    module: ModuleType
    decode: Decode
    encode: Encode
    response_class: type
    flexible: bool
    flexible_response: bool


class Peer(NamedTuple):
    """Who sends: the listener that was connected to, and the address (without port) it came from."""

    listener: Listener
    host: str


_HEADER: Final = struct.Struct(">hhih")
_CORRELATION_ID: Final = struct.Struct(">i")

# Rows depend on code alone, so clusters of one process share them.
_PREPARED: Final[dict[tuple[int, int], Prepared]] = {}


def _class_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def prepare(key: int, version: int) -> Prepared | None:
    """Import what a request of this key and version needs, once; None if it is not served."""
    route = ROUTES.get(key)
    if route is None or not route.first_version <= version <= route.last_version:
        return None
    messages = import_module(f"kafkacompat.wire.messages.{route.name}")
    request_class = getattr(messages, _class_name(route.name) + "Request")
    response_class = getattr(messages, _class_name(route.name) + "Response")
    flexible = version >= request_class.FLEXIBLE
    prepared = Prepared(
        route=route,
        version=version,
        module=import_module(f"kafkacompat.api.{route.name}"),
        decode=decoder(request_class, version),
        encode=encoder(response_class, version),
        response_class=response_class,
        flexible=flexible,
        # The client does not know yet which versions the broker speaks, so this header never changes (KIP-511).
        flexible_response=flexible and key != API_VERSIONS_KEY,
    )
    _PREPARED[key, version] = prepared
    return prepared


async def dispatch(node: Node, peer: Peer, frame: memoryview) -> list[OutgoingPiece] | None:
    """Answer one request: the response's pieces (without the frame's size), or None where none is sent.

    `frame` must stay valid until this returns.  CloseConnectionError for what Kafka answers by closing: an unknown key
    or version, a body that does not parse, a failed Produce that nobody waits for.
    """
    try:
        key, version, correlation_id, client_id_size = _HEADER.unpack_from(frame)
        prepared = _PREPARED.get((key, version)) or prepare(key, version)
        if prepared is None:
            answer_in_version_0 = _unsupported(key, version, correlation_id)
            # A later version than any is flexible; one whose header does not parse is not answered.
            _client_id(frame, client_id_size, flexible=True)
            return answer_in_version_0
        client_id, position = _client_id(frame, client_id_size, flexible=prepared.flexible)
        request, position = prepared.decode(frame, position, len(frame))
    except (IndexError, struct.error, MalformedError) as error:
        raise CloseConnectionError(f"malformed request ({bytes(frame[:4]).hex()}): {error}") from error
    context = Context(version, client_id, peer.listener, peer.host)
    interceptor = node.cluster.interceptor
    if interceptor is None:
        response = await answer(node, prepared, context, request)
    else:
        response = await interceptor(context, request, lambda c, r: answer(node, prepared, c, r))
    if response is None:
        return None
    pieces: list[OutgoingPiece] = [_CORRELATION_ID.pack(correlation_id)]
    if prepared.flexible_response:
        pieces.append(b"\0")
    prepared.encode(response, pieces.append)
    return pieces


def _client_id(frame: memoryview, size: int, *, flexible: bool) -> tuple[str | None, int]:
    position = _HEADER.size
    client_id = None
    if size >= 0:
        if position + size > len(frame):
            raise MalformedError("client id is longer than what remains of the message")
        client_id = str(frame[position : position + size], "utf-8", "replace")
        position += size
    if flexible:
        tags, position = read_unsigned_varint(frame, position)
        for _ in range(tags):
            _, position = read_unsigned_varint(frame, position)
            tag_size, position = read_unsigned_varint(frame, position)
            position += tag_size
    return client_id, position


def _unsupported(key: int, version: int, correlation_id: int) -> list[OutgoingPiece]:
    """ApiVersions alone is answered in a version the client did not ask for: the oldest, which it can always read."""
    route = ROUTES.get(key)
    if key != API_VERSIONS_KEY or route is None or version <= route.last_version:
        name = "unknown key" if route is None else route.name
        raise CloseConnectionError(f"request of key {key} ({name}) version {version} is not served")
    prepared = _PREPARED.get((key, 0)) or prepare(key, 0)
    assert prepared is not None, "ApiVersions 0 is always served"
    pieces: list[OutgoingPiece] = [_CORRELATION_ID.pack(correlation_id)]
    prepared.encode(prepared.module.unsupported_version(), pieces.append)
    return pieces


async def answer(node: Node, prepared: Prepared, context: Context, request: Any) -> Any:
    """Call the handler; turn what it raises into a response of the request's own shape."""
    handle: Callable[[Node, Context, Any], Coroutine[Any, Any, Any]] = prepared.module.handle
    try:
        return await handle(node, context, request)
    except ApiError as error:
        return refuse(prepared, context, request, error)
    except CloseConnectionError:
        raise
    except Exception:
        logger.exception(
            "%s version %d from %s (client %r) failed",
            prepared.route.name,
            context.api_version,
            context.peer_host,
            context.client_id,
        )
        return refuse(prepared, context, request, ApiError(ErrorCode.UNKNOWN_SERVER_ERROR))


def refuse(prepared: Prepared, context: Context, request: Any, error: ApiError) -> Any:
    """Build the response that carries an error, by the handler's own `refuse` where there is one."""
    own: Callable[[Context, Any, ApiError], Any] | None = getattr(prepared.module, "refuse", None)
    if own is not None:
        return own(context, request, error)
    response: Any = default_struct(prepared.response_class)
    response.error_code = error.code
    if hasattr(response, "error_message"):
        response.error_message = error.message
    return response
