"""What a session is thought to have made so far: so that most of what it asks next makes sense."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.differential.peer import Topic
from tests.differential.scenario import served_versions

if TYPE_CHECKING:
    from random import Random

    from tests.differential.fuzzing.session import Session, Step

MAX_INT32: Final = (1 << 31) - 1
MAX_INT64: Final = (1 << 63) - 1


@dataclass
class MadeTopic:
    """A topic, and about how many records each of its partitions holds."""

    name: str
    ends: list[int]


@dataclass
class MadeProducer:
    """A producer id, and the sequence that comes next in each partition."""

    label: str
    sequences: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass
class MadeTransactional:
    """A producer with a transactional id, and the sequence that comes next in each partition."""

    label: str
    name: str
    sequences: dict[tuple[str, int], int] = field(default_factory=dict)


@dataclass
class MadeFetchSession:
    """A fetch session and the epoch that comes next."""

    label: str
    epoch: int = 1


@dataclass
class World:
    """The state that the actions of one session share; each appends the steps that it takes."""

    random: Random
    steps: list[Step] = field(default_factory=list)
    topics: list[MadeTopic] = field(default_factory=list)
    producers: list[MadeProducer] = field(default_factory=list)
    transactional: list[MadeTransactional] = field(default_factory=list)
    fetch_sessions: list[MadeFetchSession] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    """Labels of the group's members."""
    leaders: list[str] = field(default_factory=list)
    labels: int = 0

    @property
    def session(self) -> Session:
        return tuple(self.steps)

    def label(self, word: str) -> str:
        self.labels += 1
        return f"{word}{self.labels}"

    def version(self, request_class: Any, since: int = 0) -> int:
        """Choose a version that both brokers serve; the newest more often, for clients do."""
        versions = served_versions(request_class)
        last = versions[-1]
        return last if self.random.random() < 0.2 else self.random.randint(max(since, versions[0]), last)

    def topic(self) -> MadeTopic:
        """Choose a topic, mostly one that is there."""
        if self.topics and self.random.random() < 0.95:
            return self.random.choice(self.topics)
        return MadeTopic("~t9", [0])

    def partition(self, topic: MadeTopic) -> int:
        return self.random.randrange(len(topic.ends)) if self.random.random() < 0.95 else len(topic.ends)

    def offset(self, topic: MadeTopic, partition: int) -> int:
        """Choose an offset in or near a log."""
        end = topic.ends[partition] if partition < len(topic.ends) else 0
        likely = self.random.randint(0, end)
        return self.random.choice([likely, likely, likely, 0, end, end, end + 1, -1, MAX_INT64])

    def group(self) -> str:
        """Choose a group: nearly always the one that the session is about."""
        return self.random.choices(["~g0", "~g1", ""], [30, 2, 1])[0]

    def member(self) -> str:
        """Choose the label of a member, perhaps one who never was."""
        return self.random.choice(self.members) if self.members and self.random.random() < 0.9 else "nobody"


def known(topic: MadeTopic) -> Topic:
    """Return a topic as requests name it: by its name, or by an id that the broker chose."""
    stand_in: Any = {"id_of": topic.name}
    return Topic(topic.name, stand_in)


def told(label: str, field_name: str, otherwise: Any, plus: int = 0) -> Any:
    """Stand in for what a broker told."""
    stand_in = {"of": label, "field": field_name, "else": otherwise}
    return stand_in | {"plus": plus} if plus else stand_in
