"""Carries out decisions: the one road for a coordinator's state.

Decide, append and apply happen in order inside a shard, and replies go out when the records are durable.  On an engine
whose append does not suspend, records are appended before they are applied and nothing waits: no future, no task.  On
one that suspends, later decisions see the state as if the append had succeeded, their records queue up for one next
append, and a failure drops the shard, which is then replayed from its log: the same path as start-up.

What belongs to a producer's transaction may be refused for that producer's sake alone, which must not cost the others
the shard.  It is applied only when it is in the log, and nothing is decided until then: the state changes in the order
of the log, always.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from kafkacompat.coordination.batches import Limits, Stored, make_append, make_marker, pack, read_batches, size_of
from kafkacompat.coordination.decision import Decision, Parked
from kafkacompat.coordination.drive import Driver
from kafkacompat.coordination.shard import Flight, Pending, Shard, Turn
from kafkacompat.coordination.timers import ShardTimers
from kafkacompat.storage.store import Isolation, ReadRequest, Refused
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.pieces import joined
from kafkacompat.wire.records.batch import NO_PRODUCER_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.coordination.batches import Entry
    from kafkacompat.coordination.ports import RecordCodec, Timers
    from kafkacompat.storage.store import Append, PartitionKey, Store

S = TypeVar("S")
R = TypeVar("R")

LOAD_CHUNK_BYTES: Final = 1 << 20

_UNAVAILABLE: Final = frozenset(
    {
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode.NOT_ENOUGH_REPLICAS,
        ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        ErrorCode.REQUEST_TIMED_OUT,
    }
)
"""Why an append was refused, where Kafka's coordinators answer COORDINATOR_NOT_AVAILABLE; otherwise NOT_COORDINATOR."""

_REFUSES_A_PRODUCER: Final = frozenset(
    {
        ErrorCode.INVALID_PRODUCER_EPOCH,
        ErrorCode.INVALID_TXN_STATE,
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        ErrorCode.TRANSACTION_COORDINATOR_FENCED,
    }
)
"""Why a log refuses what belongs to a transaction: the producer is told, and the shard goes on."""

_log = logging.getLogger(__name__)


def _nothing(_: Any) -> None:
    """Stand in for a hook that a coordinator does not need."""


def _no_transactions(_state: Any, producer_id: int, _: Any) -> None:
    """Stand in for the hooks of a coordinator whose records are part of no transactions."""
    _log.warning("A coordinator's log has something of producer %d in it, which is left out", producer_id)


