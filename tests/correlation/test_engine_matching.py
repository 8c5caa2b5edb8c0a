import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlation.choices import Question
from correlation.evidence import tabulate
from correlation.incidents import find_incidents
from correlation.inputs import Executions, Parameters
from correlation.matching import QUESTIONS, control_moments, match_cases
from correlation.runs import build_timeline
from tests.correlation.engine_cases import (
    DAY,
    HOUR,
    MONDAY,
    NOW,
    ONSETS,
    bursts,
    every,
    red_around,
    runs,
    warned,
)

SINCE = NOW - 90 * DAY
LAST_BEFORE, ANY_BEFORE, ANY_AFTER, LAST_AFTER = range(4)


def incidents_at(onsets):
    return find_incidents(bursts(onsets), n_integrations=1, now=NOW)


def matched(executions, onsets=ONSETS, **parameters):
    timeline = build_timeline(executions, 1)
    return match_cases(timeline, incidents_at(onsets), since=SINCE, now=NOW, parameters=Parameters(**parameters))


def controls_of(onsets, since=SINCE, now=NOW):
    moments = control_moments(incidents_at(onsets), since=since, now=now, parameters=Parameters())
    return [sorted(column[np.isfinite(column)].tolist()) for column in moments.T]


def test_questions_stand_in_the_order_of_the_tables():
    assert QUESTIONS == (Question.LAST_BEFORE, Question.ANY_BEFORE, Question.ANY_AFTER, Question.LAST_AFTER)


def test_controls_lie_at_the_same_clock_time_of_work_days_within_two_weeks():
    onset = MONDAY + 16 * DAY + 10 * HOUR  # a Wednesday
    days = [day for day in range(2, 31) if day != 16 and day % 7 < 5]
    assert controls_of([onset]) == [[MONDAY + day * DAY + 10 * HOUR for day in days]]


def test_controls_of_a_weekend_lie_on_weekends():
    saturday = MONDAY + 19 * DAY + 10 * HOUR
    days = [5, 6, 12, 13, 20, 26, 27, 33]
    assert controls_of([saturday]) == [[MONDAY + day * DAY + 10 * HOUR for day in days]]


def test_days_with_an_incident_nearby_are_no_controls():
    wednesday = MONDAY + 16 * DAY + 10 * HOUR
    near, far = wednesday + DAY + 1.5 * HOUR, wednesday + 2 * DAY + 3 * HOUR
    controls = controls_of([wednesday, near, far])[0]
    assert wednesday + DAY not in controls
    assert wednesday + 2 * DAY in controls


def test_controls_lie_within_what_was_observed():
    onset = MONDAY + 16 * DAY + 10 * HOUR
    controls = controls_of([onset], since=MONDAY + 9 * DAY, now=MONDAY + 18 * DAY)[0]
    assert controls == [MONDAY + day * DAY + 10 * HOUR for day in (9, 10, 11, 14, 15, 17)]


def test_without_incidents_there_are_no_controls():
    assert controls_of([]) == []


def test_each_question_looks_at_its_own_runs():
    # Runs 50, 30, 10 min before and 10, 30, 50 min after each onset; only the one 30 min before is red.
    time = every(20, offset=10)
    cases = matched(runs((time, red_around(time, ONSETS, -31, -29))))
    assert cases.yes[:, 0].all(axis=1).tolist() == [False, True, False, False]
    assert cases.yes[:, 0].any(axis=1).tolist() == [False, True, False, False]
    assert cases.runs()[:, 0].tolist() == [[3] * 8, [3] * 8]


def test_a_run_at_the_onset_counts_as_after_it():
    time = every(60, offset=0)
    cases = matched(runs((time, red_around(time, ONSETS, 0, 1))))
    assert cases.yes[:, 0, 0].tolist() == [False, False, True, False]


def test_hits_cases_and_usual_rate_against_a_hand_computation():
    # Red in the last run before 6 of 8 onsets and, at random, at 10 o'clock of two other work days.
    time = every(30, offset=15)
    red = red_around(time, ONSETS[:6], -30, 0)
    others = MONDAY + np.array([8, 22]) * DAY + 10 * HOUR
    cases = matched(runs((time, red | red_around(time, others, -30, 0))))
    tables = tabulate(cases, Parameters())
    assert tables.cases[:, 0].tolist() == [8] * 4
    assert tables.hits[:, 0].tolist() == [6, 6, 0, 0]
    moments = controls_of(ONSETS, since=MONDAY)  # it did not run before
    shares = np.array([sum(moment in column for moment in others) / len(column) for column in moments])
    effective = 64 / sum(1 / len(column) for column in moments)
    expected = (shares.mean() * effective + 0.5) / (effective + 1)
    assert tables.usual_rate[LAST_BEFORE, 0] == pytest.approx(expected)
    assert tables.usual_rate[ANY_BEFORE, 0] == pytest.approx(expected)
    assert tables.controls[LAST_BEFORE, 0] == pytest.approx(effective)


