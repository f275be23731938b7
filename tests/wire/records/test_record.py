from __future__ import annotations

import contextlib
from pathlib import Path
from struct import pack_into

import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.wire.records.batch import HEADER_SIZE, LENGTH_PREFIX_SIZE, read_header
from kafkacompat.wire.records.builder import BatchBuilder, build_batch, seal
from kafkacompat.wire.records.control import (
    ControlType,
    EndTransaction,
    build_control_batch,
    build_end_transaction_batch,
    control_record,
    read_control_type,
    read_end_transaction,
)
from kafkacompat.wire.records.errors import CorruptRecordsError, RecordsTooLargeError
from kafkacompat.wire.records.record import Record, RecordHeader, iterate
from kafkacompat.wire.records.varints import read_varint, write_varint

NOW_MS = 1_700_000_000_000
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.hex"))

PARTS = st.none() | st.binary(max_size=200)
HEADERS = st.lists(st.tuples(st.text(max_size=8).map(str.encode), PARTS), max_size=4).map(tuple)


@st.composite
def record_lists(draw: st.DrawFn) -> list[Record]:
    count = draw(st.integers(1, 12))
    return [
        Record(index, draw(st.integers(-(1 << 40), 1 << 40)), draw(PARTS), draw(PARTS), draw(HEADERS))
        for index in range(count)
    ]


def with_payload(payload: bytes, count: int = 1, codec: int = 0) -> bytes:
    batch = bytearray(build_batch([Record()], base_timestamp_ms=NOW_MS)[:HEADER_SIZE]) + payload
    pack_into(">i", batch, 8, len(batch) - 12)
    pack_into(">h", batch, 21, codec)
    pack_into(">ii", batch, 53, -1, count)
    seal(batch)
    return bytes(batch)


class TestRoundTrip:
    @given(record_lists(), st.sampled_from(range(5)))
    def test_what_is_built_is_read(self, records: list[Record], codec: int) -> None:
        batch = build_batch(records, base_timestamp_ms=NOW_MS, codec=codec)
        assert list(iterate(batch)) == records
        assert list(iterate(memoryview(batch))) == records

    @given(record_lists(), st.sampled_from(range(5)), st.data())
    def test_every_truncation_is_refused(self, records: list[Record], codec: int, data: st.DataObject) -> None:
        batch = build_batch(records, base_timestamp_ms=NOW_MS, codec=codec)
        size = data.draw(st.integers(0, len(batch) - 1))
        with pytest.raises(CorruptRecordsError):
            list(iterate(batch[:size]))

    @pytest.mark.parametrize("codec", range(5))
    def test_a_payload_cut_anywhere_is_refused_even_if_the_header_agrees(self, codec: int) -> None:
        records = [Record(index, index, b"key", b"value" * 9, ((b"h", b"x"),)) for index in range(5)]
        payload = build_batch(records, base_timestamp_ms=NOW_MS, codec=codec)[HEADER_SIZE:]
        for size in range(len(payload)):
            with pytest.raises(CorruptRecordsError):
                list(iterate(with_payload(payload[:size], count=5, codec=codec)))

    @given(st.binary(max_size=120), st.integers(-5, 10), st.sampled_from(range(5)))
    def test_random_payloads_are_refused_or_read(self, payload: bytes, count: int, codec: int) -> None:
        with contextlib.suppress(CorruptRecordsError):
            assert len(list(iterate(with_payload(payload, count, codec), limit_bytes=10_000))) == max(count, 0)


class TestInterop:
    @pytest.mark.parametrize("path", GOLDEN, ids=[path.stem for path in GOLDEN])
    def test_reads_what_java_and_librdkafka_compress(self, path: Path) -> None:
        batch = bytes.fromhex(path.read_text())
        header = read_header(batch)
        records = list(iterate(batch))
        assert [record.offset_delta for record in records] == list(range(40))
        assert header.base_timestamp_ms + records[-1].timestamp_delta_ms == NOW_MS + 39 == header.max_timestamp_ms
        assert records[1].key == b"key-1"
        assert records[1].value == (b"value-1 " if path.stem.startswith("java") else b"value-1 " * 5)
        assert [len(record.headers) for record in records] == [2 if index % 9 == 0 else 0 for index in range(40)]
        assert records[9].headers[1] == (b"n", None)

    @pytest.mark.parametrize("codec", range(5))
    def test_reads_what_python_clients_write(self, codec: int) -> None:
        builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1 << 20)
        headers: list[RecordHeader] = [(b"trace", b"1"), (b"none", None)]
        for offset in range(30):
            builder.append(offset, NOW_MS + offset, b"key", b"value" * offset, [(k.decode(), v) for k, v in headers])
        records = list(iterate(bytes(builder.build())))
        assert records == [Record(index, index, b"key", b"value" * index, tuple(headers)) for index in range(30)]

    @pytest.mark.parametrize("codec", range(5))
    def test_python_clients_read_what_is_built(self, codec: int) -> None:
        records = [Record(index, index, b"key", b"value" * index, ((b"h", None),)) for index in range(30)]
        theirs = DefaultRecordBatch(bytearray(build_batch(records, base_timestamp_ms=NOW_MS, codec=codec)))
        assert theirs.validate_crc()
        assert [(r.offset, r.timestamp, r.key, r.value) for r in theirs] == [
            (index, NOW_MS + index, b"key", b"value" * index) for index in range(30)
        ]


