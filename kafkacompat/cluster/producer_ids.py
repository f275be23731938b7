"""Where the transaction coordinator gets producer ids from: the door to the metadata coordinator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafkacompat.metadata.coordinator import MetadataCoordinator


class MetadataProducerIds:
    """Producer ids from the metadata coordinator's blocks."""

    def __init__(self, metadata: MetadataCoordinator) -> None:
        self._metadata = metadata

    async def allocate(self) -> int:
        """Return an id that nobody was ever given."""
        return await self._metadata.allocate_producer_id()
