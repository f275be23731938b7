"""OffsetCommit: remember how far a group has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.groups.classic.member import NO_MEMBER_ID
from kafkacompat.groups.classic.rebalance import expect_member
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.records import NO_EPOCH, NO_EXPIRY, CommittedOffset, OffsetRecord
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.groups.classic.group import ClassicGroup
    from kafkacompat.groups.state import GroupsState

NO_RETENTION: Final = -1
END_OF_TIME_MS: Final = (1 << 63) - 1


class OffsetToCommit(NamedTuple):
    """One partition's position; `metadata` is the client's own note."""

    topic: str
    topic_id: bytes
    partition: int
    offset: int
    leader_epoch: int
    metadata: str | None


class Commit(NamedTuple):
    """A request to commit; a generation below zero says that the client manages no membership."""

    group_id: str
    member_id: str
    instance_id: str | None
    generation_id: int
    retention_ms: int
    missing_group_code: ErrorCode
    """What a member of a missing group is told: GROUP_ID_NOT_FOUND from version 9, ILLEGAL_GENERATION before."""
    offsets: Sequence[OffsetToCommit]

    def decide(self, state: GroupsState) -> Decision[list[ErrorCode]]:
        """Decide a commit; the reply has one code for each offset."""
        self._check(state)
        now_ms = state.clock.now_ms()
        # A retention beyond the end of time lasts until then.
        expire_ms = NO_EXPIRY if self.retention_ms == NO_RETENTION else min(now_ms + self.retention_ms, END_OF_TIME_MS)
        return Decision(*decided(state, self.group_id, self.offsets, now_ms, expire_ms))

    def _check(self, state: GroupsState) -> None:
        """Find the group and see whether this client may commit for it; a commit also says that the member lives."""
        group = state.groups.get(self.group_id)
        if group is None:
            if self.generation_id >= 0:
                raise ApiError(self.missing_group_code)
            return
        if self.generation_id < 0 and group.state is ClassicGroupState.EMPTY:
            return
        if self.generation_id < 0 and self.member_id == NO_MEMBER_ID and self.instance_id is None:
            raise ApiError(ErrorCode.UNKNOWN_MEMBER_ID)
        self._check_member(state, group)

    def _check_member(self, state: GroupsState, group: ClassicGroup) -> None:
        member = group.validated(self.member_id, self.instance_id)
        if self.generation_id != group.generation_id:
            raise ApiError(ErrorCode.ILLEGAL_GENERATION)
        if group.state is ClassicGroupState.COMPLETING_REBALANCE:
            raise ApiError(ErrorCode.REBALANCE_IN_PROGRESS)
        expect_member(state, group, member)


def decided(
    state: GroupsState, group_id: str, offsets: Sequence[OffsetToCommit], now_ms: int, expire_ms: int = NO_EXPIRY
) -> tuple[list[ErrorCode], list[OffsetRecord]]:
    """Return a code for each offset, and the records of those that are committed."""
    max_chars = state.config.offset_metadata_max_chars
    codes: list[ErrorCode] = []
    records: list[OffsetRecord] = []
    for topic, topic_id, partition, offset, leader_epoch, metadata in offsets:
        if metadata is not None and _is_too_long(metadata, max_chars):
            codes.append(ErrorCode.OFFSET_METADATA_TOO_LARGE)
            continue
        if expire_ms == NO_EXPIRY:
            committed = CommittedOffset(offset, leader_epoch, metadata or "", now_ms, NO_EXPIRY, topic_id)
        else:  # the only form of the record that knows expiry knows neither epoch nor topic id
            committed = CommittedOffset(offset, NO_EPOCH, metadata or "", now_ms, expire_ms)
        records.append(OffsetRecord(group_id, topic, partition, committed))
        codes.append(ErrorCode.NONE)
    return codes, records


def _is_too_long(metadata: str, max_chars: int) -> bool:
    """Count as Java does: characters beyond the first 65,536 count twice."""
    if 2 * len(metadata) <= max_chars:
        return False
    return len(metadata.encode("utf-16-le", "surrogatepass")) // 2 > max_chars