class TestHostileRecords:
    @pytest.mark.parametrize(
        "payload",
        [
            pytest.param("", id="no record"),
            pytest.param("00", id="an empty record"),
            pytest.param("01", id="a record of -1 bytes"),
            pytest.param("7e 00 00 00 01 01 00", id="a record longer than what remains"),
            pytest.param("0c 00 00 00 01 01 00 00", id="bytes after the last record"),
            pytest.param("0e 00 00 00 01 01 00 00", id="bytes after a record's parts"),
            pytest.param("0c 00 00 00 7e 01 00", id="a key longer than its record"),
            pytest.param("0c 00 00 00 01 7e 00", id="a value longer than its record"),
            pytest.param("0c 00 00 00 01 01 01", id="-1 headers"),
            pytest.param("0c 00 00 00 01 01 7e", id="more headers than bytes"),
            pytest.param("10 00 00 00 01 01 02 01 01", id="a header without a key"),
            pytest.param("10 00 00 00 01 01 02 7e 01", id="a header's key longer than its record"),
            pytest.param("ff ff ff ff 0f", id="a length of -2 GiB"),
            pytest.param("fe ff ff ff 0f", id="a length of 2 GiB"),
            pytest.param("ff ff ff ff 1f", id="a length of 33 bits"),
            pytest.param("ff ff ff ff ff 01", id="a length of six bytes"),
            pytest.param("80 80 80 80 80 80 80 80 80 80 80 80", id="a length without end"),
            pytest.param("20 00 ff ff ff ff ff ff ff ff ff 02 00 01 01 00 00", id="a timestamp of 65 bits"),
        ],
    )
    def test_refused(self, payload: str) -> None:
        with pytest.raises(CorruptRecordsError):
            list(iterate(with_payload(bytes.fromhex(payload))))

    def test_any_negative_length_is_null_as_in_kafka(self) -> None:
        assert list(iterate(with_payload(bytes.fromhex("0c 00 00 00 03 01 00")))) == [Record()]

    def test_a_count_beyond_the_records_is_refused_without_allocating(self) -> None:
        with pytest.raises(CorruptRecordsError, match="cut off"):
            list(iterate(with_payload(bytes.fromhex("0c 00 00 00 01 01 00"), count=(1 << 31) - 1)))

    def test_the_limit_counts_decompressed_bytes(self) -> None:
        batch = build_batch([Record(value=bytes(100_000))], base_timestamp_ms=NOW_MS, codec=4)
        assert len(batch) < 1_000
        assert len(list(iterate(batch, limit_bytes=110_000))) == 1
        with pytest.raises(RecordsTooLargeError):
            list(iterate(batch, limit_bytes=100_000))

    def test_other_magic_is_refused(self) -> None:
        batch = bytearray(build_batch([Record()], base_timestamp_ms=NOW_MS))
        batch[16] = 1
        with pytest.raises(CorruptRecordsError, match="magic 1"):
            list(iterate(batch))


class TestVarints:
    @pytest.mark.parametrize(
        ("value", "encoded"),
        [
            (0, "00"),
            (-1, "01"),
            (1, "02"),
            (63, "7e"),
            (-64, "7f"),
            (64, "8001"),
            (-(1 << 31), "ffffffff0f"),
            ((1 << 31) - 1, "feffffff0f"),
        ],
    )
    def test_known_values(self, value: int, encoded: str) -> None:
        out = bytearray()
        write_varint(out, value)
        assert out.hex() == encoded
        assert read_varint(bytes(out), 0) == (value, len(out))

    @given(st.integers(-(1 << 63), (1 << 63) - 1))
    def test_long_round_trip(self, value: int) -> None:
        out = bytearray()
        write_varint(out, value)
        assert read_varint(bytes(out), 0, 64) == (value, len(out))


