"""Which test warns of which incident: the correlation of test cases with integrations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from correlation.attribution import AMBIGUOUS, DIRECT, EXPLAINED, attribute
from correlation.choices import Attribution, Pattern
from correlation.episodes import episode_starts, follow_episodes
from correlation.evidence import adjust, p_values, phi_score, tabulate
from correlation.incidents import find_incidents
from correlation.inputs import (
    CriticalObservations,
    Events,
    Executions,
    Floats,
    Ints,
    Maintenance,
    Parameters,
)
from correlation.matching import QUESTIONS, match_cases
from correlation.ordering import (
    CONCURRENT,
    INTEGRATION_FIRST,
    TEST_FIRST,
    hits_of,
    match_episodes,
    median_by,
    order_pairs,
)
from correlation.runs import Timeline, build_timeline

Texts = NDArray[np.str_]

SIDES = 2
HIGH_ABOVE, MEDIUM_FROM = 0.80, 0.60
_PATTERN = {
    TEST_FIRST: Pattern.TEST_FIRST,
    CONCURRENT: Pattern.CONCURRENT,
    INTEGRATION_FIRST: Pattern.INTEGRATION_FIRST,
}
_ATTRIBUTION = {DIRECT: Attribution.DIRECT, EXPLAINED: Attribution.EXPLAINED, AMBIGUOUS: Attribution.AMBIGUOUS}


@dataclass(frozen=True)
class Correlations:
    """Pairs with at least one hit, as columns, sorted by test and integration.

    Attributes
    ----------
    test, integration
        Indices.
    score
        Strength in [0, 1], two decimals; 0 where too few incidents tell.
    confidence
        1 - adjusted p in [0, 1], rounded down to two decimals; 0 where too few incidents tell.
    correlation_type, pattern, question, attribution
        Values of the enumerations in `choices`.
    p_value
        Of the pair, before adjustment, in [0, 1].
    incidents, hits
        N and K of the best question.
    usual_rate, expected_hits
        p0 and N x p0.
    lead_time
        Median seconds from the first red run to the onset, negative where the integration was first; nan where
        the pattern is `insufficient_data`.
    episodes, episodes_followed, predictive_value, base_rate
        Failure episodes that began outside incidents, those followed by an onset within w, the share shrunk
        towards the base rate, and the base rate.
    executions, first_execution, last_execution
        Runs of the test case in the look-back, and the first and last of them.
    last_correlated
        Onset of the newest hit.
    correlated
        Score and confidence reach the thresholds.
    """

    test: Ints
    integration: Ints
    score: Floats
    confidence: Floats
    correlation_type: Texts
    pattern: Texts
    p_value: Floats
    question: Texts
    incidents: Ints
    hits: Ints
    usual_rate: Floats
    expected_hits: Floats
    lead_time: Floats
    episodes: Ints
    episodes_followed: Ints
    predictive_value: Floats
    base_rate: Floats
    executions: Ints
    first_execution: Floats
    last_execution: Floats
    attribution: Texts
    last_correlated: Floats
    correlated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.test)


@dataclass(frozen=True)
class MatchedPairs:
    """Failure episodes matched with incidents: test, integration, first red run, onset, as columns."""

    test: Ints
    integration: Ints
    first_red: Floats
    onset: Floats


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
    """TODO"""
    parameters = parameters or Parameters()
    maintenance = maintenance or Maintenance()
    since = now - parameters.lookback
    timeline = prepare_runs(executions, n_tests=n_tests, now=now, maintenance=maintenance, parameters=parameters)
    incidents = find_incidents(
        events,
        n_integrations=n_integrations,
        now=now,
        critical=critical,
        maintenance=maintenance,
        parameters=parameters,
    )
    cases, followed = [], []
    for integration in range(n_integrations):
        own, runs = incidents.of(integration), _own_runs(timeline, maintenance, integration)
        fresh = runs.without(runs.repeating(parameters.repeat_gap))
        cases.append(match_cases(fresh, own, since=since, now=now, parameters=parameters))
        starts = episode_starts(runs, parameters)
        followed.append(follow_episodes(runs, starts, own, since=since, now=now, parameters=parameters))
    return _assemble(timeline, cases, followed, parameters)


def prepare_runs(
    executions: Executions, *, n_tests: int, now: float, maintenance: Maintenance, parameters: Parameters
) -> Timeline:
    """Runs within the look-back and outside maintenance of all integrations, one per run, sorted."""
    if executions.test.max(initial=-1) >= n_tests:
        raise ValueError(f"test must be below n_tests = {n_tests}")
    seen = (executions.time >= now - parameters.lookback) & (executions.time <= now)
    seen &= ~maintenance.covers(executions.time, -1)
    chosen = executions if seen.all() else executions.take(seen)
    return build_timeline(chosen, n_tests)


def _own_runs(timeline: Timeline, maintenance: Maintenance, integration: int) -> Timeline:
    if not maintenance.names(integration):
        return timeline
    return timeline.without(maintenance.covers(timeline.time, integration))


def _assemble(timeline, cases, followed, parameters):
    tables = [tabulate(own, parameters) for own in cases]
    every = [p_values(table) for table in tables]
    shape = (len(cases), timeline.n_tests)
    question, p, score = np.zeros(shape, dtype=np.int64), np.ones(shape), np.zeros(shape)
    n, k, usual = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.zeros(shape)
    tests = np.arange(timeline.n_tests)
    for i, (table, own) in enumerate(zip(tables, every, strict=True)):
        question[i] = np.where(table.hits > 0, own, 2.0).argmin(axis=0)
        at = (question[i], tests)
        p[i] = np.minimum(SIDES * own[at], 1.0)
        n[i], k[i], usual[i] = table.cases[at], table.hits[at], table.usual_rate[at]
        score[i] = (
            phi_score(n=None, hits=k[i], cases=n[i], usual_rate=usual[i]) if False else phi_score(k[i], n[i], usual[i])
        )
    evaluable = np.array([table.cases.max(axis=0) >= parameters.min_cases for table in tables]).reshape(shape)
    supported = evaluable & (k >= parameters.min_hits) & (n >= parameters.min_cases)
    first_conf = _confidence(p, evaluable, supported)
    first_score = np.where(supported, np.round(score, 2), 0.0)
    correlated = (first_score >= parameters.min_score) & (first_conf >= parameters.min_confidence)
    judged = attribute(cases, first_conf >= parameters.min_confidence, p, score, question, parameters)
    conf = _confidence(judged.p_value, evaluable, supported)
    final = np.where(supported, np.round(judged.score, 2), 0.0)
    attribution = judged.attribution
    sign, lead, last = np.zeros(shape, np.int64), np.full(shape, np.nan), np.full(shape, np.nan)
    for i, own in enumerate(cases):
        chosen = np.flatnonzero(supported[i])
        orders = order_pairs(own, chosen, parameters)
        sign[i, chosen] = orders.sign
        earliest = orders.turn - orders.width - parameters.order_bin
        m = match_episodes(own, chosen, earliest=earliest)
        lead[i] = median_by(m.test, own.incidents.onset[m.incident] - m.first_red, timeline.n_tests)
        hits = hits_of(own, question[i])
        if hits.shape[1]:
            last[i] = np.where(hits, own.incidents.onset, -np.inf).max(axis=1)
    t, i = np.nonzero((k > 0).T)
    at = (i, t)
    pattern = np.where(
        supported[at],
        np.array([str(Pattern.TEST_FIRST), str(Pattern.CONCURRENT), str(Pattern.INTEGRATION_FIRST)])[sign[at] + 1],
        str(Pattern.INSUFFICIENT),
    )
    s, c = final[at], conf[at]
    ctype = np.where(s > HIGH_ABOVE, "high", np.where(s >= MEDIUM_FROM, "medium", "low"))
    f = {
        name: np.array([getattr(x, name) for x in followed])[at]
        for name in ("episodes", "followed", "base_rate", "predictive_value")
    }
    starts = timeline.start[t]
    return Correlations(
        t,
        i,
        s,
        c,
        ctype,
        pattern,
        judged.p_value[at],
        np.array(QUESTIONS)[question[at]],
        n[at],
        k[at],
        usual[at],
        n[at] * usual[at],
        lead[at],
        f["episodes"],
        f["followed"],
        f["predictive_value"],
        f["base_rate"],
        timeline.runs_per_test()[t],
        timeline.time[starts],
        timeline.time[timeline.start[t + 1] - 1],
        np.array(["direct", "explained", "ambiguous"])[attribution[at]],
        last[at],
        (s >= parameters.min_score) & (c >= parameters.min_confidence),
    )


def _confidence(p, evaluable, supported):
    adjusted = np.ones(p.shape)
    adjusted[evaluable] = adjust(p[evaluable])
    return np.where(supported, np.floor((1 - adjusted) * 100 + 1e-9) / 100, 0.0)
