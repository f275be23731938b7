"""What creating a topic depends on besides the log: settings, nodes, and randomness."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class TopicRules:
    """Defaults and checks for new topics.

    `partitions` and `replication_factor` stand in where a request says -1; `check_configs` raises
    ApiError(INVALID_CONFIG); `directory_ids` names each node's log directory, `racks` its rack.
    """

    node_ids: Sequence[int]
    partitions: int
    replication_factor: int
    check_configs: Callable[[Mapping[str, str]], None]
    new_topic_id: Callable[[], bytes]
    directory_ids: Mapping[int, bytes] = field(default_factory=dict)
    racks: Mapping[int, str | None] = field(default_factory=dict)
