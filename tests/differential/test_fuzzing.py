"""The fuzzer: its sessions are the same again, valid to write, compared, and made short."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest

from kafkacompat.wire.codec import decode, encode
from kafkacompat.wire.messages.describe_log_dirs import (
    DescribeLogDirsPartition,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    DescribeLogDirsResult,
    DescribeLogDirsTopic,
)
from kafkacompat.wire.messages.heartbeat import HeartbeatResponse
from tests.differential.compare import Difference
from tests.differential.connection import Outcome
from tests.differential.fuzzing import campaign as campaigns
from tests.differential.fuzzing.campaign import Campaign
from tests.differential.fuzzing.generate import ACTIONS, generate, keys_of_no_action
from tests.differential.fuzzing.judging import entries, sign, unexplained
from tests.differential.fuzzing.mutation import mutated
from tests.differential.fuzzing.playing import STATE, Addresses, Found, compared
from tests.differential.fuzzing.reporting import as_object, page, summary
from tests.differential.fuzzing.session import Session, Step, parse, request_class, write
from tests.differential.fuzzing.settling import Names, look
from tests.differential.fuzzing.shrinking import shrink
from tests.differential.fuzzing.sides import Answers
from tests.differential.fuzzing.values import Known

if TYPE_CHECKING:
    from tests.differential.fuzzing.sides import Side

SESSIONS = [generate(7, number) for number in range(200)]


def known() -> Known:
    return Known("ab12cd-000001", 1_790_000_000_000)


def test_the_same_seed_makes_the_same_sessions() -> None:
    assert [generate(7, number) for number in range(20)] == SESSIONS[:20]
    assert generate(8, 0) != SESSIONS[0]


def test_sessions_are_kept_as_text() -> None:
    assert [parse(write(session)) for session in SESSIONS] == SESSIONS


def test_every_step_can_be_sent() -> None:
    for session in SESSIONS:
        for step in session:
            body = b"".join(bytes(piece) for piece in encode(known().request(step), step.version))
            assert decode(request_class(step.key), step.version, body) is not None


def test_every_key_that_is_served_has_an_action() -> None:
    assert keys_of_no_action() == set()
    assert {step.name for number in range(1500) for step in generate(7, number)} == {key for _, key in ACTIONS.values()}


def test_sessions_can_be_about_some_keys() -> None:
    asked = Counter(step.name for number in range(50) for step in generate(7, number, ("list_offsets",)))
    assert asked.most_common(1)[0][0] == "list_offsets"
    assert "describe_cluster" not in asked


def test_what_a_broker_told_goes_into_what_it_is_asked_next() -> None:
    mine = known()
    mine.topic_ids["ab12cd-000001-t0"] = b"\x05" * 16
    mine.remember("m1", HeartbeatResponse())
    assert mine.text("~t0") == "ab12cd-000001-t0"
    assert len(mine.text("~long249")) == 249
    asked = {"group_id": "~g", "generation_id": {"of": "m1", "field": "generation_id", "else": 4, "plus": 1}}
    request = mine.request(Step(12, 3, asked | {"member_id": "x"}))
    assert (request.group_id, request.generation_id) == ("ab12cd-000001-g", 5)
    by_id = mine.request(Step(3, 12, {"topics": [{"topic_id": {"id_of": "~t0"}, "name": None}]}))
    assert by_id.topics[0].topic_id == b"\x05" * 16


def test_a_mutation_changes_one_place_and_leaves_the_step_alone() -> None:
    step = Step(12, 3, {"group_id": "~g0", "generation_id": 1, "member_id": "x"})
    changed = {write((mutated(step, Random(n)),)) for n in range(50)}
    assert len(changed) > 10
    assert step.body == {"group_id": "~g0", "generation_id": 1, "member_id": "x"}


HEARTBEAT = Step(12, 3, {"group_id": "~g0", "generation_id": 1, "member_id": "x"})


def test_answers_are_compared_step_by_step() -> None:
    answers = {0: Answers({"error_code": 0}, {"error_code": 0}), 1: Answers({"error_code": 27}, {"error_code": 25})}
    (found,) = compared((HEARTBEAT, HEARTBEAT), answers, {})
    assert (found.difference.exchange, sign(found)) == ("2 heartbeat v3", "heartbeat error_code 27/25")


def test_what_is_there_afterwards_is_compared_too() -> None:
    states = {0: Answers({"topics": 1}, {"topics": 2})}
    (found,) = compared((HEARTBEAT,), {}, states)
    assert found.field == f"{STATE}.topics"


class SideWithALog:
    """A broker that has forgotten its topics, but not yet put a log of `~t0` away."""

    def __init__(self) -> None:
        self.known = known()

    def ask(self, request: Any, _version: int) -> Any:
        if not isinstance(request, DescribeLogDirsRequest):
            return Outcome.SILENCE
        part = DescribeLogDirsPartition(partition_index=2, partition_size=0, offset_lag=0, is_future_key=False)
        assert request.topics is not None
        topics = [DescribeLogDirsTopic(name=topic.topic, partitions=[part]) for topic in request.topics]
        return DescribeLogDirsResponse(results=[DescribeLogDirsResult(log_dir="/logs", topics=topics)])


def test_a_broker_that_has_forgotten_a_topic_may_still_have_its_logs() -> None:
    def logs(*steps: Step) -> Any:
        return look(cast("Side", SideWithALog()), Names(steps))["logs"]

    deleted = Step(20, 1, {"topic_names": ["~t0"]})
    assert logs(deleted) == [("ab12cd-000001-t0", 2)]
    assert logs(Step(19, 2, {"topics": [{"name": "~t0"}]})) == []


def test_ids_are_matched_over_a_whole_session() -> None:
    def sides(kafka: str, ours: str) -> Answers:
        return Answers({"member_id": kafka}, {"member_id": ours})

    one, two = (f"c-00000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
    assert compared((HEARTBEAT, HEARTBEAT), {0: sides(one, two), 1: sides(one, two)}, {}) == []
    assert len(compared((HEARTBEAT, HEARTBEAT), {0: sides(one, two), 1: sides(one, one)}, {})) == 1


def test_an_id_that_one_alone_tells_changes_no_name_that_comes_after_it() -> None:
    def sides(kafka: bytes, ours: bytes) -> Answers:
        return Answers({"topic_id": kafka}, {"topic_id": ours})

    none, one, two = (bytes([n]) * 16 for n in range(3))
    (found,) = compared((HEARTBEAT,) * 3, {0: sides(none, one), 1: sides(two, two), 2: sides(one, one)}, {})
    assert str(found.difference).splitlines()[0] == "1 heartbeat v3: topic_id"
    later = {0: sides(none, one), 1: sides(one, one), 2: sides(one, two)}
    assert [one.difference.exchange for one in compared((HEARTBEAT,) * 3, later, {})][1:] == ["3 heartbeat v3"]


def test_a_difference_is_accepted_where_all_that_the_entry_says_holds() -> None:
    def left(kafka: str, ours: str) -> int:
        step = Step(33, 2, {"resources": []})
        return len(unexplained([Found(step, Difference("", "responses[0].error_message", kafka, ours))]))

    assert left("Unknown topic config name: é", "Unknown topic config name: a") == 0
    assert left("Unknown topic config name: é", "Invalid value") == 1


def test_a_session_is_made_as_short_as_it_can_be() -> None:
    def step(name: str, **fields: object) -> Step:
        return Step(12, 3, {"group_id": name, **fields})

    session = tuple(step(f"g{n}", member_id="x", generation_id=n) for n in range(8))

    def still(candidate: Session) -> bool:
        return {"g2", "g5"} <= {one.body.get("group_id") for one in candidate}

    assert shrink(session, still) == (step("g2"), step("g5"))


def test_making_short_ends() -> None:
    tried = []

    def still(candidate: Session) -> bool:
        tried.append(candidate)
        return True

    shrink(tuple(SESSIONS[0]) * 50, still, most_trials=10)
    assert len(tried) <= 10


class FakePair:
    """Two brokers that are nowhere."""

    addresses = Addresses("kafka", "ours")

    def __init__(self) -> None:
        self.starts = 1

    def prefix(self) -> str:
        return "ab12cd-000001"

    def stop(self) -> None: ...

    def start(self) -> None:
        self.starts += 1


@pytest.fixture
def pair() -> FakePair:
    return FakePair()


def heartbeat_differs(session: Session, _addresses: Addresses, _prefix: str) -> list[Found]:
    return [Found(step, Difference("1", "error_code", 1, 2)) for step in session if step.name == "heartbeat"]


def test_a_difference_is_told_once_with_its_shortest_session(pair: FakePair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "play", heartbeat_differs)
    results = Campaign(pair, 7, jobs=1).run(range(100))
    (found,) = results.findings.values()
    assert (found.sign, [step.name for step in found.session]) == ("heartbeat error_code 1/2", ["heartbeat"])
    assert (results.sessions, pair.starts) == (100, 1)
    assert "1 unexplained" in summary(results)
    assert as_object(results)["findings"][0]["session"] == found.number
    assert "heartbeat error_code 1/2" in page(results, ())


def test_what_does_not_show_again_is_chance(pair: FakePair, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def differs_once(session: Session, addresses: Addresses, prefix: str) -> list[Found]:
        seen.append(prefix)
        return heartbeat_differs(session, addresses, prefix) if len(seen) == 1 else []

    monkeypatch.setattr(campaigns, "play", differs_once)
    results = Campaign(pair, 7, jobs=1).play_all([(0, (HEARTBEAT,))])
    assert (results.findings, list(results.once)) == ({}, ["heartbeat error_code 1/2 (session 0)"])


def test_brokers_that_hold_much_are_started_anew(pair: FakePair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "SESSIONS_OF_A_PAIR", 10)
    monkeypatch.setattr(campaigns, "play", lambda *_: [])
    assert Campaign(pair, 7, jobs=1).run(range(25)).sessions == 25
    assert pair.starts == 3


def test_accepted_entries_say_why_and_of_which_key() -> None:
    keys = {key for _, key in ACTIONS.values()}
    for entry in entries():
        assert entry.reason
        assert entry.key in keys | {"*"}
