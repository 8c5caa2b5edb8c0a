import numpy as np
import pytest

from correlation.inputs import (
    CriticalObservations,
    Events,
    Executions,
    Maintenance,
    Parameters,
    is_weekend,
)
from correlation.runs import build_timeline, collapse_attempts, expand_ranges
from tests.correlation.engine_cases import DAY, HOUR, MONDAY, no_runs


@pytest.mark.parametrize("time", [np.nan, np.inf, -np.inf])
def test_times_that_are_not_finite_are_refused(time):
    with pytest.raises(ValueError, match="time must be finite"):
        Executions([0], [time], [True])
    with pytest.raises(ValueError, match="time must be finite"):
        Events([0], [time], [2])
    with pytest.raises(ValueError, match="time must be finite"):
        CriticalObservations([0], [time])
    with pytest.raises(ValueError, match="maintenance"):
        Maintenance([(0, 0.0, time)])


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        Executions([0, 0], [1.0], [True])
    with pytest.raises(ValueError, match="equally long"):
        Events([0], [1.0], [1, 2])


def test_indices_must_be_whole_and_not_negative():
    with pytest.raises(ValueError, match="test must be whole numbers"):
        Executions([0.5], [1.0], [True])
    with pytest.raises(ValueError, match="test must not be below 0"):
        Executions([-1], [1.0], [True])
    with pytest.raises(ValueError, match="run must not be below -1"):
        Executions([0], [1.0], [True], [-2])


def test_a_severity_beyond_critical_is_refused():
    with pytest.raises(ValueError, match="severity"):
        Events([0], [1.0], [4])


def test_a_maintenance_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="end before"):
        Maintenance([(0, 5.0, 4.0)])


@pytest.mark.parametrize("name", ["window", "lookback", "bin_width", "group_gap", "order_bin", "control_days"])
def test_parameters_must_be_positive(name):
    with pytest.raises(ValueError, match=name):
        Parameters(**{name: 0})


def test_maintenance_covers_its_start_but_not_its_end():
    windows = Maintenance([(0, 10.0, 20.0), (-1, 15.0, 30.0), (1, 50.0, 60.0)])
    moments = np.array([9.0, 10.0, 29.0, 30.0, 55.0])
    assert windows.covers(moments, 0).tolist() == [False, True, True, False, False]
    assert windows.covers(moments, 1).tolist() == [False, False, True, False, True]


def test_saturday_and_sunday_are_the_weekend():
    days = MONDAY + DAY * np.arange(7) + HOUR
    assert is_weekend(days).tolist() == [False] * 5 + [True] * 2


def test_the_last_attempt_of_a_run_decides():
    attempts = Executions([0, 0, 0, 1], [30.0, 10.0, 20.0, 15.0], [False, True, True, True], [7, 7, 7, 7])
    collapsed = collapse_attempts(attempts)
    assert collapsed.executions.test.tolist() == [0, 1]
    assert collapsed.executions.time.tolist() == [30.0, 15.0]
    assert collapsed.executions.red.tolist() == [False, True]
    assert collapsed.flaky.tolist() == [True, False]


def test_a_run_that_was_always_green_is_not_flaky():
    collapsed = collapse_attempts(Executions([0, 0], [1.0, 2.0], [False, False], [3, 3]))
    assert collapsed.flaky.tolist() == [False]


def test_of_attempts_at_the_same_moment_a_red_one_decides():
    for red in ([True, False], [False, True]):
        collapsed = collapse_attempts(Executions([0, 0], [5.0, 5.0], red, [1, 1]))
        assert collapsed.executions.red.tolist() == [True]


def test_results_without_a_run_stay_apart():
    executions = Executions([0, 0], [5.0, 6.0], [True, False])
    assert len(collapse_attempts(executions).executions) == 2


def test_no_executions_collapse_to_none():
    assert len(collapse_attempts(no_runs()).executions) == 0


def test_a_timeline_sorts_by_test_and_time():
    timeline = build_timeline(Executions([1, 0, 1], [9.0, 5.0, 3.0], [True, False, False]), 3)
    assert timeline.time.tolist() == [5.0, 3.0, 9.0]
    assert timeline.red.tolist() == [False, False, True]
    assert timeline.runs_per_test().tolist() == [1, 2, 0]


@pytest.mark.parametrize("time", [[1.0, 1.0, 1.0, 2.0], [1.0, 1.0, 1.0, 0.0]])
def test_of_runs_at_one_moment_the_red_one_is_the_last_whatever_the_order_of_the_rows(time):
    timeline = build_timeline(Executions([0, 1, 0, 1], time, [True, True, False, False]), 2)
    assert timeline.red[:2].tolist() == [False, True]


def test_runs_of_a_long_broken_test_repeat_its_failure():
    time = np.arange(8) * 6 * HOUR
    timeline = build_timeline(Executions([0] * 8, time, [False, True, True, True, True, False, True, True]), 1)
    assert np.flatnonzero(timeline.repeating(12 * HOUR)).tolist() == [3, 4]


def test_a_failure_does_not_go_on_in_the_next_test():
    red = [True, True, True, True, True]
    timeline = build_timeline(Executions([0, 0, 1, 1, 1], np.array([0, 1, 2, 3, 4]) * DAY, red), 2)
    assert np.flatnonzero(timeline.repeating(12 * HOUR)).tolist() == [4]


def test_located_windows_hold_the_runs_on_either_side():
    timeline = build_timeline(Executions([0] * 5, [0.0, 10.0, 20.0, 30.0, 40.0], [False] * 5), 1)
    bounds = timeline.locate(np.array([20.0, 5.0]), 10.0, slice(None))
    assert bounds[:, 0].T.tolist() == [[1, 2, 4], [0, 1, 2]]


def test_ranges_that_are_empty_expand_to_nothing():
    positions, owner = expand_ranges(np.array([3, 8]), np.array([3, 6]))
    assert positions.tolist() == owner.tolist() == []
