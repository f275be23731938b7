"""What the nodes of a cluster register with in its metadata log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.metadata.registrations import BrokerIdentity, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafkacompat.cluster.context import Listener
    from kafkacompat.cluster.node import Node
    from kafkacompat.settings.settings import Settings

PROTOCOL_NUMBERS: Final = {"PLAINTEXT": 0, "SSL": 1, "SASL_PLAINTEXT": 2, "SASL_SSL": 3}
DEFAULT_CONTROLLER_LISTENER: Final = "CONTROLLER"


def identity(node: Node, settings: Settings, new_id: Callable[[], bytes]) -> BrokerIdentity:
    """Describe a node by its doors, as a new incarnation."""
    endpoints = [_endpoint(listener) for listener in node.listeners.values()]
    controller = controller_endpoint(node, settings)
    return BrokerIdentity(node.node_id, endpoints, controller, node.rack, new_id(), node.directory_id, new_id())


def controller_endpoint(node: Node, settings: Settings) -> Endpoint | None:
    """Return where a node is reached as a controller, None where it has no doors.

    There is no door for controllers: whoever asks for it is told the first door, which takes every request that a
    controller would.
    """
    names = settings.list("controller.listener.names")
    for listener in node.listeners.values():
        return _endpoint(listener)._replace(name=names[0] if names else DEFAULT_CONTROLLER_LISTENER)
    return None


def _endpoint(listener: Listener) -> Endpoint:
    return Endpoint(
        listener.name,
        listener.advertised_host,
        listener.advertised_port,
        PROTOCOL_NUMBERS[listener.security_protocol],
    )
