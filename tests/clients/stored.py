"""What a server has stored, as it is: batches by a raw Fetch, which no client would undo the compression of."""

from __future__ import annotations

import socket

from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, FetchResponse, FetchTopic
from kafkacompat.wire.records.batch import read_header

FETCH_VERSION = 4
FETCH_HEADER = b"\x00\x01\x00\x04\x00\x00\x00\x01\x00\x05suite"
MAX_BYTES = 1 << 24


def codecs_of(bootstrap: str, topic: str, partitions: int) -> set[int]:
    """Return the numbers of the codecs that the topic's batches are compressed with."""
    wanted = [
        FetchPartition(partition=number, fetch_offset=0, partition_max_bytes=MAX_BYTES) for number in range(partitions)
    ]
    topics = [FetchTopic(topic=topic, partitions=wanted)]
    request = FetchRequest(max_wait_ms=100, min_bytes=0, max_bytes=MAX_BYTES, topics=topics)
    answer = decode(FetchResponse, FETCH_VERSION, exchange(bootstrap, b"".join(encode(request, FETCH_VERSION))))
    codecs: set[int] = set()
    for data in answer.responses[0].partitions:
        records = data.records or b""
        assert not isinstance(records, list), "a decoder gives one piece"
        position = 0
        while position < len(records):
            header = read_header(records, position)
            codecs.add(header.codec)
            position += header.size_bytes
    return codecs


def exchange(bootstrap: str, body: bytes) -> bytes:
    """Send one request and return the body of its response."""
    host, port = bootstrap.split(",", maxsplit=1)[0].rsplit(":", 1)
    frame = FETCH_HEADER + body
    with socket.create_connection((host, int(port)), 10) as connection, connection.makefile("rb") as incoming:
        connection.sendall(len(frame).to_bytes(4, "big") + frame)
        size = int.from_bytes(incoming.read(4), "big")
        return incoming.read(size)[4:]
