"""What the engine reads: executions, events, maintenance windows and its parameters, as checked columns."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HOUR = 3600.0
DAY = 86400.0
ALL_INTEGRATIONS = -1
NO_RUN = -1
LOW, MEDIUM, HIGH, CRITICAL = range(4)


@dataclass(frozen=True)
class Parameters:
    """Every constant of the method; times in seconds.

    Attributes
    ----------
    window
        w: how far from an onset a run still counts, on either side. Positive.
    lookback
        Executions and events older than this before `now` are left out.
    bin_width
        Width of the bins in which events are counted.
    hot_deviations
        Standard deviations above the usual level that make the count of a bin unusual.
    hot_events
        Unusual events that make a group an incident without a severe one.
    group_gap
        Unusual events at least this far apart belong to different groups.
    blip_share
        What weighs less than this share of the N50 weight is a blip, not an incident.
    enough_incidents
        With fewer incidents than this, one event of the next lower severity is enough for one.
    severity_weights
        Weight of one event of severity low, medium, high, critical.
    control_days
        Controls are taken at most this many days away.
    repeat_gap
        Hits nearer to each other than this are one; a failure that has been there for as long tells nothing new.
    min_cases, min_hits
        Fewer cases or hits than this are too few to tell.
    min_score, min_confidence
        A pair is correlated from these on.
    high_score
        Above this the type is high, from `min_score` medium, else low.
    order_bin, order_tolerance, order_margin
        Bins of the offsets around an onset; a turn to red this near to the onset is concurrent unless its
        log-likelihood is worse by more than the margin.
    prior_episodes
        The predictive value is shrunk towards the base rate by this many episodes.
    """

    window: float = HOUR
    lookback: float = 90 * DAY
    bin_width: float = 900.0
    hot_deviations: float = 5.0
    hot_events: int = 5
    group_gap: float = 1800.0
    blip_share: float = 0.07
    enough_incidents: int = 5
    severity_weights: tuple[float, float, float, float] = (1.0, 2.0, 5.0, 10.0)
    control_days: int = 14
    repeat_gap: float = 12 * HOUR
    min_cases: int = 3
    min_hits: int = 3
    min_score: float = 0.60
    high_score: float = 0.80
    min_confidence: float = 0.95
    order_bin: float = 300.0
    order_tolerance: float = 450.0
    order_margin: float = 0.5
    prior_episodes: float = 2.0

    def __post_init__(self) -> None:
        for name in ("window", "lookback", "bin_width", "group_gap", "order_bin", "control_days"):
            if not 0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name} must be positive and finite, got {getattr(self, name)!r}")


@dataclass(frozen=True)
class Executions:
    """Runs of test cases, skipped ones left out, in any order.

    Parameters
    ----------
    test
        Index of the test case, 0 and up.
    time
        When it ran, POSIX seconds (UTC), finite.
    red
        True where the run failed.
    run
        Index of the pipeline run, -1 where unknown; left out, every row is a run of its own.
    """

    test: Ints
    time: Floats
    red: Bools
    run: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        _set(self, "test", whole_numbers("test", self.test))
        _set(self, "time", finite_times("time", self.time))
        _set(self, "red", np.asarray(self.red, dtype=np.bool_))
        if len(self.run) == 0:
            _set(self, "run", np.full(len(self.test), NO_RUN, dtype=np.int64))
        _set(self, "run", whole_numbers("run", self.run, at_least=NO_RUN))
        same_length(test=self.test, time=self.time, red=self.red, run=self.run)

    def __len__(self) -> int:
        return len(self.test)

    def take(self, which: Bools | Ints) -> "Executions":
        return Executions(self.test[which], self.time[which], self.red[which], self.run[which])


@dataclass(frozen=True)
class Events:
    """Failure events: integration index, POSIX seconds, severity 0 (low) to 3 (critical), in any order."""

    integration: Ints
    time: Floats
    severity: Ints

    def __post_init__(self) -> None:
        _set(self, "integration", whole_numbers("integration", self.integration))
        _set(self, "time", finite_times("time", self.time))
        _set(self, "severity", whole_numbers("severity", self.severity))
        if len(self.severity) and self.severity.max() > CRITICAL:
            raise ValueError("severity must be 0 (low) to 3 (critical)")
        same_length(integration=self.integration, time=self.time, severity=self.severity)

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True)
class CriticalObservations:
    """Moments at which an observation of an integration turned critical."""

    integration: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    time: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        _set(self, "integration", whole_numbers("integration", self.integration))
        _set(self, "time", finite_times("time", self.time))
        same_length(integration=self.integration, time=self.time)


class Maintenance:
    """Windows [start, end) that are left out: of one integration, or of all (-1)."""

    def __init__(self, windows: Iterable[tuple[int, float, float]] = ()) -> None:
        rows = np.array(sorted(windows), dtype=np.float64).reshape(-1, 3)
        if not np.isfinite(rows).all() or (rows[:, 2] < rows[:, 1]).any():
            raise ValueError("a maintenance window must be finite and must not end before it starts")
        self._integration, self._start, self._end = rows.T

    def names(self, integration: int) -> bool:
        """Whether some window is for this integration alone."""
        return bool((self._integration == integration).any())

    def covers(self, time: Floats, integration: int) -> Bools:
        """Which of the moments lie in a window of this integration or of all."""
        chosen = (self._integration == integration) | (self._integration == ALL_INTEGRATIONS)
        starts, ends = np.sort(self._start[chosen]), np.sort(self._end[chosen])
        begun = np.searchsorted(starts, time, side="right")
        return np.asarray(begun > np.searchsorted(ends, time, side="right"), dtype=np.bool_)


def whole_numbers(name: str, values: ArrayLike, *, at_least: int = 0) -> Ints:
    """Return the values as int64, refusing fractions and numbers below `at_least`."""
    array = np.asarray(values)
    if array.size == 0:
        return np.empty(0, dtype=np.int64)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must be whole numbers, got {array.dtype}")
    if array.min() < at_least:
        raise ValueError(f"{name} must not be below {at_least}")
    return array.astype(np.int64, copy=False)


def finite_times(name: str, values: ArrayLike) -> Floats:
    """Return the values as float64, refusing NaN and infinity."""
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite POSIX seconds")
    return array


def same_length(**columns: NDArray[Any]) -> None:
    """Refuse columns that are not one-dimensional and equally long."""
    if len({column.shape for column in columns.values()}) > 1 or any(c.ndim != 1 for c in columns.values()):
        shapes = ", ".join(f"{name} {column.shape}" for name, column in columns.items())
        raise ValueError(f"columns must be one-dimensional and equally long: {shapes}")


def is_weekend(time: Floats) -> Bools:
    """Whether each moment falls on a Saturday or Sunday, in UTC."""
    return np.asarray((np.floor(time / DAY).astype(np.int64) + 3) % 7 >= 5, dtype=np.bool_)


def _set(instance: object, name: str, value: object) -> None:
    object.__setattr__(instance, name, value)
