"""A server that scenarios are run against, whoever started it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    DescribeClusterResult,
    NewTopic,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from suite.failures import TargetError
from suite.targets.readiness import wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOOK_AGAIN_S: Final = 0.02
SCRAM_ITERATIONS: Final = 4096
SCRAM_S: Final = 20
CLUSTER_S: Final = 10


@dataclass(frozen=True)
class Wanted:
    """What a server must be: scenarios that want the same share one, save that `own` is nobody else's."""

    nodes: int = 1
    settings: tuple[tuple[str, str], ...] = ()
    security: str | None = None
    own: int | None = None


class Controls(Protocol):
    """How a server of ours to steer is stopped and started; addresses and data stay."""

    def stop(self) -> None:
        """Stop all nodes in order."""

    def start(self) -> None:
        """Start all nodes again, where they were, with the data they had."""

    def kill(self) -> None:
        """End all nodes as a crash does."""

    def stop_node(self, node_id: int) -> None:
        """Stop one node in order."""

    def start_node(self, node_id: int) -> None:
        """Start it again."""

    def close(self) -> None:
        """End it for good, and forget its data."""


class Server:
    """A running server: its address, an administrator that is the runner's own, and controls.

    `data` is its data directory where it has one on this machine, in Kafka's own layout; `client_security` what clients
    are told by `--security`, and `admin_security` the same for the runner's own administrator.
    """

    def __init__(
        self,
        target: str,
        bootstrap: str,
        version: str,
        controls: Controls,
        *,
        data: Path | None = None,
        client_security: Mapping[str, str] | None = None,
        admin_security: Mapping[str, str] | None = None,
    ) -> None:
        self.target = target
        self.bootstrap = bootstrap
        self.version = version
        self.data = data
        self.client_security = dict(client_security or {})
        self._admin_security = dict(admin_security or {})
        self._controls = controls
        self._admin: AdminClient | None = None
        self._reader: Consumer | None = None
        self._making = threading.Lock()
        self.stop = controls.stop
        self.start = controls.start
        self.kill = controls.kill
        self.stop_node = controls.stop_node
        self.start_node = controls.start_node

    @property
    def admin(self) -> AdminClient:
        """The runner's own administrator (confluent-kafka): what scenarios arrange things with."""
        with self._making:  # two threads that make one each: the loser's is ended while it is in use
            if self._admin is None:
                self._admin = AdminClient(self._own_settings)
            return self._admin

    @property
    def _own_settings(self) -> dict[str, Any]:
        return {"bootstrap.servers": self.bootstrap, "log_level": 0, **self._admin_security}

    @property
    def node_ids(self) -> list[int]:
        """The ids of the nodes that are up."""
        return sorted(node.id for node in self._cluster().nodes)

    @property
    def cluster_id(self) -> str:
        """The cluster's id."""
        return str(self._cluster().cluster_id)

    def _cluster(self) -> DescribeClusterResult:
        told: DescribeClusterResult = self.admin.describe_cluster().result(CLUSTER_S)
        return told

    def leader(self, topic: str, partition: int = 0) -> int:
        """Return the node that leads a partition, -1 if none does."""
        told = self.admin.list_topics(str(topic), timeout=10).topics[str(topic)].partitions
        return int(told[partition].leader) if partition in told else -1

    def create_topic(
        self,
        name: str,
        partitions: int,
        configs: Mapping[str, str],
        replicas: int,
        assignments: list[list[int]] | None,
        within_s: float,
    ) -> None:
        """Create a topic, and return when all its partitions have leaders; TargetError when that fails."""
        new: Any = {"config": dict(configs)}
        if assignments:
            new |= {"num_partitions": len(assignments), "replica_assignment": assignments}
        else:
            new |= {"num_partitions": partitions, "replication_factor": replicas}
        try:
            self.admin.create_topics([NewTopic(name, **new)])[name].result(within_s)
            count = self.wait_for_leaders(name, within_s, new["num_partitions"])
            self._wait_for_offsets(name, count, within_s)
        except (KafkaException, TimeoutError) as error:
            raise TargetError(f"the topic {name} cannot be made: {error}") from error

    def _wait_for_offsets(self, name: str, partitions: int, within_s: float) -> None:
        """Return when each partition's leader answers; KafkaException when one does not in time.

        A broker tells of a leader a moment before the leader knows, and clients that do not try again would fail.
        """
        deadline = time.monotonic() + within_s
        while True:
            try:
                errors = [told.error for told in self.ends(name, partitions, within_s) if told.error]
            except KafkaException as error:
                errors = [error.args[0]]
            if not errors:
                return
            if time.monotonic() > deadline:
                raise KafkaException(errors[0])
            time.sleep(LOOK_AGAIN_S)

    def ends(self, name: str, partitions: int, within_s: float) -> list[TopicPartition]:
        """Return where each partition ends, or why that is not known; KafkaException when none can be asked."""
        with self._making:
            if self._reader is None:  # the administrator's list_offsets ends the whole process now and then
                self._reader = Consumer({**self._own_settings, "group.id": "none"})
            reader = self._reader
        # One node may not know a new topic yet, and librdkafka forgets such an answer only after all that it learned
        # earlier: in a quarter of an hour. Asking anew replaces it.
        reader.list_topics(name, timeout=within_s)
        asked = [TopicPartition(name, number, OFFSET_END) for number in range(partitions)]
        told: list[TopicPartition] = reader.offsets_for_times(asked, within_s)
        return told

    def create_scram_users(self, passwords: Mapping[str, str]) -> None:
        """Make users that SCRAM lets in, with these passwords; TargetError when that fails."""
        made = [
            UserScramCredentialUpsertion(user, ScramCredentialInfo(mechanism, SCRAM_ITERATIONS), password.encode())
            for user, password in passwords.items()
            for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)
        ]
        try:
            for one in made:  # two mechanisms of one user must not be in one request
                [done] = self.admin.alter_user_scram_credentials([one]).values()
                done.result(SCRAM_S)
        except (KafkaException, TimeoutError) as error:
            raise TargetError(f"users for SCRAM cannot be made: {error}") from error

    def wait_until_ready(self, *, transactions: bool) -> None:
        """Return when groups, and transactions where they are asked for, are served; TargetError when they are not."""
        settings = {"bootstrap.servers": self.bootstrap, **self._admin_security}
        wait_until_ready(settings, transactions=transactions)

    def wait_for_leaders(self, name: str, within_s: float, partitions: int | None = None) -> int:
        """Wait until a topic is there with so many partitions (any, if None) that all have leaders; return how many."""
        deadline = time.monotonic() + within_s
        while True:
            told = self.admin.list_topics(name, timeout=within_s).topics[name].partitions
            if told and len(told) == (partitions or len(told)) and all(each.leader >= 0 for each in told.values()):
                return len(told)
            if time.monotonic() > deadline:
                raise TargetError(f"the topic {name} has no leaders within {within_s} s")
            time.sleep(LOOK_AGAIN_S)

    def close(self) -> None:
        """End it for good."""
        self._admin = self._reader = None
        self._controls.close()