class TestBuilder:
    def test_literal_bytes(self) -> None:
        builder = BatchBuilder(NOW_MS, producer_id=7, producer_epoch=1, base_sequence=3, transactional=True)
        assert builder.append(b"k", b"v") == 0
        assert builder.append(None, b"", timestamp_ms=NOW_MS + 64, headers=[(b"h", None)]) == 1
        assert builder.build().hex(" ", 4) == bytes.fromhex(
            "0000000000000000 00000045 ffffffff 02 aeb1d313 0010 00000001 0000018bcfe56800 0000018bcfe56840"
            "0000000000000007 0001 00000003 00000002"
            "10 00 00 00 02 6b 02 76 00"
            "14 00 8001 02 01 00 02 02 68 01"
        ).hex(" ", 4)

    def test_no_records_no_batch(self) -> None:
        with pytest.raises(ValueError, match="at least one record"):
            BatchBuilder(NOW_MS).build()

    def test_the_maximum_timestamp_is_the_largest(self) -> None:
        batch = build_batch([Record(0, 5), Record(1, 9), Record(2, -3)], base_timestamp_ms=NOW_MS)
        assert read_header(batch).max_timestamp_ms == NOW_MS + 9

    def test_gaps_between_offsets_are_kept(self) -> None:
        batch = build_batch([Record(2), Record(7)], base_timestamp_ms=NOW_MS, base_offset=10)
        assert read_header(batch).last_offset == 17
        assert [record.offset_delta for record in iterate(batch)] == [2, 7]


class TestControlBatches:
    def test_the_end_of_a_transaction(self) -> None:
        batch = build_end_transaction_batch(
            commit=True, timestamp_ms=NOW_MS, producer_id=9, producer_epoch=2, coordinator_epoch=4
        )
        header = read_header(batch)
        assert (header.is_control, header.is_transactional) == (True, True)
        assert (header.producer_id, header.producer_epoch, header.base_sequence) == (9, 2, -1)
        (record,) = iterate(batch)
        assert record == Record(0, 0, bytes.fromhex("0000 0001"), bytes.fromhex("0000 00000004"))
        assert read_control_type(record.key) == ControlType.COMMIT

    def test_an_abort(self) -> None:
        (record,) = iterate(
            build_end_transaction_batch(
                commit=False, timestamp_ms=NOW_MS, producer_id=9, producer_epoch=2, coordinator_epoch=4
            )
        )
        assert read_control_type(record.key) == ControlType.ABORT

    @pytest.mark.parametrize("commit", [True, False])
    def test_what_it_says_is_read_back(
        self,
        commit: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        batch = build_end_transaction_batch(
            commit=commit, timestamp_ms=NOW_MS, producer_id=9, producer_epoch=2, coordinator_epoch=4
        )
        assert read_end_transaction(batch) == EndTransaction(commit, 4)

    def test_markers_of_other_types_end_no_transaction(self) -> None:
        batch = build_control_batch(ControlType.LEADER_CHANGE, b"x", timestamp_ms=NOW_MS)
        assert read_end_transaction(batch) is None

    def test_nor_does_one_whose_record_compaction_has_taken(self) -> None:
        batch = bytearray(
            build_end_transaction_batch(
                commit=True, timestamp_ms=NOW_MS, producer_id=9, producer_epoch=2, coordinator_epoch=4
            )[:HEADER_SIZE]
        )
        batch[8:12] = (HEADER_SIZE - LENGTH_PREFIX_SIZE).to_bytes(4, "big")
        batch[57:61] = bytes(4)
        assert read_end_transaction(bytes(batch)) is None

    @pytest.mark.parametrize("value", [b"", b"\0\0\0", b"\xff\xff\0\0\0\0"])
    def test_bad_values_are_refused(self, value: bytes) -> None:
        with pytest.raises(CorruptRecordsError):
            read_end_transaction(build_control_batch(ControlType.ABORT, value, timestamp_ms=NOW_MS))

    @pytest.mark.parametrize("key", [None, b"", b"\0\0\0", b"\xff\xff\0\0"])
    def test_bad_keys_are_refused(self, key: bytes | None) -> None:
        with pytest.raises(CorruptRecordsError):
            read_control_type(key)

    def test_types_of_later_versions_are_handed_on(self) -> None:
        assert read_control_type(b"\0\1\0\x63") == 99
        assert control_record(ControlType.LEADER_CHANGE, b"x", 3) == Record(3, 0, b"\0\0\0\2", b"x")
