"""A server that runs already, somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite.failures import TargetError
from suite.targets.server import Server, Wanted

if TYPE_CHECKING:
    from suite.targets.server import Controls


class Address:
    """A server at HOST:PORT, which is taken as it is."""

    def __init__(self, bootstrap: str) -> None:
        self.name = bootstrap
        self._nodes: int | None = None

    def refusal(self, wanted: Wanted) -> str | None:
        """Return what cannot be had of a server that somebody else started."""
        if wanted.own is not None:
            return "the server is not ours to stop and start"
        if wanted.security:
            return f"the server was not started with a listener for {wanted.security}"
        if wanted.settings:
            return f"the server was not started with {', '.join('='.join(each) for each in wanted.settings)}"
        return None

    def open(self, wanted: Wanted) -> Server:
        """Return it; TargetError if nobody answers there, or with too few nodes."""
        server = Server(self.name, self.name, "", Nothing())
        try:
            nodes = len(server.node_ids)
        except Exception as error:
            raise TargetError(f"no Kafka answers at {self.name}: {error}") from error
        if nodes < wanted.nodes:
            raise TargetError(f"the cluster at {self.name} has {nodes} of the {wanted.nodes} nodes")
        return server


class Nothing:
    """Controls of a server that is not ours."""

    def start(self) -> None:
        """Refuse."""
        raise TargetError("the server is not ours to start")

    def stop(self) -> None:
        """Refuse."""
        raise TargetError("the server is not ours to stop")

    def kill(self) -> None:
        """Refuse."""
        self.stop()

    def start_node(self, node_id: int) -> None:  # noqa: ARG002 - none of them
        """Refuse."""
        self.start()

    def stop_node(self, node_id: int) -> None:  # noqa: ARG002 - none of them
        """Refuse."""
        self.stop()

    def close(self) -> None:
        """Leave it as it is."""


if TYPE_CHECKING:
    _nothing_can_be_steered: type[Controls] = Nothing
