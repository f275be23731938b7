"""Every expectation here was answered by a running Kafka 4.4.0 to the same bytes."""

from __future__ import annotations

from struct import pack_into

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.records.append import Accepted, check_append, recompress, stamp_log_append_time
from kafkacompat.wire.records.batch import HEADER_SIZE, BatchHeader, read_header
from kafkacompat.wire.records.builder import build_batch, seal
from kafkacompat.wire.records.checksum import crc32c
from kafkacompat.wire.records.control import build_end_transaction_batch
from kafkacompat.wire.records.record import Record, iterate
from kafkacompat.wire.records.record_validation import MAX_RECORD_ERRORS
from kafkacompat.wire.records.validation import (
    Limits,
    RecordError,
    Refusal,
    check_request,
    check_stored_size,
    needs_records,
)

NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
LAST_VERSION = 13
KEYED = [Record(0, 0, b"k0", b"v"), Record(1, 0, b"k1", b"v")]
EVERY_RECORD = Limits(every_record=True)
KEYLESS = "Compacted topic cannot accept message without key in topic partition orders-0"


def good(codec: int = 0, base_timestamp_ms: int = NOW_MS, producer_id: int = -1, base_sequence: int = -1) -> bytes:
    return build_batch(
        KEYED,
        base_timestamp_ms=base_timestamp_ms,
        codec=codec,
        producer_id=producer_id,
        producer_epoch=0 if producer_id >= 0 else -1,
        base_sequence=base_sequence,
    )


def altered(batch: bytes, layout: str, position: int, *values: int, sealed: bool = True) -> bytes:
    copy = bytearray(batch)
    pack_into(layout, copy, position, *values)
    if sealed:
        seal(copy)
    return bytes(copy)


def attributes(batch: bytes, value: int) -> bytes:
    return altered(batch, ">h", 21, value)


def counted(batch: bytes, last_offset_delta: int, count: int) -> bytes:
    return altered(altered(batch, ">i", 23, last_offset_delta), ">i", 57, count)


def with_payload(batch: bytes, payload: bytes) -> bytes:
    whole = batch[:HEADER_SIZE] + payload
    return altered(whole, ">i", 8, len(whole) - 12)


def judge(records: bytes, limits: Limits | None = None, version: int = LAST_VERSION) -> Accepted | Refusal:
    header = check_request(records, version)
    if isinstance(header, Refusal):
        return header
    return check_append(records, header, limits or Limits(), NOW_MS, "orders-0")


def refused(records: bytes, limits: Limits | None = None, version: int = LAST_VERSION) -> Refusal:
    refusal = judge(records, limits, version)
    assert isinstance(refusal, Refusal)
    return refusal


def accepted(records: bytes, limits: Limits | None = None) -> Accepted:
    result = judge(records, limits)
    assert isinstance(result, Accepted), result
    return result


