"""Incidents: the bursts in an integration's failure events, apart from its usual hum."""

from dataclasses import dataclass

import numpy as np

from correlation.inputs import (
    CRITICAL,
    DAY,
    HIGH,
    HOUR,
    LOW,
    Bools,
    CriticalObservations,
    Events,
    Floats,
    Ints,
    Maintenance,
    Parameters,
    is_weekend,
)

DAYS_TO_TELL_HOURS_APART = 5
CLIPPING_ROUNDS = 8
QUIET = 0.02  # events per bin that even a silent channel is granted, so that a lone early event is not an onset


@dataclass(frozen=True)
class Incidents:
    """Incidents as columns, sorted by integration and onset.

    Attributes
    ----------
    integration
        Index of the integration.
    onset, end
        First sharp rise and last event, POSIX seconds.
    events
        Number of events; 0 where an observation that turned critical is all there is.
    weight
        Events weighted by severity.
    """

    integration: Ints
    onset: Floats
    end: Floats
    events: Ints
    weight: Floats

    def __len__(self) -> int:
        return len(self.onset)

    def of(self, integration: int) -> "Incidents":
        first, past = np.searchsorted(self.integration, [integration, integration + 1])
        return self.take(slice(first, past))

    def take(self, which: slice | Bools | Ints) -> "Incidents":
        return Incidents(
            self.integration[which], self.onset[which], self.end[which], self.events[which], self.weight[which]
        )


def find_incidents(
    events: Events,
    *,
    n_integrations: int,
    now: float,
    critical: CriticalObservations | None = None,
    maintenance: Maintenance | None = None,
    parameters: Parameters | None = None,
) -> Incidents:
    """
    Group the failure events of each integration into incidents.

    An incident is a stretch of time in which unusually much went wrong; the onset is when it began. It does not
    say what was the cause, nor that two integrations' incidents are the same.

    Parameters
    ----------
    events
        In any order. Those after `now`, before the look-back or in a maintenance window are left out.
    n_integrations
        Number of integrations; every index is below it.
    now
        POSIX seconds, finite.
    critical
        Moments at which an observation turned critical; an incident where no events tell of one.
    maintenance
        Windows that are left out.
    parameters
        Constants of the method.

    Returns
    -------
    Incidents
        Sorted by integration and onset, the end of one at least the window w before the onset of the next.

    Raises
    ------
    ValueError
        For an integration index at or above `n_integrations`, or a `now` that is not finite.

    Notes
    -----
    Events are counted in bins of 15 minutes, once those of a level (high or worse) and once all. With usual count
    m and deviation s of the bin's hour and day type, the larger of the observed one and the Poisson sqrt(m), a bin
    is hot when its count is above m + 5 s, and is at least 1 of the level or 5 of all. m and s come from the bins
    that are not hot, starting from the median (from the share of empty bins where that is 0). Hours are told apart
    only where the day type has five days or more.

    Events of hot bins less than 30 minutes apart are a group. Its onset is the maximum-likelihood change point of a
    Poisson process from the usual to the group's rate. Groups under 7 % of the N50 weight (the weight such that
    groups at least as heavy hold half of the total) are dropped; groups nearer than w are one incident. With fewer
    than five incidents, the level goes down to medium, then to low.

    No events give no incidents; one event is an incident; events that come at one rate all the time are none.

    Examples
    --------
    >>> burst = Events([0, 0, 0], [1_700_000_000.0, 1_700_000_060.0, 1_700_000_300.0], [2, 3, 2])
    >>> found = find_incidents(burst, n_integrations=1, now=1_700_100_000.0)
    >>> found.onset.tolist(), found.events.tolist()
    ([1700000000.0], [3])
    """
    parameters = parameters or Parameters()
    critical, maintenance = critical or CriticalObservations(), maintenance or Maintenance()
    if not np.isfinite(now):
        raise ValueError("now must be finite POSIX seconds")
    for column in (events.integration, critical.integration):
        if column.max(initial=-1) >= n_integrations:
            raise ValueError(f"integration must be below n_integrations = {n_integrations}")
    since = now - parameters.lookback
    found = []
    for integration in range(n_integrations):
        own = (events.integration == integration) & (events.time >= since) & (events.time <= now)
        time, severity = events.time[own], events.severity[own]
        masked = maintenance.covers(time, integration)
        seen = _bursts(time[~masked], severity[~masked], parameters)
        turned = critical.time[(critical.integration == integration)]
        turned = turned[(turned >= since) & (turned <= now) & ~maintenance.covers(turned, integration)]
        found.append(_number(_with_critical(seen, turned, parameters), integration))
    return _concatenate(found)


