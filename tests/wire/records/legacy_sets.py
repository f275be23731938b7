"""Message sets of magic 0 and 1 as old producers write them, and the cases that a Kafka 3.9.1 was asked about.

Written field by field, without the code under test.  `legacy_recorded.json` holds what Kafka 3.9.1 made of each case;
`python -m tests.wire.records.legacy_record HOST:PORT` asks one again.
"""

from __future__ import annotations

import zlib
from functools import cache
from struct import pack
from typing import NamedTuple

from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.compression import Codec, compress
from kafkacompat.wire.records.lz4_frames import header_checksum
from kafkacompat.wire.records.record import Record

T = 1_700_000_000_000
GZIP, SNAPPY, LZ4, ZSTD = Codec.GZIP, Codec.SNAPPY, Codec.LZ4, Codec.ZSTD
LOG_APPEND_TIME = 8


def part(content: bytes | None) -> bytes:
    return pack(">i", -1) if content is None else pack(">i", len(content)) + content


def sized(body: bytes, offset: int = 0, crc: int | None = None) -> bytes:
    return pack(">qiI", offset, len(body) + 4, zlib.crc32(body) if crc is None else crc) + body


def message(
    offset: int = 0,
    magic: int = 1,
    *,
    attributes: int = 0,
    timestamp: int = T,
    key: bytes | None = None,
    value: bytes | None = b"v",
    crc: int | None = None,
) -> bytes:
    time = pack(">q", timestamp) if magic else b""
    return sized(pack(">bb", magic, attributes) + time + part(key) + part(value), offset, crc)


def three(magic: int, offsets: tuple[int, ...] = (0, 1, 2), first: int = T) -> bytes:
    return b"".join(
        message(offset, magic, timestamp=first + index, key=b"k%d" % index, value=b"v%d" % index)
        for index, offset in enumerate(offsets)
    )


def wrapper(
    inner: bytes, codec: int, magic: int, offset: int = 2, *, packed: bytes | None = None, attributes: int = 0
) -> bytes:
    value = compress(codec, inner) if packed is None else packed
    return message(offset, magic, attributes=codec | attributes, timestamp=T + 77, value=value)


def old_lz4(payload: bytes) -> bytes:
    """Compress as Kafka 0.9 did: the frame header's checksum covers the magic number too."""
    frame = bytearray(compress(LZ4, payload))
    frame[6] = header_checksum(bytes(frame[:6]))
    return bytes(frame)


def batch(count: int = 2, codec: int = 0) -> bytes:
    records = [Record(n, n, b"k%d" % n, b"v%d" % n, [(b"h", b"x")]) for n in range(count)]
    return build_batch(records, base_timestamp_ms=T, codec=codec)


class Case(NamedTuple):
    """What is produced with version 2, and the topic's settings."""

    records: bytes
    settings: dict[str, str] = {}  # noqa: RUF012 - never changed