class TestHowRecordsAreCut:
    def test_one_batch_is_handed_on_as_it_is(self) -> None:
        batch = good()
        assert accepted(batch).batch is batch
        assert accepted(batch).header == read_header(batch)

    @pytest.mark.parametrize("size", [0, 11, 12, 16, 17, 30, 60])
    def test_no_whole_batch(self, size: int) -> None:
        assert refused(good()[:size]) == Refusal(ErrorCode.INVALID_RECORD)

    def test_null_records(self) -> None:
        assert check_request(None, LAST_VERSION) == Refusal(ErrorCode.INVALID_RECORD)

    def test_two_batches(self) -> None:
        assert refused(good() * 2) == Refusal(ErrorCode.INVALID_RECORD)

    @pytest.mark.parametrize(
        "tail", [bytes(11), good()[:5], good()[:30], good()[:-1], bytes(8) + b"\0\0\0\x30" + bytes(4)]
    )
    def test_a_cut_off_batch_after_it_is_trimmed(self, tail: bytes) -> None:
        assert bytes(accepted(good() + tail).batch) == good()

    @pytest.mark.parametrize("tail", [bytes(12), bytes(20), b"\xff" * 20, bytes(8) + b"\0\0\1\x30" + bytes(4) + b"\7"])
    def test_what_cannot_begin_a_batch_is_corrupt(self, tail: bytes) -> None:
        assert refused(good() + tail) == Refusal(ErrorCode.CORRUPT_MESSAGE)

    @pytest.mark.parametrize("magic", [0, 1])
    def test_old_magic(self, magic: int) -> None:
        assert refused(altered(good(), ">b", 16, magic)) == Refusal(ErrorCode.INVALID_RECORD)

    @pytest.mark.parametrize("magic", [-1, 3, 127])
    def test_unknown_magic_refuses_the_whole_request(self, magic: int) -> None:
        assert refused(altered(good(), ">b", 16, magic)) == Refusal(
            ErrorCode.CORRUPT_MESSAGE, f"Invalid magic found in record: {magic}", whole_request=True
        )

    @pytest.mark.parametrize("length", [10, 0, -1])
    def test_a_length_below_any_batch_refuses_the_whole_request(self, length: int) -> None:
        assert refused(altered(good(), ">i", 8, length)) == Refusal(
            ErrorCode.CORRUPT_MESSAGE,
            f"Record size {length} is less than the minimum record overhead (14)",
            whole_request=True,
        )

    @pytest.mark.parametrize(
        ("length", "refusal"),
        [
            (2**31 - 13, Refusal(ErrorCode.INVALID_RECORD)),
            (2**31 - 12, Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, whole_request=True)),
        ],
    )
    def test_a_length_beyond_what_is_there(self, length: int, refusal: Refusal) -> None:
        assert refused(altered(good(), ">i", 8, length)) == refusal

    @pytest.mark.parametrize("size", range(26, 61))
    def test_a_batch_shorter_than_a_header(self, size: int) -> None:
        refusal = refused(altered(good()[:size], ">i", 8, size - 12, sealed=False))
        if size < 51:
            assert refusal == Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, whole_request=True)
        else:
            assert refusal == Refusal(ErrorCode.CORRUPT_MESSAGE)

    def test_zstd_needs_version_7(self) -> None:
        assert refused(good(codec=4), version=6) == Refusal(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
        assert refused(good(codec=4) + good(), version=6) == Refusal(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
        assert isinstance(judge(good(codec=4), version=7), Accepted)
        assert isinstance(judge(good(codec=3), version=3), Accepted)


class TestHeader:
    INVALID = Refusal(ErrorCode.INVALID_RECORD, tells_log_start=True)

    @pytest.mark.parametrize("offset", [5, -1])
    def test_the_base_offset_is_0(self, offset: int) -> None:
        assert refused(altered(good(), ">q", 0, offset)) == self.INVALID

    def test_a_batch_too_large(self) -> None:
        small = Limits(max_message_bytes=len(good()) - 1)
        assert refused(good(), small) == Refusal(ErrorCode.MESSAGE_TOO_LARGE)
        assert isinstance(judge(good(), Limits(max_message_bytes=len(good()))), Accepted)

    def test_a_wrong_checksum(self) -> None:
        assert refused(altered(good(), ">I", 17, 1, sealed=False)) == Refusal(ErrorCode.CORRUPT_MESSAGE)

    @pytest.mark.parametrize("codec", [5, 6, 7])
    def test_an_unknown_codec(self, codec: int) -> None:
        assert refused(attributes(good(), codec)) == Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, tells_log_start=True)
        assert refused(attributes(good(), codec), version=6) == Refusal(
            ErrorCode.UNKNOWN_SERVER_ERROR, whole_request=True
        )

    @pytest.mark.parametrize(("delta", "count"), [(5, 2), (-1, 2), (-1, 0), (1, 0), (1, -1), (-2, -1)])
    def test_offsets_and_count_agree_and_are_positive(self, delta: int, count: int) -> None:
        assert refused(counted(good(), delta, count)) == self.INVALID

    def test_clients_write_no_control_batches(self) -> None:
        marker = build_end_transaction_batch(
            commit=True, timestamp_ms=NOW_MS, producer_id=5, producer_epoch=0, coordinator_epoch=0
        )
        assert refused(marker) == self.INVALID

    @pytest.mark.parametrize("sequence", [-1, -5])
    def test_a_producer_id_needs_a_sequence(self, sequence: int) -> None:
        assert refused(good(producer_id=1, base_sequence=sequence)) == self.INVALID
        assert isinstance(judge(good(producer_id=1, base_sequence=0)), Accepted)

    def test_the_order(self) -> None:
        batch = altered(altered(good(), ">q", 0, 5), ">I", 17, 1, sealed=False)
        limits = Limits(max_message_bytes=50)
        assert refused(batch, limits) == self.INVALID
        batch = altered(batch, ">q", 0, 0, sealed=False)
        assert refused(batch, limits).code == ErrorCode.MESSAGE_TOO_LARGE
        assert refused(batch).code == ErrorCode.CORRUPT_MESSAGE
        assert refused(counted(attributes(good(), 5), 9, 2)).code == ErrorCode.UNKNOWN_SERVER_ERROR

    def test_a_batch_larger_than_a_segment_comes_last(self) -> None:
        limits = Limits(segment_bytes=50, compacted=True)
        assert refused(good(), limits) == Refusal(ErrorCode.RECORD_LIST_TOO_LARGE)
        assert refused(counted(good(), 5, 2), limits) == self.INVALID
        keyless = build_batch([Record()], base_timestamp_ms=NOW_MS)
        assert refused(keyless, limits).record_errors == (RecordError(0, KEYLESS),)

    def test_stored_sizes(self) -> None:
        limits = Limits(max_message_bytes=20, segment_bytes=10)
        assert [check_stored_size(size, limits) and check_stored_size(size, limits).code for size in (10, 11, 21)] == [  # type: ignore[union-attr]
            None,
            ErrorCode.RECORD_LIST_TOO_LARGE,
            ErrorCode.MESSAGE_TOO_LARGE,
        ]

    @given(st.sampled_from(range(5)), st.data())
    def test_any_flipped_bit_after_the_checksum_is_refused(self, codec: int, data: st.DataObject) -> None:
        batch = bytearray(good(codec=codec))
        bit = data.draw(st.integers(21 * 8, len(batch) * 8 - 1))
        batch[bit // 8] ^= 1 << bit % 8
        assert refused(bytes(batch)) == Refusal(ErrorCode.CORRUPT_MESSAGE)

    @given(st.sampled_from(range(5)), st.data())
    def test_any_truncation_is_refused(self, codec: int, data: st.DataObject) -> None:
        batch = good(codec=codec)
        assert refused(batch[: data.draw(st.integers(0, len(batch) - 1))]) == Refusal(ErrorCode.INVALID_RECORD)

    @given(st.binary(max_size=200), st.integers(3, 13))
    def test_any_bytes_are_judged(self, records: bytes, version: int) -> None:
        assert isinstance(judge(records, version=version), Refusal)


class TestWhenRecordsAreLookedAt:
    @pytest.mark.parametrize(
        ("limits", "expected"),
        [
            (Limits(), False),
            (Limits(compacted=True), True),
            (Limits(every_record=True), True),
            (Limits(timestamp_before_max_ms=1_000), True),
            (Limits(timestamp_before_max_ms=1_000, log_append_time=True), False),
            (Limits(codec=1), True),
            (Limits(codec=0), False),
        ],
    )
    def test_by_the_topic(self, limits: Limits, expected: bool) -> None:  # noqa: FBT001 - a table's column
        assert needs_records(read_header(good()), limits, NOW_MS) is expected

    def test_by_the_header(self) -> None:
        def needs(batch: bytes, limits: Limits) -> bool:
            return needs_records(read_header(batch), limits, NOW_MS)

        assert not needs(good(base_timestamp_ms=NOW_MS + HOUR_MS), Limits())
        assert needs(good(base_timestamp_ms=NOW_MS + HOUR_MS + 1), Limits())
        assert not needs(good(base_timestamp_ms=NOW_MS + HOUR_MS + 1), Limits(log_append_time=True))
        assert needs(attributes(good(), 0x08), Limits())
        assert needs(attributes(good(), 0x08), Limits(log_append_time=True))


class TestTimestamps:
    TEXT = "One or more records have been rejected due to invalid timestamp"

    @pytest.mark.parametrize("codec", [0, 1])
    def test_too_late(self, codec: int) -> None:
        late = HOUR_MS + 1
        batch = build_batch([Record(0), Record(1, late), Record(2, late)], base_timestamp_ms=NOW_MS, codec=codec)
        assert refused(batch) == Refusal(
            ErrorCode.INVALID_TIMESTAMP,
            self.TEXT,
            tuple(
                RecordError(
                    index,
                    f"Timestamp {NOW_MS + late} of message with offset {index} is out of range. "
                    f"The timestamp should be within [{NOW_MS - (2**63 - 1)}, {NOW_MS + HOUR_MS}]",
                )
                for index in (1, 2)
            ),
            tells_log_start=True,
        )

    def test_too_early(self) -> None:
        limits = Limits(timestamp_before_max_ms=1_000)
        assert len(refused(good(base_timestamp_ms=NOW_MS - 1_001), limits).record_errors) == 2
        assert isinstance(judge(good(base_timestamp_ms=NOW_MS - 1_000), limits), Accepted)

    @pytest.mark.parametrize("limits", [Limits(), Limits(timestamp_before_max_ms=1_000)])
    def test_none_is_accepted(self, limits: Limits) -> None:
        assert accepted(good(base_timestamp_ms=-1), limits).header.max_timestamp_ms == -1

    @pytest.mark.parametrize("codec", [0, 1])
    def test_a_header_that_lies_is_set_right(self, codec: int) -> None:
        batch = good(codec)
        assert bytes(accepted(altered(batch, ">q", 35, NOW_MS + 2 * HOUR_MS)).batch) == batch
        assert bytes(accepted(altered(batch, ">q", 35, 5), EVERY_RECORD).batch) == batch

    @pytest.mark.parametrize("codec", [0, 1])
    def test_log_append_time_claimed_where_producers_set_timestamps_is_taken_back(self, codec: int) -> None:
        batch = good(codec)
        assert bytes(accepted(attributes(batch, codec | 0x08)).batch) == batch

    @pytest.mark.parametrize(("codec", "kind"), [(0, "DefaultRecord"), (1, "PartialDefaultRecord")])
    def test_log_append_time_claimed_where_the_broker_sets_it(self, codec: int, kind: str) -> None:
        refusal = refused(attributes(good(codec), codec | 0x08), Limits(log_append_time=True))
        assert (refusal.code, refusal.message) == (ErrorCode.INVALID_TIMESTAMP, self.TEXT)
        assert refusal.record_errors[1] == RecordError(
            1,
            f"Invalid timestamp type in message {kind}(offset=1, timestamp={NOW_MS}, key=2 bytes, value=1 bytes). "
            "Producer should not set timestamp type to LogAppendTime.",
        )

    @pytest.mark.parametrize("codec", [0, 4])
    def test_log_append_time(self, codec: int) -> None:
        result = accepted(good(codec, base_timestamp_ms=5), Limits(log_append_time=True))
        assert result.header.attributes == codec | 0x08
        assert (result.header.base_timestamp_ms, result.header.max_timestamp_ms) == (5, NOW_MS)
        assert result.header.crc == crc32c(result.batch[21:])
        assert list(iterate(result.batch)) == KEYED

    def test_stamping_keeps_the_attributes_that_mean_something(self) -> None:
        batch = bytearray(attributes(good(), 0x7FF0))
        stamp_log_append_time(batch, NOW_MS + 7)
        assert read_header(batch).attributes == 0x78
        assert read_header(batch).max_timestamp_ms == NOW_MS + 7


class TestRecords:
    @pytest.mark.parametrize("codec", [0, 1])
    def test_keys_on_a_compacted_topic(self, codec: int) -> None:
        batch = build_batch([Record(0, 0, b""), Record(1), Record(2)], base_timestamp_ms=NOW_MS, codec=codec)
        assert refused(batch, Limits(compacted=True)) == Refusal(
            ErrorCode.INVALID_RECORD,
            "One or more records have been rejected due to 2 record errors in total, and only showing the first three "
            f"errors at most: [RecordError(batchIndex=1, message='{KEYLESS}'), "
            f"RecordError(batchIndex=2, message='{KEYLESS}')]",
            (RecordError(1, KEYLESS), RecordError(2, KEYLESS)),
            tells_log_start=True,
        )

    def test_only_three_are_told_in_the_text(self) -> None:
        batch = build_batch([Record(index) for index in range(5)], base_timestamp_ms=NOW_MS)
        refusal = refused(batch, Limits(compacted=True))
        assert refusal.message is not None
        assert refusal.message.startswith("One or more records have been rejected due to 5 record errors in total")
        assert (refusal.message.count("RecordError"), len(refusal.record_errors)) == (3, 5)

    def test_the_errors_told_are_bounded(self) -> None:
        count = MAX_RECORD_ERRORS + 5
        batch = build_batch([Record(index) for index in range(count)], base_timestamp_ms=NOW_MS)
        refusal = refused(batch, Limits(compacted=True))
        assert len(refusal.record_errors) == MAX_RECORD_ERRORS
        assert f"due to {count} record errors" in (refusal.message or "")

    def test_a_bad_timestamp_decides_the_code_and_a_missing_key_hides_it(self) -> None:
        late = 2 * HOUR_MS
        limits = Limits(compacted=True)
        refusal = refused(build_batch([Record(0, late), Record(1, late, b"k")], base_timestamp_ms=NOW_MS), limits)
        assert refusal.code == ErrorCode.INVALID_TIMESTAMP
        assert refusal.record_errors[0] == RecordError(0, KEYLESS)
        assert refusal.record_errors[1].message.startswith(f"Timestamp {NOW_MS + late} of message with offset 1")
        only_keyless = build_batch([Record(0, late)], base_timestamp_ms=NOW_MS)
        assert refused(only_keyless, limits).code == ErrorCode.INVALID_RECORD

    @pytest.mark.parametrize("deltas", [(0, 2, 2), (5, 1, 2), (-1, 1, 2)])
    def test_offset_deltas_matter_only_under_compression(self, deltas: tuple[int, ...]) -> None:
        records = [Record(delta, 0, b"k") for delta in deltas]
        assert isinstance(judge(build_batch(records, base_timestamp_ms=NOW_MS), EVERY_RECORD), Accepted)
        compressed = build_batch(records, base_timestamp_ms=NOW_MS, codec=1)
        unknown = Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, tells_log_start=True)
        assert refused(compressed, EVERY_RECORD) == unknown

    @pytest.mark.parametrize("codec", [0, 1])
    @pytest.mark.parametrize("count", [1, 3])
    def test_a_count_that_the_records_belie(self, codec: int, count: int) -> None:
        invalid = Refusal(ErrorCode.INVALID_RECORD, tells_log_start=True)
        assert refused(counted(good(codec), count - 1, count), EVERY_RECORD) == invalid

    @pytest.mark.parametrize(
        ("codec", "payload", "code"),
        [
            (0, b"", ErrorCode.INVALID_RECORD),
            (0, b"\x05garbage", ErrorCode.INVALID_RECORD),
            (1, b"\x05garbage", ErrorCode.UNKNOWN_SERVER_ERROR),
            (1, b"", ErrorCode.UNKNOWN_SERVER_ERROR),
            (2, b"", ErrorCode.UNKNOWN_SERVER_ERROR),
            (3, b"", ErrorCode.UNKNOWN_SERVER_ERROR),
            (4, b"", ErrorCode.INVALID_RECORD),
        ],
    )
    def test_payloads_that_cannot_be_read(self, codec: int, payload: bytes, code: ErrorCode) -> None:
        assert refused(with_payload(good(codec), payload), EVERY_RECORD) == Refusal(code, tells_log_start=True)

    @pytest.mark.parametrize(("codec", "fine"), [(1, True), (2, False), (3, True), (4, False)])
    def test_bytes_after_a_compressed_payload(self, codec: int, fine: bool) -> None:  # noqa: FBT001 - a table's column
        batch = with_payload(good(codec), good(codec)[HEADER_SIZE:] + b"xxxxxxx")
        assert isinstance(judge(batch, EVERY_RECORD), Accepted if fine else Refusal)

    def test_records_too_large_once_decompressed_make_producers_split_the_batch(self) -> None:
        batch = build_batch([Record(value=bytes(100_000))], base_timestamp_ms=NOW_MS, codec=4)
        limits = Limits(every_record=True, decompressed_bytes=50_000)
        assert refused(batch, limits) == Refusal(ErrorCode.MESSAGE_TOO_LARGE)


class TestRecompression:
    @pytest.mark.parametrize(
        ("producer_id", "epoch", "sequence", "expected"),
        [
            (-1, -1, -1, True),
            (-1, 5, -1, True),
            (-1, -5, 3, True),
            (5, 0, 0, True),
            (5, -1, 0, False),
            (-2, 0, 0, True),
            (-2, -2, 0, True),
            (-2, -1, 0, False),
            (-2, 0, -1, False),
            (-2, 0, -2, False),
        ],
    )
    def test_a_producer_id_needs_an_epoch_and_a_sequence(
        self,
        producer_id: int,
        epoch: int,
        sequence: int,
        expected: bool,  # noqa: FBT001 - a table's column
    ) -> None:
        batch = altered(good(), ">qhi", 43, producer_id, epoch, sequence)
        assert isinstance(judge(batch), Accepted)
        found = judge(batch, Limits(codec=1))
        refusal = Refusal(ErrorCode.UNKNOWN_SERVER_ERROR, tells_log_start=True)
        assert isinstance(found, Accepted) if expected else found == refusal

    @pytest.mark.parametrize("target", range(5))
    @pytest.mark.parametrize("source", range(5))
    def test_records_survive_it(self, source: int, target: int) -> None:
        batch = good(source, producer_id=77, base_sequence=3)
        result = accepted(batch, Limits(codec=target))
        assert list(iterate(result.batch)) == KEYED
        assert result.header == read_header(result.batch)
        expected = read_header(batch)._replace(attributes=target, crc=0, batch_length=0)
        assert result.header._replace(crc=0, batch_length=0) == expected
        assert (result.batch is batch) == (source == target)

    def test_offsets_become_consecutive_and_times_count_from_the_first(self) -> None:
        batch = build_batch([Record(0, 7), Record(2, 5), Record(2, -3)], base_timestamp_ms=NOW_MS)
        header = read_header(recompress(batch, 1))
        assert (header.base_timestamp_ms, header.max_timestamp_ms) == (NOW_MS + 7, NOW_MS + 7)
        assert header.last_offset_delta == 2
        assert [record[:2] for record in iterate(recompress(batch, 1))] == [(0, 0), (1, -2), (2, -10)]

    def test_attributes_without_a_meaning_are_dropped(self) -> None:
        assert accepted(attributes(good(), 0x7FC0), Limits(codec=1)).header.attributes == 1
        assert accepted(attributes(good(), 0x08), Limits(codec=1)).header.attributes == 1

    def test_with_log_append_time(self) -> None:
        header = accepted(good(base_timestamp_ms=5), Limits(codec=4, log_append_time=True)).header
        assert (header.attributes, header.base_timestamp_ms, header.max_timestamp_ms) == (0x0C, 5, NOW_MS)

    def test_a_batch_that_grows_too_large(self) -> None:
        batch = build_batch([Record(value=bytes(10_000))], base_timestamp_ms=NOW_MS, codec=4)
        limits = Limits(codec=0, max_message_bytes=1_000)
        assert len(batch) < 1_000
        assert refused(batch, limits) == Refusal(ErrorCode.MESSAGE_TOO_LARGE)

    def test_the_result_is_a_header_of_the_same_type(self) -> None:
        assert isinstance(accepted(good(), Limits(codec=2)).header, BatchHeader)
