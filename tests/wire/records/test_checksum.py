from __future__ import annotations

import crcmod.predefined
from hypothesis import given
from hypothesis import strategies as st

from kafkacompat.wire.records.checksum import crc32c

ORACLE = crcmod.predefined.mkPredefinedCrcFun("crc-32c")


def test_check_value_of_the_castagnoli_polynomial() -> None:
    assert crc32c(b"123456789") == 0xE3069283


@given(st.binary(max_size=2_000))
def test_equals_another_implementation_over_any_buffer(data: bytes) -> None:
    assert crc32c(data) == crc32c(bytearray(data)) == crc32c(memoryview(data)) == ORACLE(data)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_continues_from_an_earlier_value(first: bytes, second: bytes) -> None:
    assert crc32c(second, crc32c(first)) == crc32c(first + second)