def test_hits_of_one_failure_count_once():
    onsets = np.sort(np.append(ONSETS, ONSETS + 4 * HOUR))
    tables = tabulate(matched(warned(onsets=onsets), onsets), Parameters())
    assert tables.hits[ANY_BEFORE, 0] == 8
    assert tables.cases[ANY_BEFORE, 0] == 8
    apart = tabulate(matched(warned(onsets=onsets), onsets), Parameters(repeat_gap=HOUR))
    assert apart.hits[ANY_BEFORE, 0] == 16


def test_more_runs_at_the_cases_raise_what_is_expected_of_any_run():
    time = every(30, offset=15)
    extra = np.sort(np.concatenate([time, *(ONSETS - minutes * 60.0 for minutes in (2, 4, 6, 8))]))
    red = red_around(extra, MONDAY + np.array([8, 22]) * DAY + 10 * HOUR, -30, 0)
    tables = tabulate(matched(runs((extra, red))), Parameters())
    base = tables.usual_rate[LAST_BEFORE, 0]
    assert tables.usual_rate[ANY_BEFORE, 0] == pytest.approx(1 - (1 - base) ** 3)  # 6 runs instead of 2


def test_incidents_left_out_do_not_count():
    cases = matched(warned())
    keep = np.array([[True] * 3 + [False] * 5])
    tables = tabulate(cases, Parameters(), keep)
    assert tables.cases[ANY_BEFORE, 0] == tables.hits[ANY_BEFORE, 0] == 3


def test_a_test_without_runs_has_no_cases_and_an_even_rate():
    timeline = build_timeline(warned(), 2)
    cases = match_cases(timeline, incidents_at(ONSETS), since=SINCE, now=NOW, parameters=Parameters())
    tables = tabulate(cases, Parameters())
    assert tables.cases[:, 1].tolist() == tables.hits[:, 1].tolist() == [0] * 4
    assert tables.usual_rate[:, 1].tolist() == [0.5] * 4


def told(own, moment):
    """Runs before and after a moment, and the answers to the four questions, from looking at every run."""
    before = own.red[(moment - HOUR <= own.time) & (own.time < moment)].tolist()
    after = own.red[(moment <= own.time) & (own.time <= moment + HOUR)].tolist()
    return [len(before), len(after), before[-1:] == [True], any(before), any(after), after[-1:] == [True]]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 250, 1 << 15]))
def test_cases_and_controls_are_what_looking_at_every_window_tells(seed, cells):
    """Runs every half hour on the half hour, so that many of them lie at the very edge of a window."""
    rng = np.random.default_rng(seed)
    moments = every(30, offset=0)
    test, at = np.nonzero(rng.random((3, len(moments))) < np.array([[0.9], [0.3], [0.0]]))
    executions = Executions(test, moments[at], rng.random(len(at)) < 0.3)
    timeline, incidents = build_timeline(executions, 3), incidents_at(ONSETS[rng.random(len(ONSETS)) < 0.7])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("correlation.matching.CELLS_AT_ONCE", cells)
        cases = match_cases(timeline, incidents, since=SINCE, now=NOW, parameters=Parameters())
    controls = control_moments(incidents, since=SINCE, now=NOW, parameters=Parameters())
    for row in range(3):
        of_test = executions.take(executions.test == row)
        for column, onset in enumerate(incidents.onset):
            assert [*cases.runs()[:, row, column], *cases.yes[:, row, column]] == told(of_test, onset)
            usable = [told(of_test, each) for each in controls[:, column] if np.isfinite(each)]
            counts = np.array(usable, dtype=int).reshape(-1, 6)
            assert cases.control_runs[:, row, column].tolist() == counts[:, :2].sum(axis=0).tolist()
            assert cases.controls[:, row, column].tolist() == (counts[:, :2] > 0).sum(axis=0).tolist()
            assert cases.control_yes[:, row, column].tolist() == counts[:, 2:].sum(axis=0).tolist()
