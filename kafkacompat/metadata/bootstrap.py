"""What the metadata log of a new cluster begins with, as formatting a Kafka 4.4.0 log directory leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.state import BROKER_RESOURCE
from kafkacompat.wire.metadata_records import (
    BeginTransactionRecord,
    ConfigRecord,
    EndTransactionRecord,
    FeatureLevelRecord,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.features import FeatureLevel
    from kafkacompat.metadata.state import MetadataState

TRANSACTION_NAME: Final = "Bootstrap records"


def bootstrap(state: MetadataState, levels: Sequence[FeatureLevel], min_insync_replicas: int) -> Decision[None]:
    """Write the feature levels and the cluster's default of min.insync.replicas, unless the log says them already.

    The latter stands in the log because eligible leader replicas (KIP-966) depend on it: the setting of the first
    controller is the cluster's from then on.
    """
    if state.feature_levels:
        return Decision(None)
    records: list[Any] = [BeginTransactionRecord(name=TRANSACTION_NAME)]
    records += [FeatureLevelRecord(name=feature.name, feature_level=feature.level) for feature in levels]
    records.append(
        ConfigRecord(
            resource_type=BROKER_RESOURCE,
            resource_name="",
            name="min.insync.replicas",
            value=str(min_insync_replicas),
        )
    )
    records.append(EndTransactionRecord())
    return Decision(None, records)
