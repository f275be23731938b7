"""The wire in literal bytes: one class a rule of the protocol guide or KIP."""

from __future__ import annotations

from typing import Any

import pytest

from kafkacompat.wire import codec, reference_codec
from kafkacompat.wire.malformed import MalformedError
from kafkacompat.wire.messages.api_versions import ApiVersion, ApiVersionsRequest, ApiVersionsResponse
from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest
from kafkacompat.wire.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    TopicRequest,
)
from kafkacompat.wire.messages.headers import RequestHeader
from kafkacompat.wire.messages.heartbeat import HeartbeatRequest
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkacompat.wire.reference_codec import UnsupportedFieldError, encode


def read(cls: type, version: int, data: bytes) -> Any:
    """Decode by both codecs, which must agree."""
    value: Any = reference_codec.decode(cls, version, data)
    assert codec.decode(cls, version, data) == value
    return value


def refuse(cls: type, version: int, data: bytes, match: str) -> None:
    with pytest.raises(MalformedError, match=match):
        reference_codec.decode(cls, version, data)
    with pytest.raises(MalformedError):
        codec.decode(cls, version, data)


class TestOldForm:
    """Lengths of strings are int16, of bytes and arrays int32; -1 is null."""

    def test_strings_and_numbers(self) -> None:
        value = HeartbeatRequest(group_id="g", generation_id=7, member_id="\u00e9")
        data = b"\0\x01g" + b"\0\0\0\x07" + b"\0\x02\xc3\xa9"
        assert encode(value, 0) == data
        assert read(HeartbeatRequest, 0, data) == value

    def test_null_and_empty_arrays_differ(self) -> None:
        assert encode(MetadataRequest(topics=None), 1) == b"\xff\xff\xff\xff"
        assert encode(MetadataRequest(topics=[]), 1) == b"\0\0\0\0"
        assert read(MetadataRequest, 1, b"\xff\xff\xff\xff").topics is None
        assert read(MetadataRequest, 1, b"\0\0\0\0").topics == []

    def test_any_length_below_zero_is_null(self) -> None:
        assert read(MetadataRequest, 1, b"\x80\0\0\0").topics is None

    def test_null_where_the_version_allows_none(self) -> None:
        refuse(MetadataRequest, 0, b"\xff\xff\xff\xff", "topics is null")
        refuse(MetadataRequest, 1, b"\0\0\0\x01\xff\xff", "name is null")
        with pytest.raises(UnsupportedFieldError, match="topics may not be null in version 0"):
            encode(MetadataRequest(topics=None), 0)

    def test_any_byte_but_zero_is_true(self) -> None:
        assert read(MetadataRequest, 4, b"\0\0\0\0\x02").allow_auto_topic_creation is True

    def test_text_that_is_no_utf8_is_replaced(self) -> None:
        assert read(HeartbeatRequest, 0, b"\0\x02g\xff\0\0\0\0\0\0").group_id == "g\ufffd"


class TestCompactForm:
    """KIP-482: lengths are unsigned varints, one more than they mean; zero is null; tagged fields end a structure."""

    def test_strings_numbers_and_an_empty_tagged_section(self) -> None:
        value = HeartbeatRequest(group_id="g", generation_id=7, member_id="m", group_instance_id=None)
        data = b"\x02g" + b"\0\0\0\x07" + b"\x02m" + b"\0" + b"\0"
        assert encode(value, 4) == data
        assert read(HeartbeatRequest, 4, data) == value

    def test_a_length_of_two_bytes(self) -> None:
        value = HeartbeatRequest(group_id="g" * 127, generation_id=0, member_id="")
        data = b"\x80\x01" + b"g" * 127 + b"\0\0\0\0" + b"\x01" + b"\0" + b"\0"
        assert encode(value, 4) == data
        assert read(HeartbeatRequest, 4, data) == value

    def test_a_length_written_longer_than_needed_is_read(self) -> None:
        assert read(HeartbeatRequest, 4, b"\x82\x80\0g" + b"\0\0\0\0" + b"\x01\0\0").group_id == "g"

    def test_an_id_is_sixteen_bytes(self) -> None:
        topic_id = bytes(range(16))
        value = MetadataRequest(topics=[MetadataRequestTopic(topic_id=topic_id, name=None)])
        data = b"\x02" + topic_id + b"\0" + b"\0" + b"\x01\0" + b"\0"
        assert encode(value, 12) == data
        assert read(MetadataRequest, 12, data) == value

    def test_the_client_id_of_the_header_keeps_the_old_form(self) -> None:
        header = RequestHeader(request_api_key=18, request_api_version=4, correlation_id=9, client_id="me")
        data = b"\0\x12\0\x04\0\0\0\x09" + b"\0\x02me" + b"\0"
        assert encode(header, 2) == data
        assert read(RequestHeader, 2, data) == header


