"""Evidence: hits against the usual rate, their significance over all pairs, and the score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln

from correlation.inputs import Bools, Floats, Ints, Parameters
from correlation.matching import QUESTIONS, SIDE, Cases


@dataclass(frozen=True)
class Tables:
    """Per question and test case, arrays of shape (questions, tests).

    Attributes
    ----------
    cases
        N: incidents with a run of the test case, repeated hits left out.
    hits
        K: of these, the ones with the answer yes.
    usual_rate
        p0: expected share of yes without an incident, in (0, 1).
    controls
        Effective number of controls behind the usual rate.
    """

    cases: Ints
    hits: Ints
    usual_rate: Floats
    controls: Floats


def tabulate(cases: Cases, parameters: Parameters, keep: Bools | None = None) -> Tables:
    """
    Count hits and cases of every test case, and estimate the usual rate from the controls.

    Parameters
    ----------
    cases
        Of one integration.
    parameters
        `repeat_gap` is used.
    keep
        Which incidents to count, (tests, incidents); all where left out.

    Returns
    -------
    Tables

    Notes
    -----
    A hit less than 12 h after the hit before is the same failure again: it counts neither as a hit nor as a case.
    The usual rate is the mean over the cases of the share of their controls that say yes, shrunk by half a control:
    (yes + 1/2) / (controls + 1). The effective number of controls is what gives the mean its variance, at most the
    number of runs. For "any run", a case with more runs than its controls has more chances: p0 becomes
    1 - (1 - p0)^(runs per case / runs per control). Without a case, all counts are 0 and p0 is 1/2; without a
    control p0 is 1/2 with no weight.
    """
    keep = np.ones(cases.first.shape, dtype=np.bool_) if keep is None else keep
    runs = cases.runs()
    asked = ((runs > 0) & keep)[SIDE]
    yes = cases.yes & asked
    repeated = np.stack([_repeats(cases, answers, parameters.repeat_gap) for answers in yes])
    asked &= ~repeated
    n = asked.sum(axis=2)
    rate, controls = _usual_rate(cases, asked)
    for question in (QUESTIONS.index(name) for name in QUESTIONS if name.startswith("any")):
        side, counted = SIDE[question], asked[question] & (cases.controls[SIDE[question]] > 0)
        per_case = _ratio((runs[side] * counted).sum(axis=1), counted.sum(axis=1))
        per_control = _ratio(
            (cases.control_runs[side] * counted).sum(axis=1), (cases.controls[side] * counted).sum(axis=1)
        )
        chances = np.where((per_case > 0) & (per_control > 0), per_case / np.maximum(per_control, 1e-9), 1.0)
        rate[question] = -np.expm1(chances * np.log1p(-rate[question]))
    return Tables(n, (yes & ~repeated).sum(axis=2), rate, controls)


def _usual_rate(cases: Cases, asked: Bools) -> tuple[Floats, Floats]:
    available = cases.controls[SIDE].astype(np.float64)
    matched = asked & (available > 0)
    number = matched.sum(axis=2)
    available = np.where(matched, available, 1.0)
    share = np.where(matched, cases.control_yes / available, 0.0).sum(axis=2)
    inverse = np.where(matched, 1 / available, 0.0).sum(axis=2)
    effective = np.where(number > 0, number**2 / np.maximum(inverse, 1e-9), 0.0)
    effective = np.minimum(effective, cases.timeline.runs_per_test())
    rate = (_ratio(share, number) * effective + 0.5) / (effective + 1)
    return rate, effective


def _repeats(cases: Cases, yes: Bools, gap: float) -> Bools:
    """Hits that continue the hit before."""
    n = yes.shape[1]
    if n == 0:
        return yes
    newest = np.maximum.accumulate(np.where(yes, np.arange(n), -1), axis=1)
    previous = np.concatenate([np.full((len(yes), 1), -1), newest[:, :-1]], axis=1)
    onset = cases.incidents.onset
    soon = onset - onset[previous] < gap
    return np.asarray(yes & (previous >= 0) & soon, dtype=np.bool_)


def _ratio(number: Floats | Ints, of: Floats | Ints) -> Floats:
    return np.where(of > 0, number / np.maximum(of, 1e-9), 0.0)


def beta_binomial_tail(hits: ArrayLike, cases: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """
    Probability of at least this many hits, the rate itself known from finitely many controls.

    Parameters
    ----------
    hits, cases
        K and N, whole numbers with 0 <= K <= N, one-dimensional.
    a, b
        Controls with and without a red run, plus what they are shrunk by; positive.

    Returns
    -------
    array
        P(X >= K) for X beta-binomial with parameters N, a, b, in [0, 1].

    Notes
    -----
    P(X = k) = C(N, k) B(k + a, N - k + b) / B(a, b). The terms from K up follow from the first by their ratio, in
    logarithms, so that nothing cancels. K = 0 gives exactly 1, also where N = 0.

    Examples
    --------
    With one success and one failure before, every number of hits is as likely as any other:

    >>> beta_binomial_tail([3], [4], [1.0], [1.0]).round(12).tolist()
    [0.4]
    """
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(cases, dtype=np.float64)
    alpha, beta = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    tail = np.ones(len(k))
    some = np.flatnonzero(k > 0)
    if len(some) == 0:
        return tail
    k, n, alpha, beta = k[some], n[some], alpha[some], beta[some]
    first = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    first += betaln(k + alpha, n - k + beta) - betaln(alpha, beta)
    step = np.arange(int((n - k).max()))
    k, n, alpha, beta = (column[:, np.newaxis] for column in (k, n, alpha, beta))
    remaining = n - k - step
    ratio = remaining * (k + step + alpha)
    ratio /= (k + step + 1) * np.maximum(remaining - 1 + beta, 1e-300)
    with np.errstate(divide="ignore"):
        logs = np.cumsum(np.log(np.maximum(ratio, 0.0)), axis=1)
    tail[some] = np.exp(first) + np.exp(first[:, np.newaxis] + logs).sum(axis=1)
    return np.minimum(tail, 1.0)


def p_values(tables: Tables) -> Floats:
    """p of each question, (questions, tests): the beta-binomial tail of its table."""
    weight = tables.controls + 1
    rate = np.clip(tables.usual_rate, 1e-9, 1 - 1e-9)
    columns = (tables.hits, tables.cases, rate * weight, (1 - rate) * weight)
    return beta_binomial_tail(*(column.ravel() for column in columns)).reshape(tables.hits.shape)


def adjust(p: Floats) -> Floats:
    """
    Benjamini-Hochberg adjusted p-values.

    Notes
    -----
    The adjusted value of the i-th smallest of m is the least of p_j m / j over j >= i, at most 1. Calling pairs at
    0.05 keeps the expected share of false ones among them at 5 %. No p-values give none.

    Examples
    --------
    >>> adjust(np.array([0.01, 0.04, 0.03])).round(6).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p)[::-1]
    rank = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(p[order] * len(p) / rank), 1.0)
    return adjusted


