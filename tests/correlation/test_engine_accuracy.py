import numpy as np
import pytest
from scipy import stats

from bench.accuracy import Tally, area_under_curve, f1, measure, naive_scores
from bench.pipelines import build_pipeline_world
from bench.simulation import World
from bench.worlds import REGIMES, build_world
from correlation.choices import Pattern
from correlation.inputs import Events, Executions


def test_area_under_the_curve_agrees_with_scipy():
    rng = np.random.default_rng(2)
    coupled, uncoupled = rng.integers(0, 8, 30) / 8, rng.integers(0, 6, 50) / 8
    expected = stats.mannwhitneyu(coupled, uncoupled).statistic / (30 * 50)
    assert area_under_curve(coupled, uncoupled) == pytest.approx(expected)


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    assert f1(8, 2, 4) == pytest.approx(stats.hmean([8 / 10, 8 / 12]))


def test_naive_score_is_the_mean_proximity_of_the_failures():
    executions = Executions([0, 0, 0], [1800.0, 9000.0, 50000.0], [True, True, False])
    events = Events([0, 0], [3600.0, 20000.0], [2, 2])
    pairs = np.empty((0, 2), dtype=int)
    world = World(executions, events, 1, 60000.0, pairs, [], np.empty(0), np.empty(0), pairs[:, 0], [])
    assert naive_scores(world)[0].tolist() == [0.25, 0, 0, 0]


def test_the_same_seed_builds_the_same_world():
    one, other = build_world("clean", 3), build_world("clean", 3)
    assert one.executions.time.tolist() == other.executions.time.tolist()
    assert one.events.time.tolist() == other.events.time.tolist()


def test_regimes_are_those_of_the_definition():
    assert len(REGIMES) == 21
    assert {"clean", "null_many", "kitchen_sink", "random"} <= set(REGIMES)


@pytest.mark.parametrize("regime", ["chronic_events", "mixed"])
def test_coupled_pairs_are_found_with_their_order(regime):
    tally = Tally()
    measure(build_world(regime, 500), tally)
    assert tally.f1() >= 0.9
    assert np.mean(tally.patterns) >= 0.9
    assert np.median(tally.lead_errors) <= 5


def test_nothing_is_found_where_nothing_is_coupled():
    tally = Tally()
    measure(build_world("null_many", 500), tally)
    assert (tally.hits, tally.false) == (0, 0)
    assert np.mean(tally.small_p) <= 0.01


def test_worlds_of_another_recipe_are_told_too():
    world = build_pipeline_world("one_red_run", 500)
    tally = Tally()
    measure(world, tally)
    assert tally.f1() >= 0.85
    assert set(world.pattern) <= set(Pattern)
