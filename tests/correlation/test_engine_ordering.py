import numpy as np
import pytest

from correlation.choices import Pattern
from correlation.engine import match_pairs
from correlation.episodes import episode_starts, follow_episodes
from correlation.incidents import find_incidents
from correlation.inputs import CriticalObservations, Parameters
from correlation.ordering import median_by
from correlation.runs import build_timeline
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
    red_around,
    runs,
    warned,
)


def only(found):
    assert len(found) == 1
    return found


@pytest.mark.parametrize("start", [-50, -35, -20])
def test_a_test_that_turns_red_before_the_onset_precedes(start):
    found = only(correlate_one(warned(start, cadence=10), bursts(ONSETS)))
    assert found.pattern[0] == Pattern.TEST_FIRST
    assert found.lead_time[0] == pytest.approx(-start * MINUTE, abs=10 * MINUTE)


@pytest.mark.parametrize("start", [20, 35, 45])
def test_a_test_that_turns_red_after_the_onset_follows(start):
    found = only(correlate_one(warned(start, cadence=10), bursts(ONSETS)))
    assert found.pattern[0] == Pattern.INTEGRATION_FIRST
    assert found.lead_time[0] == pytest.approx(-start * MINUTE, abs=10 * MINUTE)


def test_a_test_that_turns_red_with_the_onset_is_concurrent():
    found = only(correlate_one(warned(0, cadence=10), bursts(ONSETS)))
    assert found.pattern[0] == Pattern.CONCURRENT


def test_lead_time_is_the_median_of_onset_minus_first_red_run():
    time = every(10, offset=0)
    red = np.zeros(len(time), dtype=bool)
    for onset, lead in zip(ONSETS, [20, 20, 30, 30, 30, 40, 40, 40], strict=True):
        red |= red_around(time, np.array([onset]), -lead, 60)
    found = only(correlate_one(runs((time, red)), bursts(ONSETS)))
    assert found.lead_time.tolist() == [30 * MINUTE]


def test_matched_failures_agree_with_the_lead_time():
    executions, incidents = warned(cadence=10), find_incidents(bursts(ONSETS), n_integrations=1, now=NOW)
    matched = match_pairs(executions, incidents, test=np.array([0]), integration=np.array([0]), n_tests=1, now=NOW)
    found = only(correlate_one(executions, bursts(ONSETS)))
    assert matched.onset.tolist() == ONSETS.tolist()
    assert np.median(matched.onset - matched.first_red) == found.lead_time[0]


def test_no_pairs_match_nothing():
    incidents = find_incidents(bursts(ONSETS), n_integrations=1, now=NOW)
    none = np.empty(0, dtype=int)
    assert len(match_pairs(warned(), incidents, test=none, integration=none, n_tests=1, now=NOW)) == 0


def test_median_of_an_even_number_lies_between_the_middle_two():
    group, values = np.array([1, 1, 0, 1, 1]), np.array([4.0, 1.0, 7.0, 2.0, 9.0])
    assert median_by(group, values, 2).tolist() == [7.0, np.median([4, 1, 2, 9])]


def test_median_of_nothing_is_nan():
    assert np.isnan(median_by(np.empty(0, dtype=int), np.empty(0), 2)).all()


def test_an_episode_ends_with_a_green_run_and_the_window():
    time = MONDAY + np.array([0, 20, 40, 60, 80, 300, 320]) * MINUTE
    red = np.array([True, True, False, True, False, True, True])
    timeline = build_timeline(runs((time, red)), 1)
    # The failure at 60 min follows a red run 40 min earlier: still the first episode.
    assert episode_starts(timeline, Parameters()).tolist() == [0, 5]


def test_episodes_followed_by_an_incident_are_counted_against_chance():
    time = every(20)
    false_alarms = MONDAY + np.array([4, 9]) * DAY + 10 * HOUR
    red = red_around(time, ONSETS, -25, 60) | red_around(time, false_alarms, -25, 60)
    found = only(correlate_one(runs((time, red)), bursts(ONSETS)))
    assert (found.episodes[0], found.episodes_followed[0]) == (10, 8)
    base = found.base_rate[0]
    assert 0 < base < 0.5
    assert found.predictive_value[0] == pytest.approx((8 + 2 * base) / (10 + 2))


def test_episodes_that_begin_during_an_incident_are_left_out():
    found = only(correlate_one(warned(2, cadence=1), bursts(ONSETS)))
    assert found.episodes[0] == 0
    assert found.predictive_value[0] == found.base_rate[0]


def test_base_rate_of_one_incident_every_day_against_a_hand_computation():
    # Onsets at 10:00 of 20 days: 4 of the 96 quarter hours of a day are followed by one within the hour.
    onsets = MONDAY + np.arange(20) * DAY + 10 * HOUR
    critical = CriticalObservations(np.zeros(20, dtype=int), onsets)
    incidents = find_incidents(no_events(), n_integrations=1, now=MONDAY + 20 * DAY, critical=critical)
    timeline = build_timeline(runs((np.array([MONDAY]), np.array([False]))), 1)
    starts = episode_starts(timeline, Parameters())
    now = MONDAY + 20 * DAY
    followed = follow_episodes(timeline, starts, incidents, since=MONDAY, now=now, parameters=Parameters())
    assert followed.episodes.tolist() == [0]
    # The onset itself is during an incident and does not count as outside.
    assert followed.base_rate[0] == pytest.approx(4 / 95)
