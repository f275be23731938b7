"""Transactions in the logs: what producers may write, the markers that end them, and what readers of them see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafkacompat.wire.messages.delete_topics import DeleteTopicsRequest
from kafkacompat.wire.messages.describe_producers import DescribeProducersRequest
from kafkacompat.wire.messages.fetch import FetchRequest
from kafkacompat.wire.messages.list_offsets import ListOffsetsRequest
from kafkacompat.wire.messages.offset_fetch import OffsetFetchRequest
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest
from kafkacompat.wire.messages.write_txn_markers import WriteTxnMarkersRequest
from tests.differential import transactional as tx
from tests.differential.batches import batch
from tests.differential.requests import (
    delete_topics,
    fetch,
    fetch_partition,
    list_offsets,
    offset_fetch,
    produce,
    produced,
)
from tests.differential.scenario import scenario
from tests.differential.scenarios_partitions import describe_producers
from tests.differential.scenarios_transactions import (
    FIRST_THAT_ADDS,
    LAST_OLD_ADD,
    LAST_OLD_END,
    LAST_OLD_PRODUCE,
    courses,
    look,
    old_course,
    wrong_producers,
)

if TYPE_CHECKING:
    from tests.differential.peer import Peer, Topic

FIRST_READ_COMMITTED_FETCH = 4
FIRST_READ_COMMITTED_LIST = 2
FIRST_STABLE_FETCH = 7


def begun(peer: Peer, version: int, topic: Topic, *partitions: int) -> tx.Producer:
    """Become a producer; for versions of Produce that need it, with partitions added."""
    who = tx.begin(peer)
    if version < FIRST_THAT_ADDS:
        peer.quietly(tx.add_partitions(LAST_OLD_ADD, who, (topic.name, list(partitions))), LAST_OLD_ADD)
    return who


def ended(peer: Peer, version: int, who: tx.Producer, *, commit: bool) -> tx.Producer:
    """End a transaction as clients of a version of Produce do, and return who the producer is then."""
    answer = peer.quietly(tx.end(who, commit=commit), 5 if version >= FIRST_THAT_ADDS else LAST_OLD_END)
    assert not answer.error_code, answer
    tx.await_end(peer, who)
    if version < FIRST_THAT_ADDS:
        return who
    return who._replace(producer_id=answer.producer_id, epoch=answer.producer_epoch)


@scenario(ProduceRequest)
def producers_write_in_transactions(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=3)
    who = begun(peer, version, topic, 0, 1)
    peer.ask(tx.wrote(version, who, topic, who.batch(0, 2)), version, "first")
    peer.ask(tx.wrote(version, who, topic, who.batch(0, 2)), version, "first again")
    peer.ask(tx.wrote(version, who, topic, who.batch(2), who.batch(0)), version, "two partitions")
    peer.ask(tx.wrote(version, who, topic, who.batch(4)), version, "a gap")
    peer.ask(tx.wrote(version, who, topic, who.batch(3), who.batch(1), who.batch(0)), version, "one not added")
    peer.ask(tx.describe(who.id), 0)
    look(peer, who, topic, "open")
    who = ended(peer, version, who, commit=True)
    look(peer, who, topic, "committed")
    peer.ask(tx.wrote(version, who, topic, who.batch(0, 2)), version, "after the end")
    look(peer, who, topic, "after the end")


@scenario(ProduceRequest)
def writers_who_are_not_in_a_transaction(peer: Peer, version: int) -> None:
    topic = peer.topic()
    who = begun(peer, version, topic)
    peer.ask(tx.wrote(version, who, topic), version, "not added, or by this")
    peer.ask(produce(version, topic, who.batch(1)), version, "no transactional id")
    for note, wrong in wrong_producers(peer, who):
        if not wrong.id and version != LAST_OLD_PRODUCE:
            continue  # of one transactional id Kafka verifies one request at a time
        peer.ask(tx.wrote(version, wrong, topic), version, note)
        peer.ask(tx.wrote(version, wrong, topic, acks=1), version, f"{note}, acks 1")
    look(peer, who, topic, "then")


@scenario(ProduceRequest)
def strange_writers_in_an_open_transaction(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=2)
    who = begun(peer, version, topic, 0)
    peer.ask(tx.wrote(version, who, topic), version, "first")
    for note, wrong in wrong_producers(peer, who):
        if wrong.id:
            peer.ask(tx.wrote(version, wrong, topic, wrong.batch(1)), version, note)
    plain = who.batch(1, transactional=False)
    peer.ask(tx.wrote(version, who, topic, plain), version, "a plain batch of the same producer")
    peer.ask(produce(version, topic, plain), version, "the same without transactional id")
    peer.ask(tx.wrote(version, who, topic, batch()), version, "a batch of nobody")
    other = tx.begin(peer)
    peer.ask(tx.wrote(version, who, topic, who.batch(1), other.batch(0)), version, "two producers")
    peer.ask(tx.wrote(version, who, topic, who.batch(1), batch()), version, "a batch of nobody beside")
    peer.ask(tx.wrote(version, who, topic, who.batch(-1)), version, "no sequence")
    peer.ask(tx.wrote(version, who, topic, who.batch(2, control=True)), version, "a control batch")
    peer.ask(tx.wrote(version, who, topic, batch(transactional=True)), version, "transactional, of nobody")
    missing = topic._replace(name=peer.name("missing"), topic_id=b"\xab" * 16)
    peer.ask(tx.wrote(version, who, missing), version, "a missing topic")
    part = PartitionProduceData(index=9, records=who.batch())
    beyond = produce(version, topic, transactional_id=who.id)
    beyond.topic_data = [produced(version, topic, part)]
    peer.ask(beyond, version, "a missing partition")
    look(peer, who, topic, "then")


@scenario(ProduceRequest)
def transactions_begin_at_any_sequence(peer: Peer, version: int) -> None:
    for sequence in (1, 7, (1 << 31) - 1):
        topic = peer.topic()
        who = begun(peer, version, topic, 0)
        peer.ask(tx.wrote(version, who, topic, who.batch(sequence)), version, f"from {sequence}")
        look(peer, who, topic, f"from {sequence}")
        peer.ask(tx.wrote(version, who, topic, who.batch(0)), version, f"0 after {sequence}")
    topic = peer.topic()
    who = begun(peer, version, topic, 0)
    peer.ask(tx.wrote(version, who, topic, who.batch(0, 3)), version, "first")
    who = ended(peer, version, who, commit=False)
    if version < FIRST_THAT_ADDS:
        peer.quietly(tx.add_partitions(LAST_OLD_ADD, who, (topic.name, [0])), LAST_OLD_ADD)
    peer.ask(tx.wrote(version, who, topic, who.batch(5)), version, "a gap in the next")
    peer.ask(tx.wrote(version, who, topic, who.batch(3)), version, "next in the next")
    peer.ask(tx.wrote(version, who, topic, who.batch(0)), version, "zero in the next")
    look(peer, who, topic, "then")


@scenario(ProduceRequest)
def plain_writers_become_transactional(peer: Peer, version: int) -> None:
    topic = peer.topic()
    who = begun(peer, version, topic, 0)
    peer.ask(produce(version, topic, who.batch(0, transactional=False)), version, "plain")
    peer.ask(tx.wrote(version, who, topic, who.batch(1)), version, "in a transaction")
    peer.ask(produce(version, topic, who.batch(2, transactional=False)), version, "plain in the open one")
    look(peer, who, topic, "then")
    who = ended(peer, version, who, commit=True)
    peer.ask(produce(version, topic, who.batch(2, transactional=False)), version, "plain, going on")
    peer.ask(produce(version, topic, who.batch(0, transactional=False)), version, "plain, from zero")
    look(peer, who, topic, "after the end")


@scenario(FetchRequest, since=FIRST_READ_COMMITTED_FETCH)
def readers_of_transactions(peer: Peer, version: int) -> None:
    """Two producers, of which one commits and one aborts, with plain records between."""
    topic = peer.topic()
    one, two, late = (begun(peer, LAST_OLD_PRODUCE, topic, 0) for _ in range(3))

    def read(note: str) -> None:
        for isolation in (0, tx.READ_COMMITTED):
            for offset in range(13):
                asked = fetch(version, topic, fetch_partition(fetch_offset=offset), isolation_level=isolation)
                peer.ask(asked, version, f"{note}: {offset}, {isolation}")
        for small in (1, 100, 200):
            part = fetch_partition(partition_max_bytes=small)
            peer.ask(fetch(version, topic, part, isolation_level=1), version, f"{note}: {small} bytes")

    def write(who: tx.Producer, sequence: int) -> None:
        answer = peer.quietly(tx.wrote(LAST_OLD_PRODUCE, who, topic, who.batch(sequence, 2)), LAST_OLD_PRODUCE)
        assert not answer.responses[0].partition_responses[0].error_code, answer

    read("empty")
    write(one, 0)
    peer.fill(topic, batch(timestamp_ms=peer.now_ms))
    write(two, 0)
    write(one, 2)
    read("open")
    ended(peer, LAST_OLD_PRODUCE, two, commit=False)
    read("one aborted, one open")
    ended(peer, LAST_OLD_PRODUCE, one, commit=False)
    write(late, 0)
    read("both aborted, one open")
    ended(peer, LAST_OLD_PRODUCE, late, commit=True)
    read("all over")


@scenario(ListOffsetsRequest, since=FIRST_READ_COMMITTED_LIST)
def ends_of_logs_with_transactions(peer: Peer, version: int) -> None:
    topic = peer.topic()

    def ask(note: str) -> None:
        for isolation in (0, tx.READ_COMMITTED, 2):
            for timestamp in (-1, -2, -3, peer.now_ms, peer.now_ms - 60_000, peer.now_ms + 600_000):
                asked = list_offsets(topic, timestamp, isolation_level=isolation)
                if timestamp == -3 and version < 7:
                    continue
                peer.ask(asked, version, f"{note}: {timestamp - peer.now_ms if timestamp > 0 else timestamp}")

    ask("empty")
    peer.fill(topic, batch(timestamp_ms=peer.now_ms - 120_000))
    who = old_course(peer, topic)
    peer.fill(topic, batch(timestamp_ms=peer.now_ms + 5000))
    ask("open")
    ended(peer, LAST_OLD_PRODUCE, who, commit=True)
    ask("over")


@scenario(OffsetFetchRequest, since=FIRST_STABLE_FETCH)
def stable_offsets_of_groups(peer: Peer, version: int) -> None:
    topic, group, who = peer.topic(partitions=2), peer.name("group"), tx.begin(peer)

    def ask(note: str) -> None:
        for stable in (False, True):
            fields = {"require_stable": stable}
            peer.ask(offset_fetch(version, group, topic, 0, 1, **fields), version, f"{note}: {stable}")
            if version < 10:
                peer.ask(offset_fetch(version, group, None, **fields), version, f"{note}: all, {stable}")

    ask("none")
    for commit in (False, True):
        peer.ask(tx.add_offsets(who, group), 4, "added")
        peer.ask(tx.commit_offsets(3, who, group, topic, 5), 3, "written")
        ask(f"{commit}: pending")
        ended(peer, LAST_OLD_PRODUCE, who, commit=commit)
        ask(f"{commit}: over")


@scenario(DescribeProducersRequest)
def producers_of_transactions(peer: Peer, version: int) -> None:
    topic = peer.topic()
    one, two = old_course(peer, topic), courses(peer)[-1](peer, topic)
    peer.ask(describe_producers((topic.name, [0])), version, "open")
    ended(peer, LAST_OLD_PRODUCE, one, commit=True)
    ended(peer, FIRST_THAT_ADDS if len(courses(peer)) > 1 else LAST_OLD_PRODUCE, two, commit=False)
    peer.ask(describe_producers((topic.name, [0])), version, "over")


@scenario(WriteTxnMarkersRequest, answered=True)
def markers_are_written(peer: Peer, version: int) -> None:
    levels: tuple[dict[str, Any], ...] = (
        {},
        {"transaction_version": 1},
        {"transaction_version": 2},
        {"transaction_version": 9},
    )
    for fields in levels if version >= 2 else levels[:1]:
        for commit in (True, False):
            topic = peer.topic()
            name = tx.begin(peer).id
            who = old_course(peer, topic, name)
            note = f"{commit} {fields}"
            place = (topic.name, [0])

            def ask(what: str, marker: object) -> None:
                peer.ask(tx.write_markers(marker), version, f"{note}: {what}")  # noqa: B023 - called at once

            ask("no epoch", tx.marker(who._replace(epoch=-1), place, commit=commit, **fields))
            ask("older epoch", tx.marker(who._replace(epoch=who.epoch - 1), place, commit=commit, **fields))
            ask("older coordinator", tx.marker(who, place, commit=commit, coordinator_epoch=-1, **fields))
            look(peer, who, topic, f"{note}: yet open")
            ask("same epoch", tx.marker(who, place, commit=commit, **fields))
            look(peer, who, topic, f"{note}: same epoch")
            ask("again", tx.marker(who, place, commit=commit, **fields))
            ask("next epoch", tx.marker(who._replace(epoch=who.epoch + 1), place, commit=commit, **fields))
            look(peer, who, topic, f"{note}: next epoch")
            ask("newer coordinator", tx.marker(who._replace(epoch=who.epoch + 2), place, coordinator_epoch=4, **fields))
            ask(
                "older coordinator then",
                tx.marker(who._replace(epoch=who.epoch + 3), place, coordinator_epoch=3, **fields),
            )
            look(peer, who, topic, f"{note}: coordinators")


@scenario(WriteTxnMarkersRequest)
def markers_of_strangers(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=2)
    stranger = tx.Producer("none", 1 << 40, 3, peer.now_ms)
    place = (topic.name, [0])
    peer.ask(tx.write_markers(), version, "nothing")
    peer.ask(tx.write_markers(tx.marker(stranger)), version, "no topic")
    peer.ask(tx.write_markers(tx.marker(stranger, (topic.name, []))), version, "no partition")
    peer.ask(tx.write_markers(tx.marker(stranger, place)), version, "unknown producer")
    look(peer, stranger, topic, "unknown producer")
    missing = peer.name("missing")
    peer.ask(tx.write_markers(tx.marker(stranger, (missing, [0]), (topic.name, [1, 2, -1]))), version, "missing")
    peer.ask(tx.write_markers(tx.marker(stranger, ("", [0]), ("..", [0]))), version, "bad names")
    peer.ask(tx.write_markers(tx.marker(stranger, ("__consumer_offsets", [0, 99]))), version, "of groups")
    peer.ask(tx.write_markers(tx.marker(stranger, ("__transaction_state", [0]))), version, "of transactions")
    for negative in (stranger._replace(producer_id=-1), stranger._replace(producer_id=-5), stranger._replace(epoch=-1)):
        note = "negative id" if negative.producer_id < 0 else "negative epoch"
        peer.ask(tx.write_markers(tx.marker(negative, place)), version, f"{note} {negative.producer_id % 7}")
    for below, epoch in ((-2, 0), (0, -2), (-2, -2)):
        odd = tx.marker(stranger._replace(producer_id=7 << 40, epoch=below), place, coordinator_epoch=epoch)
        peer.ask(tx.write_markers(odd), version, f"epoch {below}, coordinator {epoch}")
    other = stranger._replace(producer_id=stranger.producer_id + 1)
    peer.ask(tx.write_markers(tx.marker(stranger, place), tx.marker(other, place, commit=False)), version, "two")
    look(peer, stranger, topic, "then")
    peer.ask(tx.write_markers(tx.marker(stranger, place, place)), version, "a topic twice")


@scenario(WriteTxnMarkersRequest)
def hanging_transactions_are_aborted(peer: Peer, version: int) -> None:
    """As `kafka-transactions abort` does: the marker comes from nobody's coordinator."""
    topic = peer.topic()
    who = old_course(peer, topic)
    peer.ask(tx.write_markers(tx.marker(who, (topic.name, [0]), commit=False)), version, "aborted")
    look(peer, who, topic, "aborted in the log")
    peer.ask(tx.wrote(LAST_OLD_PRODUCE, who, topic, who.batch(1)), LAST_OLD_PRODUCE, "goes on writing")
    look(peer, who, topic, "opened again")
    peer.ask(tx.end(who), LAST_OLD_END, "ends")
    look(peer, who, topic, "ended")


