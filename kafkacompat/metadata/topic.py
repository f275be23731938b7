"""Topics and their partitions as the rest of the cluster reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kafkacompat.settings.topics import TopicConfig

GROUP_METADATA_TOPIC: Final = "__consumer_offsets"
TRANSACTION_STATE_TOPIC: Final = "__transaction_state"
SHARE_GROUP_STATE_TOPIC: Final = "__share_group_state"
CLUSTER_METADATA_TOPIC: Final = "__cluster_metadata"
"""The one log that is no topic: clients may neither see nor create it."""

INTERNAL_TOPICS: Final = frozenset({GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC, SHARE_GROUP_STATE_TOPIC})
"""What Metadata shows as internal; the metadata log is not among them (behaviour of Kafka 4.4)."""


NO_LEADER: Final = -1


class Partition(NamedTuple):
    """Who leads a partition and who copies it; node ids.  `directories` names a log directory for each replica.

    Where fewer replicas than `min.insync.replicas` are in sync, the eligible ones may still be elected (KIP-966);
    `last_known_elr` remembers the last leader where there is none.
    """

    leader: int
    leader_epoch: int
    replicas: list[int]
    isr: list[int]
    partition_epoch: int
    directories: list[bytes]
    eligible_leader_replicas: list[int] = []  # noqa: RUF012 - never changed
    last_known_elr: list[int] = []  # noqa: RUF012 - likewise


class Topic:
    """A topic: its partitions by index, and the settings that were given to it alone.

    Readers must not change what they find here: it is changed by applying records.
    """

    __slots__ = ("_config", "_effective", "configs", "is_internal", "name", "partitions", "topic_id")

    def __init__(
        self,
        name: str,
        topic_id: bytes,
        configs: dict[str, str],
        effective: Callable[[Mapping[str, str]], TopicConfig],
    ) -> None:
        self.name = name
        self.topic_id = topic_id
        self.partitions: list[Partition] = []
        self.configs = configs
        self.is_internal = name in INTERNAL_TOPICS
        self._effective = effective
        self._config: TopicConfig | None = None

    @property
    def config(self) -> TopicConfig:
        """The effective settings: the topic's own over the broker's over the defaults; worked out once per change."""
        if self._config is None:
            self._config = self._effective(self.configs)
        return self._config

    def configs_changed(self) -> None:
        """Forget the effective settings, after a change of `configs`."""
        self._config = None

    def __repr__(self) -> str:
        return f"Topic({self.name!r}, {len(self.partitions)} partitions)"
