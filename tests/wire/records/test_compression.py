from __future__ import annotations

import contextlib
import gzip
import random
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path
from struct import pack

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.wire.records import lz4_frames, snappy_blocks
from kafkacompat.wire.records.compression import Codec, compress, decompress
from kafkacompat.wire.records.errors import CorruptRecordsError, RecordsTooLargeError

COMPRESSIONS = [Codec.GZIP, Codec.SNAPPY, Codec.LZ4, Codec.ZSTD]
RANDOM = random.Random(7)  # test data, the same in every run
MIXED = b"alpha beta gamma " * 9_000 + RANDOM.randbytes(150_000)
MIB = 1 << 20


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("data", [b"", b"x", MIXED], ids=["empty", "one byte", "several blocks"])
def test_round_trip(codec: Codec, data: bytes) -> None:
    packed = compress(codec, data)
    assert decompress(codec, packed, len(data)) == data
    assert decompress(codec, memoryview(packed), len(data)) == data


@pytest.mark.parametrize(("codec", "levels"), [(Codec.GZIP, (1, 9)), (Codec.LZ4, (2, 12)), (Codec.ZSTD, (1, 9))])
def test_a_higher_level_is_smaller_and_reads_the_same(codec: Codec, levels: tuple[int, int]) -> None:
    text = Path(__file__).read_bytes()
    low, high = (compress(codec, text, level) for level in levels)
    assert len(high) < len(low)
    assert decompress(codec, low, len(text)) == decompress(codec, high, len(text)) == text


@given(st.sampled_from(COMPRESSIONS), st.binary(min_size=1, max_size=400))
def test_the_limit_is_exact(codec: Codec, data: bytes) -> None:
    packed = compress(codec, data)
    assert decompress(codec, packed, len(data)) == data
    with pytest.raises(RecordsTooLargeError):
        decompress(codec, packed, len(data) - 1)


@pytest.mark.parametrize("codec", COMPRESSIONS)
def test_every_cut_is_noticed_or_leaves_less(codec: Codec) -> None:
    data = b"some text, some more text, some text again" * 3
    packed = compress(codec, data)
    for size in range(len(packed)):
        try:
            # Xerial's framing does not say where it ends: cut between two blocks, it reads as fewer bytes.
            assert len(decompress(codec, packed[:size], 1_000)) < len(data)
        except CorruptRecordsError:
            continue


@given(st.sampled_from(COMPRESSIONS), st.binary(max_size=200))
def test_random_bytes_are_refused_or_read_within_the_limit(codec: Codec, data: bytes) -> None:
    with contextlib.suppress(CorruptRecordsError):
        assert len(decompress(codec, data, 5_000)) <= 5_000


@pytest.mark.parametrize("codec", [5, 6, 7])
def test_other_numbers_mean_nothing(codec: int) -> None:
    with pytest.raises(CorruptRecordsError):
        decompress(codec, b"", 10)
    with pytest.raises(ValueError, match="no compression"):
        compress(codec, b"")


