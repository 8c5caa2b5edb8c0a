"""The usual level of events: counts per bin, and what is usual for the hour and day type."""

from dataclasses import dataclass

import numpy as np

from correlation.inputs import CRITICAL, DAY, HIGH, HOUR, Floats, Ints, Parameters, is_weekend

DAYS_TO_TELL_HOURS_APART = 5
CLIPPING_ROUNDS = 8


@dataclass(frozen=True)
class Bins:
    """Events of one integration per bin of time.

    Attributes
    ----------
    origin, width
        Start of the first bin, and width, seconds.
    counts
        Events of at least each severity, (bins, 4).
    usual, deviation
        Usual count and standard deviation for at least low, medium and high, (bins, 3).
    """

    origin: float
    width: float
    counts: Ints
    usual: Floats
    deviation: Floats

    def of(self, time: Floats) -> Ints:
        return np.floor((time - self.origin) / self.width).astype(np.int64)

    def lowest_unusual(self, deviations: float) -> Ints:
        """Lowest severity from which on the count of each bin is unusual; 4 where none is."""
        unusual = self.counts[:, : HIGH + 1] > self.usual + deviations * self.deviation
        return np.where(unusual.any(axis=1), unusual.argmax(axis=1), CRITICAL + 1)

    def usual_per_severity(self, which: Ints) -> Floats:
        """Usual count of each single severity in these bins, high and critical sharing theirs, (bins, 4)."""
        low, medium, high = self.usual[which].T
        shares = (low - medium, medium - high, high / 2, high / 2)
        return np.asarray(np.maximum(np.stack(shares, axis=1), 0.0))


def count_events(time: Floats, severity: Ints, parameters: Parameters) -> Bins:
    """Count events per bin and severity, from the first event to the last, over one day at least.

    What came all at once within the first day is a burst: without a day to compare with, nothing is usual.
    """
    width = parameters.bin_width
    origin = float(np.floor(min(time.min(), time.max() - DAY) / width) * width)
    bin_of = np.floor((time - origin) / width).astype(np.int64)
    n_bins = int(bin_of.max()) + 1
    per_severity = np.bincount(bin_of * (CRITICAL + 1) + severity, minlength=n_bins * (CRITICAL + 1))
    counts = per_severity.reshape(n_bins, CRITICAL + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    strata = hour_strata(origin + width * np.arange(n_bins, dtype=np.float64))
    levels = [_usual_level(counts[:, level], strata, parameters.hot_deviations) for level in range(HIGH + 1)]
    usual, deviation = (np.stack(column, axis=1) for column in zip(*levels, strict=True))
    return Bins(origin, width, counts, usual, deviation)


def hour_strata(time: Floats) -> Ints:
    """Stratum of each moment: hour of day and day type, or the day type alone where it has few days."""
    weekend = is_weekend(time).astype(np.int64)
    hour = np.floor(time / HOUR).astype(np.int64) % 24
    day = np.floor(time / DAY).astype(np.int64)
    days = np.array([len(np.unique(day[weekend == kind])) for kind in (0, 1)])
    if days.sum() < DAYS_TO_TELL_HOURS_APART:
        return np.zeros(len(time), dtype=np.int64)
    return weekend * 25 + np.where(days[weekend] >= DAYS_TO_TELL_HOURS_APART, hour, 24)


def _usual_level(counts: Ints, strata: Ints, deviations: float) -> tuple[Floats, Floats]:
    """Usual count and deviation of each bin's stratum, bursts clipped away."""
    n_strata = int(strata.max()) + 1
    size = np.maximum(np.bincount(strata, minlength=n_strata), 1)
    order = np.lexsort((counts, strata))
    ends = np.cumsum(np.bincount(strata, minlength=n_strata))
    middle = np.minimum(ends - size + size // 2, len(counts) - 1)
    median = counts[order][np.maximum(middle, 0)].astype(np.float64)
    empty = np.bincount(strata, weights=counts == 0, minlength=n_strata) / size
    usual = np.where(median > 0, median, -np.log(np.maximum(empty, 1 / (size + 1))))
    deviation = np.sqrt(usual)
    for _ in range(CLIPPING_ROUNDS):
        kept = counts <= usual[strata] + deviations * deviation[strata]
        number = np.maximum(np.bincount(strata, weights=kept, minlength=n_strata), 1)
        usual = np.bincount(strata, weights=counts * kept, minlength=n_strata) / number
        spread = np.bincount(strata, weights=kept * (counts - usual[strata]) ** 2, minlength=n_strata) / number
        deviation = np.sqrt(np.maximum(spread, usual))
    return usual[strata], deviation[strata]
