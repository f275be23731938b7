"""Becoming the leader of the metadata log: what KRaft's raft layer does below the controller (KIP-595)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.storage.store import Append, AppendOutcomeUnknownError, Refused
from kafkacompat.wire.codec import encode
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.metadata_records import LeaderChangeMessage, Voter
from kafkacompat.wire.records.batch import read_header
from kafkacompat.wire.records.control import ControlType, build_control_batch

if TYPE_CHECKING:
    from kafkacompat.storage.store import PartitionKey, Store

VERSION: Final = 0
"""Voters are named by their ids alone, as where kraft.version is 0."""
MAX_ATTEMPTS: Final = 10


async def begin_leadership(store: Store, key: PartitionKey, node_id: int, now_ms: int) -> int:
    """Begin a new leader epoch, say so in the log, and return the epoch; the first is 1.

    The node is the only voter, and votes for itself.  ApiError if the log cannot be written.
    """
    log = store.log(key)
    assert log is not None, "the log was created before"
    for _ in range(MAX_ATTEMPTS):
        epoch = max(await log.epoch_at((await log.bounds()).end_offset), 0) + 1
        fence = await store.own(key)
        batch = _leader_change(node_id, now_ms)
        try:
            (answer,) = await store.append([Append(key, batch, read_header(batch), epoch)], fence)
        except AppendOutcomeUnknownError:
            continue  # the next epoch tells the same
        if isinstance(answer, Refused):
            raise ApiError(answer.code, answer.message)
        return epoch
    raise ApiError(ErrorCode.REQUEST_TIMED_OUT)


def _leader_change(node_id: int, now_ms: int) -> bytes:
    message = LeaderChangeMessage(
        version=VERSION,
        leader_id=node_id,
        voters=[Voter(voter_id=node_id)],
        granting_voters=[Voter(voter_id=node_id)],
    )
    value = b"".join(encode(message, VERSION))
    return build_control_batch(ControlType.LEADER_CHANGE, value, timestamp_ms=now_ms)
