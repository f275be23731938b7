"""Starts the brokers that scenarios want, all that a session needs at once: one is up when another is used."""

from __future__ import annotations

import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from kafkacompat.testing import Broker
from tests.differential.brokers import Compared, await_transactions, node_id, set_transaction_level, warm_up
from tests.differential.real import RealKafka
from tests.differential.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.differential.brokers import Cluster

RACKS: Final = ("rack-a", "rack-b", "rack-c")
OLD_VERSION: Final = "3.9.1"
AT_HOME: Final = {Stage.TRANSACTIONS_0: Stage.TRANSACTIONS_1}
"""Stages that have the brokers of another."""
TRANSACTION_LEVELS: Final = {Stage.TRANSACTIONS_1: 1, Stage.TRANSACTIONS_0: 0}
EVER: Final = str((1 << 63) - 1)


class Lone:
    """One broker that somebody else started, and whose node stays as it is."""

    def __init__(self, address: str) -> None:
        self.addresses = {node_id(address): address}

    def stop_node(self, node: int) -> None:
        raise NotImplementedError(node)

    def start_node(self, node: int) -> None:
        raise NotImplementedError(node)


class OurNodes:
    """A broker of ours."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.addresses = {node: broker.node(node).bootstrap_servers for node in broker.node_ids}

    def stop_node(self, node: int) -> None:
        self._broker.node(node).stop()

    def start_node(self, node: int) -> None:
        self._broker.node(node).start()


class Stages:
    """The brokers of each stage; `kafka_of_session` and `old_kafka_of_session` are those that other tests use too."""

    def __init__(self, kafka_of_session: Callable[[], str], old_kafka_of_session: Callable[[], str]) -> None:
        self._of_session = {Stage.OLD: old_kafka_of_session}
        self._of_session |= dict.fromkeys((Stage.ONE_NODE, Stage.EVERY_RECORD), kafka_of_session)
        self._racks: Mapping[Stage, tuple[str | None, ...]] = {
            Stage.TRANSACTIONS_1: (None,),
            Stage.FRESH: (None,),
            Stage.THREE_NODES: RACKS,
        }
        self._threads = ThreadPoolExecutor()
        self._starting: dict[Stage, Future[RealKafka]] = {}
        self._compared: dict[Stage, Compared] = {}
        self._open = ExitStack()

    def begin(self, stages: Iterable[Stage]) -> None:
        """Begin to start what nobody else starts."""
        for wanted in stages:
            stage = AT_HOME.get(wanted, wanted)
            if stage in self._racks and stage not in self._starting:
                self._starting[stage] = self._threads.submit(self._start, self._racks[stage])

    def _start(self, racks: tuple[str | None, ...]) -> RealKafka:
        kafka = RealKafka(racks)
        self._open.callback(kafka.stop)
        kafka.start()
        return kafka

    def compared(self, stage: Stage) -> Compared:
        """Return the two clusters of a stage, ready to be asked."""
        compared = self._of(AT_HOME.get(stage, stage))
        if stage in TRANSACTION_LEVELS:
            for cluster in (compared.kafka, compared.ours):
                set_transaction_level(min(cluster.addresses.values()), TRANSACTION_LEVELS[stage])
        return compared

    def _of(self, stage: Stage) -> Compared:
        if stage not in self._compared:
            kafka = self._kafka(stage)
            ours = OurNodes(self._open.enter_context(self._ours(stage, min(kafka.addresses))))
            if stage is not Stage.FRESH:
                for cluster in (kafka, ours):
                    for address in cluster.addresses.values():
                        warm_up(address)
                    if len(cluster.addresses) == 1:
                        await_transactions(min(cluster.addresses.values()))
            self._compared[stage] = Compared(kafka, ours, secrets.token_hex(3))
        return self._compared[stage]

    def _kafka(self, stage: Stage) -> Cluster:
        if stage in self._of_session:
            return Lone(self._of_session[stage]())
        self.begin([stage])
        return self._starting[stage].result()

    def _ours(self, stage: Stage, first_node_id: int) -> Broker:
        """Start ours with the ids of the real one, so that they need not be told apart."""
        settings = {"node.id": str(first_node_id)}
        match stage:
            case Stage.EVERY_RECORD:
                settings["kafkacompat.validate.records"] = "all"
            case Stage.OLD:
                settings["log.message.timestamp.after.max.ms"] = EVER  # its default before Kafka 4.0
            case Stage.THREE_NODES:
                settings["kafkacompat.node.racks"] = ",".join(RACKS)
        return Broker(settings=settings, nodes=len(self._racks.get(stage, (None,))), process=True)

    def close(self) -> None:
        """End all of them."""
        self._threads.shutdown()
        self._open.close()
