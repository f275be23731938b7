"""TxnOffsetCommit: offsets that count once a producer's transaction is committed (KIP-98, KIP-447)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kafkacompat.coordination.decision import Decision, Transaction
from kafkacompat.groups.classic.member import NO_MEMBER_ID
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.offsets.commit import decided
from kafkacompat.wire.errors import ApiError, ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.groups.offsets.commit import OffsetToCommit
    from kafkacompat.groups.state import GroupsState


class TransactionalCommit(NamedTuple):
    """A request to commit within a transaction; who names no member and no generation is not asked to be one."""

    group_id: str
    member_id: str
    instance_id: str | None
    generation_id: int
    missing_group_code: ErrorCode
    """What a member of a missing group is told: GROUP_ID_NOT_FOUND from version 6, ILLEGAL_GENERATION before."""
    offsets: Sequence[OffsetToCommit]
    transaction: Transaction

    def decide(self, state: GroupsState) -> Decision[list[ErrorCode]]:
        """Decide a commit; the reply has one code for each offset."""
        self._check(state)
        codes, records = decided(state, self.group_id, self.offsets, state.clock.now_ms())
        if not records:
            return Decision(codes)
        return Decision(codes, records, transaction=self.transaction)

    def _check(self, state: GroupsState) -> None:
        """See whether this client may commit for the group; the group's rebalances are none of the producer's."""
        group = state.groups.get(self.group_id)
        if group is None:
            if self.generation_id >= 0:
                raise ApiError(self.missing_group_code)
            return
        if self.generation_id < 0 and group.state is ClassicGroupState.EMPTY:
            return
        if self.generation_id < 0 and self.member_id == NO_MEMBER_ID and self.instance_id is None:
            return
        group.validated(self.member_id, self.instance_id)
        if self.generation_id != group.generation_id:
            raise ApiError(ErrorCode.ILLEGAL_GENERATION)
