"""The metadata coordinator: topics, their settings, feature levels and producer ids, all in one log."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from kafkacompat.coordination.decision import Decision
from kafkacompat.coordination.runtime import Runtime
from kafkacompat.metadata import features
from kafkacompat.metadata.asked_elections import elect_leaders
from kafkacompat.metadata.codec import MetadataRecordCodec
from kafkacompat.metadata.config_rules import check_configs, list_behind
from kafkacompat.metadata.configs import ConfigRules, alter_configs
from kafkacompat.metadata.feature_updates import update_features
from kafkacompat.metadata.internal_topics import internal_topic
from kafkacompat.metadata.leader_changes import changes_since, is_imbalanced, partitions_now, preferred_elections
from kafkacompat.metadata.log_leader import begin_leadership
from kafkacompat.metadata.membership import Membership
from kafkacompat.metadata.partitions import create_partitions
from kafkacompat.metadata.producer_ids import allocate_block
from kafkacompat.metadata.reassignments import reassign
from kafkacompat.metadata.registrations import BrokerIdentity
from kafkacompat.metadata.rules import TopicRules
from kafkacompat.metadata.state import BROKER_RESOURCE, TOPIC_RESOURCE, ConfigResource, MetadataState, apply
from kafkacompat.metadata.topic import CLUSTER_METADATA_TOPIC
from kafkacompat.metadata.topics import CreatedTopic, RefusedTopic, create_topics, delete_topics
from kafkacompat.settings.errors import InvalidSettingError
from kafkacompat.settings.settings import DynamicSettings
from kafkacompat.settings.topics import effective_topic_config, validate_topic_overrides
from kafkacompat.storage.store import LogConfig, PartitionKey
from kafkacompat.wire.errors import ApiError, ErrorCode
from kafkacompat.wire.messages.create_topics import CreatableTopic
from kafkacompat.wire.uuids import METADATA_TOPIC_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from kafkacompat.clock.ports import Deadlines
    from kafkacompat.metadata.asked_elections import ElectionOutcome, ElectionType
    from kafkacompat.metadata.configs import ResourceChange
    from kafkacompat.metadata.feature_updates import FeatureUpdate
    from kafkacompat.metadata.features import FeatureLevel, FeatureRange
    from kafkacompat.metadata.leader_changes import LeaderListener, Partitions
    from kafkacompat.metadata.partitions import MorePartitions
    from kafkacompat.metadata.reassignments import Reassignment
    from kafkacompat.metadata.state import Broker
    from kafkacompat.metadata.topic import Topic
    from kafkacompat.settings.settings import Settings
    from kafkacompat.storage.store import Store

R = TypeVar("R")

METADATA_LOG: Final = PartitionKey(METADATA_TOPIC_ID, 0)
MAX_ATTEMPTS: Final = 10
"""How often a step of a start is tried whose outcome is lost."""

_LOG_LOST: Final = frozenset(
    {ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS}
)
"""What the runtime says when an append failed or is being recovered from.