def of_magic(magic: int) -> dict[str, Case]:
    other = 1 - magic
    compacted, stamped = {"cleanup.policy": "compact"}, {"message.timestamp.type": "LogAppendTime"}
    many = b"".join(message(n, magic, value=bytes(1000)) for n in range(1_100))
    return {
        "plain": Case(three(magic)),
        "an offset of its own": Case(message(5, magic)),
        "nulls": Case(message(0, magic, value=None)),
        "gzip": Case(wrapper(three(magic), GZIP, magic)),
        "snappy": Case(wrapper(three(magic), SNAPPY, magic)),
        "lz4": Case(wrapper(three(magic), LZ4, magic)),
        "lz4 with the old checksum": Case(wrapper(b"", LZ4, magic, packed=old_lz4(three(magic)))),
        "zstd": Case(wrapper(three(magic), ZSTD, magic)),
        "codec 5": Case(message(0, magic, attributes=5)),
        "wrong crc": Case(message(0, magic, crc=1)),
        "wrong crc inside": Case(wrapper(message(0, magic, crc=1), GZIP, magic)),
        "absolute offsets inside": Case(wrapper(three(magic, (7, 8, 9)), GZIP, magic, 9)),
        "zeros inside": Case(wrapper(three(magic, (0, 0, 0)), GZIP, magic, 0)),
        "relative offsets, wrapper 0": Case(wrapper(three(magic), GZIP, magic, 0)),
        "a gap inside": Case(wrapper(three(magic, (0, 2, 5)), GZIP, magic, 5)),
        "wrapper before its last": Case(wrapper(three(magic), GZIP, magic, 1)),
        "cut off": Case(three(magic)[:-3]),
        "nothing whole": Case(message(0, magic)[:-1]),
        "two wrappers": Case(2 * wrapper(three(magic), GZIP, magic)),
        "a message and a wrapper": Case(message(0, magic) + wrapper(three(magic), GZIP, magic)),
        "a wrapper in a wrapper": Case(wrapper(wrapper(three(magic), GZIP, magic), GZIP, magic)),
        "another magic inside": Case(wrapper(three(other), GZIP, magic)),
        "another magic after": Case(message(0, magic) + message(1, other)),
        "a wrapper of null": Case(message(0, magic, attributes=GZIP, value=None)),
        "an empty wrapper": Case(wrapper(b"", GZIP, magic)),
        "garbage inside": Case(message(0, magic, attributes=GZIP, value=b"garbage")),
        "gzip cut off": Case(wrapper(b"", GZIP, magic, packed=compress(GZIP, three(magic))[:-6])),
        "cut off inside": Case(wrapper(three(magic)[:-3], GZIP, magic, 1)),
        "too small inside": Case(wrapper(three(magic) + pack(">qi", 3, 5) + b"12345", GZIP, magic)),
        "no key, compacted": Case(message(0, magic), compacted),
        "no key inside, compacted": Case(wrapper(message(0, magic), GZIP, magic), compacted),
        "one too large": Case(message(0, magic, value=bytes(1_100_000))),
        "too large together": Case(many),
        "large once decompressed": Case(wrapper(many, GZIP, magic, 1_099)),
        "log append time": Case(three(magic), stamped),
        "log append time, gzip": Case(wrapper(three(magic), GZIP, magic), stamped),
        "topic of gzip": Case(three(magic), {"compression.type": "gzip"}),
        "topic of zstd": Case(wrapper(three(magic), GZIP, magic), {"compression.type": "zstd"}),
        "topic without compression": Case(wrapper(three(magic), GZIP, magic), {"compression.type": "uncompressed"}),
        "attributes without meaning": Case(message(0, magic, attributes=0x50)),
    }


def others() -> dict[str, Case]:
    head = pack(">bbq", 1, 0, T)
    return {
        "key beyond the end": Case(sized(head + pack(">i", 50) + b"abc")),
        "value beyond the end": Case(sized(head + pack(">ii", -1, 50) + b"abc")),
        "bytes after the value": Case(sized(head + pack(">ii", -1, 1) + b"abc")),
        "no room for a timestamp": Case(sized(pack(">bb", 1, 0) + b"abcdefgh")),
        "lengths below -1": Case(sized(head + pack(">ii", -5, -7))),
        "empty": Case(b""),
        "size 5": Case(message() + pack(">qi", 0, 5) + b"12345"),
        "size -1": Case(pack(">qi", 0, -1) + bytes(20)),
        "magic 3": Case(message() + message(1, 3)),
        "timestamp -5": Case(message(timestamp=-5)),
        "timestamp -1": Case(message(timestamp=-1) + message(1)),
        "falling timestamps": Case(message() + message(1, timestamp=T - 500) + message(2, timestamp=T + 9)),
        "claims log append time": Case(message(attributes=LOG_APPEND_TIME)),
        "claims it without one": Case(message(attributes=LOG_APPEND_TIME, timestamp=-1)),
        "claims it where it is so": Case(
            message(attributes=LOG_APPEND_TIME), {"message.timestamp.type": "LogAppendTime"}
        ),
        "wrapper claims it": Case(wrapper(three(1), GZIP, 1, attributes=LOG_APPEND_TIME)),
        "claims it inside": Case(wrapper(message(attributes=LOG_APPEND_TIME), GZIP, 1)),
        "magic 2": Case(batch()),
        "magic 2, zstd": Case(batch(codec=ZSTD)),
        "magic 2 twice": Case(batch() * 2),
        "magic 2 and a cut off one": Case(batch() + batch()[:-1]),
        "magic 2 after 1": Case(message() + batch()),
    }


@cache
def cases() -> dict[str, Case]:
    """Return all cases by name."""
    return {f"{name}, magic {magic}": case for magic in (0, 1) for name, case in of_magic(magic).items()} | others()


def logs() -> dict[str, tuple[list[bytes], list[int]]]:
    """Return logs of batches, one after the other, and from which offsets every old version fetches them."""
    no_time = build_batch([Record(key=None, value=None)], base_timestamp_ms=-1)
    packed = [batch(codec=GZIP), batch(codec=SNAPPY), batch(codec=LZ4)]
    return {
        "all kinds": ([batch(3), *packed, no_time], [0, 1, 4, 9, 10]),
        "zstd between": ([batch(), batch(codec=ZSTD), batch()], [0, 2, 4]),
    }
