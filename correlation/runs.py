"""Runs of test cases in order: one result per run, and what can be counted between two moments."""

from dataclasses import dataclass

import numpy as np

from correlation.inputs import NO_RUN, Bools, Executions, Floats, Ints


@dataclass(frozen=True)
class CollapsedExecutions:
    """One result per test case and run, and which of them were green only after a retry (flaky)."""

    executions: Executions
    flaky: Bools


def collapse_attempts(executions: Executions) -> CollapsedExecutions:
    """
    Reduce several results of one test case in one run to the last attempt.

    Parameters
    ----------
    executions
        In any order. Rows with run -1 are runs of their own.

    Returns
    -------
    CollapsedExecutions
        The last attempt of each test case and run, and whether it is flaky: green after a red attempt.

    Notes
    -----
    The last attempt is the one with the latest time; of attempts at the very same time a red one decides, so
    that the result does not depend on the order of the rows. The time kept is that of the last attempt. No
    executions give no executions. Where no test case has two results in one run, the rows come back as they are.

    Examples
    --------
    >>> attempts = Executions([0, 0, 0], [10.0, 20.0, 90.0], [True, False, True], [7, 7, 8])
    >>> collapsed = collapse_attempts(attempts)
    >>> collapsed.executions.time.tolist(), collapsed.executions.red.tolist(), collapsed.flaky.tolist()
    ([20.0, 90.0], [False, True], [True, False])
    """
    named = np.flatnonzero(executions.run != NO_RUN)
    key = executions.test[named] * (executions.run.max(initial=0) + 1) + executions.run[named]
    if not _has_repeats(key):
        return CollapsedExecutions(executions, np.zeros(len(executions), dtype=np.bool_))
    order = np.lexsort((executions.red[named], executions.time[named], key))
    key, rows = key[order], named[order]
    last = np.append(key[1:] != key[:-1], True)
    reds = np.diff(np.cumsum(executions.red[rows])[last], prepend=0)
    flaky = np.zeros(len(executions), dtype=np.bool_)
    flaky[rows[last]] = ~executions.red[rows[last]] & (reds > 0)
    kept = np.ones(len(executions), dtype=np.bool_)
    kept[rows[~last]] = False
    return CollapsedExecutions(executions.take(kept), flaky[kept])


def _has_repeats(key: Ints) -> bool:
    if (np.diff(key) > 0).all():  # the common case: runs in order of test case and time
        return False
    return bool((np.diff(np.sort(key, kind="stable")) == 0).any())


@dataclass(frozen=True)
class Timeline:
    """Runs sorted by test case and time.

    Attributes
    ----------
    start
        Position of each test case's first run, one entry more than there are test cases.
    time, red
        Of each run.
    reds
        Number of red runs before each position, one entry more than there are runs.
    """

    start: Ints
    time: Floats
    red: Bools
    reds: Ints

    @property
    def n_tests(self) -> int:
        return len(self.start) - 1

    def runs_per_test(self) -> Ints:
        return np.diff(self.start)

    def test_of(self, positions: Ints) -> Ints:
        """Test case of the runs at these positions."""
        return np.searchsorted(self.start, positions, side="right") - 1

    def locate(self, moments: Floats, window: float, tests: slice) -> Ints:
        """
        Positions that bound the runs in [moment - window, moment) and [moment, moment + window].

        An array of shape (3, tests, moments), of finite moments in any order: the first run of the window before,
        the first run of the window after, and one past the last run of the window after.
        """
        beyond = np.nextafter(moments + window, np.inf)  # a run at the very end is in the window
        sought = np.stack([moments - window, moments, beyond])  # one search per test case for all three
        start = self.start.tolist()
        chosen = range(*tests.indices(self.n_tests))
        bounds = np.empty((3, len(chosen), len(moments)), dtype=np.int64)
        for row, test in enumerate(chosen):
            bounds[:, row] = self.time[start[test] : start[test + 1]].searchsorted(sought)
        bounds += self.start[:-1][tests, np.newaxis]
        return bounds

    def repeating(self, gap: float) -> Bools:
        """
        Red runs of a failure that has been there for at least `gap` seconds, and two runs, without a green run.

        They tell nothing new: a test case that is broken cannot turn red.
        """
        reds = np.flatnonzero(self.red)
        test = self.test_of(reds)
        turned = np.append(True, (np.diff(reds) > 1) | (np.diff(test) > 0))[: len(reds)]
        since = reds[np.maximum.accumulate(np.where(turned, np.arange(len(reds)), 0))]
        old = (self.time[reds] - self.time[since] >= gap) & (reds - since >= 2)
        repeating = np.zeros(len(self.red), dtype=np.bool_)
        repeating[reds[old]] = True
        return repeating

    def without(self, left_out: Bools) -> "Timeline":
        """The same runs but for those left out."""
        if not left_out.any():
            return self
        kept = ~left_out
        start = np.append(0, np.cumsum(kept))[self.start]
        return _timeline(start, self.time[kept], self.red[kept])


def sort_runs(executions: Executions, n_tests: int) -> Executions:
    """Sort runs by test case, time and colour, so that the order of the rows never matters."""
    if (executions.time[1:] >= executions.time[:-1]).all():
        ordered = _by_test(executions, n_tests)
        if not _red_before_green(ordered):
            return ordered
    return _by_test(executions.take(np.lexsort((executions.red, executions.time))), n_tests)


def _by_test(executions: Executions, n_tests: int) -> Executions:
    """Runs of one test case after those of another, each in the order they had; small numbers sort fastest by far."""
    test, run = executions.test, executions.run
    order = np.argsort(test.astype(np.uint16 if n_tests <= 65536 else np.int64), kind="stable")
    # Sorted test cases are counted out: writing a million numbers takes less than picking them from here and there.
    counted = np.repeat(np.arange(n_tests), np.bincount(test, minlength=n_tests))
    nameless = (run == NO_RUN).all()  # nothing to reorder then
    return Executions(counted, executions.time[order], executions.red[order], run if nameless else run[order])


def _red_before_green(ordered: Executions) -> bool:
    """Whether a red run stands before a green one of the same test case and moment."""
    turned = np.flatnonzero(ordered.red[:-1] & ~ordered.red[1:])
    same = ordered.time[turned] == ordered.time[turned + 1]
    return bool((same & (ordered.test[turned] == ordered.test[turned + 1])).any())


def build_timeline(executions: Executions, n_tests: int) -> Timeline:
    """Timeline of all runs, one per test case and run."""
    ordered = collapse_attempts(sort_runs(executions, n_tests)).executions
    start = np.append(0, np.cumsum(np.bincount(ordered.test, minlength=n_tests)))
    return _timeline(start, ordered.time, ordered.red)


def _timeline(start: Ints, time: Floats, red: Bools) -> Timeline:
    return Timeline(start, time, red, np.append(0, np.cumsum(red)))


def expand_ranges(first: Ints, past: Ints) -> tuple[Ints, Ints]:
    """
    All positions of the ranges [first, past), one after the other, and the range each comes from.

    >>> positions, owner = expand_ranges(np.array([5, 9, 2]), np.array([7, 9, 3]))
    >>> positions.tolist(), owner.tolist()
    ([5, 6, 2], [0, 0, 2])
    """
    lengths = np.maximum(past - first, 0)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    ends = np.cumsum(lengths)
    return np.arange(len(owner)) - np.repeat(ends - lengths - first, lengths), owner
