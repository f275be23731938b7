"""A member of a classic group, as the coordinator knows it while it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kafkacompat.groups.records import StoredMember

if TYPE_CHECKING:
    from collections.abc import Container, Hashable, Mapping, Sequence

    from kafkacompat.coordination.decision import Parked
    from kafkacompat.wire.errors import ErrorCode

NO_MEMBER_ID = ""
NO_GENERATION = -1


class JoinedMember(NamedTuple):
    """What the leader is told of each member, to assign by."""

    member_id: str
    instance_id: str | None
    metadata: bytes


class JoinReply(NamedTuple):
    """The answer to a join."""

    error: ErrorCode
    member_id: str
    generation_id: int = NO_GENERATION
    protocol_type: str | None = None
    protocol_name: str | None = None
    leader: str = ""
    skip_assignment: bool = False
    members: Sequence[JoinedMember] = ()


class SyncReply(NamedTuple):
    """The answer to a sync."""

    error: ErrorCode
    protocol_type: str | None = None
    protocol_name: str | None = None
    assignment: bytes = b""


class ClassicMember:
    """Timeouts, protocols in the member's order of preference with their metadata, and what it waits for."""

    __slots__ = (
        "assignment",
        "awaiting_join",
        "awaiting_sync",
        "client_host",
        "client_id",
        "expire",
        "instance_id",
        "is_new",
        "member_id",
        "protocols",
        "rebalance_timeout_ms",
        "session_timeout_ms",
        "session_timer",
    )

    def __init__(
        self,
        group_id: str,
        member_id: str,
        *,
        instance_id: str | None,
        client_id: str,
        client_host: str,
        rebalance_timeout_ms: int,
        session_timeout_ms: int,
        protocols: Mapping[str, bytes],
        assignment: bytes = b"",
    ) -> None:
        self.member_id = member_id
        self.instance_id = instance_id
        self.client_id = client_id
        self.client_host = client_host
        self.rebalance_timeout_ms = rebalance_timeout_ms
        self.session_timeout_ms = session_timeout_ms
        self.protocols = protocols
        self.assignment = assignment
        self.is_new = False
        """Joined, but never yet part of a generation: it may not know its id."""
        self.awaiting_join: Parked[JoinReply] | None = None
        self.awaiting_sync: Parked[SyncReply] | None = None
        self.session_timer: Hashable = session_timer(group_id, member_id)
        self.expire: Any = None
        """What the session timer fires, made once for the many times it is set."""

    def vote(self, candidates: Container[str]) -> str:
        """Return the first of the member's protocols that is among the candidates."""
        return next(name for name in self.protocols if name in candidates)

    def same_protocols(self, protocols: Mapping[str, bytes]) -> bool:
        """Tell whether these are the member's protocols: names, order and metadata."""
        return list(self.protocols.items()) == list(protocols.items())

    def stored(self, protocol_name: str, assignment: bytes) -> StoredMember:
        """Return what the log is to know of the member."""
        return StoredMember(
            self.member_id,
            self.instance_id,
            self.client_id,
            self.client_host,
            self.rebalance_timeout_ms,
            self.session_timeout_ms,
            self.protocols[protocol_name],
            assignment,
        )


def session_timer(group_id: str, member_id: str) -> Hashable:
    """Name the deadline by which a member must be heard of."""
    return ("session", group_id, member_id)
