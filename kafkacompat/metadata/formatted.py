"""What Kafka keeps beside its metadata log: the snapshot that formatting writes, and who leads (KIP-630, 595).

Neither is read here, as the log says it all; they are there for Kafka and its tools.
"""

from __future__ import annotations

import json
from struct import Struct
from typing import TYPE_CHECKING, Final

from kafkacompat.metadata.codec import MetadataRecordCodec
from kafkacompat.metadata.features import BOOTSTRAP_LEVELS
from kafkacompat.wire.metadata_records import FeatureLevelRecord
from kafkacompat.wire.records.builder import build_batch
from kafkacompat.wire.records.control import ControlType, control_record
from kafkacompat.wire.records.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.features import FeatureLevel

CHECKPOINT: Final = "00000000000000000000-0000000000.checkpoint"
QUORUM_STATE: Final = "quorum-state"

_HEADER: Final = Struct(">hqb")
"""Version, the time of the last record that is in the snapshot, no tagged fields."""
_FOOTER: Final = Struct(">hb")
_EPOCH: Final = 0


def bootstrap_snapshot(now_ms: int, feature_levels: Sequence[FeatureLevel] = BOOTSTRAP_LEVELS) -> bytes:
    """Return the snapshot at offset 0: a header, the feature levels of a new cluster, a footer."""
    header = control_record(ControlType.SNAPSHOT_HEADER, _HEADER.pack(0, now_ms, 0))
    codec = MetadataRecordCodec()
    levels = [codec.encode(FeatureLevelRecord(name=name, feature_level=level)) for name, level in feature_levels]
    records = [Record(delta, 0, key, value, ()) for delta, (key, value) in enumerate(levels)]
    footer = control_record(ControlType.SNAPSHOT_FOOTER, _FOOTER.pack(0, 0))
    return b"".join(
        (
            build_batch([header], base_timestamp_ms=now_ms, leader_epoch=_EPOCH, control=True),
            build_batch(records, base_timestamp_ms=now_ms, base_offset=1, leader_epoch=_EPOCH),
            build_batch(
                [footer], base_timestamp_ms=now_ms, base_offset=1 + len(records), leader_epoch=_EPOCH, control=True
            ),
        )
    )


def quorum_state(leader_id: int, leader_epoch: int) -> bytes:
    """Return what Kafka remembers of the last election: the node elected itself, as the only voter."""
    state = {
        "clusterId": "",
        "leaderId": leader_id,
        "leaderEpoch": leader_epoch,
        "votedId": -1,
        "appliedOffset": 0,
        "currentVoters": [{"voterId": leader_id}],
        "data_version": 0,
    }
    return json.dumps(state, separators=(",", ":")).encode()
