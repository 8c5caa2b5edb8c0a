import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from correlation.evidence import adjust, beta_binomial_tail, phi_score, wilson_lower

COUNTS = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SHAPES = st.floats(0.05, 500)


@given(COUNTS, SHAPES, SHAPES)
def test_tail_agrees_with_scipy(counts, a, b):
    k, n = counts
    expected = stats.betabinom.pmf(np.arange(k, n + 1), n, a, b).sum() if n else 1.0
    assert beta_binomial_tail([k], [n], [a], [b])[0] == pytest.approx(expected, rel=1e-6)


def test_tail_of_a_uniform_rate_counts_outcomes():
    # With one success and one failure before, all N + 1 outcomes are equally likely (Laplace).
    assert beta_binomial_tail([0, 1, 3, 4], [4] * 4, [1.0] * 4, [1.0] * 4) == pytest.approx([1, 0.8, 0.4, 0.2])


def test_tail_of_a_well_known_rate_is_binomial():
    tail = beta_binomial_tail([9], [11], [0.02 * 1e9], [0.98 * 1e9])[0]
    assert tail == pytest.approx(stats.binom.sf(8, 11, 0.02), rel=1e-4)


def test_tail_stays_finite_far_from_the_expected():
    tail = beta_binomial_tail([2000, 1], [2000, 2000], [0.5, 4999.5], [5000.5, 0.5])
    assert 0 <= tail[0] < 1e-300
    assert tail[1] == pytest.approx(1)


def test_tail_without_cases_or_pairs_is_one():
    assert beta_binomial_tail([0], [0], [0.5], [0.5]).tolist() == [1.0]
    assert beta_binomial_tail([], [], [], []).tolist() == []


@given(st.integers(1, 40), SHAPES, SHAPES)
def test_tail_never_grows_with_the_hits(n, a, b):
    hits = np.arange(n + 1)
    tail = beta_binomial_tail(hits, np.full(n + 1, n), np.full(n + 1, a), np.full(n + 1, b))
    assert (np.diff(tail) <= 1e-9).all()


@given(st.lists(st.floats(0, 1), max_size=50))
def test_adjusting_agrees_with_scipy(p):
    expected = stats.false_discovery_control(p) if p else []
    assert adjust(np.array(p)) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_adjusting_keeps_the_order_and_never_lowers_p(p):
    adjusted = adjust(np.array(p))
    assert (adjusted >= np.array(p) - 1e-15).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()


@given(COUNTS.filter(lambda counts: counts[1] > 0))
def test_lower_bound_agrees_with_scipy(counts):
    k, n = counts
    one_sigma = stats.norm.cdf(1) - stats.norm.cdf(-1)
    expected = stats.binomtest(k, n).proportion_ci(one_sigma, method="wilson").low
    assert wilson_lower(np.array([k]), np.array([n]))[0] == pytest.approx(expected, abs=1e-9)


def test_score_is_the_cube_root_of_the_correlation_in_the_matched_table():
    # Red in 60 % of 100,000 cases and in 10 % of as many controls: the correlation of the two columns.
    red = np.repeat([1, 0, 1, 0], [60_000, 40_000, 10_000, 90_000])
    case = np.repeat([1, 1, 0, 0], [60_000, 40_000, 10_000, 90_000])
    expected = np.cbrt(np.corrcoef(red, case)[0, 1])
    score = phi_score(np.array([60_000]), np.array([100_000]), np.array([0.1]))[0]
    assert score == pytest.approx(expected, abs=0.002)


def test_score_bounds_of_the_types():
    # phi 0.216 and 0.512 are where medium and high begin.
    assert np.cbrt([0.216, 0.512]) == pytest.approx([0.6, 0.8])


@given(COUNTS, st.floats(0, 1))
def test_score_lies_between_zero_and_one(counts, usual):
    score = phi_score(np.array([counts[0]]), np.array([counts[1]]), np.array([usual]))[0]
    assert 0 <= score <= 1


@given(st.integers(1, 40), st.floats(0.001, 0.999))
def test_score_grows_with_the_hits(n, usual):
    hits = np.arange(n + 1)
    assert (np.diff(phi_score(hits, np.full(n + 1, n), np.full(n + 1, usual))) >= -1e-12).all()


@given(COUNTS, st.floats(0.001, 0.5), st.floats(0.001, 0.4))
def test_score_falls_with_the_usual_rate(counts, usual, more):
    rates = np.array([usual, usual + more])
    low, high = phi_score(np.full(2, counts[0]), np.full(2, counts[1]), rates)
    assert high <= low + 1e-12


def test_score_is_zero_without_cases_and_at_the_usual_rate():
    assert phi_score(np.array([0, 5]), np.array([0, 10]), np.array([0.5, 0.5])).tolist() == [0.0, 0.0]
