"""One broker as scenarios see it: asks, remembers what came back, and makes topics to work with."""

from __future__ import annotations

import time
from importlib import import_module
from itertools import count
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from kafkacompat.wire.errors import ErrorCode
from kafkacompat.wire.messages.create_topics import CreatableTopic, CreatableTopicConfig, CreateTopicsRequest
from kafkacompat.wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkacompat.wire.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from tests.differential.connection import CLIENT_ID, PATIENCE_S, Connection, Outcome, Undecodable
from tests.differential.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.brokers import Cluster

    Again = Callable[[Any], bool]


class Topic(NamedTuple):
    """A topic that is ready."""

    name: str
    topic_id: bytes


class Exchange(NamedTuple):
    """Something that was asked, and the answer in plain form."""

    note: str
    answer: Any
    response_to: tuple[int, int] | None = None
    """Key and version, if the answer is a response."""


class Pending:
    """A request whose answer may take its time."""

    def __init__(self, peer: Peer, request: Any, version: int, client_id: str | None, note: str) -> None:
        self._peer, self._class, self._version, self._note = peer, response_class(type(request)), version, note
        self._correlation_id = peer.connection.send(request, version, client_id)

    def answer(self) -> Any:
        """Wait for it and record it."""
        answer = self._peer.connection.receive(self._class, self._version, self._correlation_id)
        self._peer.record(self._note, answer, self._version)
        return answer


def response_class(request_class: Any) -> Any:
    module = import_module(request_class.__module__)
    return getattr(module, request_class.__name__.removesuffix("Request") + "Response")


