"""The requests that are spoilt are valid before that."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from kafkacompat.wire.codec import decode
from tests.differential.alterations import alterations
from tests.differential.connection import body_of
from tests.differential.examples import EXAMPLES, Given
from tests.differential.peer import Topic
from tests.differential.scenario import served_versions
from tests.differential.scenarios_altered import request_class

if TYPE_CHECKING:
    from typing import Any


@pytest.mark.parametrize("key", EXAMPLES)
def test_what_is_written_to_be_spoilt_is_what_the_codec_writes(key: int) -> None:
    for version in served_versions(request_class(key)):
        given = Given(version, Topic("topic", b"\x0a" * 16), "group", "free")
        *spoilt, behind, _, _ = alterations(partial(EXAMPLES[key], given), version, frozenset())
        assert behind.body == body_of(EXAMPLES[key](given), version) + b"\1\2\3"
        assert len({one.body for one in spoilt}) > 1


def test_a_spoilt_place_is_the_only_one() -> None:
    def make() -> Any:
        return EXAMPLES[12](Given(3, Topic("topic", bytes(16)), "group", "free"))

    spoilt = {one.note: one.body for one in alterations(make, 3, frozenset({"member_id", "generation_id zero"}))}
    assert decode(request_class(12), 3, spoilt["group_id empty"]).group_id == ""
    assert decode(request_class(12), 3, spoilt["generation_id most"]).member_id == "nobody"
    assert "generation_id zero" not in spoilt
    assert not any(note.startswith("member_id") for note in spoilt)
