"""One shard while it is loaded: its state, and what waits for its log."""

from __future__ import annotations

from asyncio import get_running_loop
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Sequence

    from kafkacompat.coordination.batches import Entry
    from kafkacompat.coordination.decision import Decision, Parked
    from kafkacompat.coordination.timers import ShardTimers
    from kafkacompat.storage.store import Fence, PartitionKey

S = TypeVar("S")


class Pending:
    """A decision whose records are not durable yet."""

    __slots__ = ("decision", "entries", "outcome")

    def __init__(self, decision: Decision[Any], entries: Sequence[Entry]) -> None:
        self.decision = decision
        self.entries = entries
        self.outcome: Future[ErrorCode] | None = None
        """Resolved to NONE or to why the records are lost; None while nobody had to wait."""

    @property
    def is_of_producer(self) -> bool:
        """Whether it is part of a producer's transaction or ends one.

        Its log may refuse that for the producer's sake alone, so it is appended alone and applied when it is there;
        until then nothing else is decided.
        """
        return self.decision.transaction is not None or self.decision.ends is not None

    def resolve(self, code: ErrorCode) -> None:
        """Tell whoever waits, if still there."""
        if self.outcome is not None and not self.outcome.done():
            self.outcome.set_result(code)


class Flight:
    """Decisions whose records are being appended together."""

    __slots__ = ("applied", "error", "pendings", "suspended")

    def __init__(self, pendings: Sequence[Pending], *, applied: bool) -> None:
        self.pendings = pendings
        self.applied = applied
        """Whether the state holds the records already: speculation, as the append may still fail."""
        self.suspended = False
        """Whether the append had to wait."""
        self.error = ErrorCode.NONE


class Turn:
    """Somebody who may decide when those before have: a request (with an outcome), or a deadline."""

    __slots__ = ("_call", "outcome", "taken")

    def __init__(self, call: Callable[[], Any], outcome: Future[None] | None = None) -> None:
        self._call = call
        self.outcome = outcome
        """Resolved, without a result, when the turn was taken or lost."""
        self.taken: Any = None
        """What came of the call."""

    def take(self) -> None:
        """Decide now, unless whoever asked has gone away."""
        if self.outcome is None:
            self._call()
            return
        if self.outcome.done():
            return
        try:
            self.taken = self._call()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is for the one who asked
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(None)

    def refuse(self, code: ErrorCode) -> None:
        """Tell whoever waits for it that it never comes."""
        if self.outcome is not None and not self.outcome.done():
            self.outcome.set_exception(ApiError(code))


class _Slot:
    """Where the reply to a parked request is put, before or after its coroutine comes to wait for it."""

    __slots__ = ("future", "released", "reply")

    def __init__(self) -> None:
        self.released = False
        self.reply: Any = None
        self.future: Future[None] | None = None


class Parking:
    """The parked requests of a shard."""

    __slots__ = ("_slots",)

    def __init__(self) -> None:
        self._slots: dict[Parked[Any], _Slot] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def add(self, parked: Parked[Any]) -> None:
        """Expect a release from now on."""
        self._slots[parked] = _Slot()

    def forget(self, parked: Parked[Any]) -> None:
        """Nobody waits any more; a later release goes nowhere."""
        self._slots.pop(parked, None)

    def release(self, parked: Parked[Any], reply: Any) -> None:
        """Answer a parked request; the first answer counts."""
        slot = self._slots.get(parked)
        if slot is None or slot.released:
            return
        slot.released = True
        slot.reply = reply
        if slot.future is not None and not slot.future.done():
            slot.future.set_result(None)

    def release_all(self, code: ErrorCode) -> None:
        """Refuse all parked requests."""
        for parked in list(self._slots):
            self.release(parked, ApiError(code))

    async def reply(self, parked: Parked[Any]) -> Any:
        """Return the reply, waiting for it if need be."""
        slot = self._slots[parked]
        if not slot.released:
            slot.future = get_running_loop().create_future()
            await slot.future
        return slot.reply


class Shard(Generic[S]):
    """One partition of a coordinator's log, and the state that its records make."""

    __slots__ = (
        "awaited",
        "dropped",
        "fence",
        "flight",
        "key",
        "leader_epoch",
        "parking",
        "queue",
        "state",
        "timers",
        "turns",
    )

    def __init__(self, key: PartitionKey, fence: Fence, leader_epoch: int, timers: ShardTimers[S], state: S) -> None:
        self.key = key
        self.fence = fence
        self.leader_epoch = leader_epoch
        self.timers = timers
        self.state = state
        self.flight: Flight | None = None
        self.queue: list[Pending] = []
        self.awaited: Pending | None = None
        """What has to be in the log, or refused, before anything else is decided; it is the last in the queue."""
        self.turns: deque[Turn] = deque()
        """Those who wait for that."""
        self.parking = Parking()
        self.dropped = False

    def abandon(self, code: ErrorCode) -> None:
        """Forget everything that is not in the log; whoever waits is refused."""
        self.dropped = True
        self.timers.clear()
        flight, self.flight = self.flight, None
        queue, self.queue = self.queue, []
        if flight is not None:
            flight.error = code
            queue = [*flight.pendings, *queue]
        for pending in queue:
            pending.resolve(code)
        turns, self.turns = self.turns, deque()
        for turn in turns:
            turn.refuse(code)
        self.parking.release_all(code)