class Peer:
    """A connection to one broker, and the exchanges of one scenario."""

    def __init__(
        self,
        address: str,
        prefix: str,
        started_ms: int,
        exchanges: list[Exchange] | None = None,
        cluster: Cluster | None = None,
    ) -> None:
        self.address = address
        self.prefix = prefix
        self.now_ms = started_ms
        """The same for both brokers."""
        self.connection = Connection(address)
        self.exchanges: list[Exchange] = [] if exchanges is None else exchanges
        self.cluster = cluster
        self._names = count(1)
        self._others: list[Peer] = []
        self._at: dict[int, Peer] = {}

    def another(self) -> Peer:
        """Open another connection to the same broker, in the same scenario."""
        return self._other(self.address)

    def at(self, node: int) -> Peer:
        """Return a connection to another node of the same cluster, in the same scenario."""
        assert self.cluster is not None, "there are other nodes"
        if node not in self._at:
            self._at[node] = self._other(self.cluster.addresses[node])
        return self._at[node]

    def _other(self, address: str) -> Peer:
        other = Peer(address, self.prefix, self.now_ms, self.exchanges, self.cluster)
        other._names = self._names
        self._others.append(other)
        return other

    def close(self) -> None:
        for peer in (self, *self._others):
            peer.connection.close()

    def name(self, word: str) -> str:
        """Return a new name that no other scenario uses, the same for both brokers."""
        return f"{self.prefix}-{word}-{next(self._names)}"

    def record(self, note: str, answer: Any, version: int) -> None:
        response_to = None if isinstance(answer, Outcome | Undecodable | bytes) else (type(answer).KEY, version)
        self.exchanges.append(Exchange(f"{len(self.exchanges) + 1} {note}", plain(answer, version), response_to))

    def ask(self, request: Any, version: int, note: str = "", client_id: str | None = CLIENT_ID) -> Any:
        """Ask, record the answer, and return it: a response, or what came instead."""
        return self.begin(request, version, note, client_id).answer()

    def ask_for_mine(self, request: Any, version: int, listed: str, name: str, note: str = "") -> None:
        """Ask for a list of everything and record only what this scenario made, by name: others use the broker too."""
        answer = self.quietly(request, version)
        if not isinstance(answer, Outcome | Undecodable):
            mine = [item for item in getattr(answer, listed) if getattr(item, name).startswith(self.prefix)]
            setattr(answer, listed, sorted(mine, key=attrgetter(name)))
        self.record(note or type(request).__name__, answer, version)

    def begin(self, request: Any, version: int, note: str = "", client_id: str | None = CLIENT_ID) -> Pending:
        """Send a request; the answer is recorded when it is asked for."""
        return Pending(self, request, version, client_id, note or type(request).__name__.removesuffix("Request"))

    def ask_bytes(
        self, request_class: Any, version: int, body: bytes, note: str, again: Again = lambda _: False
    ) -> Any:
        """Send a body as it is, `again` while the answer is one that a client would not take for the last."""
        give_up = time.monotonic() + PATIENCE_S
        while True:
            correlation_id = self.connection.send_body(request_class, version, body)
            answer = self.connection.receive(response_class(request_class), version, correlation_id)
            if not again(answer) or time.monotonic() > give_up:
                break
        self.record(note, answer, version)
        return answer

    def send_frame(self, data: bytes, note: str) -> None:
        """Send bytes as they are, size included, and record the frame that comes back."""
        self.connection.send_bytes(data)
        self.record(note, self.connection.receive_bytes(), 0)

    def quietly(self, request: Any, version: int) -> Any:
        """Ask without recording: a step that prepares the scenario and must succeed by itself."""
        correlation_id = self.connection.send(request, version)
        return self.connection.receive(response_class(type(request)), version, correlation_id)

    def topic(self, partitions: int = 1, name: str | None = None, **configs: str) -> Topic:
        """Make a topic and wait until it can be used; `retention_ms="1"` stands for the setting `retention.ms`.

        Unless told otherwise it keeps all: records of long ago would be removed whenever a broker looks for old ones.
        """
        configs = {"retention_ms": "-1"} | configs
        name = name or self.name("topic")
        settings = [CreatableTopicConfig(name=key.replace("_", "."), value=value) for key, value in configs.items()]
        creatable = CreatableTopic(
            name=name, num_partitions=partitions, replication_factor=1, assignments=[], configs=settings
        )
        response = self.quietly(CreateTopicsRequest(topics=[creatable], timeout_ms=10_000), 7)
        assert response.topics[0].error_code == ErrorCode.NONE, response
        self.await_topic(name, partitions)
        return Topic(name, response.topics[0].topic_id)

    def await_topic(self, name: str, partitions: int = 1) -> None:
        """Wait until the broker knows and leads a topic that the controller has made."""
        request = MetadataRequest(topics=[MetadataRequestTopic(name=name)], allow_auto_topic_creation=False)

        def is_ready() -> bool:
            (topic,) = self.quietly(request, 12).topics
            if topic.error_code != ErrorCode.NONE or len(topic.partitions) != partitions:
                return False
            return self._leads(name, partitions)

        self.await_that(is_ready)

    def _leads(self, name: str, partitions: int) -> bool:
        """Tell whether the broker has begun to lead the partitions that its metadata speak of."""
        asked = [ListOffsetsPartition(partition_index=index, timestamp=-1) for index in range(partitions)]
        request = ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name=name, partitions=asked)])
        (topic,) = self.quietly(request, 7).topics
        return all(partition.error_code == ErrorCode.NONE for partition in topic.partitions)

    def await_that(self, condition: Callable[[], bool]) -> None:
        """Wait for what the real broker does on its own time."""
        give_up = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < give_up, "it does not happen"
            time.sleep(0.002)

    def fill(self, topic: Topic, *batches: bytes, partition: int = 0) -> list[int]:
        """Append batches without recording; return their offsets."""
        return [self._fill(topic, batch, partition) for batch in batches]

    def _fill(self, topic: Topic, batch: bytes, partition: int) -> int:
        data = PartitionProduceData(index=partition, records=batch)
        topics = [TopicProduceData(name=topic.name, partition_data=[data])]
        response = self.quietly(ProduceRequest(acks=-1, timeout_ms=10_000, topic_data=topics), 11)
        answer = response.responses[0].partition_responses[0]
        assert answer.error_code == ErrorCode.NONE, response
        offset: int = answer.base_offset
        return offset
