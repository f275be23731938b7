"""Frames, headers and versions, before any handler sees a request; and ApiVersions, which comes first of all."""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING

from kafkacompat.api.routes import ROUTES
from kafkacompat.wire.messages.api_versions import ApiVersionsRequest
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from tests.differential.connection import body_of, framed, header_of
from tests.differential.requests import api_versions, heartbeat, metadata
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer


@scenario(ApiVersionsRequest, answered=True)
def api_versions_lists_what_is_served(peer: Peer, version: int) -> None:
    peer.ask(api_versions(version), version)


@scenario(ApiVersionsRequest)
def api_versions_may_be_asked_again(peer: Peer, version: int) -> None:
    for _ in range(2):
        answer = peer.quietly(api_versions(version), version)
        peer.exchanges.clear()
        peer.record("error code", pack(">h", answer.error_code), version)


@scenario(versions=(6, 7, 99, 32767, -1, -32768))
def api_versions_in_a_version_that_nobody_knows(peer: Peer, version: int) -> None:
    peer.send_frame(framed(header_of(18, version, 7, "test", flexible=True) + b"\x05name\x04one\0"), "flexible")
    peer.send_frame(framed(header_of(18, version, 7, "test", flexible=False)), "not flexible")
    peer.send_frame(framed(pack(">hhi", 18, version, 7)), "not even a client id")


NAMES = ("a", "", "-", "a-b.c", ".a", "a.", "a b", "a_b", "\u00e9", "0", "a" * 300, "a\n")


@scenario(ApiVersionsRequest, since=3)
def api_versions_with_names_of_software(peer: Peer, version: int) -> None:
    for name in NAMES:
        answer = peer.quietly(api_versions(version, name=name), version)
        peer.record(f"name {name!r}", pack(">hh", answer.error_code, len(answer.api_keys) and 1), version)
        answer = peer.quietly(api_versions(version, software_version=name), version)
        peer.record(f"version {name!r}", pack(">hh", answer.error_code, len(answer.api_keys) and 1), version)


@scenario(ApiVersionsRequest, since=3)
def api_versions_refused_for_its_software_name(peer: Peer, version: int) -> None:
    peer.ask(api_versions(version, name="-"), version)


@scenario(ApiVersionsRequest, since=5)
def api_versions_for_another_broker(peer: Peer, version: int) -> None:
    known = peer.quietly(metadata(12), 12)
    node, cluster = known.brokers[0].node_id, known.cluster_id
    peer.ask(api_versions(version, cluster_id=cluster), version, "no node")
    peer.ask(api_versions(version, node_id=node), version, "no cluster")
    peer.ask(api_versions(version, cluster_id="another", node_id=node), version, "another cluster")
    peer.ask(api_versions(version, cluster_id=cluster, node_id=node + 1), version, "another node")
    peer.ask(api_versions(version, cluster_id="", node_id=node), version, "empty cluster")
    peer.ask(api_versions(version, cluster_id=cluster, node_id=-2), version, "node -2")
    answer = peer.quietly(api_versions(version, cluster_id=cluster, node_id=node), version)
    peer.record("this one", pack(">h", answer.error_code), version)


@scenario()
def unknown_keys(peer: Peer, version: int) -> None:
    for key in (-1, -32768, 4, 5, 6, 7, 52, 53, 56, 58, 62, 67, 82, 95, 1000, 32767):
        peer.send_frame(framed(header_of(key, 0, 1, "test", flexible=False) + bytes(64)), f"key {key}")


@scenario()
def versions_beyond_those_served(peer: Peer, version: int) -> None:
    for route in ROUTES.values():
        for unserved in {-1, route.first_version - 1, route.last_version + 1, 32767}:
            if route.key != 18:
                header = header_of(route.key, unserved, 1, "test", flexible=unserved > route.last_version)
                peer.send_frame(framed(header + bytes(64)), f"{route.name} {unserved}")


@scenario()
def frames_of_impossible_sizes(peer: Peer, version: int) -> None:
    peer.send_frame(pack(">i", 0), "size 0")
    peer.send_frame(pack(">i", -1), "size -1")
    peer.send_frame(pack(">i", -(1 << 31)), "smallest size")
    peer.send_frame(pack(">i", (1 << 31) - 1), "largest size")
    peer.send_frame(pack(">i", 104857601), "a byte more than the limit")
    for size in range(1, 11):
        peer.send_frame(framed(pack(">hhih", 12, 0, 1, -1)[:size]), f"{size} bytes of a header")


@scenario(HeartbeatRequest)
def client_ids(peer: Peer, version: int) -> None:
    for client_id in (None, "", "x" * 1000, "\u00e9\u4e2d"):
        peer.ask(heartbeat("nothing", 1, "nobody"), version, client_id=client_id)


@scenario(HeartbeatRequest)
def client_ids_that_do_not_parse(peer: Peer, version: int) -> None:
    flexible = version >= HeartbeatRequest.FLEXIBLE  # type: ignore[attr-defined]
    body = body_of(heartbeat("nothing", 1, "nobody"), version)
    for size, text in ((-2, b""), (-32768, b""), (30000, b"abc"), (2, b"\xff\xfe"), (1, b"\0")):
        head = pack(">hhih", 12, version, 9, size) + text + b"\0" * flexible
        peer.send_frame(framed(head + body), f"client id of size {size}")


@scenario(HeartbeatRequest, since=4)
def tags_in_a_header(peer: Peer, version: int) -> None:
    body = body_of(heartbeat("nothing", 1, "nobody"), version)
    for tags in (
        b"\x01\x00\x00",
        b"\x01\x05\x03abc",
        b"\x02\x05\x00\x06\x01a",
        b"\x02\x05\x00\x05\x00",
        b"\x02\x06\x00\x05\x00",
        b"\x01\x05\x7f",
        b"\x80\x00",
        b"\xff\xff\xff\xff\x0f",
        b"\xff\xff\xff\xff\xff\x01",
    ):
        peer.send_frame(framed(pack(">hhih", 12, version, 9, -1) + tags + body), f"tags {tags.hex()}")


@scenario()
def several_requests_at_once_are_answered_in_order(peer: Peer, version: int) -> None:
    one = body_of(heartbeat("nothing", 1, "nobody"), 0)
    frames = [
        framed(header_of(12, 0, correlation, "test", flexible=False) + one) for correlation in (5, 5, -1, 1 << 30)
    ]
    peer.connection.send_bytes(b"".join(frames))
    for _ in frames:
        peer.record("answer", peer.connection.receive_bytes(), 0)
