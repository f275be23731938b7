"""Which ports the nodes of a cluster open: those of the first node, and for each further node the ports after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafkacompat.settings.errors import InvalidSettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafkacompat.settings.listeners import ListenerConfig

_GREATEST_PORT: Final = 65535


def listeners_of_nodes(first: Sequence[ListenerConfig], nodes: int) -> list[list[ListenerConfig]]:
    """Return each node's listeners: ports rise by one from node to node, 0 stays any free one.

    InvalidSettingError where two nodes would meet on one port, or there is no such port.
    """
    of_nodes = [[_moved(listener, number) for listener in first] for number in range(nodes)]
    taken: dict[int, tuple[int, str]] = {}
    for number, listeners in enumerate(of_nodes):
        for name, _, _, port, _, advertised_port in listeners:
            if max(port, advertised_port) > _GREATEST_PORT:
                raise InvalidSettingError(
                    f"There is no port {max(port, advertised_port)} for listener {name} of node {number + 1} of "
                    f"{nodes}: each node's ports are one above those of the node before it."
                )
            other, other_name = taken.setdefault(port, (number, name)) if port else (number, name)
            if other != number:
                raise InvalidSettingError(
                    f"Listener {name} of node {number + 1} and listener {other_name} of node {other + 1} would share "
                    f"port {port}: leave {nodes} ports from one listener to the next, as each node's ports are one "
                    "above those of the node before it."
                )
    return of_nodes


def _moved(listener: ListenerConfig, number: int) -> ListenerConfig:
    return listener._replace(
        port=listener.port + number if listener.port else 0,
        advertised_port=listener.advertised_port + number if listener.advertised_port else 0,
    )