Clients of the controller know no coordinators; a timeout tells them the truth: it may have happened, ask again.
"""


class _Changes(NamedTuple):
    """Topics that came, went, and have other settings or partitions."""

    created: Sequence[Topic] = ()
    deleted: Sequence[Topic] = ()
    changed: Sequence[Topic] = ()


class TopicsListener(Protocol):
    """Told of changes of topics, after the records that say so are durable and before the answer goes out."""

    async def __call__(self, created: Sequence[Topic], deleted: Sequence[Topic], changed: Sequence[Topic]) -> None:
        """Make the partition logs of what was created, delete those of what was deleted; may be told twice.

        `changed` topics have other settings, more partitions or other leaders than before.
        """


class MetadataCoordinator:
    """The cluster's topics, read by dictionary and changed through the log.

    `node_ids` are the nodes that partitions are placed on, in order, the first the controller; `new_topic_id` draws
    ids (see `topic_ids`); `identities` say what the nodes register with.  Call `start` before anything else.
    """

    def __init__(
        self,
        store: Store,
        clock: Deadlines,
        settings: Settings,
        node_ids: Sequence[int],
        new_topic_id: Callable[[], bytes],
        *,
        identities: Sequence[BrokerIdentity] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._rules = TopicRules(
            node_ids=tuple(node_ids),
            partitions=settings.int("num.partitions"),
            replication_factor=settings.int("default.replication.factor"),
            check_configs=self._check_configs,
            new_topic_id=new_topic_id,
            directory_ids={identity.node_id: identity.directory_id for identity in identities},
            racks={identity.node_id: identity.rack for identity in identities},
        )
        self._config_rules = ConfigRules(partial(check_configs, settings), partial(list_behind, settings))
        self._runtime: Runtime[MetadataState] = Runtime(
            store,
            clock,
            MetadataRecordCodec(),
            lambda _timers: self._new_state(),
            apply,
            loaded=self._loaded,
        )
        self._state = self._new_state()
        self._listeners: list[TopicsListener] = []
        self._leader_listeners: list[LeaderListener] = []
        self._led_before: Partitions | None = None
        self._announced: dict[bytes, Topic] = {}
        self._announcing = asyncio.Lock()
        self._in_doubt = False
        self._producer_ids = range(0)
        self._leader_epoch = 0
        self._format_levels = features.format_levels(settings)
        self._membership = Membership(self, identities or [BrokerIdentity(node_id) for node_id in node_ids])

    async def start(self) -> None:
        """Lead the metadata log, replay it, and register the nodes; the listeners are told of every topic in it."""
        await self._store.create(METADATA_LOG, CLUSTER_METADATA_TOPIC, LogConfig())
        controller = self._rules.node_ids[0]
        self._leader_epoch = await begin_leadership(self._store, METADATA_LOG, controller, self._clock.now_ms())
        await self._runtime.load(METADATA_LOG, self._leader_epoch)
        await self._membership.start(self._format_levels, self._settings.int("min.insync.replicas"))
        self._take_broker_settings()
        await self._announce_everything()

    async def stop(self) -> None:
        """Say in the log that the nodes stop in order."""
        await self._membership.stop()

    def subscribe(self, listener: TopicsListener) -> None:
        """Have a listener told of created and deleted topics, after those that subscribed before it."""
        self._listeners.append(listener)

    # -- reading

    def topic(self, name: str) -> Topic | None:
        """Return a topic by its name."""
        return self._state.topics.get(name)

    def topic_by_id(self, topic_id: bytes) -> Topic | None:
        """Return a topic by its id."""
        return self._state.topics_by_id.get(topic_id)

    def topics(self) -> Sequence[Topic]:
        """Return all topics, by name."""
        return self._state.sorted_topics()

    def supported_features(self, *, with_minimum_zero: bool = True) -> list[FeatureRange]:
        """Return what ApiVersions lists as supported: see `features.supported_features`."""
        return features.supported_features(with_minimum_zero=with_minimum_zero)

    def finalized_features(self) -> list[FeatureLevel]:
        """Return the feature levels that clients are told."""
        return features.finalized_features(self._state.feature_levels)

    @property
    def controller_id(self) -> int:
        """The node that leads the metadata log."""
        return self._rules.node_ids[0]

    @property
    def leader_epoch(self) -> int:
        """The epoch in which this controller leads the metadata log."""
        return self._leader_epoch

    def configs(self, resource_type: int, name: str) -> Mapping[str, str]:
        """Return what was set at run time for a resource, and for it alone."""
        return self._state.configs.get(ConfigResource(resource_type, name), {})

    def configured(self, resource_type: int) -> list[str]:
        """Return the names of all resources of a kind that something was set for, sorted."""
        return sorted(
            name for (kind, name), configs in self._state.configs.items() if kind == resource_type and configs
        )

    def brokers(self) -> Sequence[Broker]:
        """Return all registered brokers."""
        return list(self._state.brokers.values())

    def transaction_version(self) -> int:
        """Return the finalized level of transaction.version, 0 where it is not."""
        return features.finalized_level(self._state.feature_levels, features.TRANSACTION_VERSION)

    def finalized_features_epoch(self) -> int:
        """Return how new `finalized_features` is: an offset of the metadata log, which never goes back."""
        return self._state.applied_records

    # -- changing

    async def create_topics(
        self, topics: Sequence[CreatableTopic], *, validate_only: bool = False
    ) -> list[CreatedTopic | RefusedTopic]:
        """Create topics of different names; one outcome each, in order.

        When this returns, what was created takes records.  ApiError if the whole request is refused.
        """
        return await self._change(
            lambda state: create_topics(state, topics, self._rules, validate_only=validate_only), self._created
        )

    async def delete_topics(self, topic_ids: Iterable[bytes]) -> dict[bytes, Topic | None]:
        """Delete topics of different ids; return what each named, None where there was nothing.

        When this returns, their records are gone for readers.  ApiError if the whole request is refused.
        """
        wanted = list(topic_ids)
        return await self._change(lambda state: delete_topics(state, wanted), _deleted)

    async def create_partitions(
        self, wanted: Sequence[MorePartitions], *, validate_only: bool = False
    ) -> list[ApiError | None]:
        """Add partitions to different topics; for each, in order, why not, or None.

        When this returns, the new ones take records.  ApiError if the whole request is refused.
        """
        return await self._change(
            lambda state: create_partitions(state, wanted, self._rules, validate_only=validate_only),
            lambda _outcomes: self._named(more.name for more in wanted),
        )

    async def alter_configs(
        self, wanted: Sequence[ResourceChange], *, validate_only: bool = False
    ) -> list[ApiError | None]:
        """Change settings of different resources; for each, in order, why it was refused, or None.

        When this returns, they are in effect.  ApiError if the whole request is refused.
        """
        return await self._change(
            lambda state: alter_configs(state, wanted, self._config_rules, validate_only=validate_only),
            lambda outcomes: self._configured(wanted, outcomes),
        )

    async def auto_create_topics(self, names: Sequence[str]) -> None:
        """Create topics with the broker's defaults, internal ones with their own settings.

        Whatever cannot be created is passed over, as Kafka's automatic creation does.
        """
        wanted = [
            internal_topic(self._settings, name) or _default_topic(name)
            for name in names
            if name != CLUSTER_METADATA_TOPIC
        ]
        await self.create_topics(wanted)

    async def create_internal_topic(self, name: str) -> Topic:
        """Return the internal topic of this name, after creating it if need be.

        ApiError(COORDINATOR_NOT_AVAILABLE) if it cannot be created: its replication factor exceeds the nodes.
        """
        topic = self.topic(name)
        if topic is not None:
            return topic
        wanted = internal_topic(self._settings, name)
        assert wanted is not None, f"{name} is not an internal topic"
        await self.create_topics([wanted])
        topic = self.topic(name)
        if topic is None:
            raise ApiError(ErrorCode.COORDINATOR_NOT_AVAILABLE)
        return topic

    async def allocate_producer_id(self) -> int:
        """Return a producer id that was never given before, nor will be again, restarts included."""
        node_id = self._rules.node_ids[0]
        while not self._producer_ids:
            self._producer_ids = await self._decide(lambda state: allocate_block(state, node_id))
        producer_id, self._producer_ids = self._producer_ids[0], self._producer_ids[1:]
        return producer_id

    async def update_features(self, updates: Sequence[FeatureUpdate], *, validate_only: bool = False) -> None:
        """Change the levels that the cluster works at, all or none; ApiError(INVALID_UPDATE_VERSION)."""
        controller_id = self._rules.node_ids[0]
        await self._decide(lambda state: update_features(state, updates, controller_id, validate_only=validate_only))

    # -- nodes and leaders

    def broker_epoch(self, node_id: int) -> int:
        """Return the epoch of a node's registration: the offset of the record that says it."""
        return self._state.brokers[node_id].epoch

    def is_alive(self, node_id: int) -> bool:
        """Tell whether clients are told of a node."""
        return self._state.is_alive(node_id)

    @property
    def is_imbalanced(self) -> bool:
        """Whether a partition is led by another than its first replica, which could."""
        return is_imbalanced(self._state)

    def subscribe_to_leaders(self, listener: LeaderListener) -> None:
        """Have a listener told of new leaders, after those that subscribed before it."""
        self._leader_listeners.append(listener)

    async def stop_node(self, node_id: int) -> None:
        """Take a node out in order: others lead what it led."""
        await self.move_leaders(lambda: self._membership.stop_node(node_id))

    async def fence_node(self, node_id: int) -> None:
        """Take a node for lost."""
        await self.move_leaders(lambda: self._membership.fence_node(node_id))

    async def start_node(self, node_id: int) -> None:
        """Bring a node back into its partitions; it leads what nobody leads."""
        broker = self._state.brokers.get(node_id)
        stopped = broker is not None and broker.in_controlled_shutdown
        incarnation_id = self._rules.new_topic_id() if stopped else None
        await self.move_leaders(lambda: self._membership.start_node(node_id, incarnation_id))

    async def elect_preferred_leaders(self) -> None:
        """Have partitions led by their first replicas again, as far as these are in sync."""
        await self.move_leaders(lambda: self.insist(lambda state: Decision(None, preferred_elections(state))))

    async def elect_leaders(
        self, wanted: Sequence[tuple[str, int]], election_type: ElectionType
    ) -> list[ElectionOutcome]:
        """Elect leaders of partitions, named by topic and index; an outcome for each, in order."""
        return await self.move_leaders(lambda: self._decide(lambda state: elect_leaders(state, wanted, election_type)))

    async def reassign(self, wanted: Sequence[Reassignment], *, allow_factor_change: bool) -> list[ApiError | None]:
        """Move partitions to other nodes; for each, in order, why not, or None."""
        return await self.move_leaders(
            lambda: self._decide(
                lambda state: reassign(state, wanted, self._rules, allow_factor_change=allow_factor_change)
            )
        )

    async def move_leaders(self, move: Callable[[], Awaitable[R]]) -> R:
        """Carry out what may change leaders, and have the listeners know of it before this returns.

        What they were not told because this failed, they are told with the next change.
        """
        if self._led_before is None:
            self._led_before = partitions_now(self._state)
        reply = await move()
        async with self._announcing:
            changes = changes_since(self._led_before or {}, self._state)
            for listener in self._leader_listeners:
                await listener(changes)
            self._led_before = None
        return reply

    async def _change(self, decider: Callable[[MetadataState], Decision[R]], changed: Callable[[R], _Changes]) -> R:
        """Change topics, and have the listeners know of it before anyone is answered."""
        while self._in_doubt:
            await self._announce_everything()
        try:
            reply = await self._decide(decider)
            await self._announce(changed(reply))
        except BaseException:
            # Whoever asked may have gone away in between: the log may say what the listeners were not told.
            self._in_doubt = True
            raise
        return reply

    async def insist(self, decider: Callable[[MetadataState], Decision[Any]]) -> None:
        """Carry a decision out, and decide again on what the log says where the outcome is not known."""
        for _ in range(MAX_ATTEMPTS):
            try:
                await self._decide(decider)
            except ApiError as error:
                if error.code is not ErrorCode.REQUEST_TIMED_OUT:
                    raise
                if not await self._runtime.ready(METADATA_LOG):
                    await self._runtime.load(METADATA_LOG, self._leader_epoch)
            else:
                return
        raise ApiError(ErrorCode.REQUEST_TIMED_OUT)

    async def end_offset(self) -> int:
        """Return the offset of the next record of the metadata log."""
        log = self._store.log(METADATA_LOG)
        assert log is not None, "created at the start"
        return (await log.bounds()).end_offset

    async def _decide(self, decider: Callable[[MetadataState], Decision[R]]) -> R:
        try:
            return await self._runtime.decide(METADATA_LOG, decider)
        except ApiError as error:
            if error.code in _LOG_LOST:
                raise ApiError(ErrorCode.REQUEST_TIMED_OUT) from error
            raise

    def _check_configs(self, overrides: Mapping[str, str]) -> None:
        try:
            validate_topic_overrides(overrides, self._settings)
        except InvalidSettingError as error:
            raise ApiError(ErrorCode.INVALID_CONFIG, error.sentence) from error

    # -- announcing

    def _new_state(self) -> MetadataState:
        return MetadataState(lambda overrides: effective_topic_config(self._settings, overrides))

    def _loaded(self, state: MetadataState) -> None:
        self._state = state
        self._in_doubt = True
        self._take_broker_settings()

    def _created(self, outcomes: Sequence[CreatedTopic | RefusedTopic]) -> _Changes:
        """Return the topics that were created, if they are still there (those only validated are not)."""
        known = self._state.topics_by_id
        topics = [known.get(outcome.topic_id) for outcome in outcomes if isinstance(outcome, CreatedTopic)]
        return _Changes(created=[topic for topic in topics if topic is not None])

    def _configured(self, wanted: Sequence[ResourceChange], outcomes: Sequence[ApiError | None]) -> _Changes:
        """Return the topics that have other settings now: all of them if a broker has, from which theirs come."""
        done = {change.resource for change, outcome in zip(wanted, outcomes, strict=True) if outcome is None}
        if any(resource.resource_type == BROKER_RESOURCE for resource in done):
            self._take_broker_settings()
            return _Changes(changed=self._state.sorted_topics())
        return self._named(name for kind, name in done if kind == TOPIC_RESOURCE)

    def _named(self, names: Iterable[str]) -> _Changes:
        topics = map(self._state.topics.get, names)
        return _Changes(changed=[topic for topic in topics if topic is not None])

    def _take_broker_settings(self) -> None:
        """Have the settings follow what the log says of brokers; those of a cluster follow its controller's."""
        own = self.configs(BROKER_RESOURCE, str(self._rules.node_ids[0]))
        self._settings.set_dynamic(DynamicSettings(dict(own), dict(self.configs(BROKER_RESOURCE, ""))))
        for topic in self._state.topics.values():
            topic.configs_changed()

    async def _announce_everything(self) -> None:
        """Tell the listeners what a replay found, against what they were told before."""
        self._in_doubt = False
        try:
            async with self._announcing:
                known, announced = self._state.topics_by_id, self._announced
                changes = _Changes(
                    created=[topic for topic in self._state.sorted_topics() if topic.topic_id not in announced],
                    deleted=[topic for topic_id, topic in announced.items() if topic_id not in known],
                    changed=[topic for topic in self._state.sorted_topics() if topic.topic_id in announced],
                )
                await self._tell(changes)
        except BaseException:
            self._in_doubt = True
            raise

    async def _announce(self, changes: _Changes) -> None:
        """Tell the listeners, one change after the other, as the log has them.

        Who changed nothing waits for the others too: a topic that somebody else just created is ready then.
        """
        if any(changes) or self._announcing.locked():
            async with self._announcing:
                await self._tell(changes)

    async def _tell(self, changes: _Changes) -> None:
        if any(changes):
            for listener in self._listeners:
                await listener(*changes)
        for topic in changes.deleted:
            self._announced.pop(topic.topic_id, None)
        self._announced.update((topic.topic_id, topic) for topic in changes.created)


def _deleted(found: Mapping[bytes, Topic | None]) -> _Changes:
    return _Changes(deleted=[topic for topic in found.values() if topic is not None])


def _default_topic(name: str) -> CreatableTopic:
    return CreatableTopic(name=name, num_partitions=-1, replication_factor=-1, assignments=[], configs=[])
