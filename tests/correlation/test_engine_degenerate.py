import numpy as np
import pytest

from correlation.choices import CorrelationType, Pattern
from correlation.inputs import CriticalObservations, Events, Executions, Maintenance, Parameters
from tests.correlation.engine_cases import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    NOW,
    ONSETS,
    bursts,
    correlate_one,
    every,
    no_events,
    no_runs,
    red_around,
    runs,
    together,
    warned,
)


def test_a_test_that_warns_of_every_incident_is_correlated():
    found = correlate_one(warned(), bursts(ONSETS))
    assert (found.incidents[0], found.hits[0]) == (8, 8)
    assert found.correlation_type[0] == CorrelationType.HIGH
    assert found.confidence[0] >= 0.99
    assert found.correlated[0]
    assert found.last_correlated[0] == ONSETS[-1]
    assert found.expected_hits[0] == pytest.approx(8 * found.usual_rate[0])


def test_executions_and_their_bounds_are_those_of_the_look_back():
    found = correlate_one(warned(), bursts(ONSETS), now=ONSETS[-1] + DAY, parameters=Parameters(lookback=30 * DAY))
    time = every(20)
    seen = time[(time >= ONSETS[-1] - 29 * DAY) & (time <= ONSETS[-1] + DAY)]
    assert found.executions[0] == len(seen)
    assert (found.first_execution[0], found.last_execution[0]) == (seen[0], seen[-1])


@pytest.mark.parametrize(("n_tests", "n_integrations"), [(0, 0), (0, 4), (3, 0), (3, 4)])
def test_no_data_give_no_pairs(n_tests, n_integrations):
    assert len(correlate_one(no_runs(), no_events(), n_tests=n_tests, n_integrations=n_integrations)) == 0


def test_no_executions_give_no_pairs():
    assert len(correlate_one(no_runs(), bursts(ONSETS))) == 0


def test_no_events_give_no_pairs():
    assert len(correlate_one(warned(), no_events())) == 0


def test_a_test_that_is_always_green_has_no_pair():
    time = every(20)
    assert len(correlate_one(runs((time, np.zeros(len(time), dtype=bool))), bursts(ONSETS))) == 0


def test_a_test_that_is_always_red_has_no_pair():
    time = every(20)
    assert len(correlate_one(runs((time, np.ones(len(time), dtype=bool))), bursts(ONSETS))) == 0


def test_a_test_that_is_red_at_random_is_not_correlated():
    time = every(20)
    red = np.random.default_rng(3).random(len(time)) < 0.3
    assert not correlate_one(runs((time, red)), bursts(ONSETS)).correlated.any()


@pytest.mark.parametrize("number", [1, 2])
def test_fewer_than_three_incidents_are_too_few_to_tell(number):
    found = correlate_one(warned(onsets=ONSETS[:number]), bursts(ONSETS[:number]))
    assert found.pattern.tolist() == [Pattern.INSUFFICIENT]
    assert (found.score[0], found.confidence[0], found.correlated[0]) == (0, 0, False)
    assert found.hits[0] == number
    assert np.isnan(found.lead_time[0])


def test_fewer_than_three_hits_are_too_few_to_tell():
    found = correlate_one(warned(onsets=ONSETS[:2]), bursts(ONSETS))
    assert found.pattern.tolist() == [Pattern.INSUFFICIENT]
    assert found.incidents[0] == 8


def test_one_execution_and_one_event_are_too_few_to_tell():
    executions = Executions([0], [ONSETS[0] - 5 * MINUTE], [True])
    found = correlate_one(executions, Events([0], [ONSETS[0]], [3]))
    assert found.pattern.tolist() == [Pattern.INSUFFICIENT]
    assert found.executions.tolist() == [1]


def test_cases_without_controls_leave_an_even_usual_rate():
    # One incident a day at 10:00: every other day at that time is near an incident.
    onsets = MONDAY + np.arange(42) * DAY + 10 * HOUR
    critical = CriticalObservations(np.zeros(42, dtype=int), onsets)
    found = correlate_one(warned(onsets=onsets), no_events(), critical=critical)
    assert (found.incidents[0], found.hits[0], found.usual_rate[0]) == (42, 42, 0.5)


def test_a_test_that_starts_halfway_has_only_the_cases_it_ran_at():
    time = every(20)
    time = time[time > MONDAY + 20 * DAY]
    found = correlate_one(runs((time, red_around(time, ONSETS, -25, 60))), bursts(ONSETS))
    assert (found.incidents[0], found.hits[0]) == (4, 4)


def test_runs_at_the_same_moment_do_no_harm():
    once = warned()
    twice = Executions(np.tile(once.test, 2), np.tile(once.time, 2), np.tile(once.red, 2))
    found = correlate_one(twice, bursts(ONSETS))
    assert (found.incidents[0], found.hits[0]) == (8, 8)


def test_critical_observations_make_incidents():
    critical = CriticalObservations(np.zeros(8, dtype=int), ONSETS)
    assert correlate_one(warned(), no_events(), critical=critical).correlated.tolist() == [True]


def test_executions_in_maintenance_of_all_are_left_out():
    windows = Maintenance([(-1, onset - 2 * HOUR, onset + 2 * HOUR) for onset in ONSETS])
    critical = CriticalObservations(np.zeros(8, dtype=int), ONSETS + DAY)
    assert len(correlate_one(warned(), bursts(ONSETS), maintenance=windows, critical=critical)) == 0


def test_maintenance_of_one_integration_leaves_the_other_alone():
    windows = Maintenance([(1, onset - 2 * HOUR, onset + 2 * HOUR) for onset in ONSETS])
    events = together(bursts(ONSETS), bursts(ONSETS + 5 * MINUTE, integration=1))
    found = correlate_one(warned(), events, maintenance=windows, n_integrations=2)
    assert found.integration.tolist() == [0]


def test_a_test_out_of_bounds_is_refused():
    with pytest.raises(ValueError, match="n_tests = 1"):
        correlate_one(Executions([1], [NOW - DAY], [True]), no_events())


def test_a_now_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="now must be finite"):
        correlate_one(warned(), no_events(), now=np.nan)
