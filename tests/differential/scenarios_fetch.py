"""Fetch: limits, waiting, errors, epochs and sessions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages.fetch import FetchRequest, ForgottenTopic, ReplicaState
from tests.differential.batches import batch
from tests.differential.peer import Topic
from tests.differential.requests import fetch, fetch_partition, fetched, produce
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from kafkacompat.wire.messages.fetch import FetchPartition
    from tests.differential.peer import Peer

PATIENT_MS = 400
MAX_INT32 = (1 << 31) - 1


def filled(peer: Peer, partitions: int = 1) -> Topic:
    """Make a topic whose partitions hold batches of 1, 2 and 3 records: offsets 0, 1-2, 3-5."""
    topic = peer.topic(partitions=partitions)
    for partition in range(partitions):
        peer.fill(topic, batch(1), batch(2), batch(3), partition=partition)
    return topic


@scenario(FetchRequest)
def fetch_from_each_offset(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for offset in range(7):
        peer.ask(fetch(version, topic, fetch_partition(fetch_offset=offset)), version, f"offset {offset}")


@scenario(FetchRequest)
def fetch_from_impossible_offsets(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for offset in (7, 100, -1, -2, -(1 << 63), (1 << 63) - 1):
        peer.ask(fetch(version, topic, fetch_partition(fetch_offset=offset)), version, f"offset {offset}")


@scenario(FetchRequest)
def fetch_within_limits(peer: Peer, version: int) -> None:
    topic, size = filled(peer, partitions=2), len(batch())
    both = [fetch_partition(0), fetch_partition(1)]
    for limit in (MAX_INT32, size, size - 1, size + 1, 2 * size + 20, 1, 0):
        peer.ask(fetch(version, topic, *both, max_bytes=limit), version, f"{limit} bytes in all")
        parts = [fetch_partition(n, partition_max_bytes=limit) for n in range(2)]
        peer.ask(fetch(version, topic, *parts), version, f"{limit} bytes a partition")
    parts = [fetch_partition(0, fetch_offset=6), fetch_partition(1, partition_max_bytes=1)]
    peer.ask(fetch(version, topic, *parts, max_bytes=1), version, "the first is at its end")


@scenario(FetchRequest, since=18)
def fetch_within_negative_limits(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for limit in (-1, -(1 << 31)):
        peer.ask(fetch(version, topic, max_bytes=limit), version, f"{limit} bytes in all")
        peer.ask(
            fetch(version, topic, fetch_partition(partition_max_bytes=limit)), version, f"{limit} bytes a partition"
        )


@scenario(FetchRequest)
def fetch_that_waits(peer: Peer, version: int) -> None:
    topic = filled(peer)
    at_end = fetch_partition(fetch_offset=6)
    peer.ask(fetch(version, topic, at_end, max_wait_ms=20), version, "in vain")
    peer.ask(fetch(version, topic, at_end, max_wait_ms=0), version, "not at all")
    peer.ask(fetch(version, topic, at_end, max_wait_ms=-1), version, "a negative time")
    peer.ask(fetch(version, topic, at_end, max_wait_ms=20, min_bytes=0), version, "for nothing")
    peer.ask(fetch(version, topic, at_end, max_wait_ms=20, min_bytes=-1), version, "for less than nothing")
    peer.ask(fetch(version, topic, max_wait_ms=20, min_bytes=10_000), version, "for more than there is")
    bad = fetch_partition(fetch_offset=99)
    peer.ask(fetch(version, topic, bad, max_wait_ms=10_000), version, "beside an error")
    waiting = peer.another().begin(fetch(version, topic, at_end, max_wait_ms=10_000), version, "until something comes")
    peer.ask(produce(11, topic, batch()), 11, "something")
    waiting.answer()


@scenario(FetchRequest, versions=(4, 12, 18))
def fetch_that_waits_beside_what_is_not_there(peer: Peer, version: int) -> None:
    topic, missing = filled(peer), Topic(peer.name("missing"), b"\x11" * 16)
    at_end, nowhere = fetch_partition(fetch_offset=6), fetch_partition(partition=9)
    refused = fetch_partition(fetch_offset=99)
    courses = {
        "a partition": [fetched(version, topic, nowhere, at_end)],
        "a topic": [fetched(version, missing, at_end), fetched(version, topic, at_end)],
        "nothing else": [fetched(version, missing, at_end), fetched(version, topic, nowhere)],
        "out of range": [fetched(version, filled(peer), at_end), fetched(version, topic, refused)],
    }
    for note, topics in courses.items():
        began = time.monotonic()
        peer.ask(fetch(version, topic, topics=topics, max_wait_ms=PATIENT_MS), version, note)
        waited = 1000 * (time.monotonic() - began) > 0.9 * PATIENT_MS
        peer.record("it waits" if waited else "it does not wait", b"", version)


@scenario(FetchRequest)
def fetch_nothing(peer: Peer, version: int) -> None:
    topic = peer.topic()
    peer.ask(fetch(version, topic), version, "an empty partition")
    peer.ask(fetch(version, topic, topics=[], max_wait_ms=10_000), version, "no topic")
    peer.ask(fetch(version, topic, topics=[fetched(version, topic)], max_wait_ms=10_000), version, "no partition")


@scenario(FetchRequest)
def fetch_what_is_not_there(peer: Peer, version: int) -> None:
    topic, missing = filled(peer), Topic(peer.name("missing"), b"\x11" * 16)
    for index in (1, -1, -(1 << 31), MAX_INT32):
        peer.ask(fetch(version, topic, fetch_partition(partition=index)), version, f"partition {index}")
    peer.ask(fetch(version, missing), version, "topic")
    both = [fetched(version, one, fetch_partition()) for one in (missing, topic)]
    peer.ask(fetch(version, topic, topics=both), version, "topic, beside one that is")


@scenario(FetchRequest)
def fetch_what_has_no_name(peer: Peer, version: int) -> None:
    peer.ask(fetch(version, Topic("", bytes(16))), version)


@scenario(FetchRequest)
def fetch_one_place_twice(peer: Peer, version: int) -> None:
    topic, other = filled(peer, partitions=2), filled(peer)
    peer.ask(
        fetch(version, topic, fetch_partition(fetch_offset=0), fetch_partition(fetch_offset=3)), version, "partition"
    )
    parts = [fetched(version, t, fetch_partition(p)) for t, p in ((topic, 1), (other, 0), (topic, 0))]
    peer.ask(fetch(version, topic, topics=parts), version, "topic, another between")
    parts = [fetched(version, topic, fetch_partition(0)), fetched(version, topic, fetch_partition(0))]
    peer.ask(fetch(version, topic, topics=parts), version, "topic and partition")


@scenario(FetchRequest)
def fetch_with_isolation(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for isolation in (1, 0, 2, -1, 127):
        peer.ask(fetch(version, topic, isolation_level=isolation), version, f"isolation {isolation}")
    peer.ask(fetch(version, topic, fetch_partition(fetch_offset=99), isolation_level=1), version, "out of range")


@scenario(FetchRequest, until=14)
def fetch_as_a_replica(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for replica in (-2, -3, 0, 99):
        peer.ask(fetch(version, topic, replica_id=replica), version, f"replica {replica}")


@scenario(FetchRequest, since=15)
def fetch_with_the_state_of_a_replica(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for replica, epoch in ((-1, 5), (0, -1), (0, 5), (99, -1), (99, 5)):
        state = ReplicaState(replica_id=replica, replica_epoch=epoch)
        for current_epoch in (-1, 7):
            part = fetch_partition(current_leader_epoch=current_epoch)
            note = f"replica {replica} of epoch {epoch}, leader epoch {current_epoch}"
            peer.ask(fetch(version, topic, part, replica_state=state), version, note)


@scenario(FetchRequest, since=9)
def fetch_with_leader_epochs(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for epoch in (0, 1, 7, -1, -2, MAX_INT32, -(1 << 31)):
        peer.ask(fetch(version, topic, fetch_partition(current_leader_epoch=epoch)), version, f"current epoch {epoch}")
    peer.ask(
        fetch(version, topic, fetch_partition(current_leader_epoch=5, fetch_offset=99)), version, "epoch and offset"
    )
    peer.ask(fetch(version, topic, fetch_partition(3, current_leader_epoch=5)), version, "epoch of no partition")


@scenario(FetchRequest, since=12)
def fetch_with_last_epochs(peer: Peer, version: int) -> None:
    topic = filled(peer)
    for epoch in (0, 1, -1, -2, MAX_INT32):
        for offset in (0, 3, 6, 7, 100, -1):
            part = fetch_partition(fetch_offset=offset, last_fetched_epoch=epoch)
            peer.ask(fetch(version, topic, part), version, f"last epoch {epoch}, offset {offset}")


@scenario(FetchRequest, since=11)
def fetch_with_a_rack(peer: Peer, version: int) -> None:
    topic = filled(peer)
    peer.ask(fetch(version, topic, rack_id="nowhere"), version)


@scenario(FetchRequest, since=13)
def fetch_with_wrong_ids(peer: Peer, version: int) -> None:
    topic = filled(peer)
    peer.ask(fetch(version, Topic("", b"\xee" * 16)), version, "unknown")
    peer.ask(fetch(version, Topic("", bytes(15) + b"\1")), version, "the metadata log's")
    peer.ask(fetch(version, topic), version, "the right one")


class Session:
    """A fetch session as a client keeps it."""

    def __init__(self, peer: Peer, version: int, *topics: Topic) -> None:
        self._peer, self._version = peer, version
        answer = self.ask("open", 0, *[(topic, [fetch_partition()]) for topic in topics], session_id=0)
        self.session_id = answer.session_id

    def ask(self, note: str, epoch: int, *topics: tuple[Topic, list[FetchPartition]], **fields: Any) -> Any:
        parts = [fetched(self._version, topic, *partitions) for topic, partitions in topics]
        session_id = fields.pop("session_id") if "session_id" in fields else self.session_id
        request = fetch(
            self._version, Topic("", b""), topics=parts, session_id=session_id, session_epoch=epoch, **fields
        )
        return self._peer.ask(request, self._version, note)

    def forget(self, topic: Topic, *partitions: int) -> ForgottenTopic:
        named = {"topic_id": topic.topic_id} if self._version >= 13 else {"topic": topic.name}
        return ForgottenTopic(partitions=list(partitions), **named)


@scenario(FetchRequest, since=7)
def sessions_tell_what_changed(peer: Peer, version: int) -> None:
    one, two = filled(peer), filled(peer)
    session = Session(peer, version, one, two)
    session.ask("the same again", 1)
    session.ask("forward in one", 2, (one, [fetch_partition(fetch_offset=6)]))
    session.ask("forward in the other", 3, (two, [fetch_partition(fetch_offset=6)]))
    session.ask("nothing new", 4)
    peer.fill(two, batch())
    session.ask("something new in one", 5)
    session.ask("past it", 6, (two, [fetch_partition(fetch_offset=7)]))
    session.ask("out of range", 7, (one, [fetch_partition(fetch_offset=99)]))
    session.ask("still out of range", 8)
    session.ask("back", 9, (one, [fetch_partition(fetch_offset=3)]))


@scenario(FetchRequest, since=7)
def sessions_keep_the_order_of_their_partitions(peer: Peer, version: int) -> None:
    topics = [filled(peer) for _ in range(3)]
    session = Session(peer, version, *topics)
    session.ask("one batch alone fits", 1, max_bytes=1)
    session.ask("the next one's turn", 2, max_bytes=1)
    session.ask("the third one's", 3, max_bytes=1)
    session.ask("the first again", 4, max_bytes=1)


@scenario(FetchRequest, since=7)
def sessions_forget(peer: Peer, version: int) -> None:
    one, two = filled(peer), filled(peer)
    session = Session(peer, version, one, two)
    session.ask("forget one", 1, forgotten_topics_data=[session.forget(one, 0)])
    session.ask("forget it again", 2, forgotten_topics_data=[session.forget(one, 0, 5)])
    session.ask("ask for it again", 3, (one, [fetch_partition()]))
    session.ask("forget all", 4, forgotten_topics_data=[session.forget(one, 0), session.forget(two, 0)])
    session.ask("an empty session", 5)
    session.ask("name and forget", 6, (one, [fetch_partition()]), forgotten_topics_data=[session.forget(one, 0)])


@scenario(FetchRequest, since=7)
def sessions_that_are_none(peer: Peer, version: int) -> None:
    topic = filled(peer)
    session = Session(peer, version, topic)
    part = (topic, [fetch_partition()])
    session.ask("an epoch too high", 2)
    session.ask("an epoch too low", 0, part)
    session.ask("an unknown session", 1, session_id=123_456_789)
    session.ask("an unknown session, negative", 1, session_id=-5)
    session.ask("no session, epoch 1", 1, part, session_id=0)
    session.ask("no session, epoch -1", -1, part, session_id=0)
    session.ask("no session, epoch -2", -2, part, session_id=0)
    session.ask("an unknown session, epoch 0", 0, part, session_id=987_654_321)
    session.ask("an unknown session, epoch -1", -1, part, session_id=987_654_321)


@scenario(FetchRequest, since=7)
def sessions_end(peer: Peer, version: int) -> None:
    topic = filled(peer)
    session = Session(peer, version, topic)
    part = (topic, [fetch_partition()])
    session.ask("next", 1)
    session.ask("an epoch twice", 1)
    session.ask("the epoch after", 2)
    session.ask("last", -1, part)
    session.ask("after the last", 3)


@scenario(FetchRequest, since=7)
def sessions_begin_anew(peer: Peer, version: int) -> None:
    topic = filled(peer)
    session = Session(peer, version, topic)
    session.ask("a new one for the old", 0, (topic, [fetch_partition()]))
    session.ask("the old one", 1)


@scenario(FetchRequest, since=7)
def sessions_with_errors(peer: Peer, version: int) -> None:
    topic, missing = filled(peer), Topic(peer.name("missing"), b"\x77" * 16)
    session = Session(peer, version, topic, missing)
    session.ask("again", 1)
    session.ask("a partition that is not there", 2, (topic, [fetch_partition(4)]))
    session.ask("and again", 3)
    Session(peer, version)


@scenario(FetchRequest, since=13)
def sessions_of_names_and_ids(peer: Peer, version: int) -> None:
    topic = filled(peer)
    session = Session(peer, version, topic)
    request = fetch(12, topic, session_id=session.session_id, session_epoch=1)
    peer.ask(request, 12, "by name after ids")
    opened = peer.ask(fetch(12, topic, session_id=0, session_epoch=0), 12, "open by name")
    peer.ask(fetch(version, topic, session_id=opened.session_id, session_epoch=1), version, "by id after names")
