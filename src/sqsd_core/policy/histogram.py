"""Counts durations in buckets: memory is bounded, an observation is cheap, and percentiles are estimates."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf
from typing import Self


@dataclass(slots=True, kw_only=True)
class Histogram:
    """Durations in seconds, as Prometheus' histograms have them."""

    #: upper limit of each bucket, in ascending order; one more bucket has no limit
    bounds: Sequence[float]
    #: durations in each bucket
    counts: list[int] = field(default_factory=list)
    #: seconds of all durations together
    sum: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    @property
    def count(self) -> int:
        """Durations observed."""
        return sum(self.counts)

    @property
    def cumulative(self) -> Iterable[tuple[float, int]]:
        """Each upper limit with the number of durations up to it; the last one is infinite."""
        return zip((*self.bounds, inf), accumulate(self.counts), strict=True)

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds

    def observe_all(self, durations: Sequence[float]) -> None:
        """Count many durations with a fifth of the CPU. One below zero, because clocks differ, counts as zero."""
        ascending = sorted(durations)
        if ascending and ascending[0] < 0.0:
            ascending = [max(0.0, seconds) for seconds in ascending]
        before = 0
        for bucket, bound in enumerate(self.bounds):
            if before == len(ascending):
                break
            up_to = bisect_right(ascending, bound, before)
            self.counts[bucket] += up_to - before
            before = up_to
        self.counts[-1] += len(ascending) - before
        self.sum += sum(ascending)

    def add(self, other: "Histogram") -> None:
        """Count all durations of another one, which has the same bounds."""
        self.counts = [mine + its for mine, its in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    @classmethod
    def total(cls, parts: Iterable["Histogram"], *, bounds: Sequence[float]) -> Self:
        """The durations of all parts, which have these bounds."""
        total = cls(bounds=bounds)
        for part in parts:
            total.add(part)
        return total

    def quantile(self, share: float) -> float | None:
        """The seconds that a share of the durations, such as 0.95, does not exceed; None without durations.

        Interpolated inside the bucket, as PromQL's ``histogram_quantile``. Beyond the last limit, it is that limit.
        """
        wanted, below, lower = share * self.count, 0, 0.0
        for upper, up_to in self.cumulative:
            if up_to >= wanted and up_to > below:
                return lower if upper == inf else lower + (upper - lower) * (wanted - below) / (up_to - below)
            below, lower = up_to, upper
        return None