@dataclass(frozen=True)
class _Bins:
    """Events per bin and severity, and the usual level of those at or above each severity."""

    origin: float
    width: float
    counts: Ints  # (bins, 4): at or above the severity
    usual: Floats  # (bins, 4)
    deviation: Floats

    def of(self, time: Floats) -> Ints:
        return np.floor((time - self.origin) / self.width).astype(np.int64)

    def unusual(self, level: int, deviations: float) -> Bools:
        threshold = self.usual[:, level] + deviations * self.deviation[:, level]
        return np.asarray(self.counts[:, level] > threshold, dtype=np.bool_)


def _bursts(time: Floats, severity: Ints, parameters: Parameters) -> Incidents:
    """Incidents of one integration, from the highest level of severity that shows enough of them."""
    found = _none()
    if len(time) == 0:
        return found
    bins = _count(time, severity, parameters)
    bin_of = bins.of(time)
    noisy = bins.unusual(LOW, parameters.hot_deviations)
    for level in (HIGH, HIGH - 1, LOW):
        severe = bins.unusual(level, parameters.hot_deviations)
        many = noisy & (bins.counts[:, LOW] >= parameters.hot_events)
        near = severe | many | np.append(severe[1:] | many[1:], False)  # the bin before may hold the onset
        chosen = np.flatnonzero(near[bin_of])
        chosen = chosen[np.argsort(time[chosen], kind="stable")]
        where = bin_of[chosen]
        counted = noisy[where] | np.append(noisy[1:], False)[where] | (severity[chosen] >= level)
        chosen = chosen[counted]
        hot = severe[bin_of[chosen]] | many[bin_of[chosen]]
        found = _group(time[chosen], severity[chosen], hot, bins, level, parameters)
        if len(found) >= parameters.enough_incidents:
            break
    return found


