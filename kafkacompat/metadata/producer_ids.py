"""Producer ids: handed out from blocks, each of which is one record of the log, so that none is given twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.coordination.decision import Decision
from kafkacompat.wire.metadata_records import ProducerIdsRecord

if TYPE_CHECKING:
    from kafkacompat.metadata.state import MetadataState

PRODUCER_ID_BLOCK_SIZE: Final = 1000
"""How many ids one record takes: what is unused at a restart is lost (KIP-730)."""
UNKNOWN_EPOCH: Final = -1


def allocate_block(state: MetadataState, node_id: int) -> Decision[range]:
    """Take the next block for a node."""
    first = state.next_producer_id
    following = first + PRODUCER_ID_BLOCK_SIZE
    broker = state.brokers.get(node_id)
    epoch = UNKNOWN_EPOCH if broker is None else broker.epoch
    record = ProducerIdsRecord(broker_id=node_id, broker_epoch=epoch, next_producer_id=following)
    return Decision(range(first, following), [record])