class Runtime(Generic[S]):
    """The shards of one coordinator that this node owns.

    `new_state` makes an empty state around the shard's timers; `apply` puts one record into a state, live and in replay
    alike; `loaded` is told of each state after its replay, to set the deadlines that it calls for.
    Where records may be part of transactions, `apply_pending` puts in one of a producer's, and `ended` is told when
    that producer's transaction is committed (or not).
    A decider may change soft state and timers as it decides, hard state only by records: when an append fails, both
    are forgotten together.
    """

    def __init__(
        self,
        store: Store,
        clock: Deadlines,
        codec: RecordCodec,
        new_state: Callable[[Timers[S]], S],
        apply: Callable[[S, Any], None],
        *,
        loaded: Callable[[S], None] = _nothing,
        apply_pending: Callable[[S, int, Any], None] = _no_transactions,
        ended: Callable[[S, int, bool], None] = _no_transactions,
        limits: Limits = Limits(),  # noqa: B008 - an immutable value
    ) -> None:
        self._store = store
        self._clock = clock
        self._codec = codec
        self._new_state = new_state
        self._apply = apply
        self._loaded = loaded
        self._apply_pending = apply_pending
        self._ended = ended
        self._limits = limits
        self._shards: dict[PartitionKey, Shard[S]] = {}
        self._loading: dict[PartitionKey, asyncio.Event] = {}
        self._driver = Driver()

    # -- owning shards

    async def load(self, key: PartitionKey, leader_epoch: int = 0) -> None:
        """Own a shard and replay its log; decisions are refused (COORDINATOR_LOAD_IN_PROGRESS) until then.

        A shard that is loaded already is unloaded first.  Raises ApiError(NOT_COORDINATOR) if there is no such log, or
        if it was unloaded meanwhile.
        """
        self.unload(key)
        attempt = self._loading[key] = asyncio.Event()
        try:
            shard = await self._replay(key, leader_epoch)
            if self._loading.get(key) is not attempt:
                raise ApiError(ErrorCode.NOT_COORDINATOR)
            self._shards[key] = shard
        finally:
            if self._loading.get(key) is attempt:
                del self._loading[key]
            attempt.set()
        self._loaded(shard.state)

    async def ready(self, key: PartitionKey) -> bool:
        """Wait while a shard is being loaded or read back, and tell whether it is served now."""
        while (attempt := self._loading.get(key)) is not None:
            await attempt.wait()
        return key in self._shards

    def unload(self, key: PartitionKey) -> None:
        """Stop serving a shard: its state is forgotten, and whoever waits gets NOT_COORDINATOR."""
        self._loading.pop(key, None)
        shard = self._shards.pop(key, None)
        if shard is not None:
            shard.abandon(ErrorCode.NOT_COORDINATOR)

    def shards(self) -> list[PartitionKey]:
        """Return the loaded shards."""
        return list(self._shards)

    def state(self, key: PartitionKey) -> S:
        """Return a loaded shard's state, to be read: on an engine that suspends it may be ahead of the log.

        Raises ApiError as `decide` does.
        """
        return self._shard(key).state

    def settled(self, key: PartitionKey) -> S | None:
        """Return a loaded shard's state if all of it is in the log, None while that is on its way.

        Raises ApiError as `decide` does.
        """
        shard = self._shard(key)
        return None if shard.flight is not None or shard.queue else shard.state

    async def _replay(self, key: PartitionKey, leader_epoch: int) -> Shard[S]:
        fence = await self._store.own(key)
        log = self._store.log(key)
        if log is None:
            raise ApiError(ErrorCode.NOT_COORDINATOR)
        timers: ShardTimers[S] = ShardTimers(
            self._clock, lambda decider: self._fire(shard, decider), lambda call: self._hold(shard, call)
        )
        shard = Shard(key, fence, leader_epoch, timers, self._new_state(timers))
        offset = (await log.bounds()).log_start_offset
        while True:
            request = ReadRequest(key, offset, LOAD_CHUNK_BYTES, Isolation.READ_UNCOMMITTED)
            (read,) = await self._store.read([request], LOAD_CHUNK_BYTES)
            if isinstance(read, Refused):
                raise ApiError(ErrorCode.NOT_COORDINATOR, read.message)
            if not read.pieces:
                return shard
            found, offset = read_batches(joined(read.pieces), offset)
            for one in found:
                if isinstance(one, Stored):
                    self._put_back(shard.state, one)
                else:
                    self._ended(shard.state, *one)

    def _put_back(self, state: S, stored: Stored) -> None:
        """Apply what the log says, as it was applied when it was decided."""
        for entry in stored.entries:
            record = self._codec.decode(*entry)
            if record is None:
                continue
            if stored.producer_id == NO_PRODUCER_ID:
                self._apply(state, record)
            else:
                self._apply_pending(state, stored.producer_id, record)

    def _shard(self, key: PartitionKey) -> Shard[S]:
        shard = self._shards.get(key)
        if shard is None:
            loading = key in self._loading
            raise ApiError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS if loading else ErrorCode.NOT_COORDINATOR)
        return shard

    # -- deciding

    async def decide(self, key: PartitionKey, decider: Callable[[S], Decision[R]]) -> R:
        """Run `decider` on the shard's state, carry its decision out, and return the reply once it may be given.

        A reply that is `Parked` is awaited until another decision releases it; one that is an ApiError is raised.
        Raises ApiError with NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS or COORDINATOR_NOT_AVAILABLE if the shard
        is not served here, or is lost before the records are durable; they may be in the log all the same.
        """
        shard = self._shard(key)
        if len(shard.queue) + len(shard.turns) >= self._limits.queued_decisions:
            raise ApiError(ErrorCode.COORDINATOR_NOT_AVAILABLE, "Too many decisions wait for the log.")
        if shard.awaited is None:
            decision, pending = self._take(shard, decider)
        else:
            decision, pending = await self._take_in_turn(shard, decider)
        reply = decision.reply
        if not isinstance(reply, Parked):
            if pending is not None:
                await _durable(pending)
        else:
            try:
                if pending is not None:
                    await _durable(pending)
                reply = await shard.parking.reply(reply)
            finally:
                shard.parking.forget(cast("Parked[R]", decision.reply))
        if isinstance(reply, ApiError):
            raise ApiError(reply.code, reply.message)
        return cast("R", reply)

    def _run(self, shard: Shard[S], decider: Callable[[S], Decision[R]]) -> tuple[Decision[R], Sequence[Entry]]:
        """Return a decision, and its records encoded.

        A decider that breaks may have changed half of the soft state: its shard is read back.
        """
        try:
            decision = decider(shard.state)
            encode = self._codec.encode
            return decision, [encode(record) for record in decision.records]
        except ApiError:
            raise
        except Exception as error:
            self._drop(shard, error)
            raise

    def _take(self, shard: Shard[S], decider: Callable[[S], Decision[R]]) -> tuple[Decision[R], Pending | None]:
        """Decide, and start what is to happen; return that, and what is to be waited for, if anything.

        If the reply is parked, whoever called forgets it in the end.
        """
        decision, entries = self._run(shard, decider)
        parked = decision.reply if isinstance(decision.reply, Parked) else None
        if parked is not None:
            shard.parking.add(parked)
        try:
            pending = self._carry_out(shard, decision, entries)
        except ApiError:
            if parked is not None:
                shard.parking.forget(parked)
            raise
        if pending is not None:
            pending.outcome = asyncio.get_running_loop().create_future()
        return decision, pending

    async def _take_in_turn(
        self, shard: Shard[S], decider: Callable[[S], Decision[R]]
    ) -> tuple[Decision[R], Pending | None]:
        """Decide once the state is what the log says, after those who came before."""
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn = Turn(lambda: self._take(shard, decider), outcome)
        shard.turns.append(turn)
        try:
            await outcome
        except asyncio.CancelledError:
            if turn.taken is not None and isinstance(turn.taken[0].reply, Parked):
                shard.parking.forget(turn.taken[0].reply)
            raise
        return cast("tuple[Decision[R], Pending | None]", turn.taken)

    def _hold(self, shard: Shard[S], call: Callable[[], None]) -> bool:
        """Tell whether a deadline has to wait for its turn to decide; then it is called again."""
        if shard.awaited is None:
            return False
        shard.turns.append(Turn(call))
        return True

    def _fire(self, shard: Shard[S], decider: Callable[[S], Decision[Any]]) -> None:
        """Carry out a decision that nobody waits for."""
        if shard.dropped:
            return
        try:
            self._carry_out(shard, *self._run(shard, decider))
        except ApiError as error:
            _log.warning("A deadline's decision was refused: %s", error)

    def _carry_out(self, shard: Shard[S], decision: Decision[Any], entries: Sequence[Entry]) -> Pending | None:
        """Return what is to be waited for, if anything; raise ApiError if the records are refused at once."""
        busy = shard.flight is not None or shard.queue
        if not busy and not entries and decision.ends is None:
            self._release(shard, decision)
            return None
        pending = Pending(decision, entries)
        if busy:
            self._speculate(shard, pending)
            shard.queue.append(pending)
            return pending
        flight = Flight([pending], applied=False)
        self._launch(shard, flight)
        if flight.suspended:
            flight.applied = self._speculate(shard, pending)
            return pending
        if flight.error is not ErrorCode.NONE:
            raise ApiError(flight.error)
        return None

    def _speculate(self, shard: Shard[S], pending: Pending) -> bool:
        """Apply what is not in the log yet, and tell whether that was done: not what may be refused alone."""
        if pending.is_of_producer:
            shard.awaited = pending
            return False
        self._apply_all(shard, pending.decision)
        return True

    def _apply_all(self, shard: Shard[S], decision: Decision[Any]) -> None:
        state, transaction, ends = shard.state, decision.transaction, decision.ends
        if transaction is not None:
            for record in decision.records:
                self._apply_pending(state, transaction.producer_id, record)
        elif ends is not None:
            self._ended(state, ends.producer_id, ends.commit)
        else:
            for record in decision.records:
                self._apply(state, record)

    def _release(self, shard: Shard[S], decision: Decision[Any]) -> None:
        """Let out what a durable decision has to say."""
        for release in decision.releases:
            shard.parking.release(release.parked, release.reply)
        for call in decision.after:
            call()

    # -- appending

    def _launch(self, shard: Shard[S], flight: Flight) -> None:
        """Start an append; it has ended, well or badly, when this returns, unless the flight is `suspended`."""
        shard.flight = flight
        entries = [entry for pending in flight.pendings for entry in pending.entries]
        now_ms = self._clock.now_ms()
        first = flight.pendings[0].decision
        if first.ends is not None:
            appends = [make_marker(shard.key, first.ends, now_ms, shard.leader_epoch)]
        else:
            appends = [
                make_append(shard.key, batch, now_ms, shard.leader_epoch, first.transaction)
                for batch in pack(entries, self._limits)
            ]
        self._driver.start(self._append(shard, appends), lambda result: self._appended(shard, flight, result))
        flight.suspended = shard.flight is flight

    async def _append(self, shard: Shard[S], appends: Sequence[Append]) -> ErrorCode:
        """Append batches, no more than a bounded size in one call; return why one was refused, or NONE.

        A producer that is refused in the middle leaves a part behind: no refusal for its sake alone any more.
        """
        is_begun = False
        for together in self._calls(appends):
            for answer in await self._store.append(together, shard.fence):
                if isinstance(answer, Refused):
                    is_torn = is_begun and answer.code in _REFUSES_A_PRODUCER
                    return ErrorCode.KAFKA_STORAGE_ERROR if is_torn else answer.code
                is_begun = True
        return ErrorCode.NONE

    def _calls(self, appends: Sequence[Append]) -> Iterable[Sequence[Append]]:
        if len(appends) <= 1:
            return [appends] if appends else []
        calls: list[list[Append]] = []
        room_bytes = 0
        for append in appends:
            if not calls or append.header.size_bytes > room_bytes:
                calls.append([])
                room_bytes = self._limits.append_bytes
            calls[-1].append(append)
            room_bytes -= append.header.size_bytes
        return calls

    def _appended(self, shard: Shard[S], flight: Flight, result: ErrorCode | BaseException) -> None:
        """Go on after an append, with its answer or what it raised."""
        if shard.flight is not flight:
            return  # the shard was unloaded meanwhile, and all were told
        if result in _REFUSES_A_PRODUCER and flight.pendings[0].is_of_producer:
            self._refuse(shard, flight, result)
            return
        if result is not ErrorCode.NONE:
            self._drop(shard, result)
            return
        shard.flight = None
        if not flight.applied:
            for pending in flight.pendings:
                self._apply_all(shard, pending.decision)
            shard.awaited = None
        for pending in flight.pendings:
            self._release(shard, pending.decision)
            pending.resolve(ErrorCode.NONE)
        if flight.suspended:
            self._pump(shard)

    def _refuse(self, shard: Shard[S], flight: Flight, code: ErrorCode) -> None:
        """Go on without what a producer may not write: nothing of it was applied."""
        shard.flight = shard.awaited = None
        flight.error = code
        for pending in flight.pendings:
            pending.resolve(code)
        if flight.suspended:
            self._pump(shard)

    def _pump(self, shard: Shard[S]) -> None:
        """Let those decide whose turn it is, and append what has queued up, as much together as one append may hold."""
        while True:
            if shard.turns and shard.awaited is None:
                shard.turns.popleft().take()
            elif shard.queue and shard.flight is None:
                taken = self._together(shard.queue)
                pendings, shard.queue = shard.queue[:taken], shard.queue[taken:]
                self._launch(shard, Flight(pendings, applied=not pendings[0].is_of_producer))
            else:
                return

    def _together(self, queue: Sequence[Pending]) -> int:
        """Return how many decisions may go into one append: what belongs to a producer goes alone."""
        if queue[0].is_of_producer:
            return 1
        taken, size_bytes = 0, 0
        while taken < len(queue) and size_bytes < self._limits.append_bytes and not queue[taken].is_of_producer:
            size_bytes += sum(map(size_of, queue[taken].entries))
            taken += 1
        return taken

    def _drop(self, shard: Shard[S], result: ErrorCode | BaseException) -> None:
        """Forget a shard whose append failed or whose state is in doubt, and read back what its log says.

        Not when a fence refused it: the shard has another owner now, and taking it back would start a quarrel.
        """
        _log.warning("Partition %d of a coordinator's log is read back after %r", shard.key.partition, result)
        del self._shards[shard.key]
        shard.abandon(_answer_to(result))
        if result is not ErrorCode.NOT_COORDINATOR and not isinstance(result, asyncio.CancelledError):
            self._driver.start(self.load(shard.key, shard.leader_epoch), _report)


async def _durable(pending: Pending) -> None:
    """Wait until records are in the log."""
    assert pending.outcome is not None, "whoever may wait has been given a future"
    code = await pending.outcome
    if code is not ErrorCode.NONE:
        raise ApiError(code)


def _answer_to(result: ErrorCode | BaseException) -> ErrorCode:
    return ErrorCode.COORDINATOR_NOT_AVAILABLE if result in _UNAVAILABLE else ErrorCode.NOT_COORDINATOR


def _report(result: BaseException | None) -> None:
    if result is not None:
        _log.error("A coordinator's shard could not be read back: %r", result)
