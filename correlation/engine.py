"""Which test warns of which incident: the correlation of test cases with integrations."""

from dataclasses import dataclass

import numpy as np

from correlation.attribution import attribute
from correlation.choices import Attribution, Pattern
from correlation.episodes import Followed, follow_episodes
from correlation.evidence import adjust, p_values, phi_score, tabulate
from correlation.incidents import Incidents, find_incidents
from correlation.inputs import (
    Bools,
    CriticalObservations,
    Events,
    Executions,
    Floats,
    Ints,
    Maintenance,
    Parameters,
)
from correlation.matching import QUESTIONS, Cases, hits_of, match_cases
from correlation.ordering import match_failures, median_by, order_pairs
from correlation.results import Correlations, MatchedFailures, Texts, score_types
from correlation.run_views import prepare_runs, view_of, view_runs
from correlation.runs import Timeline

SIDES = 2  # questions asked at once, as far as they are not the same question
ORDER_NAMES = np.array([Pattern.TEST_FIRST, Pattern.CONCURRENT, Pattern.INTEGRATION_FIRST], dtype=np.str_)
ATTRIBUTION_NAMES = np.array([Attribution.DIRECT, Attribution.EXPLAINED, Attribution.AMBIGUOUS], dtype=np.str_)


def correlate(
    executions: Executions,
    events: Events,
    *,
    n_tests: int,
    n_integrations: int,
    now: float,
    critical: CriticalObservations | None = None,
    maintenance: Maintenance | None = None,
    parameters: Parameters | None = None,
) -> Correlations:
    """
    Compare how often each test case is red around each integration's incidents with comparable times.

    For each pair: is the test case red around the incidents more often than at the same clock time of other days, and
    which of the two turns red first? It is association with order in time, not proof of cause, and no answer
    is given where fewer than three incidents or hits tell.

    Parameters
    ----------
    executions
        Runs without the skipped ones, in any order. Several results of a test case in one run count once.
    events
        Failure events, in any order.
    n_tests, n_integrations
        Every index is below these.
    now
        POSIX seconds, finite. Later executions and events are left out, as are those before the look-back.
    critical
        Moments at which an observation turned critical.
    maintenance
        Windows whose executions and events are left out.
    parameters
        Constants of the method.

    Returns
    -------
    Correlations
        The pairs with at least one hit, sorted by test and integration.

    Raises
    ------
    ValueError
        For an index at or above its bound, or a `now` that is not finite. The columns refuse NaN, infinity,
        negative indices and unequal lengths when they are made.

    Notes
    -----
    1. `find_incidents` groups the events of each integration into incidents.
    2. Runs that only repeat a failure which has been there for 12 h are left out: a broken test cannot warn.
    3. `match_cases` asks four questions at each incident and at its controls; `tabulate` counts, per pair::

                               yes            no
           incidents           K              N - K
           controls            p0 m           (1 - p0) m

    4. p is twice the smallest of the four beta-binomial tails, at most 1; confidence is 1 - p adjusted
       (Benjamini-Hochberg) over the pairs with three cases or more. The question with the smallest p is the best one.
    5. The score is the cube root of phi of the best question, from the lower one-sigma bound of K / N.
    6. `order_pairs` tells the order, `attribute` what is left of a pair apart from shared incidents.

    Defined values: no executions, no events or no incident give no pairs, and so do test cases that were never red
    near an incident. Fewer than three cases or hits: pattern `insufficient_data`, score and confidence 0, lead time
    nan. A test case that is always red has no run left after the first 12 h. Without controls p0 is 1/2. Equal
    times are in no order: of two results of a test case at the same moment the red one is the later.

    Times shifted by whole weeks, a permutation of rows, and other numbers for tests or integrations give the same
    values (shifted, in the order of the new numbers).

    References
    ----------
    .. [1] M. Maclure, "The case-crossover design", American Journal of Epidemiology, 133, 144-153 (1991).
    .. [2] Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical
           Society B, 57, 289-300 (1995).
    .. [3] J. F. Donges et al., "Event coincidence analysis for quantifying statistical interrelationships between
           event time series", European Physical Journal Special Topics, 225, 471-487 (2016).
    .. [4] E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
           American Statistical Association, 22, 209-212 (1927).

    Examples
    --------
    A test that runs every half hour is red from 20 minutes before each of eight incidents until an hour after it:

    >>> onset = 1_704_067_200.0 + 86400 * (3.0 + 5 * np.arange(8)) + 36000
    >>> time = 1_704_067_200.0 + 1800 * np.arange(48 * 42) + 600
    >>> red = ((time > onset[:, None] - 1200) & (time < onset[:, None] + 3600)).any(axis=0)
    >>> runs = Executions(np.zeros(len(time), dtype=int), time, red)
    >>> bursts = Events(np.zeros(40, dtype=int), (onset[:, None] + 60 * np.arange(5)).ravel(), np.full(40, 2))
    >>> found = correlate(runs, bursts, n_tests=1, n_integrations=1, now=time[-1])
    >>> found.score.tolist(), found.hits.tolist(), found.incidents.tolist(), found.correlated.tolist()
    ([0.96], [8], [8], [True])
    """
    parameters, maintenance = parameters or Parameters(), maintenance or Maintenance()
    incidents = find_incidents(
        events,
        n_integrations=n_integrations,
        now=now,
        critical=critical,
        maintenance=maintenance,
        parameters=parameters,
    )
    timeline = prepare_runs(executions, n_tests=n_tests, now=now, maintenance=maintenance, parameters=parameters)
    since = now - parameters.lookback
    whole = view_runs(timeline, parameters)
    cases, followed = [], []
    for integration in range(n_integrations):
        view = view_of(whole, maintenance, integration, parameters)
        own = incidents.of(integration)
        cases.append(match_cases(view.fresh, own, since=since, now=now, parameters=parameters))
        followed.append(follow_episodes(view.runs, view.starts, own, since=since, now=now, parameters=parameters))
    board = _judge(cases, n_tests, parameters)
    return _columns(board, timeline, cases, followed, parameters)


