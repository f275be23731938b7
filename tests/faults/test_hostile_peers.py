"""Peers that claim much or read nothing do not cost the server memory, nor its other clients anything."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataResponse
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

LIMIT_KILOBYTES = 250 * 1024
CLAIMING_PEERS, CLAIMED_BYTES = 200, 100 * 1024 * 1024
DEAF_PEERS = 50


class Server:
    """A server in a process of its own, and what it weighs."""

    def __init__(self, ready: dict[str, Any]) -> None:
        host, _, port = ready["bootstrap_servers"].rpartition(":")
        self.address = (host, int(port))
        self.pid = ready["pid"]

    def resident_kilobytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)


@pytest.fixture
def server() -> Iterator[Server]:
    command = [sys.executable, "-m", "kafkacompat", "serve", "--port", "0", "--json", "--topic", "orders:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        yield Server(json.loads(child.stdout.readline()))
        child.terminate()


def framed(request: Any, version: int) -> bytes:
    head = request.KEY.to_bytes(2, "big") + version.to_bytes(2, "big") + b"\0\0\0\1\xff\xff"
    body = head + b"".join(encode(request, version))
    framed_bytes: bytes = len(body).to_bytes(4, "big") + body
    return framed_bytes


def receive(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = peer.recv(size - len(data))
        assert part, "closed"
        data += part
    return data


def ask(peer: socket.socket, request: Any, version: int, response: type[T]) -> T:
    """Send a request of a version without flexible headers, and return what is answered."""
    peer.sendall(framed(request, version))
    return decode(response, version, receive(peer, int.from_bytes(receive(peer, 4), "big"))[4:])


def fill(peer: socket.socket, batches: int) -> None:
    batch = build_batch([Record(value=bytes(900_000))], base_timestamp_ms=1_700_000_000_000)
    data = [PartitionProduceData(index=0, records=batch)]
    request = ProduceRequest(acks=1, timeout_ms=1000, topic_data=[TopicProduceData(name="orders", partition_data=data)])
    for _ in range(batches):
        answer = ask(peer, request, 7, ProduceResponse)
        assert answer.responses[0].partition_responses[0].error_code == 0


def test_peers_that_claim_large_frames_and_peers_that_never_read(server: Server) -> None:
    everything = FetchRequest(
        max_wait_ms=0,
        min_bytes=1,
        max_bytes=1 << 30,
        topics=[
            FetchTopic(
                topic="orders",
                partitions=[FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1 << 30)],
            )
        ],
    )
    with ExitStack() as open_peers:
        other = open_peers.enter_context(server.connect())
        fill(other, batches=30)
        for _ in range(CLAIMING_PEERS):
            claiming = open_peers.enter_context(server.connect())
            claiming.sendall(CLAIMED_BYTES.to_bytes(4, "big") + bytes(1000))
        for _ in range(DEAF_PEERS):
            deaf = open_peers.enter_context(server.connect())
            deaf.sendall(framed(everything, 4) * 20)
        for _ in range(50):
            answer = ask(other, MetadataRequest(topics=[]), 1, MetadataResponse)
            assert len(answer.brokers) == 1
        assert server.resident_kilobytes() < LIMIT_KILOBYTES


def test_half_a_frame_and_silence_hold_nobody_up(server: Server) -> None:
    whole = framed(MetadataRequest(topics=[]), 1)
    with server.connect() as silent, server.connect() as other:
        silent.sendall(whole[: len(whole) // 2])
        assert len(ask(other, MetadataRequest(topics=[]), 1, MetadataResponse).brokers) == 1
        silent.sendall(whole[len(whole) // 2 :])
        size = int.from_bytes(receive(silent, 4), "big")
        assert len(decode(MetadataResponse, 1, receive(silent, size)[4:]).brokers) == 1
