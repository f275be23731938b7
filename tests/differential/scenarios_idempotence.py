"""Producer ids, epochs and sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.init_producer_id import InitProducerIdRequest
from kafkacompat.wire.messages.produce import ProduceRequest
from tests.differential.batches import batch
from tests.differential.requests import fetch, find_coordinator, init_producer_id, produce
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer

MAX_SEQUENCE = (1 << 31) - 1


@scenario(InitProducerIdRequest)
def producer_ids_are_given(peer: Peer, version: int) -> None:
    peer.ask(init_producer_id(), version, "one")
    peer.ask(init_producer_id(), version, "another")
    for timeout_ms in (0, -1, MAX_SEQUENCE):
        peer.ask(init_producer_id(timeout_ms=timeout_ms), version, f"timeout {timeout_ms}")


@scenario(InitProducerIdRequest, since=3)
def producer_ids_are_asked_for_again(peer: Peer, version: int) -> None:
    first = peer.ask(init_producer_id(), version)
    known = {"producer_id": first.producer_id, "producer_epoch": first.producer_epoch}
    peer.ask(init_producer_id(**known), version, "the one known")
    peer.ask(init_producer_id(**known | {"producer_epoch": 5}), version, "another epoch")
    peer.ask(init_producer_id(producer_id=first.producer_id), version, "no epoch")
    peer.ask(init_producer_id(producer_epoch=0), version, "no id")
    peer.ask(init_producer_id(producer_id=1 << 40, producer_epoch=0), version, "a foreign id")


@scenario(InitProducerIdRequest)
def producer_ids_for_transactions(peer: Peer, version: int) -> None:
    peer.ask(init_producer_id(""), version, "empty")
    peer.ask(init_producer_id(peer.name("transaction")), version, "an id")
    peer.ask(init_producer_id(peer.name("transaction"), timeout_ms=0), version, "no time")
    peer.ask(
        find_coordinator(min(version + 1, 4), peer.name("transaction"), kind=1), min(version + 1, 4), "coordinator"
    )


def sequence_course(peer: Peer, version: int, steps: dict[str, tuple[int, int, int]]) -> None:
    """Produce batches of (epoch, first sequence, count) as one producer."""
    topic = peer.topic()
    producer_id = peer.quietly(init_producer_id(), 4).producer_id
    for note, (epoch, sequence, count) in steps.items():
        data = batch(count, producer_id=producer_id, producer_epoch=epoch, base_sequence=sequence)
        peer.ask(produce(version, topic, data), version, note)
    peer.ask(fetch(17, topic), 17, "what is there")


@scenario(ProduceRequest)
def sequences_in_order_and_out_of_it(peer: Peer, version: int) -> None:
    sequence_course(
        peer,
        version,
        {
            "first": (0, 0, 2),
            "second": (0, 2, 1),
            "a gap": (0, 5, 1),
            "second again": (0, 2, 1),
            "first again": (0, 0, 2),
            "first with other bounds": (0, 0, 1),
            "an overlap": (0, 2, 2),
            "third": (0, 3, 1),
            "fourth": (0, 4, 1),
            "fifth": (0, 5, 1),
            "sixth": (0, 6, 1),
            "first once more: forgotten": (0, 0, 2),
            "second once more: remembered": (0, 2, 1),
        },
    )


@scenario(ProduceRequest)
def epochs_of_producers(peer: Peer, version: int) -> None:
    sequence_course(
        peer,
        version,
        {
            "first": (3, 0, 1),
            "an older epoch": (2, 0, 1),
            "an older epoch, next sequence": (2, 1, 1),
            "a newer epoch, not from zero": (4, 1, 1),
            "a newer epoch": (4, 0, 1),
            "the former epoch": (3, 1, 1),
            "again": (4, 0, 1),
            "much newer": (32767, 0, 1),
            "negative": (-1, 1, 1),
            "negative, from zero": (-1, 0, 1),
        },
    )


@scenario(ProduceRequest)
def sequences_that_begin_anywhere(peer: Peer, version: int) -> None:
    sequence_course(
        peer, version, {"not from zero": (0, 7, 1), "next": (0, 8, 1), "zero": (0, 0, 1), "before": (0, 6, 1)}
    )
    sequence_course(peer, version, {"not from zero": (5, 7, 1), "negative epoch": (-1, 8, 1)})


@scenario(ProduceRequest)
def sequences_that_wrap(peer: Peer, version: int) -> None:
    sequence_course(
        peer,
        version,
        {
            "last but one": (0, MAX_SEQUENCE - 1, 1),
            "across": (0, MAX_SEQUENCE, 3),
            "next": (0, 2, 1),
            "across again": (0, MAX_SEQUENCE, 3),
            "not next": (0, 4, 1),
        },
    )
    sequence_course(peer, version, {"last": (0, MAX_SEQUENCE, 1), "zero": (0, 0, 1), "not zero": (0, 2, 1)})


@scenario(ProduceRequest)
def producers_that_share_a_partition(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=2)
    one, two = (peer.quietly(init_producer_id(), 4).producer_id for _ in range(2))
    for number, producer_id in enumerate((one, two, one, two, -1)):
        fields = (
            {"producer_id": producer_id, "producer_epoch": 0, "base_sequence": number // 2} if producer_id >= 0 else {}
        )
        data = batch(1, **fields)
        peer.ask(produce(version, topic, data, data), version, f"step {number}")


@scenario(ProduceRequest)
def duplicates_where_the_broker_sets_the_time(peer: Peer, version: int) -> None:
    topic = peer.topic(message_timestamp_type="LogAppendTime")
    producer_id = peer.quietly(init_producer_id(), 4).producer_id
    data = batch(2, producer_id=producer_id, producer_epoch=0, base_sequence=0)
    for note in ("first", "again"):
        peer.ask(produce(version, topic, data), version, note)
