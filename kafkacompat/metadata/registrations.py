"""Controllers and brokers in the metadata log: who they are, and whether they serve (KIP-500, 858).

A broker's epoch is the offset of the record that registers it: whoever decides says where the log ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kafkacompat.coordination.decision import Decision
from kafkacompat.metadata.elections import broker_left, broker_returned
from kafkacompat.metadata.features import RELEASED
from kafkacompat.wire.metadata_records import (
    BrokerEndpoint,
    BrokerFeature,
    BrokerRegistrationChangeRecord,
    ControllerEndpoint,
    ControllerFeature,
    RegisterBrokerRecord,
    RegisterControllerRecord,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.metadata.state import MetadataState

FENCE: Final = 1
UNFENCE: Final = -1
IN_CONTROLLED_SHUTDOWN: Final = 1


class Endpoint(NamedTuple):
    """Where a listener is reached; `security_protocol` as the log numbers it (PLAINTEXT is 0)."""

    name: str
    host: str
    port: int
    security_protocol: int = 0


class BrokerIdentity(NamedTuple):
    """What a node registers with.

    The incarnation ids are new at every start, `directory_id` stays with the log directory.  `controller_endpoint` is
    where the node would be asked as a controller, if it is one.
    """

    node_id: int
    endpoints: Sequence[Endpoint] = ()
    controller_endpoint: Endpoint | None = None
    rack: str | None = None
    incarnation_id: bytes = bytes(16)
    directory_id: bytes = bytes(16)
    controller_incarnation_id: bytes = bytes(16)


def register_controller(identity: BrokerIdentity) -> Decision[None]:
    """Say who the controller is."""
    endpoint = identity.controller_endpoint
    record = RegisterControllerRecord(
        controller_id=identity.node_id,
        incarnation_id=identity.controller_incarnation_id,
        zk_migration_ready=False,
        end_points=[] if endpoint is None else [_controller_endpoint(endpoint)],
        features=[
            ControllerFeature(
                name=feature.name, min_supported_version=feature.minimum, max_supported_version=feature.maximum
            )
            for feature in RELEASED
        ],
    )
    return Decision(None, [record])


def register_broker(identity: BrokerIdentity, end_offset: int) -> Decision[None]:
    """Say who a broker is; it is fenced until it has caught up."""
    record = RegisterBrokerRecord(
        broker_id=identity.node_id,
        incarnation_id=identity.incarnation_id,
        broker_epoch=end_offset,
        end_points=[
            BrokerEndpoint(name=name, host=host, port=port, security_protocol=protocol)
            for name, host, port, protocol in identity.endpoints
        ],
        features=[
            BrokerFeature(
                name=feature.name, min_supported_version=feature.minimum, max_supported_version=feature.maximum
            )
            for feature in RELEASED
        ],
        rack=identity.rack,
        fenced=True,
        log_dirs=[identity.directory_id],
    )
    return Decision(None, [record])


def uncordon(state: MetadataState, node_id: int) -> Decision[None]:
    """Say that no log directory is closed to new partitions, as every broker does in its first heartbeat."""
    return Decision(None, [_change(state, node_id, cordoned_log_dirs=[])])


def unfence(state: MetadataState, node_id: int) -> Decision[None]:
    """Let a broker serve, and bring it back into its partitions."""
    return Decision(None, [_change(state, node_id, fenced=UNFENCE), *broker_returned(state, node_id)])


def begin_controlled_shutdown(state: MetadataState, node_id: int) -> Decision[None]:
    """Move leaders away from a broker that is about to stop."""
    change = _change(state, node_id, in_controlled_shutdown=IN_CONTROLLED_SHUTDOWN)
    return Decision(None, [change, *broker_left(state, node_id)])


def fence(state: MetadataState, node_id: int) -> Decision[None]:
    """Let a broker serve no more."""
    return Decision(None, [*broker_left(state, node_id), _change(state, node_id, fenced=FENCE)])


def _controller_endpoint(endpoint: Endpoint) -> ControllerEndpoint:
    name, host, port, protocol = endpoint
    return ControllerEndpoint(name=name, host=host, port=port, security_protocol=protocol)


def _change(state: MetadataState, node_id: int, **what: Any) -> BrokerRegistrationChangeRecord:
    return BrokerRegistrationChangeRecord(broker_id=node_id, broker_epoch=state.brokers[node_id].epoch, **what)
