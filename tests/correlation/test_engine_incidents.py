import numpy as np
import pytest

from correlation.incidents import find_incidents
from correlation.inputs import CriticalObservations, Events, Maintenance, Parameters
from tests.correlation.engine_cases import DAY, HOUR, MINUTE, MONDAY, NOW, ONSETS, bursts, no_events, together


def find(events, **others):
    return find_incidents(events, **({"n_integrations": 1, "now": NOW} | others))


def hum(per_day, *, severity=0, days=42):
    """Events at random moments, at one rate all the time."""
    rng = np.random.default_rng(5)
    time = MONDAY + np.sort(rng.uniform(0, days, per_day * days)) * DAY
    return Events(np.zeros(len(time), dtype=int), time, np.full(len(time), severity))


def test_each_burst_is_an_incident_with_its_first_event_as_onset():
    found = find(bursts(ONSETS))
    assert found.onset.tolist() == ONSETS.tolist()
    assert found.end.tolist() == (ONSETS + 5 * MINUTE).tolist()
    assert found.events.tolist() == [6] * 8


def test_weight_counts_severity():
    found = find(Events([0, 0, 0, 0], ONSETS[0] + np.arange(4.0), [0, 1, 2, 3]))
    assert found.weight.tolist() == [sum(Parameters().severity_weights)]


def test_no_events_are_no_incidents():
    assert len(find(no_events())) == 0


def test_one_event_of_any_severity_is_an_incident():
    for severity in range(4):
        assert find(Events([0], [ONSETS[0]], [severity])).onset.tolist() == [ONSETS[0]]


@pytest.mark.parametrize("severity", [0, 2])
def test_a_constant_hum_is_no_incident(severity):
    assert len(find(hum(2400, severity=severity))) == 0


def test_bursts_stand_out_of_a_hum():
    found = find(together(hum(2400), bursts(ONSETS, size=30)))
    assert len(found) == len(ONSETS)
    assert np.abs(found.onset - ONSETS).max() <= 2 * MINUTE


def test_few_severe_events_stand_out_of_a_hum_of_low_ones():
    found = find(together(hum(2400), bursts(ONSETS, size=2)))
    assert found.onset == pytest.approx(ONSETS, abs=2 * MINUTE)


def test_what_happens_every_day_at_one_hour_is_usual():
    nightly = MONDAY + DAY * np.arange(42) + 2 * HOUR
    found = find(together(bursts(nightly, size=20, severity=0), bursts(ONSETS)))
    assert found.onset.tolist() == ONSETS.tolist()


def test_events_with_gaps_below_half_an_hour_are_one_incident():
    slow = Events([0] * 4, ONSETS[0] + MINUTE * np.array([0, 25, 50, 75]), [2] * 4)
    found = find(together(slow, bursts(ONSETS[1:])))
    assert found.onset.tolist() == ONSETS.tolist()
    assert found.end[0] == ONSETS[0] + 75 * MINUTE


def test_incidents_nearer_than_the_window_are_one():
    pairs = np.sort(np.append(ONSETS, ONSETS + 50 * MINUTE))
    assert find(bursts(pairs)).onset.tolist() == ONSETS.tolist()
    assert len(find(bursts(pairs), parameters=Parameters(window=HOUR / 2))) == 16


def test_a_lone_event_is_a_blip_beside_outages():
    lone = Events([0], [ONSETS[0] + DAY], [2])
    assert find(together(bursts(ONSETS, size=30), lone)).onset.tolist() == ONSETS.tolist()


def test_a_channel_that_only_logs_medium_has_incidents():
    assert find(bursts(ONSETS, size=2, severity=1)).onset.tolist() == ONSETS.tolist()


def test_with_enough_severe_incidents_scattered_medium_events_are_none():
    scattered = bursts(ONSETS + DAY + 3 * HOUR, size=1, severity=1)
    assert find(together(bursts(ONSETS, size=3), scattered)).onset.tolist() == ONSETS.tolist()


def test_a_milder_first_event_is_the_onset():
    early = bursts(ONSETS - 4 * MINUTE, size=1, severity=1)
    assert find(together(bursts(ONSETS), early)).onset.tolist() == (ONSETS - 4 * MINUTE).tolist()


def test_integrations_are_told_apart():
    events = together(bursts(ONSETS[:5], integration=1), bursts(ONSETS[2:7], integration=0))
    found = find(events, n_integrations=3)
    assert found.integration.tolist() == [0] * 5 + [1] * 5
    assert found.of(1).onset.tolist() == ONSETS[:5].tolist()
    assert len(found.of(2)) == 0


def test_a_critical_observation_without_events_is_an_incident():
    critical = CriticalObservations([0, 0], [ONSETS[0] + DAY, ONSETS[1] + 20 * MINUTE])
    found = find(bursts(ONSETS), critical=critical)
    assert found.onset.tolist() == sorted([*ONSETS.tolist(), ONSETS[0] + DAY])
    assert found.events[found.onset == ONSETS[0] + DAY].tolist() == [0]


def test_events_and_observations_in_maintenance_are_left_out():
    window = Maintenance([(0, ONSETS[0] - HOUR, ONSETS[0] + HOUR)])
    critical = CriticalObservations([0], [ONSETS[0]])
    assert find(bursts(ONSETS), critical=critical, maintenance=window).onset.tolist() == ONSETS[1:].tolist()


def test_events_before_the_look_back_and_after_now_are_left_out():
    found = find(bursts(ONSETS), now=ONSETS[6] + HOUR, parameters=Parameters(lookback=20 * DAY))
    assert found.onset.tolist() == ONSETS[2:7].tolist()


def test_the_order_of_rows_does_not_matter():
    events = together(hum(500), bursts(ONSETS, size=20))
    shuffled = np.random.default_rng(1).permutation(len(events))
    again = find(Events(events.integration[shuffled], events.time[shuffled], events.severity[shuffled]))
    assert again.onset.tolist() == find(events).onset.tolist()


def test_an_integration_out_of_bounds_is_refused():
    with pytest.raises(ValueError, match="n_integrations = 1"):
        find(bursts(ONSETS, integration=1))
    with pytest.raises(ValueError, match="n_integrations = 1"):
        find(no_events(), critical=CriticalObservations([1], [ONSETS[0]]))


@pytest.mark.parametrize("now", [np.nan, np.inf])
def test_a_now_that_is_not_finite_is_refused(now):
    with pytest.raises(ValueError, match="now must be finite"):
        find(bursts(ONSETS), now=now)
