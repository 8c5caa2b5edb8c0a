"""Counts of runs, failures, flaky runs and flips of every test case at once. Pure, on arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Steadiness:
    """Per test case: runs, those that ended red, those with more than one result, and changes of colour."""

    runs: NDArray[np.int64]
    failed: NDArray[np.int64]
    flaky: NDArray[np.int64]
    flips: NDArray[np.int64]


def count_runs(
    test: NDArray[np.int64],
    time: NDArray[np.float64],
    red: NDArray[np.bool_],
    run: NDArray[np.int64],
    flagged: NDArray[np.bool_],
    *,
    n_tests: int,
) -> Steadiness:
    """Count the runs of every test case.

    Parameters
    ----------
    test, run : indices from 0; results of one test case in one run are attempts, and the last one decides.
    time : POSIX seconds.
    red : whether the result was a failure; skipped results are left out by the caller.
    flagged : whether the report itself said that the attempt passed only after failing.

    Notes
    -----
    A flip is a run whose colour is not that of the run before. Without results every count is 0.

    Examples
    --------
    >>> steady = count_runs(np.array([0, 0, 0]), np.array([1.0, 2.0, 9.0]), np.array([True, False, True]),
    ...                     np.array([5, 5, 6]), np.array([False, False, False]), n_tests=1)
    >>> steady.runs.tolist(), steady.failed.tolist(), steady.flaky.tolist(), steady.flips.tolist()
    ([2], [1], [1], [1])
    """
    order = np.lexsort((red, time, run, test))
    test, time, red, run, flagged = test[order], time[order], red[order], run[order], flagged[order]
    last = np.append((np.diff(test) != 0) | (np.diff(run) != 0), True)[: len(test)]
    group = np.cumsum(np.append(0, last[:-1]))[: len(test)]
    n_groups = int(last.sum())
    attempts = np.bincount(group, minlength=n_groups)
    reds = np.bincount(group, weights=red, minlength=n_groups)
    mixed = (reds > 0) & (reds < attempts)
    said = np.bincount(group, weights=flagged, minlength=n_groups) > 0
    test, time, red, unsteady = test[last], time[last], red[last], mixed | said
    by_time = np.lexsort((time, test))
    test, red, unsteady = test[by_time], red[by_time], unsteady[by_time]
    flip = np.append(False, (np.diff(test) == 0) & (red[1:] != red[:-1]))[: len(test)]
    return Steadiness(
        runs=np.bincount(test, minlength=n_tests),
        failed=np.bincount(test[red], minlength=n_tests),
        flaky=np.bincount(test[unsteady], minlength=n_tests),
        flips=np.bincount(test[flip], minlength=n_tests),
    )
