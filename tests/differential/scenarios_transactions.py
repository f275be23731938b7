"""Transactions as clients have them: begin, write, end, in both generations of the protocol, and out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages.add_offsets_to_txn import AddOffsetsToTxnRequest
from kafkacompat.wire.messages.add_partitions_to_txn import AddPartitionsToTxnRequest
from kafkacompat.wire.messages.end_txn import EndTxnRequest
from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.txn_offset_commit import TxnOffsetCommitRequest
from tests.differential import transactional as tx
from tests.differential.requests import (
    api_versions,
    fetch,
    find_coordinator,
    init_producer_id,
    list_offsets,
    offset_fetch,
)
from tests.differential.scenario import scenario
from tests.differential.scenarios_partitions import describe_producers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.peer import Peer, Topic

LAST_OLD_END, LAST_OLD_PRODUCE, LAST_OLD_ADD = 4, 11, 3
"""The last versions of clients that add partitions themselves and keep their epoch."""
FIRST_THAT_ADDS = 12
MAX_TIMEOUT_MS = 900_000


def look(peer: Peer, who: tx.Producer, topic: Topic, note: str) -> None:
    """Record what the coordinator, the log and its readers know."""
    tx.await_end(peer, who)
    peer.ask(tx.describe(who.id), 0, f"{note}: described")
    peer.ask(describe_producers((topic.name, [0])), 0, f"{note}: producers")
    peer.ask(fetch(12, topic, isolation_level=tx.READ_COMMITTED), 12, f"{note}: committed")
    peer.ask(list_offsets(topic, -1, isolation_level=tx.READ_COMMITTED), 7, f"{note}: stable end")


def old_course(peer: Peer, topic: Topic, transactional_id: str | None = None) -> tx.Producer:
    """Open a transaction of the old generation, with one record."""
    who = tx.begin(peer, transactional_id)
    answer = peer.quietly(tx.add_partitions(LAST_OLD_ADD, who, (topic.name, [0])), LAST_OLD_ADD)
    assert not answer.results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code, answer
    answer = peer.quietly(tx.wrote(LAST_OLD_PRODUCE, who, topic), LAST_OLD_PRODUCE)
    assert not answer.responses[0].partition_responses[0].error_code, answer
    return who


def new_course(peer: Peer, topic: Topic, version: int = FIRST_THAT_ADDS) -> tx.Producer:
    """Open a transaction of the new generation, with one record."""
    who = tx.begin(peer)
    answer = peer.quietly(tx.wrote(version, who, topic), version)
    assert not answer.responses[0].partition_responses[0].error_code, answer
    return who


def courses(peer: Peer) -> list[Callable[[Peer, Topic], tx.Producer]]:
    """Return both, but for a cluster at level 0: there Kafka cannot record that the new one was opened."""
    told = peer.quietly(api_versions(4), 4).finalized_features
    is_new = any(feature.name == "transaction.version" for feature in told)
    return [old_course, new_course] if is_new else [old_course]


# InitProducerId


@scenario(InitProducerIdRequest)
def transactional_ids_are_begun(peer: Peer, version: int) -> None:
    name = peer.name("transaction")
    key_version = min(version + 1, 6)
    peer.ask(find_coordinator(key_version, name, kind=1), key_version, "coordinator")
    peer.ask(init_producer_id(""), version, "empty")
    peer.ask(tx.describe(name), 0, "before")
    peer.ask(init_producer_id(name), version, "first")
    peer.ask(tx.describe(name), 0, "then")
    peer.ask(init_producer_id(name, timeout_ms=1), version, "with another time")
    peer.ask(tx.describe(name), 0, "then")


@scenario(InitProducerIdRequest)
def times_of_transactions(peer: Peer, version: int) -> None:
    name = peer.name("transaction")
    for timeout_ms in (0, -1, 1, MAX_TIMEOUT_MS, MAX_TIMEOUT_MS + 1, (1 << 31) - 1):
        peer.ask(init_producer_id(name, timeout_ms=timeout_ms), version, f"{timeout_ms} ms")
        peer.ask(tx.describe(name), 0, f"after {timeout_ms} ms")


@scenario(InitProducerIdRequest, since=3)
def producers_say_who_they_were(peer: Peer, version: int) -> None:
    who = tx.begin(peer)
    peer.ask(init_producer_id(who.id, **who.known()), version, "the one it is")
    peer.ask(init_producer_id(who.id, **who.known()), version, "again: the answer was lost")
    peer.ask(init_producer_id(who.id, **who._replace(epoch=1).known()), version, "the next epoch")
    peer.ask(init_producer_id(who.id, **who.known()), version, "an old epoch")
    peer.ask(init_producer_id(who.id, **who._replace(epoch=9).known()), version, "a newer epoch")
    peer.ask(init_producer_id(who.id, **who._replace(epoch=32767).known()), version, "the last epoch")
    peer.ask(init_producer_id(who.id, **who._replace(producer_id=who.producer_id + 500).known()), version, "other id")
    peer.ask(init_producer_id(who.id, producer_id=who.producer_id), version, "no epoch")
    peer.ask(init_producer_id(who.id, producer_epoch=0), version, "no id")
    peer.ask(init_producer_id(who.id, producer_id=-2, producer_epoch=-1), version, "a negative id, no epoch")
    peer.ask(init_producer_id(who.id, producer_id=-2, producer_epoch=-2), version, "negative")
    peer.ask(init_producer_id(who.id, producer_id=who.producer_id, producer_epoch=-2), version, "a negative epoch")
    peer.ask(init_producer_id(who.id), version, "nothing")
    new = peer.name("new")
    peer.ask(init_producer_id(new, **who.known()), version, "a new transactional id of a known producer")
    peer.ask(init_producer_id("", **who.known()), version, "no transactional id")


@scenario(InitProducerIdRequest)
def open_transactions_are_fenced(peer: Peer, version: int) -> None:
    for course in courses(peer):
        topic, note = peer.topic(), course.__name__
        who = course(peer, topic)
        peer.ask(init_producer_id(who.id), version, f"{note}: the open one is aborted")
        tx.await_end(peer, who)
        look(peer, who, topic, f"{note}: aborted")
        peer.ask(init_producer_id(who.id), version, f"{note}: begun anew")
        look(peer, who, topic, f"{note}: begun")
        peer.ask(tx.end(who), LAST_OLD_END, f"{note}: the zombie commits")
        peer.ask(tx.end(who), 5, f"{note}: the zombie commits, newer")
        peer.ask(tx.wrote(LAST_OLD_PRODUCE, who, topic, who.batch(1)), LAST_OLD_PRODUCE, f"{note}: the zombie writes")
        peer.ask(tx.wrote(12, who, topic, who.batch(1)), 12, f"{note}: the zombie writes, newer")
        peer.ask(tx.add_partitions(3, who, (topic.name, [0])), 3, f"{note}: the zombie adds")
        peer.ask(tx.add_offsets(who, "group"), 4, f"{note}: the zombie adds offsets")


@scenario(InitProducerIdRequest, since=3)
def open_transactions_are_aborted_by_their_own(peer: Peer, version: int) -> None:
    changes: dict[str, dict[str, Any]] = {
        "the same": {},
        "a newer epoch": {"epoch": 5},
        "another id": {"producer_id": 1 << 40},
        "the last epoch": {"epoch": 32767},
    }
    for note, change in changes.items():
        topic = peer.topic()
        who = courses(peer)[-1](peer, topic)
        known = who._replace(**change).known()
        peer.ask(init_producer_id(who.id, **known), version, f"{note}: of an open one")
        look(peer, who, topic, note)
        peer.ask(init_producer_id(who.id, **known), version, f"{note}: again")
        look(peer, who, topic, f"{note}, again")
        peer.ask(init_producer_id(who.id, **known), version, f"{note}: once more")
        tx.await_end(peer, who)


# AddPartitionsToTxn


@scenario(AddPartitionsToTxnRequest, answered=True)
def partitions_join_transactions(peer: Peer, version: int) -> None:
    topic, other = peer.topic(partitions=3), peer.topic()
    missing, who = peer.name("missing"), tx.begin(peer)

    def add(note: str, *named: tuple[str, list[int]], who: tx.Producer = who) -> None:
        peer.ask(tx.add_partitions(version, who, *named), version, note)

    add("missing topic", (topic.name, [0]), (missing, [0, 1]))
    add("missing partition", (topic.name, [0, 3, -1]), (other.name, [0]))
    add("no topic")
    add("no partition", (topic.name, []))
    peer.ask(tx.describe(who.id), 0, "none yet")
    add("one", (topic.name, [0]))
    peer.ask(tx.describe(who.id), 0, "one")
    add("again and another", (topic.name, [0, 1]), (other.name, [0]))
    add("twice", (topic.name, [2, 2]))
    peer.ask(tx.describe(who.id), 0, "all")
    add("a missing one twice", (topic.name, [0, 9, 9, 0]), (topic.name, [1]), (other.name, []))
    add("a topic twice", (topic.name, [0]), (topic.name, [1]), (other.name, []))
    add("internal", ("__consumer_offsets", [0]))
    add("a bad name", ("..", [0]))
    for note, wrong in wrong_producers(peer, who):
        add(note, (topic.name, [0, 1]), (other.name, [0]), who=wrong)
        add(f"{note}, of what is missing too", (topic.name, [0, 1]), (missing, [0]), who=wrong)


def wrong_producers(peer: Peer, who: tx.Producer) -> list[tuple[str, tx.Producer]]:
    """Return a producer with each part of it wrong."""
    return [
        ("unknown transactional id", who._replace(id=peer.name("unknown"))),
        ("empty transactional id", who._replace(id="")),
        ("older epoch", who._replace(epoch=who.epoch - 1)),
        ("newer epoch", who._replace(epoch=who.epoch + 1)),
        ("last epoch", who._replace(epoch=32767)),
        ("other producer", who._replace(producer_id=who.producer_id + 500)),
        ("no producer", who._replace(producer_id=-1, epoch=-1)),
        ("no epoch", who._replace(epoch=-1)),
    ]


@scenario(AddPartitionsToTxnRequest, since=4)
def brokers_add_and_verify(peer: Peer, version: int) -> None:
    topic, missing = peer.topic(partitions=3), peer.name("missing")
    one, two = tx.begin(peer), tx.begin(peer)

    def ask(note: str, *parts: object) -> None:
        peer.ask(AddPartitionsToTxnRequest(transactions=list(parts)), version, note)  # type: ignore[arg-type]

    ask("nothing")
    ask("verified before", tx.part_of(one, (topic.name, [0]), verify_only=True))
    ask("two", tx.part_of(one, (topic.name, [0])), tx.part_of(two, (topic.name, [1, 2])))
    ask("verified", *(tx.part_of(who, (topic.name, [0, 1, 2]), verify_only=True) for who in (one, two)))
    ask("verified what is missing", tx.part_of(one, (topic.name, [0, 9]), (missing, [0]), verify_only=True))
    ask("one of them wrong", tx.part_of(one, (topic.name, [1])), tx.part_of(two._replace(epoch=4), (topic.name, [0])))
    ask("verified twice", tx.part_of(one, (topic.name, [0, 0, 1]), (topic.name, [1]), (missing, []), verify_only=True))
    for note, wrong in wrong_producers(peer, one):
        ask(f"verified with {note}", tx.part_of(wrong, (topic.name, [0, 1]), verify_only=True))
        ask(f"verified twice with {note}", tx.part_of(wrong, (topic.name, [0, 0]), (topic.name, [1]), verify_only=True))
    peer.ask(tx.describe(one.id, two.id), 0)
    for who in (one, two):
        peer.ask(tx.end(who), 5, "end")
        tx.await_end(peer, who)
    ask("verified after", tx.part_of(one, (topic.name, [0]), verify_only=True))
    raised = one._replace(epoch=one.epoch + 1)
    ask("verified after, the epoch raised", tx.part_of(raised, (topic.name, [0]), verify_only=True))


@scenario(AddPartitionsToTxnRequest)
def partitions_are_added_after_the_end(peer: Peer, version: int) -> None:
    for note, end_version in (("old", LAST_OLD_END), ("new", 5))[: len(courses(peer))]:
        topic = peer.topic()
        who = old_course(peer, topic)
        peer.ask(tx.end(who), end_version, f"{note}: end")
        tx.await_end(peer, who)
        peer.ask(tx.add_partitions(version, who, (topic.name, [0])), version, f"{note}: same epoch")
        raised = who._replace(epoch=who.epoch + 1)
        peer.ask(tx.add_partitions(version, raised, (topic.name, [0])), version, f"{note}: next epoch")
        look(peer, who, topic, note)


# AddOffsetsToTxn, TxnOffsetCommit


@scenario(AddOffsetsToTxnRequest, answered=True)
def groups_join_transactions(peer: Peer, version: int) -> None:
    who, group = tx.begin(peer), peer.name("group")
    peer.ask(tx.add_offsets(who, group), version, "first")
    # Which partition keeps a group depends on its name, which is the same for both.
    peer.ask(tx.describe(who.id), 0, "with the group's partition")
    peer.ask(tx.add_offsets(who, group), version, "again")
    peer.ask(tx.add_offsets(who, ""), version, "no group")
    for note, wrong in wrong_producers(peer, who):
        peer.ask(tx.add_offsets(wrong, group), version, note)
    peer.ask(tx.end(who, commit=False), LAST_OLD_END, "end")
    tx.await_end(peer, who)
    peer.ask(tx.add_offsets(who, group), version, "after the end")


@scenario(TxnOffsetCommitRequest, answered=True)
def offsets_are_committed_in_transactions(peer: Peer, version: int) -> None:
    topic, group, who = peer.topic(partitions=2), peer.name("group"), tx.begin(peer)
    peer.ask(tx.commit_offsets(version, who, group, topic, 3, 4), version, "not added")
    peer.ask(tx.add_offsets(who, group), 4, "added")
    peer.ask(tx.commit_offsets(version, who, group, topic, 3, 4), version, "first")
    peer.ask(offset_fetch(9, group, None), 9, "pending")
    for stable in (False, True):
        peer.ask(offset_fetch(7, group, topic, 0, require_stable=stable), 7, f"one, stable: {stable}")
        peer.ask(offset_fetch(9, group, None, require_stable=stable), 9, f"all, stable: {stable}")
    for note, wrong in wrong_producers(peer, who):
        peer.ask(tx.commit_offsets(version, wrong, group, topic, 5), version, note)
    peer.ask(tx.commit_offsets(version, who, "", topic, 5), version, "no group")
    peer.ask(tx.commit_offsets(version, who, group, topic, 5, 6, 7), version, "missing partition")
    missing = topic._replace(name=peer.name("missing"), topic_id=b"\xab" * 16)
    peer.ask(tx.commit_offsets(version, who, group, missing, 5), version, "missing topic")
    peer.ask(tx.end(who), LAST_OLD_END, "commit")
    tx.await_end(peer, who)
    peer.ask(offset_fetch(9, group, topic, 0, 1, require_stable=True), 9, "committed")
    peer.ask(tx.commit_offsets(version, who, group, topic, 8), version, "after the end")


@scenario(TxnOffsetCommitRequest)
def offsets_of_aborted_transactions(peer: Peer, version: int) -> None:
    topic, group, who = peer.topic(), peer.name("group"), tx.begin(peer)
    for number, commit in enumerate((True, False, True)):
        peer.ask(tx.add_offsets(who, group), 4, f"{number}: added")
        peer.ask(tx.commit_offsets(version, who, group, topic, 10 + number), version, f"{number}: written")
        peer.ask(offset_fetch(9, group, topic, 0), 9, f"{number}: before")
        peer.ask(offset_fetch(9, group, topic, 0, require_stable=True), 9, f"{number}: stable")
        peer.ask(tx.end(who, commit=commit), LAST_OLD_END, f"{number}: end")
        tx.await_end(peer, who)
        peer.ask(offset_fetch(9, group, topic, 0, require_stable=True), 9, f"{number}: after")


@scenario(TxnOffsetCommitRequest, since=3)
def offsets_of_members_in_transactions(peer: Peer, version: int) -> None:
    topic, group, who = peer.topic(), peer.name("group"), tx.begin(peer)
    peer.ask(tx.add_offsets(who, group), 4, "added")
    memberships: dict[str, dict[str, Any]] = {
        "a generation of no group": {"generation_id_or_member_epoch": 1},
        "a member of no group": {"member_id": "nobody"},
        "both": {"member_id": "nobody", "generation_id_or_member_epoch": 3},
        "an instance": {"group_instance_id": "instance"},
        "none": {},
    }
    for note, fields in memberships.items():
        peer.ask(tx.commit_offsets(version, who, group, topic, 1, **fields), version, note)


# EndTxn


@scenario(EndTxnRequest, answered=True)
def transactions_end(peer: Peer, version: int) -> None:
    """Each generation of the start, with each way to end, and again with the same and the next epoch."""
    for course in courses(peer):
        for commit in (True, False):
            topic = peer.topic()
            who = course(peer, topic)
            note = f"{course.__name__}, {commit}"
            peer.ask(fetch(12, topic, isolation_level=tx.READ_COMMITTED), 12, f"{note}: open")
            for reason, wrong in wrong_producers(peer, who):
                peer.ask(tx.end(wrong, commit=commit), version, f"{note}: {reason}")
            peer.ask(tx.end(who, commit=commit), version, f"{note}: end")
            look(peer, who, topic, note)
            for again in (commit, not commit, commit):
                peer.ask(tx.end(who, commit=again), version, f"{note}: again {again}")
                tx.await_end(peer, who)
            raised = who._replace(epoch=who.epoch + 1)
            for again in (True, False, False, True):
                peer.ask(tx.end(raised, commit=again), version, f"{note}: next epoch {again}")
                tx.await_end(peer, who)
            look(peer, who, topic, f"{note}, over")


@scenario(EndTxnRequest)
def nothing_ends(peer: Peer, version: int) -> None:
    for first in (True, False):
        who = tx.begin(peer)
        for commit in (first, not first, first):
            peer.ask(tx.end(who, commit=commit), version, f"{first}: {commit}")
            tx.await_end(peer, who)
            peer.ask(tx.describe(who.id), 0, f"{first}: after {commit}")


@scenario(EndTxnRequest)
def transactions_follow_each_other(peer: Peer, version: int) -> None:
    """As a client of this version does: from 5 on each transaction has an epoch of its own."""
    topic = peer.topic()
    who, sequence = tx.begin(peer), 0
    for number, commit in enumerate((True, False, True, True, False)):
        if version <= LAST_OLD_END:
            peer.ask(tx.add_partitions(LAST_OLD_ADD, who, (topic.name, [0])), LAST_OLD_ADD, f"{number}: added")
            peer.ask(
                tx.wrote(LAST_OLD_PRODUCE, who, topic, who.batch(sequence, 2)), LAST_OLD_PRODUCE, f"{number}: written"
            )
            sequence += 2
        else:
            peer.ask(tx.wrote(12, who, topic, who.batch(0, 2)), 12, f"{number}: written")
            peer.ask(tx.wrote(12, who, topic, who.batch(2, 1)), 12, f"{number}: written more")
        answer = peer.ask(tx.end(who, commit=commit), version, f"{number}: end")
        if version > LAST_OLD_END:
            who = who._replace(producer_id=answer.producer_id, epoch=answer.producer_epoch)
        look(peer, who, topic, f"{number}")


@scenario(EndTxnRequest)
def the_last_epochs(peer: Peer, version: int) -> None:
    """What happens at the end of the epochs, which a producer may say it has reached."""
    who = tx.begin(peer)
    for epoch in (32765, 32766, 32767):
        peer.ask(tx.end(who._replace(epoch=epoch), commit=False), version, f"epoch {epoch}")
