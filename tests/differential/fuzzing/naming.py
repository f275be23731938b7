"""Names for the ids of two brokers in one session, where one of them may tell what the other does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kafkacompat.wire.uuids import uuid_to_text
from tests.differential.symbols import KINDS, NOT_GIVEN, Symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.differential.fuzzing.sides import Answers


class Naming:
    """Gives both brokers' ids their names, in one order.

    An id that stands where the other broker has none takes no number: a difference that is accepted would else be told
    once more of every id that comes after it.
    """

    def __init__(self) -> None:
        self._kafka, self._ours = _Symbols(), _Symbols()

    def apply(self, answers: Answers) -> tuple[Any, Any]:
        """Return both answers with names in the place of ids and times."""
        self._kafka.alone, self._ours.alone = set(), set()
        for kafka, ours in _one_sided(*answers):
            self._kafka.alone |= kafka
            self._ours.alone |= ours
        return self._kafka.apply(answers.kafka), self._ours.apply(answers.ours)


class _Symbols(Symbols):
    def __init__(self) -> None:
        super().__init__()
        self.alone: set[tuple[str, Any]] = set()
        """What the other broker has nothing in the place of, by kind and value."""

    def name(self, kind: str, value: Any) -> str:
        if (kind, value) in self.alone and (kind, value) not in self._names:
            return f"<{kind} of its own>"
        return super().name(kind, value)


class _OneSided(NamedTuple):
    """The values of kinds that one of two answers has in a place: in one of the two sets."""

    kafka: set[tuple[str, Any]]
    ours: set[tuple[str, Any]]


def _one_sided(kafka: Any, ours: Any, field: str = "") -> Iterator[_OneSided]:
    match kafka, ours:
        case dict(), dict():
            for key in kafka.keys() & ours.keys():
                yield from _one_sided(kafka[key], ours[key], key)
        case list(), list():
            for theirs, mine in zip(kafka, ours, strict=False):
                yield from _one_sided(theirs, mine, field)
        case _ if field in KINDS and _is_given(kafka) != _is_given(ours):
            yield _OneSided(*({_key(field, value)} if _is_given(value) else set() for value in (kafka, ours)))
        case _:
            return


def _is_given(value: Any) -> bool:
    return value not in NOT_GIVEN


def _key(field: str, value: Any) -> tuple[str, Any]:
    return KINDS[field], uuid_to_text(value) if field == "topic_id" else value
