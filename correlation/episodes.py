"""Failure episodes, and how often an incident follows one."""

from dataclasses import dataclass

import numpy as np

from correlation.incidents import Incidents
from correlation.inputs import Floats, Ints, Parameters
from correlation.runs import Timeline
from correlation.usual import hour_strata


@dataclass(frozen=True)
class Followed:
    """Per test case: episodes that began outside incidents, those followed by an onset, and the chance of it.

    Attributes
    ----------
    episodes, followed
        Counts.
    base_rate
        Share of comparable moments that an onset follows within w, in [0, 1].
    predictive_value
        (followed + s base_rate) / (episodes + s), s = `prior_episodes`; the base rate where there is no episode.
    """

    episodes: Ints
    followed: Ints
    base_rate: Floats
    predictive_value: Floats


def episode_starts(timeline: Timeline, parameters: Parameters) -> Ints:
    """
    Positions of the runs with which a failure episode begins.

    Notes
    -----
    A red run begins an episode unless the run before was red, or another red run was less than w earlier: a test
    case that stays red has one episode, one that fails again at once too. The first run of a test case can begin one.
    """
    reds = np.flatnonzero(timeline.red)
    if len(reds) == 0:
        return reds
    test = timeline.test_of(reds)
    same = np.append(False, test[1:] == test[:-1])
    next_to = np.append(False, np.diff(reds) == 1)
    soon = np.append(False, np.diff(timeline.time[reds]) < parameters.window)
    return np.asarray(reds[~(same & (next_to | soon))])


def follow_episodes(
    timeline: Timeline, starts: Ints, incidents: Incidents, *, since: float, now: float, parameters: Parameters
) -> Followed:
    """
    Count how many failure episodes an incident of one integration followed, against chance.

    Parameters
    ----------
    timeline, starts
        Runs, and where episodes begin.
    incidents
        Of one integration.
    since, now
        What was observed: the base rate is taken over this time.
    parameters
        `window` and `prior_episodes` are used.

    Returns
    -------
    Followed

    Notes
    -----
    Episodes that begin during an incident are left out. The base rate of an hour and day type is the share of its
    quarter hours outside incidents that an onset follows within w; that of a test case is the mean over its
    episodes, over all hours where it has none. Without incidents, or without any time observed, it is 0.
    """
    moments = np.arange(np.ceil(since / 900) * 900, now, 900.0)
    outside, soon = _next_onset(moments, incidents, parameters.window)
    overall = float(soon[outside].mean()) if outside.any() else 0.0
    begin = timeline.time[starts]
    strata = hour_strata(np.concatenate([moments, begin]))
    grid, of_start = strata[: len(moments)], strata[len(moments) :]
    size = int(strata.max(initial=0)) + 1
    number = np.bincount(grid[outside], minlength=size)
    rate = (np.bincount(grid[outside], weights=soon[outside], minlength=size) + overall) / (number + 1)
    counted, followed = _next_onset(begin, incidents, parameters.window)
    test = timeline.test_of(starts)[counted]
    episodes = np.bincount(test, minlength=timeline.n_tests)
    hits = np.bincount(test, weights=followed[counted], minlength=timeline.n_tests).astype(np.int64)
    expected = np.bincount(test, weights=rate[of_start[counted]], minlength=timeline.n_tests)
    base = np.where(episodes > 0, expected / np.maximum(episodes, 1), overall)
    prior = parameters.prior_episodes
    return Followed(episodes, hits, base, (hits + prior * base) / (episodes + prior))


def _next_onset(moments: Floats, incidents: Incidents, window: float) -> tuple[np.ndarray, np.ndarray]:
    """Whether each moment is outside incidents, and whether an onset follows within the window."""
    begun = np.searchsorted(incidents.onset, moments, side="right")
    over = np.searchsorted(incidents.end, moments, side="left")
    following = np.append(incidents.onset, np.inf)[begun]
    return begun == over, following - moments <= window
