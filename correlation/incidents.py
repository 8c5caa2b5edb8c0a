"""Incidents: the bursts in an integration's failure events, apart from its usual hum."""

from dataclasses import dataclass

import numpy as np

from correlation.inputs import (
    CRITICAL,
    HIGH,
    LOW,
    MEDIUM,
    Bools,
    CriticalObservations,
    Events,
    Floats,
    Ints,
    Maintenance,
    Parameters,
)
from correlation.usual import Bins, count_events

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
    Events are counted in bins of 15 minutes: all, those of medium severity or worse, those of high or worse. With
    usual count m and deviation s of the bin's hour and day type, the larger of the observed one and the Poisson
    sqrt(m), a count above m + 5 s is unusual. m and s come from the bins that are not, starting from the median (from
    the share of empty bins where that is 0). Hours are told apart only where the day type has five days or more.

    Events of the severities that are unusual in their bin, less than 30 minutes apart, are a group. It counts where
    one of them is high or worse, or there are at least five. Its onset is the maximum-likelihood change point of a
    Poisson process, marked with severities, from the usual rates to the group's. Groups nearer than w are one
    incident; incidents under 7 % of the N50 weight (the weight such that incidents at least as heavy hold half of the
    total) are dropped. With fewer than five incidents, one event of medium is enough, then one of low.

    No events give no incidents; one event is an incident; events that come at one rate all the time are none. Within
    the first day of a channel nothing is usual.

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


def _bursts(time: Floats, severity: Ints, parameters: Parameters) -> Incidents:
    """Incidents of one integration, from the highest level of severity that shows enough of them."""
    found = no_incidents()
    if len(time) == 0:
        return found
    bins = count_events(time, severity, parameters)
    groups = _group(time, severity, bins, parameters)
    for level in (HIGH, MEDIUM, LOW):
        burning = (groups.worst >= level) | (groups.unusual_events >= parameters.hot_events)
        found = _drop_blips(_merge(groups.incidents.take(burning), parameters.window), parameters.blip_share)
        if len(found) >= parameters.enough_incidents:
            break
    return found


@dataclass(frozen=True)
class _Groups:
    """Groups of events: as incidents, with the worst severity and the number of those that were unusual."""

    incidents: Incidents
    worst: Ints
    unusual_events: Ints


def _group(time: Floats, severity: Ints, bins: Bins, parameters: Parameters) -> _Groups:
    """Group the events of unusual bins, and of the bin before each, which may hold the onset."""
    lowest = bins.lowest_unusual(parameters.hot_deviations)
    bin_of = bins.of(time)
    before = np.append(lowest[1:], CRITICAL + 1) <= CRITICAL
    chosen = np.flatnonzero((severity >= lowest[bin_of]) | before[bin_of])
    chosen = chosen[np.argsort(time[chosen], kind="stable")]
    unusual = severity[chosen] >= lowest[bin_of[chosen]]
    time, severity, bin_of = time[chosen], severity[chosen], bin_of[chosen]
    core = np.maximum.accumulate(np.where(unusual, time, -np.inf))  # newest unusual event so far
    ahead = np.minimum.accumulate(np.where(unusual, time, np.inf)[::-1])[::-1]
    kept = unusual | (ahead - time < parameters.group_gap) | (time - core < parameters.group_gap)
    time, severity, bin_of, unusual = time[kept], severity[kept], bin_of[kept], unusual[kept]
    if len(time) == 0:
        return _Groups(no_incidents(), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    starts = np.append(0, np.flatnonzero(np.diff(time) >= parameters.group_gap) + 1)
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(time))))
    onset = _onsets(time, severity, bin_of, unusual, starts, group, bins)
    in_it = time >= onset[group]
    weight = np.bincount(group, weights=np.where(in_it, np.array(parameters.severity_weights)[severity], 0.0))
    incidents = Incidents(
        np.zeros(len(starts), dtype=np.int64),
        onset,
        np.maximum.reduceat(time, starts),
        np.add.reduceat(in_it.astype(np.int64), starts),
        weight.astype(np.float64),
    )
    worst = np.maximum.reduceat(np.where(unusual, severity, -1), starts)
    return _Groups(incidents, worst, np.add.reduceat(unusual.astype(np.int64), starts))


def _onsets(
    time: Floats, severity: Ints, bin_of: Ints, unusual: Bools, starts: Ints, group: Ints, bins: Bins
) -> Floats:
    """
    Change point of each group from the usual rates to its own, among the events around its first unusual bin.

    The log-likelihood ratio of a Poisson process marked with severities: each event before the onset costs the log
    of how much likelier its severity is in the group than usually, each second before it gains the excess rate.
    """
    first = np.minimum.reduceat(np.where(unusual, bin_of, len(bins.counts) - 1), starts)
    following = np.minimum(first + 1, len(bins.counts) - 1)
    usual = np.maximum(bins.usual_per_severity(first), QUIET)
    peak = np.maximum(bins.counts[first, LOW], bins.counts[following, LOW]) - usual.sum(axis=1)
    size = np.add.reduceat(unusual.astype(np.int64), starts)
    mix = np.stack(
        [np.add.reduceat((unusual & (severity == each)) + 0.0, starts) for each in range(CRITICAL + 1)], axis=1
    )
    excess = np.maximum(peak, 1.0)[:, np.newaxis] * (mix + 0.25) / (size[:, np.newaxis] + 1)
    worth = np.log1p(excess / usual)[group, severity]
    eligible = (bin_of >= first[group] - 1) & (bin_of <= first[group] + 1)
    running = np.cumsum(worth) - worth
    gained = (excess.sum(axis=1) / bins.width)[group] * (time - time[starts][group])
    cost = np.where(eligible, running - running[starts][group] - gained, np.inf)
    best = np.minimum.reduceat(cost, starts)
    candidates = np.flatnonzero(cost == best[group])
    onset = np.empty(len(starts))
    onset[group[candidates[::-1]]] = time[candidates[::-1]]  # of equals the earliest
    return onset


def _drop_blips(incidents: Incidents, share: float) -> Incidents:
    """Leave out what weighs less than this share of the N50 weight."""
    if len(incidents) == 0:
        return incidents
    heaviest = np.sort(incidents.weight)[::-1]
    half = np.searchsorted(np.cumsum(heaviest), heaviest.sum() / 2)
    return incidents.take(incidents.weight >= share * heaviest[half])


def _merge(incidents: Incidents, window: float) -> Incidents:
    """One incident where the next begins less than the window after the end of those before."""
    if len(incidents) == 0:
        return incidents
    reach = np.maximum.accumulate(incidents.end)
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
        return no_incidents()
    return Incidents(
        np.concatenate([part.integration for part in parts]),
        np.concatenate([part.onset for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.events for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )


def no_incidents() -> Incidents:
    return Incidents(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0), np.empty(0, dtype=np.int64), np.empty(0))
