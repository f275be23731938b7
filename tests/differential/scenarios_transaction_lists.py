"""Transactions as tools see them; and the levels of features, which say how they work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafkacompat.wire.messages.describe_transactions import DescribeTransactionsRequest
from kafkacompat.wire.messages.list_transactions import ListTransactionsRequest
from kafkacompat.wire.messages.update_features import UpdateFeaturesRequest
from tests.differential import transactional as tx
from tests.differential.scenario import scenario
from tests.differential.scenarios_transactions import new_course, old_course
from tests.differential.transactional import LOWER, LOWER_UNSAFELY, RAISE

if TYPE_CHECKING:
    from tests.differential.peer import Peer

STATES = (
    "Empty",
    "Ongoing",
    "PrepareCommit",
    "PrepareAbort",
    "CompleteCommit",
    "CompleteAbort",
    "Dead",
    "PrepareEpochFence",
)


@scenario(DescribeTransactionsRequest, answered=True)
def transactions_are_described(peer: Peer, version: int) -> None:
    topic = peer.topic(partitions=3)
    names = [tx.begin(peer, timeout_ms=5000 + number).id for number in range(3)]
    opened = old_course(peer, topic)
    peer.ask(tx.describe(), version, "none")
    peer.ask(tx.describe("", peer.name("unknown"), *names, names[0], opened.id), version, "all")
    peer.ask(tx.add_partitions(3, opened, (topic.name, [2, 1])), 3, "more")
    peer.ask(tx.describe(opened.id), version, "more")


@scenario(ListTransactionsRequest, answered=True)
def transactions_are_listed(peer: Peer, version: int) -> None:
    topic = peer.topic()
    empty, one, two, three = tx.begin(peer), old_course(peer, topic), new_course(peer, topic), old_course(peer, topic)
    peer.quietly(tx.end(two), 5)
    peer.quietly(tx.end(three, commit=False), 4)
    for who in (two, three):
        tx.await_end(peer, who)

    def ask(note: str, *arguments: object, **fields: object) -> None:
        asked = tx.list_transactions(*arguments, **fields)  # type: ignore[arg-type]
        peer.ask_for_mine(asked, version, "transaction_states", "transactional_id", note)

    ask("all")
    for state in (*STATES, "ongoing", "Nonsense", ""):
        ask(f"in state {state!r}", [state])
    ask("two states", ["Ongoing", "CompleteAbort", "Ongoing"])
    ask("a state and nonsense", ["Ongoing", "Nonsense", "nonsense"])
    ask("nonsense twice", ["Nonsense", "Nonsense"])
    ask("of one", None, [one.producer_id])
    ask("of some", None, [one.producer_id, empty.producer_id, 1 << 40, -1])
    ask("of nobody", None, [1 << 40])
    ask("of one in a state", ["Ongoing"], [one.producer_id, two.producer_id])
    if version >= 1:
        for duration in (0, -1, -2, 1, 3_600_000, (1 << 63) - 1, -(1 << 63)):
            ask(f"for {duration} ms", duration_filter=duration)
    if version >= 2:
        prefix = peer.prefix
        for pattern in (
            None, "", ".*", f"{prefix}.*", prefix, f"{prefix}-transaction-[0-9]", f"(?i){prefix.upper()}.*",
            "[", "(", "*", "a{2,1}", r"(a)\1", "(?=a).*", r"\p{L}*.*", "(?<name>.*)", ".*|a", r".*\d$", "a++",
            "[[:digit:]]*",
        ):  # fmt: skip
            ask(f"like {pattern}", transactional_id_pattern=pattern)


@scenario(UpdateFeaturesRequest, answered=True)
def features_are_not_updated(peer: Peer, version: int) -> None:
    """Nothing changes by these, as other scenarios go by the levels there are."""

    def ask(note: str, *levels: tuple[str, int, int]) -> None:
        peer.ask(tx.update_features(version, *levels), version, note)
        if version >= 1:
            peer.ask(tx.update_features(version, *levels, validate_only=True), version, f"{note}, only validated")

    ask("nothing")
    ask("the level it has", ("transaction.version", 2, RAISE))
    ask("too high", ("transaction.version", 3, RAISE))
    ask("much too high", ("transaction.version", 32767, RAISE))
    ask("negative", ("transaction.version", -1, LOWER))
    ask("lower without saying so", ("transaction.version", 1, RAISE))
    ask("the level it has, lowered", ("transaction.version", 2, LOWER))
    ask("higher, lowered", ("transaction.version", 3, LOWER))
    ask("unknown", ("no.feature", 1, RAISE))
    ask("unknown at 0", ("no.feature", 0, LOWER))
    ask("no name", ("", 1, RAISE))
    ask("the level it has, twice", ("transaction.version", 2, RAISE), ("transaction.version", 2, RAISE))
    ask("twice, the first bad", ("transaction.version", 9, RAISE), ("transaction.version", 2, RAISE))
    ask("one good, one bad", ("share.version", 2, RAISE), ("transaction.version", 9, RAISE))
    for kind in (LOWER, LOWER_UNSAFELY):
        ask(f"metadata {kind}", ("metadata.version", 7, kind))
        ask(f"too low metadata {kind}", ("metadata.version", 1, kind))
        ask(f"kraft {kind}", ("kraft.version", 0, kind))
    ask("metadata at its level", ("metadata.version", 33, RAISE))
    ask("metadata too high", ("metadata.version", 34, RAISE))
    ask("kraft too high", ("kraft.version", 2, RAISE))
    if version >= 1:
        for kind in (0, 4, -1):
            ask(f"type {kind}", ("transaction.version", 2, kind))
            ask(f"type {kind}, unknown", ("no.feature", 1, kind))
            ask(f"type {kind}, too high", ("transaction.version", 9, kind))
            ask(f"type {kind}, lower", ("transaction.version", 1, kind))
        only = tx.update_features(version, ("kraft.version", 1, RAISE), validate_only=True)
        peer.ask(only, version, "validated: kraft raised")
        for level in (0, 1):
            only = tx.update_features(version, ("transaction.version", level, LOWER), validate_only=True)
            peer.ask(only, version, f"validated: lower to {level}")
            only = tx.update_features(version, ("group.version", level, LOWER), validate_only=True)
            peer.ask(only, version, f"validated: groups to {level}")