class TestTaggedFields:
    """KIP-482: count, then tag, size and value of each, lowest tag first; what is default is not written."""

    PLAIN = b"\0\0" + b"\x01" + b"\0\0\0\0"  # no error, no keys, no throttle

    def response(self, **fields: Any) -> ApiVersionsResponse:
        return ApiVersionsResponse(api_keys=[], **fields)

    def test_defaults_are_not_written(self) -> None:
        assert encode(self.response(), 3) == self.PLAIN + b"\0"

    def test_in_order_of_tags(self) -> None:
        value = self.response(zk_migration_ready=True, finalized_features_epoch=2)
        data = self.PLAIN + b"\x02" + b"\x01\x08" + b"\0\0\0\0\0\0\0\x02" + b"\x03\x01\x01"
        assert encode(value, 3) == data
        assert read(ApiVersionsResponse, 3, data) == value

    def test_unknown_tags_are_skipped(self) -> None:
        data = self.PLAIN + b"\x02" + b"\x03\x01\x01" + b"\x80\x01\x03abc"
        assert read(ApiVersionsResponse, 3, data) == self.response(zk_migration_ready=True)

    def test_unknown_tags_inside_elements_are_skipped(self) -> None:
        element = b"\0\x12\0\0\0\x04" + b"\x01\x00\x02hi"
        data = b"\0\0" + b"\x02" + element + b"\0\0\0\0" + b"\0"
        keys = [ApiVersion(api_key=18, min_version=0, max_version=4)]
        assert read(ApiVersionsResponse, 3, data) == ApiVersionsResponse(api_keys=keys)

    def test_a_size_that_is_not_the_value(self) -> None:
        refuse(ApiVersionsResponse, 3, self.PLAIN + b"\x01" + b"\x03\x02\x01\0", "1 bytes follow the value of tag 3")
        refuse(
            ApiVersionsResponse, 3, self.PLAIN + b"\x01" + b"\x01\x04\0\0\0\0\0\0\0\x02", "8 bytes expected, 4 remain"
        )


class TestStructureThatMayBeNull:
    """An int8 announces it: below zero is null, anything else is a structure."""

    def request(self, cursor: Cursor | None) -> DescribeTopicPartitionsRequest:
        return DescribeTopicPartitionsRequest(topics=[TopicRequest(name="t")], cursor=cursor)

    def test_null(self) -> None:
        data = b"\x02" + b"\x02t\0" + b"\0\0\x07\xd0" + b"\xff" + b"\0"
        assert encode(self.request(None), 0) == data
        assert read(DescribeTopicPartitionsRequest, 0, data) == self.request(None)

    def test_present(self) -> None:
        value = self.request(Cursor(topic_name="t", partition_index=5))
        data = b"\x02" + b"\x02t\0" + b"\0\0\x07\xd0" + b"\x01" + b"\x02t\0\0\0\x05\0" + b"\0"
        assert encode(value, 0) == data
        assert read(DescribeTopicPartitionsRequest, 0, data) == value


class TestRecords:
    def request(self, records: Any) -> ProduceRequest:
        topic = TopicProduceData(name="t", partition_data=[PartitionProduceData(index=0, records=records)])
        return ProduceRequest(acks=-1, timeout_ms=9, topic_data=[topic])

    HEAD = b"\xff\xff" + b"\xff\xff" + b"\0\0\0\x09" + b"\0\0\0\x01\0\x01t" + b"\0\0\0\x01\0\0\0\0"

    def test_are_a_view_of_the_data(self) -> None:
        data = memoryview(self.HEAD + b"\0\0\0\x03abc")
        for decode in (reference_codec.decode, codec.decode):
            records = decode(ProduceRequest, 3, data).topic_data[0].partition_data[0].records
            assert isinstance(records, memoryview)
            assert records.obj is data.obj
            assert bytes(records) == b"abc"

    def test_are_written_from_pieces_without_a_copy(self) -> None:
        pieces = [memoryview(b"ab"), b"", b"c"]
        assert encode(self.request(pieces), 3) == self.HEAD + b"\0\0\0\x03abc"
        written = codec.encode(self.request(pieces), 3)
        assert b"".join(written) == self.HEAD + b"\0\0\0\x03abc"
        assert any(piece is pieces[0] for piece in written)

    def test_null_and_empty_differ(self) -> None:
        assert encode(self.request(None), 3) == self.HEAD + b"\xff\xff\xff\xff"
        assert encode(self.request(b""), 3) == self.HEAD + b"\0\0\0\0"


