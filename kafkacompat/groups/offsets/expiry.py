"""Offsets that nobody needs any more are forgotten in time, and groups with them (KIP-211)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.coordination.decision import Decision
from kafkacompat.groups.classic.states import ClassicGroupState
from kafkacompat.groups.records import NO_EXPIRY, CommittedOffset, GroupRecord, OffsetRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.groups.classic.group import ClassicGroup
    from kafkacompat.groups.records import Record
    from kafkacompat.groups.state import GroupsState

SWEEP_TIMER: Final = "expiry"
NO_TIMESTAMP: Final = -1


def schedule_sweep(state: GroupsState) -> None:
    """Look for expired offsets after the broker's interval."""
    when_ms = state.clock.now_ms() + state.config.offsets_retention_check_interval_ms
    state.timers.schedule(SWEEP_TIMER, when_ms, sweep)


def sweep(state: GroupsState) -> Decision[None]:
    """Forget expired offsets, and groups that have neither members nor offsets left."""
    schedule_sweep(state)
    records: list[Record] = []
    for group in list(state.groups.values()):
        expired = _expired(state, group)
        records.extend(expired)
        left = sum(map(len, state.offsets.get(group.group_id, {}).values())) - len(expired)
        left += len(state.pending.of_group(group.group_id))
        if left == 0 and group.state is ClassicGroupState.EMPTY and not group.pending_joins:
            records.append(GroupRecord(group.group_id, None))
            del state.groups[group.group_id]
    return Decision(None, records)


def _expired(state: GroupsState, group: ClassicGroup) -> list[OffsetRecord]:
    since = _expires_since(group)
    if since is None:
        return []
    now_ms, retention_ms = state.clock.now_ms(), state.config.offsets_retention_ms

    def is_expired(committed: CommittedOffset) -> bool:
        if committed.expire_timestamp_ms != NO_EXPIRY:
            return now_ms >= committed.expire_timestamp_ms
        return now_ms - since(committed) >= retention_ms

    return [
        OffsetRecord(group.group_id, topic, partition, None)
        for topic, partitions in state.offsets.get(group.group_id, {}).items()
        if not group.consumes(topic)
        for partition, committed in partitions.items()
        if is_expired(committed) and not state.pending.is_at((group.group_id, topic, partition))
    ]


def _expires_since(group: ClassicGroup) -> Callable[[CommittedOffset], int] | None:
    """Return from when on an offset's retention counts, or None while nothing of the group expires.

    Once members have left: since the group is empty.  Without members ever, or for topics that consumers no longer
    consume: since the commit.
    """
    if group.protocol_type is None:
        return _commit_time
    if group.state is ClassicGroupState.EMPTY:
        empty_since_ms = group.state_timestamp_ms
        return _commit_time if empty_since_ms == NO_TIMESTAMP else lambda _: empty_since_ms
    if group.state is ClassicGroupState.STABLE and group.is_consumer_group() and group.subscribed_topics is not None:
        return _commit_time
    return None


def _commit_time(committed: CommittedOffset) -> int:
    return committed.commit_timestamp_ms
