"""Brings the nodes of this cluster into the metadata log at its start, and out of it at its end.

The same records in the same order as a single Kafka 4.4.0 node writes them, each step in a batch of its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata import registrations
from kafkacompat.metadata.bootstrap import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafkacompat.metadata.features import FeatureLevel
    from kafkacompat.metadata.registrations import BrokerIdentity
    from kafkacompat.metadata.state import MetadataState

    Decider = Callable[[MetadataState], Decision[Any]]


class MetadataLog(Protocol):
    """What is needed of the log."""

    async def insist(self, decider: Decider) -> None:
        """Carry a decision out, again when its outcome is not known: deciders look at what is there already."""

    async def end_offset(self) -> int:
        """Return the offset of the next record."""


class Membership:
    """The nodes of this process; the first is the controller."""

    def __init__(self, log: MetadataLog, identities: Sequence[BrokerIdentity]) -> None:
        self._log = log
        self._identities = identities

    async def start(self, levels: Sequence[FeatureLevel], min_insync_replicas: int) -> None:
        """Write what a new log begins with, and register every node.

        A node that was not stopped in order is fenced first, and stays so if it is not there any more.
        """
        await self._log.insist(lambda state: bootstrap(state, levels, min_insync_replicas))
        for node_id in await self._known():
            await self._log.insist(partial(_fence_if_unfenced, node_id))
        await self._log.insist(lambda _state: registrations.register_controller(self._identities[0]))
        since = await self._log.end_offset()
        for identity in self._identities:
            await self._join(identity, since)

    async def stop(self) -> None:
        """Take every node out in order, as a controlled shutdown does."""
        for identity in self._identities:
            await self._log.insist(partial(_leave, identity.node_id))
        for identity in self._identities:
            await self._log.insist(partial(_fence_if_unfenced, identity.node_id))

    async def start_node(self, node_id: int, incarnation_id: bytes | None) -> None:
        """Bring one node back: as a new incarnation after it stopped, as what it was (None) after it was fenced."""
        if incarnation_id is None:
            await self._log.insist(partial(_unfence_if_fenced, node_id))
            return
        (identity,) = (identity for identity in self._identities if identity.node_id == node_id)
        since = await self._log.end_offset()
        await self._join(identity._replace(incarnation_id=incarnation_id), since)

    async def stop_node(self, node_id: int) -> None:
        """Take one node out in order: others lead first, then it is fenced."""
        await self._log.insist(partial(_leave, node_id))
        await self._log.insist(partial(_fence_if_unfenced, node_id))

    async def fence_node(self, node_id: int) -> None:
        """Take one node for lost."""
        await self._log.insist(partial(_fence_if_unfenced, node_id))

    async def _known(self) -> list[int]:
        """Return every node that the log knows, those that are not in this process any more too."""
        known: list[int] = []

        def look(state: MetadataState) -> Decision[None]:
            known[:] = state.brokers
            return Decision(None)

        await self._log.insist(look)
        return known

    async def _join(self, identity: BrokerIdentity, since: int) -> None:
        node_id = identity.node_id
        end_offset = await self._log.end_offset()
        await self._log.insist(lambda state: _register(state, identity, since, end_offset))
        await self._log.insist(lambda state: registrations.uncordon(state, node_id))
        await self._log.insist(partial(_unfence_if_fenced, node_id))


def _register(state: MetadataState, identity: BrokerIdentity, since: int, end_offset: int) -> Decision[None]:
    broker = state.brokers.get(identity.node_id)
    if broker is not None and broker.epoch >= since:
        return Decision(None)
    return registrations.register_broker(identity, end_offset)


def _fence_if_unfenced(node_id: int, state: MetadataState) -> Decision[None]:
    broker = state.brokers.get(node_id)
    return Decision(None) if broker is None or broker.fenced else registrations.fence(state, node_id)


def _unfence_if_fenced(node_id: int, state: MetadataState) -> Decision[None]:
    return registrations.unfence(state, node_id) if state.brokers[node_id].fenced else Decision(None)


def _leave(node_id: int, state: MetadataState) -> Decision[None]:
    broker = state.brokers.get(node_id)
    if broker is None or broker.fenced or broker.in_controlled_shutdown:
        return Decision(None)
    return registrations.begin_controlled_shutdown(state, node_id)
