"""Cases and controls: the windows around each onset, and the same clock times on other days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from correlation.choices import Question
from correlation.incidents import Incidents
from correlation.inputs import DAY, Bools, Floats, Ints, Parameters, is_weekend
from correlation.runs import Timeline

QUESTIONS = tuple(Question)
SIDE = np.array([0, 0, 1, 1])  # of each question: before, before, after, after
CELLS_AT_ONCE = 1 << 15  # bounds the memory of the control windows, and keeps it within the processor's cache


@dataclass(frozen=True)
class Cases:
    """The runs of every test case around the incidents of one integration, and at their controls.

    Attributes
    ----------
    timeline, incidents
        What was matched.
    first, onset, past
        Positions that bound the runs before and after each onset, of shape (tests, incidents).
    yes
        Answer to each question, (questions, tests, incidents).
    control_yes
        Controls that answer yes, (questions, tests, incidents).
    controls, control_runs
        Controls with a run, and runs in them, per side, (2, tests, incidents).
    usual_share
        Share of red runs in the control windows, (tests,), shrunk by half a run.
    """

    timeline: Timeline
    incidents: Incidents
    first: Ints
    onset: Ints
    past: Ints
    yes: Bools
    control_yes: NDArray[np.int16]
    controls: NDArray[np.int16]
    control_runs: NDArray[np.int32]
    usual_share: Floats

    def runs(self) -> Ints:
        """Runs before and after each onset, (2, tests, incidents)."""
        return np.stack([self.onset - self.first, self.past - self.onset])

    def hits(self) -> Bools:
        """Whether a run within the window on either side was red, (tests, incidents)."""
        reds = self.timeline.reds
        return np.asarray(reds[self.past] > reds[self.first], dtype=np.bool_)


def control_moments(incidents: Incidents, *, since: float, now: float, parameters: Parameters) -> Floats:
    """
    The controls of each incident of one integration: the same clock time on comparable days.

    Parameters
    ----------
    incidents
        Of one integration, sorted by onset.
    since, now
        First and last moment that was observed.
    parameters
        `window` and `control_days` are used.

    Returns
    -------
    array of shape (2 x control_days, incidents)
        Row by row one distance in days; infinity where that day is no control: another day type, not observed, or
        an incident in the windows around it or less than one window away from them.

    Notes
    -----
    Without incidents the array is empty. An incident may have no control at all: it is still a case.
    """
    days = np.array([day for day in range(-parameters.control_days, parameters.control_days + 1) if day])
    moments = incidents.onset + days[:, np.newaxis] * DAY
    near = 2 * parameters.window
    begun = np.searchsorted(incidents.onset, moments + near, side="left")
    over = np.searchsorted(incidents.end, moments - near, side="right")
    usable = (begun == over) & (is_weekend(moments) == is_weekend(incidents.onset))
    usable &= (moments >= since) & (moments <= now)
    return np.where(usable, moments, np.inf)


def match_cases(timeline: Timeline, incidents: Incidents, *, since: float, now: float, parameters: Parameters) -> Cases:
    """Ask the four questions of every test case at the incidents of one integration and at their controls."""
    window, n_tests, n = parameters.window, timeline.n_tests, len(incidents)
    first, onset, past = bounds = timeline.locate(incidents.onset, window, slice(None))
    yes = _answers(timeline, bounds, timeline.reds[bounds])
    controls_of = control_moments(incidents, since=since, now=now, parameters=parameters).T
    usable = np.isfinite(controls_of)
    moments, ends = controls_of[usable], np.append(0, np.cumsum(usable.sum(axis=1)))
    control_yes = np.zeros((len(QUESTIONS), n_tests, n), dtype=np.int16)
    controls, control_runs = np.zeros((2, n_tests, n), np.int16), np.zeros((2, n_tests, n), np.int32)
    usual_share = np.full(n_tests, 0.5)
    at_once = max(1, CELLS_AT_ONCE // max(1, len(moments)))
    for at in range(0, n_tests, at_once):
        block = slice(at, at + at_once)
        bounds = timeline.locate(moments, window, block)
        reds, runs = timeline.reds[bounds], np.diff(bounds, axis=0)
        control_yes[:, block] = _sums(_answers(timeline, bounds, reds), ends)
        controls[:, block], control_runs[:, block] = _sums(runs > 0, ends), _sums(runs, ends)
        usual_share[block] = ((reds[2] - reds[0]).sum(axis=1) + 0.5) / (runs.sum(axis=(0, 2)) + 1)
    return Cases(timeline, incidents, first, onset, past, yes, control_yes, controls, control_runs, usual_share)


def _sums(values: Ints | Bools, ends: Ints) -> Ints:
    """Sums over the last axis, of each stretch that lies between two ends, which may be empty."""
    totals = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=np.int64)
    np.cumsum(values, axis=-1, out=totals[..., 1:])
    return np.diff(totals[..., ends], axis=-1)


def _answers(timeline: Timeline, bounds: Ints, reds: Ints) -> Bools:
    """Yes or no to each question, in the order of `QUESTIONS`, from bounds and the red runs before each of them."""
    first, onset, past = bounds
    answers = np.zeros((len(QUESTIONS), *first.shape), dtype=np.bool_)
    if len(timeline.red):
        np.logical_and(onset > first, timeline.red[onset - 1], out=answers[0])
        np.greater(reds[1], reds[0], out=answers[1])
        np.greater(reds[2], reds[1], out=answers[2])
        np.logical_and(past > onset, timeline.red[past - 1], out=answers[3])
    return answers


def hits_of(cases: Cases, question: Ints) -> Bools:
    """Hits of each test case's question, (tests, incidents)."""
    return np.asarray(np.take_along_axis(cases.yes, question[np.newaxis, :, np.newaxis], axis=0)[0])
