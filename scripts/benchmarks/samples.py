"""What is measured: rows of figures, and the samples that the rounds give."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.contenders import Contender


class UnavailableError(Exception):
    """This machine lacks what a row needs; the message is a sentence for people."""


@dataclass(frozen=True)
class Figure:
    """One number of a row: what it is, its unit, and what this project wants to reach (None: nothing).

    One that is `below_kafka` is to be at most what the real Kafka has in the same run.
    """

    name: str
    unit: str
    target: float | None = None
    more_is_better: bool = False
    below_kafka: bool = False

    def is_reached(self, value: float, kafka: float | None) -> bool:
        """Whether a value is as good as the target, or better."""
        if self.below_kafka and kafka is not None and value > kafka:
            return False
        return self.target is None or (value >= self.target if self.more_is_better else value <= self.target)


@dataclass(frozen=True)
class Sample:
    """What one run of a row gave: the values of its figures, and a checksum of what was read back.

    A figure that has no meaning for one of the servers is left out.
    """

    values: dict[str, float]
    checksum: int | None = None


@dataclass(frozen=True)
class Row:
    """A piece of work; `measure(contender, share)` does `share` of it once: at most 1, or what --full makes of it.

    One that is `single` takes minutes and starts servers of its own: it is run once, without a warm-up.
    """

    name: str
    title: str
    about: str
    figures: tuple[Figure, ...]
    measure: Callable[[Contender, float], Sample]
    single: bool = False
    full_share: float = 1


@dataclass
class Results:
    """The samples of all rounds, by row and contender; rows that could not be run, with the reason.

    `load_before` is the load average of the machine when the run began: what others did.
    """

    load_before: float

    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row, contender: str, sample: Sample) -> None:
        """Take a sample in."""
        self.samples.setdefault(row.name, {}).setdefault(contender, []).append(sample)

    def value(self, row: Row, contender: str, figure: Figure) -> float | None:
        """Return the median of the rounds; None when there are none."""
        samples = self.samples.get(row.name, {}).get(contender)
        values = [sample.values[figure.name] for sample in samples or () if figure.name in sample.values]
        return median(values) if values else None

    def checksums(self, row: Row) -> set[int | None]:
        """Return the checksums that were seen: one, if both servers returned what was written."""
        return {sample.checksum for samples in self.samples.get(row.name, {}).values() for sample in samples}


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return the median and the 99th percentile, in milliseconds."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"p50": cuts[49] * 1000, "p99": cuts[98] * 1000}