def wilson_lower(hits: Floats | Ints, cases: Floats | Ints, z: float = 1.0) -> Floats:
    """Lower Wilson bound of a share, z standard errors down; 0 where there is no case."""
    n = np.maximum(cases, 1)
    share = hits / n
    centre = share + z * z / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.where(np.asarray(cases) > 0, np.maximum((centre - half) / (1 + z * z / n), 0.0), 0.0)


def phi_score(hits: Floats | Ints, cases: Floats | Ints, usual_rate: Floats) -> Floats:
    """
    Strength of the association, from 0 (as often as usual) to 1 (always at incidents, never otherwise).

    Parameters
    ----------
    hits, cases
        K and N of the question.
    usual_rate
        p0, in [0, 1].

    Returns
    -------
    array
        Cube root of phi, in [0, 1], not rounded.

    Notes
    -----
    The matched table has one control for each case::

                    red          green
        case        p1           1 - p1        p1: lower one-sigma Wilson bound of K / N
        control     p0           1 - p0

    phi = (p1 - p0) / sqrt((p1 + p0) (2 - p1 - p0)). The score is 0 where p1 <= p0, also where N = 0.

    Examples
    --------
    >>> phi_score(np.array([12]), np.array([15]), np.array([0.02])).round(2).tolist()
    [0.88]
    """
    p1 = wilson_lower(hits, cases)
    total = p1 + usual_rate
    phi = (p1 - usual_rate) / np.sqrt(np.maximum(total * (2 - total), 1e-300))
    return np.cbrt(np.where(p1 > usual_rate, np.minimum(phi, 1.0), 0.0))
