"""The two brokers in one session: both are sent the same step, and their answers are kept in pairs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.wire.messages.api_versions import ApiVersionsRequest
from tests.differential.connection import Connection, Outcome, Undecodable
from tests.differential.fuzzing.values import Known
from tests.differential.peer import response_class
from tests.differential.plain import plain

if TYPE_CHECKING:
    from tests.differential.fuzzing.session import Step

PATIENCE_S: Final = 15
"""How long an answer may take."""
PARKED_AFTER_S: Final = 0.15
"""When neither of the two has answered by then, both wait for other members of the group."""
MAY_WAIT: Final = ("join_group", "sync_group")
WAITING: Final = "waits for other members"
LISTS_OF_ALL: Final = {
    16: ("groups", "group_id"),
    66: ("transaction_states", "transactional_id"),
    74: ("config_resources", "resource_name"),
}
"""Answers that tell of all sessions, by key: the list, and the field that a session's own are known by."""


class Answers(NamedTuple):
    """What the real broker and ours answered, in plain form."""

    kafka: Any
    ours: Any


class Side:
    """One broker, as one session knows it."""

    def __init__(self, address: str, prefix: str, now_ms: int) -> None:
        self._address, self._prefix = address, prefix
        self.known = Known(prefix, now_ms)
        self.lines: list[Connection] = []
        self.quiet = self._connection()
        """For what is asked beside the session."""

    def _connection(self) -> Connection:
        made = Connection(self._address)
        made.patience_s = PATIENCE_S
        return made

    def line(self, index: int) -> Connection:
        while len(self.lines) <= index:
            self.lines.append(self._connection())
        return self.lines[index]

    def close(self) -> None:
        for connection in (self.quiet, *self.lines):
            connection.close()

    def ask(self, request: Any, version: int) -> Any:
        """Ask beside the session."""
        correlation_id = self.quiet.send(request, version)
        return self.quiet.receive(response_class(type(request)), version, correlation_id)

    def plain(self, answer: Any, step: Step) -> Any:
        """Keep what the answer tells, and return it in plain form without what others have made."""
        if step.label:
            self.known.remember(step.label, answer)
        if step.key in LISTS_OF_ALL and not isinstance(answer, Outcome | Undecodable):
            listed, name = LISTS_OF_ALL[step.key]
            mine = [item for item in getattr(answer, listed) if getattr(item, name).startswith(self._prefix)]
            setattr(answer, listed, sorted(mine, key=lambda item: str(getattr(item, name))))
        return plain(answer, step.version)


class Parked(NamedTuple):
    """A request that waits on both sides: the number of its step, its line, and its correlation ids."""

    number: int
    step: Step
    line: int
    ids: tuple[int, int]


class Sides:
    """Sends steps to both and collects what they answer, by the number of the step."""

    def __init__(self, kafka: Side, ours: Side) -> None:
        self._both = (kafka, ours)
        self._parked: list[Parked] = []
        self.answers: dict[int, Answers] = {}

    def close(self) -> None:
        for side in self._both:
            side.close()

    def take(self, number: int, step: Step) -> None:
        """Send a step to both, and wait for the answers unless other members must come first."""
        index = next(n for n in range(len(self._parked) + 1) if n not in {one.line for one in self._parked})
        requests = [side.known.request(step) for side in self._both]
        lines = [side.line(index) for side in self._both]
        ids = [line.send(request, step.version) for line, request in zip(lines, requests, strict=True)]
        sent = Parked(number, step, index, (ids[0], ids[1]))
        if step.name == "produce" and requests[0].acks == 0:
            self._unanswered(sent)
        elif step.name in MAY_WAIT and not self._agree(sent, PARKED_AFTER_S):
            self._parked.append(sent)
        else:
            self._receive(sent)
        if step.name in (*MAY_WAIT, "leave_group"):
            self._look_at_parked(PARKED_AFTER_S)

    def finish(self) -> None:
        """Take what has come of what was parked; the rest waits on both sides, or differs."""
        self._look_at_parked(PARKED_AFTER_S)
        for one in self._parked:
            self.answers[one.number] = Answers(WAITING, WAITING)
        self._parked = []

    def _look_at_parked(self, within_s: float) -> None:
        for one in list(self._parked):
            if self._agree(one, within_s):
                self._parked.remove(one)
                self._receive(one)

    def _agree(self, one: Parked, within_s: float) -> bool:
        """Tell whether both have answered; when only one has, the other gets all the time there is."""
        kafka, ours = (side.line(one.line) for side in self._both)
        give_up = time.monotonic() + within_s
        while time.monotonic() < give_up:
            have = kafka.has_answer(0.005), ours.has_answer(0.005)
            if all(have):
                return True
            if any(have):
                (kafka if have[1] else ours).has_answer(PATIENCE_S)
                return True
        return False

    def _receive(self, one: Parked) -> None:
        answers = []
        for side, correlation_id in zip(self._both, one.ids, strict=True):
            response = response_class(type(side.known.request(one.step)))
            answer = side.line(one.line).receive(response, one.step.version, correlation_id)
            answers.append(side.plain(answer, one.step))
        self.answers[one.number] = Answers(*answers)

    def _unanswered(self, one: Parked) -> None:
        """See whether the connection is still good after a request that has no answer (Produce with acks=0)."""
        probe = ApiVersionsRequest()
        lines = [side.line(one.line) for side in self._both]
        ids = [line.send(probe, 0) for line in lines]
        ends = [line.receive(response_class(type(probe)), 0, sent) for line, sent in zip(lines, ids, strict=True)]
        self.answers[one.number] = Answers(*(end.value if isinstance(end, Outcome) else "goes on" for end in ends))
