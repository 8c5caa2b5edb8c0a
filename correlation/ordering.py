"""Order: which of the two turns red first, and by how much."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from correlation.inputs import Floats, Ints, Parameters
from correlation.matching import Cases
from correlation.runs import expand_ranges

WIDTHS = (60.0, 150.0, 300.0, 600.0, 1200.0)  # how much the turns to red differ between incidents, seconds
STRAY = 0.15  # share of turns that follow no pattern, and of onsets found wrongly
FIRST_RED, STAYS_RED = 0.95, 0.6  # chance of red at the first run after the turn, and at those after it

TEST_FIRST, CONCURRENT, INTEGRATION_FIRST = -1, 0, 1


@dataclass(frozen=True)
class Orders:
    """Of each pair: sign of the order, the likeliest turn to red (s after the onset), and its width."""

    sign: Ints
    turn: Floats
    width: Floats


def order_pairs(cases: Cases, tests: Ints, parameters: Parameters) -> Orders:
    """
    Find when, relative to the onsets, test cases turn red.

    Parameters
    ----------
    cases
        Of one integration.
    tests
        Test cases to look at.
    parameters
        `window`, `order_bin`, `order_tolerance` and `order_margin` are used.

    Returns
    -------
    Orders

    Notes
    -----
    At an incident the test case sees, it turns red at some moment: until then its runs are red as often as usual,
    the next one with probability 0.95, those after it with 0.6 (it may recover). The moments scatter around c with
    width s (logistic, 15 % anywhere); an incident may also go unseen. The likelihood of all runs within w is
    maximised over c, in steps of 5 minutes, and s. Concurrent: a c within 7.5 min and an s up to 7.5 min are at most
    0.5 of log-likelihood behind the best c further away; otherwise the sign of that c decides. Without any run
    all c are as likely: concurrent.
    """
    n_bins = int(np.ceil(2 * parameters.window / parameters.order_bin))
    turns = -parameters.window + parameters.order_bin * np.arange(n_bins + 1, dtype=np.float64)
    row, ratio = _likelihood_ratios(cases, tests, n_bins, parameters)
    top = ratio.max(axis=1, initial=0.0)
    share = np.bincount(row, weights=np.where(top > 0, 1.0, 0.0), minlength=len(tests))
    seen = np.clip((share + 1) / (np.bincount(row, minlength=len(tests)) + 2), 0.1, 0.9)[row]
    ratio = np.exp(ratio - top[:, np.newaxis])  # top is at least 0, the ratio of a case not seen
    seen, unseen = seen[:, np.newaxis], ((1 - seen) * np.exp(-top))[:, np.newaxis]
    likelihood = np.zeros((len(tests), len(WIDTHS), len(turns)))
    starts = np.flatnonzero(np.append(True, np.diff(row) > 0)) if len(row) else np.empty(0, dtype=np.int64)
    for index, width in enumerate(WIDTHS):
        below = expit(np.clip((turns - turns[:, np.newaxis]) / width, -40, 40))  # (centres, edges)
        below[:, 0] = 0.0
        mass = np.concatenate([np.diff(below, axis=1), 1 - below[:, -1:]], axis=1)
        mass = (1 - STRAY) * mass + STRAY / mass.shape[1]
        per_case = np.log(unseen + seen * (ratio @ mass.T))
        if len(row):
            likelihood[row[starts], index] = np.add.reduceat(per_case, starts, axis=0)
    return _decide(likelihood, turns, parameters)


def _likelihood_ratios(cases: Cases, tests: Ints, n_bins: int, parameters: Parameters) -> tuple[Ints, Floats]:
    """
    Of each case with a run, the log of how much likelier its runs are if the test case turned red in a bin than never.

    The row of the test case, and an array (cases, bins + 1); the last column is a turn after the last bin: 0.
    """
    row, incident = np.nonzero((cases.past > cases.first)[tests])
    position, owner = expand_ranges(cases.first[tests][row, incident], cases.past[tests][row, incident])
    offset = cases.timeline.time[position] - cases.incidents.onset[incident[owner]]
    bin_of = np.floor((offset + parameters.window) / parameters.order_bin).astype(np.int64)
    bin_of = np.clip(bin_of, 0, n_bins - 1)
    red, usual = cases.timeline.red[position], cases.usual_share[tests][row[owner]]
    first = np.where(red, np.log(FIRST_RED / usual), np.log((1 - FIRST_RED) / (1 - usual)))
    later = np.where(
        red, np.log(np.maximum(STAYS_RED / usual, 1.0)), np.log(np.minimum((1 - STAYS_RED) / (1 - usual), 1.0))
    )
    after = np.bincount(owner, weights=later, minlength=len(row))
    upto = np.cumsum(later)
    upto -= (np.append(0, np.cumsum(after))[:-1])[owner]
    ratio = first + after[owner] - upto
    table = np.full((len(row), n_bins + 1), np.nan)
    table[owner[::-1], bin_of[::-1]] = ratio[::-1]
    table[:, -1] = 0.0
    column = np.where(np.isnan(table), n_bins, np.arange(n_bins + 1))
    column = np.minimum.accumulate(column[:, ::-1], axis=1)[:, ::-1]
    return row, np.take_along_axis(table, column, axis=1)


def _decide(likelihood: Floats, turns: Floats, parameters: Parameters) -> Orders:
    near = np.abs(turns) <= parameters.order_tolerance
    together = likelihood[:, np.asarray(WIDTHS) <= parameters.order_tolerance][:, :, near].max(axis=(1, 2))
    apart = np.where(near, -np.inf, likelihood).reshape(len(likelihood), len(WIDTHS) * len(turns))
    best = apart.argmax(axis=1)
    ahead = apart.max(axis=1, initial=-np.inf) > together + parameters.order_margin
    sign = np.where(ahead, np.sign(turns[best % len(turns)]).astype(np.int64), CONCURRENT)
    flat = likelihood.reshape(apart.shape).argmax(axis=1)
    return Orders(sign, turns[flat % len(turns)], np.asarray(WIDTHS)[flat // len(turns)])


@dataclass(frozen=True)
class Matches:
    """Failures matched with incidents: test case, index of the incident in the cases, time of the first red run."""

    test: Ints
    incident: Ints
    first_red: Floats


def match_failures(cases: Cases, tests: Ints, orders: Orders, parameters: Parameters) -> Matches:
    """
    The red run with which each failure around an incident began, for some test cases and their orders.

    Notes
    -----
    Of the red runs within w of the onset it is the first one from the usual turn to red on, less the spread of the
    turns and one bin: red runs before that are the test case's usual ones. Where there are only such, the first.
    """
    earliest = orders.turn - orders.width - parameters.order_bin
    row, incident = np.nonzero(cases.hits()[tests])
    test = tests[row]
    position, owner = expand_ranges(cases.first[test, incident], cases.past[test, incident])
    red = cases.timeline.red[position]
    position, owner = position[red], owner[red]
    time = cases.timeline.time[position]
    offset = time - cases.incidents.onset[incident[owner]]
    order = np.lexsort((offset, offset < earliest[row[owner]], owner))
    first = order[np.diff(owner[order], prepend=-1) > 0]
    return Matches(test, incident, time[first])


def median_by(group: Ints, values: Floats, n_groups: int) -> Floats:
    """
    Median of the values of each group, nan where a group has none.

    >>> median_by(np.array([0, 2, 0, 0]), np.array([1.0, 5.0, 9.0, 2.0]), 3).tolist()
    [2.0, nan, 5.0]
    """
    order = np.lexsort((values, group))
    number = np.bincount(group, minlength=n_groups)
    start = np.cumsum(number) - number
    some = number > 0
    ordered = np.append(values[order], np.nan)
    low, high = start + (number - 1) // 2, start + number // 2
    low, high = np.where(some, low, len(values)), np.where(some, high, len(values))
    return np.asarray((ordered[low] + ordered[high]) / 2)