def test_the_native_library_is_imported_only_when_needed() -> None:
    program = (
        "import sys; from kafkacompat.wire.records.compression import compress; "
        "before = 'cramjam' in sys.modules; compress(4, b'x'); print(before, 'cramjam' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).split() == ["False", "True"]


class TestGzip:
    def test_reads_several_members(self) -> None:
        assert decompress(Codec.GZIP, gzip.compress(b"one") + gzip.compress(b"two"), 6) == b"onetwo"
        with pytest.raises(RecordsTooLargeError):
            decompress(Codec.GZIP, gzip.compress(b"one") + gzip.compress(b"two"), 5)

    def test_ignores_what_follows_the_stream(self) -> None:
        assert decompress(Codec.GZIP, gzip.compress(b"one") + b"junk", 10) == b"one"

    def test_is_gzip_to_others(self) -> None:
        assert gzip.decompress(compress(Codec.GZIP, MIXED)) == MIXED


class TestSnappy:
    def test_writes_the_framing_of_java_in_32_kib_blocks(self) -> None:
        packed = compress(Codec.SNAPPY, bytes(70_000))
        assert packed[:16] == b"\x82SNAPPY\0" + pack(">ii", 1, 1)
        sizes, position = [], 16
        while position < len(packed):
            length = int.from_bytes(packed[position : position + 4], "big")
            sizes.append(cramjam.snappy.decompress_raw_len(packed[position + 4 : position + 4 + length]))
            position += 4 + length
        assert sizes == [32_768, 32_768, 4_464]

    def test_reads_a_raw_block(self) -> None:
        assert decompress(Codec.SNAPPY, bytes(cramjam.snappy.compress_raw(MIXED)), len(MIXED)) == MIXED

    @pytest.mark.parametrize("tail", [b"\0\0", pack(">I", 5) + b"abcd", pack(">I", 0xFFFFFFFF)])
    def test_a_cut_or_hostile_block_is_refused(self, tail: bytes) -> None:
        with pytest.raises(CorruptRecordsError):
            decompress(Codec.SNAPPY, compress(Codec.SNAPPY, b"text") + tail, 1_000)

    def test_block_size_is_the_one_of_java(self) -> None:
        assert snappy_blocks.BLOCK_SIZE == 32 * 1024


class TestLz4:
    def test_writes_independent_64_kib_blocks_without_content_checksum(self) -> None:
        packed = compress(Codec.LZ4, MIXED)
        assert packed[:7] == bytes.fromhex("04224d18604082")
        assert packed[-4:] == bytes(4)

    @pytest.mark.parametrize("level", [None, 1, 9, 17])
    def test_is_a_frame_to_others(self, level: int | None) -> None:
        assert bytes(cramjam.lz4.decompress(compress(Codec.LZ4, MIXED, level))) == MIXED

    def test_levels_mean_what_they_do_in_kafka(self) -> None:
        text = Path(__file__).read_bytes()
        assert compress(Codec.LZ4, text, 9) == compress(Codec.LZ4, text)
        assert compress(Codec.LZ4, text, 1) == compress(Codec.LZ4, text, 2)
        assert len(compress(Codec.LZ4, text, 1)) < len(compress(Codec.LZ4, text))

    def test_the_header_checksum_is_checked(self) -> None:
        packed = bytearray(compress(Codec.LZ4, b"text"))
        packed[6] ^= 1
        with pytest.raises(CorruptRecordsError, match="checksum"):
            decompress(Codec.LZ4, packed, 100)

    def test_blocks_that_depend_on_others_are_refused_as_kafka_does(self) -> None:
        with pytest.raises(CorruptRecordsError, match="flags"):
            decompress(Codec.LZ4, bytes(cramjam.lz4.compress(MIXED)), len(MIXED))

    @pytest.mark.parametrize("flags", [0x60, 0x64, 0x68, 0x70, 0x7C])
    def test_sizes_and_checksums_that_others_write_are_stepped_over(self, flags: int) -> None:
        descriptor = bytes([flags, 0x40]) + (pack("<Q", 4) if flags & 0x08 else b"")
        frame = lz4_frames.MAGIC + descriptor + bytes([lz4_frames.header_checksum(descriptor)])
        frame += pack("<I", 4 | 0x80000000) + b"text" + (b"blok" if flags & 0x10 else b"") + bytes(4)
        frame += b"cont" if flags & 0x04 else b""
        assert decompress(Codec.LZ4, frame, 4) == b"text"

    @pytest.mark.parametrize(
        "descriptor", [b"\x20\x40", b"\xa0\x40", b"\x62\x40", b"\x61\x40", b"\x60\x30", b"\x60\xc0"]
    )
    def test_headers_outside_the_format_are_refused(self, descriptor: bytes) -> None:
        frame = lz4_frames.MAGIC + descriptor + bytes([lz4_frames.header_checksum(descriptor)]) + bytes(4)
        with pytest.raises(CorruptRecordsError):
            decompress(Codec.LZ4, frame, 4)


def zstd_of_zeros(blocks: int) -> bytes:
    """Make a frame whose blocks each repeat one byte 128 KiB times, content size not told."""
    block_size = 128 << 10
    run = (block_size << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    last = (block_size << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x58" + run * (blocks - 1) + last


def gzip_of_zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()


def lz4_of_zeros(blocks: int) -> bytes:
    whole = compress(Codec.LZ4, bytes(lz4_frames.BLOCK_SIZE))
    return whole[:7] + whole[7:-4] * blocks + whole[-4:]


def snappy_of_zeros(blocks: int) -> bytes:
    block = bytes(cramjam.snappy.compress_raw(bytes(MIB)))
    return compress(Codec.SNAPPY, b"")[:16] + (pack(">I", len(block)) + block) * blocks


class TestBombs:
    @pytest.mark.parametrize(
        ("codec", "bomb"),
        [
            pytest.param(Codec.GZIP, gzip_of_zeros(128 * MIB), id="gzip"),
            pytest.param(Codec.SNAPPY, snappy_of_zeros(64), id="snappy"),
            pytest.param(Codec.SNAPPY, b"\xff\xff\xff\xff\x0f", id="snappy that claims 4 GiB"),
            pytest.param(Codec.LZ4, lz4_of_zeros(4_096), id="lz4"),
            pytest.param(Codec.ZSTD, zstd_of_zeros(8_192), id="zstd"),
        ],
    )
    def test_memory_stays_near_the_limit(self, codec: Codec, bomb: bytes) -> None:
        limit = 2 * MIB
        tracemalloc.start()
        try:
            with pytest.raises(RecordsTooLargeError):
                decompress(codec, bomb, limit)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 3 * limit

    def test_they_are_what_they_seem(self) -> None:
        assert decompress(Codec.ZSTD, zstd_of_zeros(40), 8 * MIB) == bytes(5 * MIB)
        assert decompress(Codec.LZ4, lz4_of_zeros(3), MIB) == bytes(3 * 64 * 1024)
        assert decompress(Codec.SNAPPY, snappy_of_zeros(2), 2 * MIB) == bytes(2 * MIB)