def _count(time: Floats, severity: Ints, parameters: Parameters) -> _Bins:
    width = parameters.bin_width
    origin = float(np.floor(time.min() / width) * width)
    bin_of = np.floor((time - origin) / width).astype(np.int64)
    n_bins = int(bin_of.max()) + 1
    per_severity = np.bincount(bin_of * (CRITICAL + 1) + severity, minlength=n_bins * (CRITICAL + 1))
    counts = per_severity.reshape(n_bins, CRITICAL + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    strata = hour_strata(origin + width * np.arange(n_bins))
    levels = [_usual_level(counts[:, level], strata, parameters.hot_deviations) for level in range(HIGH + 1)]
    usual, deviation = (np.stack(column, axis=1) for column in zip(*levels, strict=True))
    return _Bins(origin, width, counts, usual, deviation)


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


def _group(time: Floats, severity: Ints, hot: Bools, bins: _Bins, level: int, parameters: Parameters) -> Incidents:
    """Groups of events, without blips, merged where they are nearer than the window."""
    if not hot.any():
        return _none()
    group = np.cumsum(np.diff(time, prepend=time[0]) >= parameters.group_gap)
    n_groups = int(group[-1]) + 1
    burning = np.bincount(group, weights=hot, minlength=n_groups) > 0
    onset = _onsets(time, severity, group, hot, bins, level)
    in_it = time >= onset[group]
    weight = np.bincount(group, weights=in_it * np.asarray(parameters.severity_weights)[severity])
    number = np.bincount(group, weights=in_it).astype(np.int64)
    end = time[np.append(np.flatnonzero(np.diff(group)), len(time) - 1)]
    groups = Incidents(np.zeros(n_groups, dtype=np.int64), onset, end, number, weight).take(burning)
    heavy = groups.weight >= parameters.blip_share * _n50(groups.weight)
    return _merge(groups.take(heavy), parameters.window)


def _onsets(time: Floats, severity: Ints, group: Ints, hot: Bools, bins: _Bins, level: int) -> Floats:
    """Change point of each group from the usual rate to its own, among the events around its first hot bin."""
    n_groups = int(group[-1]) + 1
    bin_of = bins.of(time)
    first_hot = np.full(n_groups, np.iinfo(np.int64).max)
    np.minimum.at(first_hot, group, np.where(hot, bin_of, first_hot[0]))
    first_hot = np.where(first_hot == np.iinfo(np.int64).max, 0, first_hot)
    noisy = bins.unusual(LOW, Parameters().hot_deviations)
    following = np.minimum(first_hot + 1, len(noisy) - 1)
    series = np.where(noisy[first_hot] | noisy[following], LOW, level)
    usual = np.maximum(bins.usual[first_hot, series], QUIET)
    peak = np.maximum(bins.counts[first_hot, series], bins.counts[following, series])
    peak = np.maximum(peak, 3 * usual)
    slope = (peak - usual) / np.log(peak / usual) / bins.width
    eligible = (severity >= series[group]) & (bin_of >= first_hot[group] - 1) & (bin_of <= first_hot[group] + 1)
    running = np.cumsum(eligible) - eligible
    starts = np.append(0, np.flatnonzero(np.diff(group)) + 1)
    cost = (running - running[starts][group]) - slope[group] * (time - time[starts][group])
    cost = np.where(eligible, cost, np.inf)
    best = np.minimum.reduceat(cost, starts)
    candidates = np.flatnonzero(cost == best[group])
    onset = np.empty(n_groups)
    onset[group[candidates[::-1]]] = time[candidates[::-1]]
    return onset


def _n50(weight: Floats) -> float:
    """The weight such that groups at least that heavy hold half of the total."""
    heaviest = np.sort(weight)[::-1]
    half = np.searchsorted(np.cumsum(heaviest), heaviest.sum() / 2)
    return float(heaviest[half]) if len(weight) else 0.0


def _merge(incidents: Incidents, window: float) -> Incidents:
    """One incident where the next begins less than the window after the end of those before."""
    if len(incidents) == 0:
        return incidents
    reach = np.maximum.accumulate(incidents.end)
    starts = np.append(0, np.flatnonzero(incidents.onset[1:] - reach[:-1] < window) * 0)
    starts = np.append(0, np.flatnonzero(incidents.onset[1:] - reach[:-1] >= window) + 1)
    return Incidents(
        incidents.integration[starts],
        incidents.onset[starts],
        np.maximum.reduceat(incidents.end, starts),
        np.add.reduceat(incidents.events, starts),
        np.add.reduceat(incidents.weight, starts),
    )


def _with_critical(incidents: Incidents, turned: Floats, parameters: Parameters) -> Incidents:
    """Add an incident for each critical observation that no incident is near."""
    turned = np.sort(turned)
    begun = np.searchsorted(incidents.onset, turned + parameters.window, side="right")
    over = np.searchsorted(incidents.end, turned - parameters.window, side="left")
    alone = turned[begun <= over]
    added = Incidents(
        np.zeros(len(alone), dtype=np.int64),
        alone,
        alone,
        np.zeros(len(alone), dtype=np.int64),
        np.full(len(alone), parameters.severity_weights[CRITICAL]),
    )
    both = _concatenate([incidents, added])
    return _merge(both.take(np.argsort(both.onset, kind="stable")), parameters.window)


def _number(incidents: Incidents, integration: int) -> Incidents:
    index = np.full(len(incidents), integration, dtype=np.int64)
    return Incidents(index, incidents.onset, incidents.end, incidents.events, incidents.weight)


def _concatenate(parts: list[Incidents]) -> Incidents:
    if not parts:
        return _none()
    return Incidents(
        np.concatenate([part.integration for part in parts]),
        np.concatenate([part.onset for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.events for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )


def _none() -> Incidents:
    return Incidents(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0), np.empty(0, dtype=np.int64), np.empty(0))
