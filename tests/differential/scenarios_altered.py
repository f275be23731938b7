"""A valid request of every key and version; and the same with each of its places spoilt in turn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from kafkacompat.api.routes import ROUTES
from kafkacompat.wire.messages.txn_offset_commit import TxnOffsetCommitResponse
from tests.differential.alterations import alterations
from tests.differential.brokers import RETRIABLE
from tests.differential.examples import EXAMPLES, Given
from tests.differential.scenario import scenario

if TYPE_CHECKING:
    from tests.differential.peer import Peer, Topic

KEPT: Final = {
    0: frozenset({"records", "timeout_ms", "acks"}),
    1: frozenset(
        {
            "max_wait_ms",
            "max_bytes",
            "partition_max_bytes",
            "isolation_level",
            "replica_id",
            "session_id",
            "session_epoch",
            "topic empty",
        }
    ),
    3: frozenset({"topics null", "topics empty"}),
    10: frozenset({"key_type"}),
    11: frozenset({"protocols twice"}),
    15: frozenset({"groups empty"}),  # the group without a name is there for all scenarios
    42: frozenset({"groups_names empty"}),
    19: frozenset({"timeout_ms one"}),  # whether a millisecond is enough is chance
    20: frozenset({"timeout_ms one"}),
    24: frozenset({"transactions empty"}),
    27: frozenset({"topics twice", "partition_indexes twice"}),  # which Kafka never answers
    57: frozenset({"timeout_ms"}),
    32: frozenset({"include_documentation"}),
    33: frozenset({"resources twice", "configs twice"}),  # which Kafka never answers
    37: frozenset({"timeout_ms one"}),
    43: frozenset({"timeout_ms one", "topic_partitions null"}),
    45: frozenset({"timeout_ms one"}),
    75: frozenset({"topics null", "topics empty"}),
}
"""Fields, or changes of them, that have scenarios of their own."""


def request_class(key: int) -> Any:
    name = ROUTES[key].name
    module = import_module(f"kafkacompat.wire.messages.{name}")
    return getattr(module, "".join(word.capitalize() for word in name.split("_")) + "Request")


def example(peer: Peer, version: int, key: int, topic: Topic) -> Any:
    return EXAMPLES[key](Given(version, topic, peer.name("group"), peer.name("free")))


def is_for_now(answer: Any) -> bool:
    """Tell whether a commit of offsets in a transaction could not be verified just now.

    Kafka asks the coordinator by a request of its own, and says so when that fails for the moment; clients ask again.
    """
    return isinstance(answer, TxnOffsetCommitResponse) and any(
        partition.error_code in RETRIABLE for topic in answer.topics for partition in topic.partitions
    )


def define(key: int) -> None:
    """Register the scenarios of one key."""

    def valid(peer: Peer, version: int) -> None:
        topic = peer.topic()
        for _ in range(2):
            peer.ask(example(peer, version, key, topic), version)

    def altered(peer: Peer, version: int) -> None:
        topic = peer.topic()
        for note, body in alterations(lambda: example(peer, version, key, topic), version, KEPT.get(key, frozenset())):
            peer.ask_bytes(request_class(key), version, body, note, again=is_for_now)

    for run in (valid, altered):
        run.__name__ = f"{run.__name__}_{ROUTES[key].name}"
        scenario(request_class(key), answered=run is valid)(run)


for served in EXAMPLES:
    define(served)