def match_pairs(
    executions: Executions,
    incidents: Incidents,
    *,
    test: Ints,
    integration: Ints,
    n_tests: int,
    now: float,
    maintenance: Maintenance | None = None,
    parameters: Parameters | None = None,
) -> MatchedFailures:
    """
    Match failures with incidents for some pairs of test case and integration, for a timeline.

    Parameters
    ----------
    executions
        Of these test cases at least.
    incidents
        From `find_incidents`.
    test, integration
        The pairs.
    n_tests, now, maintenance, parameters
        As for `correlate`.

    Returns
    -------
    MatchedFailures
        Each incident with a red run within w of its onset, with the first such run from the time on at which the test
        case usually turns red. The median of onset minus first red run is the pair's lead time.

    Notes
    -----
    Pairs without a hit have no row. Incidents without a red run have none.
    """
    parameters, maintenance = parameters or Parameters(), maintenance or Maintenance()
    chosen = executions.take(np.isin(executions.test, test))
    timeline = prepare_runs(chosen, n_tests=n_tests, now=now, maintenance=maintenance, parameters=parameters)
    whole = view_runs(timeline, parameters)
    columns = []
    for each in np.unique(integration):
        own, view = incidents.of(int(each)), view_of(whole, maintenance, int(each), parameters)
        cases = match_cases(view.fresh, own, since=now - parameters.lookback, now=now, parameters=parameters)
        tests = np.unique(test[integration == each])
        matched = match_failures(cases, tests, order_pairs(cases, tests, parameters), parameters)
        onset = own.onset[matched.incident]
        columns.append((matched.test, np.full(len(onset), each), matched.first_red, onset))
    if not columns:
        return MatchedFailures(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
    all_tests, integrations, first_red, onsets = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((onsets, integrations, all_tests))
    return MatchedFailures(all_tests[order], integrations[order], first_red[order], onsets[order])


@dataclass(frozen=True)
class _Board:
    """The best question of every pair and what came of it, arrays (integrations, tests)."""

    question: Ints
    cases: Ints
    hits: Ints
    usual_rate: Floats
    p_value: Floats
    score: Floats  # rounded
    confidence: Floats  # cut
    supported: Bools
    attribution: Ints


def _judge(cases: list[Cases], n_tests: int, parameters: Parameters) -> _Board:
    shape = (len(cases), n_tests)
    question, n, k = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    p, usual, evaluable = np.ones(shape), np.zeros(shape), np.zeros(shape, dtype=np.bool_)
    for i, own in enumerate(cases):
        tables = tabulate(own, parameters)
        tails = p_values(tables)
        question[i] = np.where(tables.hits > 0, tails, 2.0).argmin(axis=0)
        best = (question[i], np.arange(n_tests))
        n[i], k[i], usual[i] = tables.cases[best], tables.hits[best], tables.usual_rate[best]
        p[i] = np.minimum(SIDES * tails[best], 1.0)
        evaluable[i] = tables.cases.max(axis=0) >= parameters.min_cases
    supported = evaluable & (n >= parameters.min_cases) & (k >= parameters.min_hits)
    score = np.where(supported, phi_score(k, n, usual), 0.0)
    sure = _confidence(p, evaluable, supported) >= parameters.min_confidence
    judged = attribute(cases, sure, p, score, question, parameters)
    confidence = _confidence(judged.p_value, evaluable, supported)
    rounded = np.where(supported, np.round(judged.score, 2), 0.0)
    return _Board(question, n, k, usual, judged.p_value, rounded, confidence, supported, judged.attribution)


def _confidence(p: Floats, evaluable: Bools, supported: Bools) -> Floats:
    adjusted = np.ones(p.shape)
    adjusted[evaluable] = adjust(p[evaluable])
    return np.where(supported, np.floor((1 - adjusted) * 100 + 1e-9) / 100, 0.0)


def _columns(
    board: _Board, timeline: Timeline, cases: list[Cases], followed: list[Followed], parameters: Parameters
) -> Correlations:
    test, integration = np.nonzero((board.hits > 0).T)
    at = (integration, test)
    pattern, lead, newest = _orders(board, cases, parameters)
    follow = {name: _stacked(followed, name, board.hits.shape)[at] for name in Followed.__dataclass_fields__}
    score, confidence, n, usual = board.score[at], board.confidence[at], board.cases[at], board.usual_rate[at]
    return Correlations(
        test=test,
        integration=integration,
        score=score,
        confidence=confidence,
        correlation_type=score_types(score, parameters),
        pattern=pattern[at],
        p_value=board.p_value[at],
        question=np.array(QUESTIONS, dtype=np.str_)[board.question[at]],
        incidents=n,
        hits=board.hits[at],
        usual_rate=usual,
        expected_hits=n * usual,
        lead_time=lead[at],
        episodes=follow["episodes"].astype(np.int64),
        episodes_followed=follow["followed"].astype(np.int64),
        predictive_value=follow["predictive_value"],
        base_rate=follow["base_rate"],
        executions=timeline.runs_per_test()[test],
        first_execution=timeline.time[timeline.start[test]],
        last_execution=timeline.time[timeline.start[test + 1] - 1],
        attribution=ATTRIBUTION_NAMES[board.attribution[at]],
        last_correlated=newest[at],
        correlated=(score >= parameters.min_score) & (confidence >= parameters.min_confidence),
    )


def _orders(board: _Board, cases: list[Cases], parameters: Parameters) -> tuple[Texts, Floats, Floats]:
    """Pattern, lead time and newest hit of every pair."""
    shape = board.hits.shape
    pattern = np.full(shape, str(Pattern.INSUFFICIENT), dtype=ORDER_NAMES.dtype)
    lead, newest = np.full(shape, np.nan), np.full(shape, np.nan)
    for i, own in enumerate(cases):
        tests, onset = np.flatnonzero(board.supported[i]), own.incidents.onset
        orders = order_pairs(own, tests, parameters)
        pattern[i, tests] = ORDER_NAMES[orders.sign + 1]
        matched = match_failures(own, tests, orders, parameters)
        lead[i] = median_by(matched.test, onset[matched.incident] - matched.first_red, shape[1])
        newest[i] = np.where(hits_of(own, board.question[i]), onset, -np.inf).max(axis=1, initial=-np.inf)
    return pattern, lead, newest


def _stacked(followed: list[Followed], name: str, shape: tuple[int, ...]) -> Floats:
    return np.array([getattr(each, name) for each in followed], dtype=np.float64).reshape(shape)
