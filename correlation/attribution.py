"""Attribution: does a test case warn of this integration, or only of incidents it shares with another one?"""

from dataclasses import dataclass

import numpy as np

from correlation.evidence import p_values, phi_score, tabulate
from correlation.incidents import Incidents
from correlation.inputs import Bools, Floats, Ints, Parameters
from correlation.matching import Cases

DIRECT, EXPLAINED, AMBIGUOUS = range(3)


@dataclass(frozen=True)
class Judgement:
    """Of every pair, (integrations, tests): attribution, and p-value and unrounded score where explained."""

    attribution: Ints
    p_value: Floats
    score: Floats


def attribute(
    cases: list[Cases], correlated: Bools, p_value: Floats, score: Floats, question: Ints, parameters: Parameters
) -> Judgement:
    """
    Judge pairs again where one test case is correlated with several integrations.

    Parameters
    ----------
    cases
        Of each integration.
    correlated
        Which pairs are, (integrations, tests).
    p_value, score, question
        Of each pair: p, unrounded score and index of the best question.
    parameters
        `window`, `min_cases` are used.

    Returns
    -------
    Judgement

    Notes
    -----
    The integration with the highest score is kept (of equal ones the one with the smaller p). Each other one is asked
    the same question at the incidents that no incident of a kept one is within w of. Fewer than three such
    cases: ambiguous. Otherwise two rates are compared by likelihood, the one the pair showed at all its incidents
    and the usual one. Where the usual one is likelier the pair is explained, and takes the p-value and score of what is
    left; where not, it is direct and kept as well. A test case with one correlated integration is direct.
    """
    n_integrations, n_tests = correlated.shape
    if n_integrations == 0:
        return Judgement(np.zeros(correlated.shape, dtype=np.int64), p_value, score)
    attribution = np.full(correlated.shape, DIRECT)
    new_p, new_score = p_value.copy(), score.copy()
    rank = np.lexsort((p_value, -score, ~correlated), axis=0)
    kept = np.zeros(correlated.shape, dtype=np.bool_)
    kept[rank[0], np.arange(n_tests)] = True
    kept &= correlated
    for place in range(1, n_integrations):
        for integration in range(n_integrations):
            tests = np.flatnonzero((rank[place] == integration) & correlated[integration])
            if len(tests) == 0:
                continue
            again = _judge_again(cases, integration, tests, kept, question[integration], parameters)
            attribution[integration, tests] = again.attribution
            explained = again.attribution == EXPLAINED
            new_p[integration, tests[explained]] = again.p_value[explained]
            new_score[integration, tests[explained]] = again.score[explained]
            kept[integration, tests[again.attribution == DIRECT]] = True
    return Judgement(attribution, new_p, new_score)


def _judge_again(
    cases: list[Cases], integration: int, tests: Ints, kept: Bools, question: Ints, parameters: Parameters
) -> Judgement:
    """Attribution, p and score of these tests with the integration, on the incidents not shared with kept ones."""
    own = cases[integration]
    shared = np.zeros((len(tests), len(own.incidents)), dtype=np.bool_)
    for other, theirs in enumerate(cases):
        if other != integration:
            near = _near(own.incidents, theirs.incidents, parameters.window)
            shared |= kept[other, tests][:, np.newaxis] & near
    keep = np.ones((own.timeline.n_tests, len(own.incidents)), dtype=np.bool_)
    keep[tests] = ~shared
    whole, rest = tabulate(own, parameters), tabulate(own, parameters, keep)
    best = question[tests]
    p = np.minimum(2 * p_values(rest)[best, tests], 1.0)
    n, k, usual = rest.cases[best, tests], rest.hits[best, tests], rest.usual_rate[best, tests]
    shown = (whole.hits[best, tests] + 0.5) / (whole.cases[best, tests] + 1)
    gain = k * np.log(shown / usual) + (n - k) * np.log((1 - shown) / (1 - usual))
    verdict = np.where(n < parameters.min_cases, AMBIGUOUS, np.where(gain > 0, DIRECT, EXPLAINED))
    return Judgement(verdict, p, phi_score(k, n, usual))


def _near(incidents: Incidents, others: Incidents, window: float) -> Bools:
    """Which incidents begin during one of the others, or within the window of it."""
    begun = np.searchsorted(others.onset, incidents.onset + window, side="right")
    over = np.searchsorted(others.end, incidents.onset - window, side="left")
    return np.asarray(begun > over, dtype=np.bool_)
