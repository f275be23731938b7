"""What a scenario function is given."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, OffsetSpec, ResourceType

from suite import checks
from suite.client import Client
from suite.failures import ClientError, ScenarioFailedError, SkippedError, UnsupportedError
from suite.records import Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from suite.pool import Pool
    from suite.records import Partition
    from suite.scenario import Scenario
    from suite.targets.server import Server

T = TypeVar("T")
TOPIC_S = 20


@dataclass
class Caught:
    """The error that was expected, once the block has ended."""

    error: ClientError | None = None


@dataclass
class World:
    """One run of one scenario with one client against one server."""

    scenario: Scenario
    client_name: str
    server: Server
    pool: Pool
    partner_names: list[str]
    log: list[str] = field(default_factory=list)
    _borrowed: list[Any] = field(default_factory=list)
    _client: Client | None = None

    def __post_init__(self) -> None:
        """Start the clock."""
        self._deadline = time.monotonic() + self.scenario.seconds
        self._numbers = itertools.count(1)

    # Clients

    @property
    def client(self) -> Client:
        """The client under test."""
        if self._client is None:
            self._client = self.another()
        return self._client

    def another(self) -> Client:
        """Return a further process of the client under test, such as another member of a group."""
        return self.partner(self.client_name)

    def partner(self, name: str) -> Client:
        """Return a session of another client, by its name."""
        driver = self.pool.borrow(name, self.server, self.log)
        self._borrowed.append(driver)
        return Client(name, driver.process, self.pool.has(name), self.seconds_left)

    @property
    def partners(self) -> Iterator[Client]:
        """A session of every client of this run, the client under test too, one after the other.

        Each goes back when the next is asked for.
        """
        for name in self.partner_names:
            client = self.partner(name)
            borrowed = self._borrowed[-1]
            yield client
            self._borrowed.remove(borrowed)
            self.pool.give_back(borrowed)

    def release(self, *, healthy: bool) -> None:
        """Give back all sessions; those of a scenario that failed are ended."""
        for borrowed in self._borrowed:
            self.pool.give_back(borrowed, healthy=healthy)
        self._borrowed.clear()

    # Names and topics

    def name(self, stem: str) -> str:
        """Return a name that nobody else uses: of a group, a transactional id, a topic that is not made yet."""
        return f"{stem}-{self.client_name}-{os.getpid()}-{id(self):x}-{next(self._numbers)}"

    def topic(
        self,
        partitions: int = 1,
        configs: Mapping[str, str] | None = None,
        *,
        replicas: int = 1,
        name: str | None = None,
        assignments: list[list[int]] | None = None,
    ) -> Topic:
        """Make a topic by the runner's own administrator; when this returns, every partition has a leader.

        `assignments` names the replicas of each partition, the preferred leader first.
        """
        chosen = name or self.name(self.scenario.name[:60])
        self.server.create_topic(chosen, partitions, configs or {}, replicas, assignments, TOPIC_S)
        return Topic(chosen, len(assignments) if assignments else partitions)

    def known(self, name: str) -> Topic:
        """Return a topic that somebody else made."""
        return Topic(name, len(self.server.admin.list_topics(name, timeout=TOPIC_S).topics[name].partitions))

    def delete_records(self, before: Mapping[Partition, int]) -> None:
        """Delete the records before these offsets, by the runner's own administrator."""
        wanted = [TopicPartition(topic, partition, offset) for (topic, partition), offset in before.items()]
        for done in self.server.admin.delete_records(wanted).values():
            done.result(TOPIC_S)

    def committed(self, group: str, topic: Topic) -> dict[Partition, int | None]:
        """Return a group's committed offsets, as the runner's own administrator sees them."""
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(*partition) for partition in topic.partitions])
        [told] = self.server.admin.list_consumer_group_offsets([asked]).values()
        offsets = told.result(TOPIC_S).topic_partitions
        return {topic[each.partition]: each.offset if each.offset >= 0 else None for each in offsets}

    def topic_configs(self, topic: Topic) -> dict[str, str | None]:
        """Return a topic's settings, as the runner's own administrator sees them."""
        [told] = self.server.admin.describe_configs([ConfigResource(ResourceType.TOPIC, str(topic))]).values()
        return {name: entry.value for name, entry in told.result(TOPIC_S).items()}

    def in_sync(self, topic: Topic, partition: int = 0) -> list[int]:
        """Return the replicas of a partition that are in sync, sorted."""
        told = self.server.admin.list_topics(str(topic), timeout=TOPIC_S).topics[str(topic)].partitions
        return sorted(told[partition].isrs) if partition in told else []

    def ends(self, topic: Topic) -> dict[Partition, int]:
        """Return the end of each partition, as the runner's own administrator sees it."""
        asked = {TopicPartition(*partition): OffsetSpec.latest() for partition in topic.partitions}
        told = self.server.admin.list_offsets(asked)
        return {topic[each.partition]: done.result(TOPIC_S).offset for each, done in told.items()}

    def group_state(self, group: str) -> str:
        """Return the state of a group by its name: EMPTY, STABLE and so on."""
        [told] = self.server.admin.describe_consumer_groups([group]).values()
        return str(told.result(TOPIC_S).state.name)

    def alter_group(self, group: str, settings: Mapping[str, str]) -> None:
        """Set settings of a group."""
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.GROUP, group, incremental_configs=entries)
        [done] = self.server.admin.incremental_alter_configs([resource]).values()
        done.result(TOPIC_S)

    # Time

    def seconds_left(self) -> float:
        """Return what is left of the scenario's time; fail when that is nothing."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ScenarioFailedError(f"the scenario's {self.scenario.seconds:g} s are over")
        return left

    def until(self, condition: Callable[[], T], within_s: float = 10, what: str = "it did not come about") -> T:
        """Return the condition's first true answer; fail when there is none in time."""
        return checks.until(condition, min(within_s, self.seconds_left()), what)

    def pause(self, seconds: float) -> None:
        """Let time go by, where nothing can be waited for."""
        time.sleep(min(seconds, self.seconds_left()))

    def together(self, *actions: Callable[[], T]) -> list[T]:
        """Do all at the same time and return their answers in order; the first error of one is raised."""
        with ThreadPoolExecutor(len(actions)) as threads:
            return [done.result() for done in [threads.submit(action) for action in actions]]

    # Statements

    @contextlib.contextmanager
    def errors(self, *names: str) -> Iterator[Caught]:
        """State that the verb in the block fails with one of these errors."""
        caught = Caught()
        try:
            yield caught
        except UnsupportedError:
            raise
        except ClientError as error:
            if error.name not in names:
                raise ScenarioFailedError(f"expected {' or '.join(names)}, and got {error}") from error
            caught.error = error
        else:
            raise ScenarioFailedError(f"expected {' or '.join(names)}, and it succeeded")

    def skip(self, reason: str) -> None:
        """End the scenario: it cannot be run here."""
        raise SkippedError(reason)
