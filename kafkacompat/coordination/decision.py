"""What a coordinator decides: a value that the runtime carries out.

A coordinator is a state machine without sockets, files or time of its own.  A *decider* is a function that looks at
the state of one shard and returns a `Decision`; it changes no hard state.  The runtime appends the decision's records
to the shard's log and applies them to the state through `apply`, the same function that replay calls; replies and
releases go out when the records are durable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafkacompat.storage.store import Marker
    from kafkacompat.wire.errors import ApiError

R = TypeVar("R")


class Parked(Generic[R]):
    """A request that is answered later, by a `Release` of another decision; equal only to itself."""

    __slots__ = ("__weakref__",)


class Release(NamedTuple):
    """Answers a parked request, or refuses it by an ApiError."""

    parked: Parked[Any]
    reply: Any


class Transaction(NamedTuple):
    """A producer's transaction, which records are part of: they count once it is committed.

    `guard` is what the log asks for where the transaction is not open yet (`PartitionLog.transaction_guard`).
    """

    producer_id: int
    producer_epoch: int
    guard: int | None


class Decision(NamedTuple, Generic[R]):
    """What is to happen, in this order.

    `records` are appended and applied; then `releases` answer parked requests, `after` is called (commands for other
    coordinators), and `reply` goes out: an answer, a refusal, or that the answer comes later.
    Records of a `transaction` are pending until another decision `ends` it, which has no records of its own.
    """

    reply: R | Parked[R] | ApiError
    records: Sequence[Any] = ()
    releases: Sequence[Release] = ()
    after: Sequence[Callable[[], None]] = ()
    transaction: Transaction | None = None
    ends: Marker | None = None
