"""The real Kafka in a container: the recipe for machines with Docker."""

from __future__ import annotations

import importlib
import os
import subprocess
from typing import TYPE_CHECKING, Any, Final

from suite.failures import TargetError
from suite.targets.address import Nothing
from suite.targets.ports import free_ports
from suite.targets.server import Server, Wanted

if TYPE_CHECKING:
    from suite.targets.server import Controls

IMAGE: Final = "apache/kafka:4.4.0"
IMAGE_VARIABLE: Final = "KAFKACOMPAT_DOCKER_IMAGE"
"""Names another image that takes its settings as apache/kafka does, such as one of a registry of your own."""
DAEMON_S: Final = 20
START_S: Final = 90
SETTINGS: Final = {
    # The image takes all settings from the environment once it is given one.
    "node.id": "0",
    "process.roles": "broker,controller",
    "controller.quorum.voters": "0@localhost:9093",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}


class Docker:
    """Starts a container of apache/kafka through testcontainers."""

    name = "docker"

    def refusal(self, wanted: Wanted) -> str | None:
        """Return what a container cannot do."""
        if wanted.own is not None:
            return "a container is not stopped and started"
        if wanted.nodes > 1:
            return "a container is one node"
        if wanted.security:
            return "a container has a plain listener only"
        return None

    def open(self, wanted: Wanted) -> Server:
        """Start one; one sentence says whether the daemon, the library or the image is missing."""
        daemon_must_answer()
        try:
            core: Any = importlib.import_module("testcontainers.core.container")
            waiting: Any = importlib.import_module("testcontainers.core.waiting_utils")
        except ImportError:
            raise TargetError("the Python package testcontainers is missing: pip install testcontainers") from None
        port = free_ports(1)  # what the broker advertises must be known before it starts
        addresses = {
            "listeners": f"PLAINTEXT://:{port},CONTROLLER://:9093",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        }
        image = os.environ.get(IMAGE_VARIABLE) or IMAGE
        container = core.DockerContainer(image).with_bind_ports(port, port)
        for name, value in {**SETTINGS, **addresses, **dict(wanted.settings)}.items():
            container = container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
        try:
            container.start()
            waiting.wait_for_logs(container, "Kafka Server started", timeout=START_S)
        except Exception as error:
            container.stop()
            raise TargetError(f"no container of {image} can be had: {str(error).strip()[:300]}") from error
        return Server(self.name, f"127.0.0.1:{port}", image.rpartition(":")[2], Container(container))


class Container(Nothing):
    """Controls of a container: it can be ended."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def close(self) -> None:
        """End and remove it."""
        self._container.stop()


def daemon_must_answer() -> None:
    """Raise TargetError unless there is a Docker daemon."""
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DAEMON_S, check=False)
    except FileNotFoundError:
        raise TargetError("there is no docker on this machine") from None
    except subprocess.TimeoutExpired:
        raise TargetError(f"the Docker daemon does not answer within {DAEMON_S} s") from None
    if done.returncode:
        raise TargetError(f"the Docker daemon cannot be reached: {done.stderr.strip()[:300]}")


if TYPE_CHECKING:
    _container_can_be_steered: type[Controls] = Container
