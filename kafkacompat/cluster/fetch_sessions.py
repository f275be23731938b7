"""Fetch sessions (KIP-227): a client names its partitions once, then only what changes.

A session belongs to the node that made it.  Sessions cost memory that clients ask for, so there is a fixed number of
slots; when they are full, a session that nobody uses makes way, else a smaller one that is old enough, else the client
goes without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.wire.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kafkacompat.wire.messages.fetch import FetchPartition, FetchRequest, PartitionData

NO_SESSION: Final = 0
FULL_FETCH_EPOCH: Final = 0
FINAL_EPOCH: Final = -1
LAST_EPOCH: Final = 2**31 - 1
EVICTION_MS: Final = 120_000
"""How long a session is safe from others; no setting in Kafka either."""
FIRST_VERSION_WITH_TOPIC_IDS: Final = 13


class Wanted:
    """One partition of a fetch, and what the client was last told of it.

    `by_id`: the topic is named by its id, which may be zero; else by its name, which may be empty.
    """

    __slots__ = ("asked", "by_id", "high_watermark", "log_start_offset", "topic_id", "topic_name", "was_found")

    def __init__(self, topic_name: str, topic_id: bytes, asked: FetchPartition, *, by_id: bool) -> None:
        self.topic_name = topic_name
        self.topic_id = topic_id
        self.by_id = by_id
        self.was_found = False
        """Whether a topic has had the id while this was asked for: when it goes, the id does not become unknown."""
        self.asked = asked
        self.high_watermark = -1
        self.log_start_offset = -1

    @property
    def key(self) -> tuple[str | bytes, int]:
        """What the client calls the partition."""
        return (self.topic_id if self.by_id else self.topic_name, self.asked.partition)

    def is_news(self, data: PartitionData, size_bytes: int) -> bool:
        """Tell whether a session's client must hear of this, and remember that it has."""
        news = (
            size_bytes > 0
            or data.error_code != ErrorCode.NONE
            or data.high_watermark != self.high_watermark
            or data.log_start_offset != self.log_start_offset
            or data.preferred_read_replica != -1
            or data.diverging_epoch.epoch != -1
        )
        # After an error the next answer is always news, so that the client learns of the recovery.
        self.high_watermark = -1 if data.error_code else data.high_watermark
        self.log_start_offset = data.log_start_offset
        return news


class Session:
    """A client's partitions in the order they are served, and the epoch its next request must carry."""

    __slots__ = ("created_ms", "epoch", "session_id", "used_ms", "uses_topic_ids", "wanted")

    def __init__(self, session_id: int, now_ms: int, wanted: list[Wanted], *, uses_topic_ids: bool) -> None:
        self.session_id = session_id
        self.epoch = 1
        self.created_ms = self.used_ms = now_ms
        self.uses_topic_ids = uses_topic_ids
        self.wanted = {w.key: w for w in wanted}

    def advance(self) -> None:
        """Expect the next epoch: after the largest comes 1."""
        self.epoch = 1 if self.epoch == LAST_EPOCH else self.epoch + 1

    def move_to_end(self, wanted: Wanted) -> None:
        """Serve a partition that has just had its turn after all others."""
        self.wanted[wanted.key] = self.wanted.pop(wanted.key)

    def update(self, request: FetchRequest) -> None:
        """Take the changes that an incremental request brings."""
        for new in wanted_of(request, by_id=self.uses_topic_ids):
            old = self.wanted.get(new.key)
            if old is None:
                self.wanted[new.key] = new
            else:
                old.asked = new.asked
        for topic in request.forgotten_topics_data:
            name: str | bytes = topic.topic_id if self.uses_topic_ids else topic.topic
            for index in topic.partitions:
                self.wanted.pop((name, index), None)


class FetchPlan(NamedTuple):
    """What to read for a request, and how to answer: `session` is None for a fetch without one."""

    wanted: list[Wanted]
    session: Session | None
    incremental: bool


def wanted_of(request: FetchRequest, *, by_id: bool) -> Iterator[Wanted]:
    """List a request's partitions in its own order; `by_id` as `Wanted`."""
    for topic in request.topics:
        for asked in topic.partitions:
            yield Wanted(topic.topic, topic.topic_id, asked, by_id=by_id)


def _wanted_once(request: FetchRequest, *, by_id: bool) -> list[Wanted]:
    """List a request's partitions; of what names the same one the last."""
    return list({w.key: w for w in wanted_of(request, by_id=by_id)}.values())


class FetchSessions:
    """The sessions of one node.

    `slots` is Kafka's max.incremental.fetch.session.cache.slots; `new_id` draws a positive int32.
    """

    def __init__(self, slots: int, now_ms: Callable[[], int], new_id: Callable[[], int]) -> None:
        self._slots = slots
        self._now_ms = now_ms
        self._new_id = new_id
        self._sessions: dict[int, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def plan(self, request: FetchRequest, api_version: int) -> FetchPlan | ErrorCode:
        """Find or make the session a request speaks of; an error is answered at the top, with no partitions."""
        if request.session_epoch in (FULL_FETCH_EPOCH, FINAL_EPOCH):
            self._sessions.pop(request.session_id, None)
            by_id = api_version >= FIRST_VERSION_WITH_TOPIC_IDS
            wanted = _wanted_once(request, by_id=by_id)
            if request.session_epoch == FINAL_EPOCH:
                return FetchPlan(wanted, None, incremental=False)
            session = self._create(wanted, uses_topic_ids=by_id)
            return FetchPlan(wanted, session, incremental=False)
        return self._continue(request, api_version)

    def _continue(self, request: FetchRequest, api_version: int) -> FetchPlan | ErrorCode:
        session = self._sessions.get(request.session_id)
        if session is None:
            return ErrorCode.FETCH_SESSION_ID_NOT_FOUND
        if session.epoch != request.session_epoch:
            return ErrorCode.INVALID_FETCH_SESSION_EPOCH
        if session.uses_topic_ids != (api_version >= FIRST_VERSION_WITH_TOPIC_IDS):
            return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR
        session.update(request)
        if not session.wanted:
            # What the request adds and forgets at once is read all the same (behaviour of Kafka 4.4).
            del self._sessions[session.session_id]
            return FetchPlan(_wanted_once(request, by_id=session.uses_topic_ids), None, incremental=False)
        session.used_ms = self._now_ms()
        session.advance()
        return FetchPlan(list(session.wanted.values()), session, incremental=True)

    def _create(self, wanted: list[Wanted], *, uses_topic_ids: bool) -> Session | None:
        if not self._has_slot(len(wanted)):
            return None
        session_id = self._new_id()
        while session_id in self._sessions:
            session_id = self._new_id()
        session = Session(session_id, self._now_ms(), wanted, uses_topic_ids=uses_topic_ids)
        self._sessions[session_id] = session
        return session

    def _has_slot(self, size: int) -> bool:
        """Find a slot for a session of `size` partitions, taking one from another if Kafka's rules allow."""
        if len(self._sessions) < self._slots:
            return True
        if not self._sessions:
            return False
        now_ms = self._now_ms()
        idle = min(self._sessions.values(), key=lambda s: s.used_ms)
        small = min(self._sessions.values(), key=lambda s: (len(s.wanted), s.used_ms))
        if now_ms - idle.used_ms > EVICTION_MS:
            victim = idle
        elif len(small.wanted) < size and now_ms - small.created_ms > EVICTION_MS:
            victim = small
        else:
            return False
        del self._sessions[victim.session_id]
        return True
