"""Plays one session against the real broker and ours, and says where their answers differ."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.differential.compare import Difference, differences
from tests.differential.fuzzing.naming import Naming
from tests.differential.fuzzing.settling import KEYS, Names, settle
from tests.differential.fuzzing.sides import Side, Sides

if TYPE_CHECKING:
    from tests.differential.fuzzing.session import Session, Step
    from tests.differential.fuzzing.sides import Answers

STATE: Final = "what then is"


class Found(NamedTuple):
    """A difference, and the step that shows it."""

    step: Step
    difference: Difference

    @property
    def field(self) -> str:
        return self.difference.field


class Addresses(NamedTuple):
    """Where the two brokers are."""

    kafka: str
    ours: str


def play(session: Session, addresses: Addresses, prefix: str) -> list[Found]:
    """Send each step to both brokers; return the differences in the order of the steps."""
    now_ms = int(time.time() * 1000)
    kafka, ours = Side(addresses.kafka, prefix, now_ms), Side(addresses.ours, prefix, now_ms)
    sides, names = Sides(kafka, ours), Names(session)
    states: dict[int, Answers] = {}
    try:
        for number, step in enumerate(session):
            sides.take(number, step)
            if step.key in KEYS and (unlike := settle(kafka, ours, names)) is not None:
                states[number] = unlike
                break  # what follows from it would be told once more
        sides.finish()
    finally:
        sides.close()
    return compared(session, sides.answers, states)


def compared(session: Session, answers: dict[int, Answers], states: dict[int, Answers]) -> list[Found]:
    """Compare the answers in the order of the steps, so that each broker's ids get their names in one order."""
    naming = Naming()
    found = []
    for number, step in enumerate(session):
        if number in answers:
            theirs, mine = naming.apply(answers[number])
            found += [Found(step, one) for one in differences(f"{number + 1} {step}", theirs, mine)]
        if number in states:
            note = f"{number + 1} {step}: {STATE}"
            found += [Found(step, one) for one in differences(note, *states[number], field=STATE)]
    return found