@scenario(DeleteTopicsRequest)
def topics_are_deleted_in_transactions(peer: Peer, version: int) -> None:
    for course in courses(peer):
        topic, kept = peer.topic(), peer.topic()
        name = "old" if course is old_course else "new"
        who = course(peer, topic)
        if name == "old":
            peer.quietly(tx.add_partitions(LAST_OLD_ADD, who, (kept.name, [0])), LAST_OLD_ADD)
        write_version = LAST_OLD_PRODUCE if name == "old" else FIRST_THAT_ADDS
        peer.ask(tx.wrote(write_version, who, kept), write_version, f"{name}: to the other")
        peer.ask(delete_topics(version, topic.name), version, f"{name}: deleted")
        peer.await_that(lambda topic=topic: _is_gone(peer, topic))  # type: ignore[misc]
        peer.ask(tx.describe(who.id), 0, f"{name}: described")
        peer.ask(tx.wrote(write_version, who, topic, who.batch(1)), write_version, f"{name}: to what is gone")
        peer.ask(tx.end(who), LAST_OLD_END if name == "old" else 5, f"{name}: end")
        look(peer, who, kept, name)
        again = peer.topic(name=topic.name)
        look(peer, who, again, f"{name}: made again")


def _is_gone(peer: Peer, topic: Topic) -> bool:
    return bool(peer.quietly(list_offsets(topic, -1), 7).topics[0].partitions[0].error_code)
