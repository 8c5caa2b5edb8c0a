import numpy as np

from correlation.choices import Attribution
from tests.correlation.engine_cases import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    ONSETS,
    bursts,
    correlate_one,
    every,
    red_around,
    runs,
    together,
    warned,
)

OTHERS = MONDAY + np.array([3, 8, 10, 16, 22, 24, 29]) * DAY + 14 * HOUR


def both(executions, first, second):
    events = together(bursts(first, integration=0), bursts(second, integration=1))
    found = correlate_one(executions, events, n_integrations=2)
    return {int(i): k for k, i in enumerate(found.integration)}, found


def test_a_test_of_one_integration_is_direct():
    found = correlate_one(warned(), bursts(ONSETS))
    assert found.attribution.tolist() == [Attribution.DIRECT]


def test_an_integration_that_shares_some_incidents_is_explained():
    shared = np.sort(np.append(ONSETS[:6] + 10 * MINUTE, OTHERS))
    at, found = both(warned(), ONSETS, shared)
    assert found.attribution[at[0]] == Attribution.DIRECT
    assert found.correlated[at[0]]
    assert found.attribution[at[1]] == Attribution.EXPLAINED
    assert not found.correlated[at[1]]
    assert found.score[at[1]] == 0


def test_an_integration_that_shares_nearly_all_incidents_is_ambiguous():
    at, found = both(warned(), ONSETS, np.append(ONSETS[:7] + 10 * MINUTE, OTHERS[:1]))
    assert found.attribution[at[1]] == Attribution.AMBIGUOUS
    assert found.correlated[at[1]]


def test_a_test_that_warns_of_two_integrations_is_direct_for_both():
    time = every(20)
    red = red_around(time, ONSETS, -25, 60) | red_around(time, OTHERS, -25, 60)
    at, found = both(runs((time, red)), ONSETS, np.sort(np.append(OTHERS, ONSETS[:2] + 10 * MINUTE)))
    assert found.attribution.tolist() == [Attribution.DIRECT] * 2
    assert found.correlated[[at[0], at[1]]].all()
