"""Waits until the real broker has done what it does after its answer, and compares what then is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from kafkacompat.wire.messages.describe_configs import DescribeConfigsRequest, DescribeConfigsResource
from kafkacompat.wire.messages.describe_log_dirs import DescribableLogDirTopic, DescribeLogDirsRequest
from kafkacompat.wire.messages.describe_transactions import DescribeTransactionsRequest
from kafkacompat.wire.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkacompat.wire.messages.metadata import MetadataRequest, MetadataRequestTopic
from tests.differential.connection import Outcome, Undecodable
from tests.differential.fuzzing.sides import Answers
from tests.differential.requests import offset_fetch

if TYPE_CHECKING:
    from tests.differential.fuzzing.session import Session
    from tests.differential.fuzzing.sides import Side

KEYS: Final = frozenset({3, 19, 20, 22, 26, 33, 37, 42, 43, 44, 45})
"""What is done by the controller, and known to the broker a little later; and what ends transactions."""
PATIENCE_S: Final = 15
TOPIC, GROUP, CLIENT_METRICS = 2, 32, 16
DELETE_TOPICS, DESCRIBE_LOG_DIRS = 20, 35
MOST_PARTITIONS: Final = 16
"""As many of a topic's logs are looked for, whether it has them or not."""
SET_FOR_IT: Final = (1, 7, 8)
"""Where a setting comes from that somebody made for a topic, client metrics or a group."""


class Names:
    """What a session speaks of, so that it can be looked at."""

    def __init__(self, session: Session) -> None:
        texts = {text for step in session for text in _texts(step.body)}
        self.topics = sorted(text for text in texts if text.startswith("~t") and len(text) < 10)
        self.resources = [(TOPIC, name) for name in self.topics]
        if any("consumer." in text for text in texts):
            self.resources.append((GROUP, "~g0"))
        if "~x0" in texts:
            self.resources.append((CLIENT_METRICS, "~x0"))
        self.with_logs = any(step.key in (DELETE_TOPICS, DESCRIBE_LOG_DIRS) for step in session)
        """A broker forgets a topic a little before it puts its logs away."""
        self.transactional_ids = sorted(texts & {"~w0", "~w1", "~w2"})
        self.groups = sorted(texts & {"~g0", "~g1"}) if any(step.key in (8, 20) for step in session) else []


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for item in value.values() for text in _texts(item)]
        case list():
            return [text for item in value for text in _texts(item)]
        case _:
            return []


def settle(kafka: Side, ours: Side, names: Names) -> Answers | None:
    """Wait until both know the same topics, settings and offsets; return what they know if that does not come."""
    give_up = time.monotonic() + PATIENCE_S
    mine = look(ours, names)
    while (theirs := look(kafka, names)) != mine:
        if time.monotonic() > give_up:
            return Answers(theirs, mine)
        time.sleep(0.005)
        mine = look(ours, names)
    return None


def look(side: Side, names: Names) -> Any:
    """Return what a broker knows of a session's topics and groups, without ids of its own."""
    found = _topics(side, names)
    partitions = {name: topic["partitions"] for name, topic in found.items() if topic["partitions"]}
    return {
        "topics": found,
        "offsets": _offsets(side, partitions),
        "logs": _logs(side, names),
        "transactions": _transactions(side, names),
        "settings": _settings(side, names),
        "committed": {group: _committed(side, side.known.text(group)) for group in names.groups},
    }


def _topics(side: Side, names: Names) -> dict[str, dict[str, Any]]:
    asked = [MetadataRequestTopic(name=side.known.text(name)) for name in names.topics]
    answer = side.ask(MetadataRequest(topics=asked, allow_auto_topic_creation=False), 12)
    if _is_none(answer):
        return {}
    for topic in answer.topics:
        if not topic.error_code and topic.name:
            side.known.topic_ids[topic.name] = topic.topic_id
    return {
        topic.name or "": {"error_code": topic.error_code, "partitions": len(topic.partitions)}
        for topic in sorted(answer.topics, key=lambda topic: topic.name or "")
    }


def _offsets(side: Side, partitions: dict[str, int]) -> list[Any]:
    topics = [
        ListOffsetsTopic(
            name=name,
            partitions=[
                ListOffsetsPartition(partition_index=index, timestamp=timestamp)
                for index in range(count)
                for timestamp in (-2,)
            ],
        )
        for name, count in partitions.items()
    ]
    if not topics:
        return []
    answer = side.ask(ListOffsetsRequest(replica_id=-1, topics=topics), 7)
    if _is_none(answer):
        return []
    return sorted(
        (topic.name, part.partition_index, part.error_code, part.offset)
        for topic in answer.topics
        for part in topic.partitions
    )


def _logs(side: Side, names: Names) -> list[tuple[str, int]]:
    if not names.with_logs or not names.topics:
        return []
    partitions = list(range(MOST_PARTITIONS))
    asked = [DescribableLogDirTopic(topic=side.known.text(name), partitions=partitions) for name in names.topics]
    answer = side.ask(DescribeLogDirsRequest(topics=asked), 4)
    if _is_none(answer):
        return []
    return sorted(
        (topic.name, part.partition_index)
        for directory in answer.results
        for topic in directory.topics
        for part in topic.partitions
    )


def _transactions(side: Side, names: Names) -> dict[str, str]:
    """Markers are written a little later than the end of a transaction is answered."""
    if not names.transactional_ids:
        return {}
    asked = [side.known.text(name) for name in names.transactional_ids]
    answer = side.ask(DescribeTransactionsRequest(transactional_ids=asked), 0)
    if _is_none(answer):
        return {}
    return {one.transactional_id: one.transaction_state for one in answer.transaction_states}


def _settings(side: Side, names: Names) -> dict[str, Any]:
    if not names.resources:
        return {}
    asked = [
        DescribeConfigsResource(resource_type=kind, resource_name=side.known.text(name), configuration_keys=None)
        for kind, name in names.resources
    ]
    answer = side.ask(DescribeConfigsRequest(resources=asked), 4)
    if _is_none(answer):
        return {}
    return {
        f"{one.resource_type} {one.resource_name}": [
            one.error_code,
            {config.name: config.value for config in one.configs if config.config_source in SET_FOR_IT},
        ]
        for one in sorted(answer.results, key=lambda one: (one.resource_type, one.resource_name))
    }


def _committed(side: Side, group: str) -> Any:
    """Offsets go when their topic does, a little later."""
    answer = side.ask(offset_fetch(8, group, None), 8)
    if _is_none(answer):
        return None
    return sorted(
        (topic.name, part.partition_index, part.committed_offset)
        for topic in answer.groups[0].topics
        for part in topic.partitions
    )


def _is_none(answer: Any) -> bool:
    return isinstance(answer, Outcome | Undecodable)