class TestFieldsThatTheVersionLacks:
    """Kafka leaves out what may be ignored, and refuses to write the rest unless it is default."""

    def test_default(self) -> None:
        assert encode(HeartbeatRequest(group_id="", generation_id=0, member_id=""), 0) == bytes(8)

    def test_ignorable(self) -> None:
        assert encode(ApiVersionsRequest(client_software_name="me", client_software_version="1"), 0) == b""

    def test_neither(self) -> None:
        value = HeartbeatRequest(group_id="", generation_id=0, member_id="", group_instance_id="i")
        with pytest.raises(UnsupportedFieldError, match="HeartbeatRequest version 2 has no group_instance_id"):
            encode(value, 2)

    def test_inside_a_structure(self) -> None:
        value = MetadataRequest(topics=[], include_topic_authorized_operations=True)
        with pytest.raises(UnsupportedFieldError, match="include_topic_authorized_operations"):
            encode(value, 7)


class TestHostileInput:
    def test_counts_are_checked_against_the_bytes_that_remain(self) -> None:
        refuse(MetadataRequest, 1, b"\x7f\xff\xff\xff" + bytes(8), "2147483647 elements, 8 bytes remain")
        refuse(MetadataRequest, 9, b"\xff\xff\xff\xff\x07" + bytes(8), "2147483646 elements, 8 bytes remain")

    def test_counts_are_checked_against_the_least_size_of_an_element(self) -> None:
        # Five names of at least two bytes do not fit in eight.
        refuse(MetadataRequest, 1, b"\0\0\0\x05" + bytes(8), "5 elements, 8 bytes remain")
        assert len(read(MetadataRequest, 1, b"\0\0\0\x04" + bytes(8)).topics) == 4

    def test_arrays_of_more_than_a_million(self) -> None:
        million = 1_000_000
        assert (
            len(read(DeleteTopicsRequest, 1, million.to_bytes(4, "big") + bytes(2 * million + 4)).topic_names)
            == million
        )
        more = (million + 1).to_bytes(4, "big") + bytes(2 * million + 6)
        refuse(DeleteTopicsRequest, 1, more, "1000001 elements, more than 1000000")

    def test_more_than_ten_thousand_tagged_fields(self) -> None:
        unknown = b"\x64\0"
        assert read(HeartbeatRequest, 4, b"\x01\0\0\0\0\x01\0" + b"\x90\x4e" + unknown * 10_000).group_id == ""
        refuse(HeartbeatRequest, 4, b"\x01\0\0\0\0\x01\0" + b"\x91\x4e" + unknown * 10_001, "10001 tagged fields")

    def test_lengths_are_checked_against_the_bytes_that_remain(self) -> None:
        refuse(HeartbeatRequest, 0, b"\0\x09g\0\0\0\0\0\0", "9 bytes expected")
        refuse(HeartbeatRequest, 4, b"\x0ag\0\0\0\0\0\0", "9 bytes expected")

    def test_varints_that_no_length_can_be(self) -> None:
        refuse(HeartbeatRequest, 4, b"\xff\xff\xff\xff\x0f" + bytes(20), "more than an int32")
        refuse(HeartbeatRequest, 4, b"\x80\x80\x80\x80\x80\x01" + bytes(20), "more than five bytes")

    def test_strings_stay_within_an_int16_in_compact_form_too(self) -> None:
        longest = b"\x80\x80\x02" + b"g" * 32767 + b"\0\0\0\0" + b"\x01\0\0"
        assert len(read(HeartbeatRequest, 4, longest).group_id) == 32767
        refuse(HeartbeatRequest, 4, b"\x81\x80\x02" + b"g" * 32768 + b"\0\0\0\0" + b"\x01\0\0", "claims 32768 bytes")

    def test_strings_too_long_to_write(self) -> None:
        for version in (0, 4):
            with pytest.raises(UnsupportedFieldError, match="longer than 32767"):
                encode(HeartbeatRequest(group_id="g" * 32768, generation_id=0, member_id=""), version)
