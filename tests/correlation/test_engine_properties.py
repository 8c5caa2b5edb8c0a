import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.simulation import Recipe, World, simulate
from correlation.choices import CorrelationType, Pattern
from correlation.engine import correlate
from correlation.inputs import DAY, Events, Executions

TIMES = ("first_execution", "last_execution", "last_correlated")
SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=8, deadline=None)


def small_world(seed: int) -> World:
    rng = np.random.default_rng(seed)
    recipe = Recipe(
        n_tests=12,
        days=30,
        incidents=(4, 15),
        coupled_share=0.5,
        hum_per_day=float(rng.choice([0, 400])),
        shared_root=0.3,
        cadences=(30, 60, 240),
        orders=(0.34, 0.33, 0.33),
    )
    return simulate(recipe, rng)


def answers(executions, events, world, now):
    found = correlate(executions, events, n_tests=world.n_tests, n_integrations=4, now=now)
    return {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}


def same(one, other):
    for name, column in one.items():
        if column.dtype.kind == "f":
            assert other[name] == pytest.approx(column, nan_ok=True), name
        else:
            assert other[name].tolist() == column.tolist(), name


@FEW
@given(SEEDS, st.integers(-200, 200))
def test_a_shift_by_whole_weeks_shifts_the_times_and_nothing_else(seed, weeks):
    world, shift = small_world(seed), weeks * 7 * DAY
    runs, events = world.executions, world.events
    before = answers(runs, events, world, world.now)
    after = answers(
        dataclasses.replace(runs, time=runs.time + shift),
        dataclasses.replace(events, time=events.time + shift),
        world,
        world.now + shift,
    )
    for name in TIMES:
        after[name] = after[name] - shift
    same(before, after)


@FEW
@given(SEEDS)
def test_the_order_of_rows_does_not_matter(seed):
    world, rng = small_world(seed), np.random.default_rng(seed)
    runs, events = world.executions, world.events
    mixed, stirred = rng.permutation(len(runs)), rng.permutation(len(events))
    shuffled = Events(events.integration[stirred], events.time[stirred], events.severity[stirred])
    same(answers(runs, events, world, world.now), answers(runs.take(mixed), shuffled, world, world.now))


@FEW
@given(SEEDS)
def test_other_numbers_for_tests_and_integrations_give_the_same_answers(seed):
    world, rng = small_world(seed), np.random.default_rng(seed)
    runs, events = world.executions, world.events
    tests, integrations = rng.permutation(world.n_tests), rng.permutation(4)
    before = answers(runs, events, world, world.now)
    after = answers(
        Executions(tests[runs.test], runs.time, runs.red),
        Events(integrations[events.integration], events.time, events.severity),
        world,
        world.now,
    )
    before["test"], before["integration"] = tests[before["test"]], integrations[before["integration"]]
    order = np.lexsort((before["integration"], before["test"]))
    same({name: column[order] for name, column in before.items()}, after)


@FEW
@given(SEEDS)
def test_every_answer_lies_within_its_bounds(seed):
    world = small_world(seed)
    found = correlate(world.executions, world.events, n_tests=world.n_tests, n_integrations=4, now=world.now)
    for share in ("score", "confidence", "p_value", "usual_rate", "predictive_value", "base_rate"):
        assert ((getattr(found, share) >= 0) & (getattr(found, share) <= 1)).all(), share
    assert ((found.hits >= 1) & (found.hits <= found.incidents)).all()
    assert (found.episodes_followed <= found.episodes).all()
    assert np.round(found.score, 2).tolist() == found.score.tolist()
    told = found.pattern != Pattern.INSUFFICIENT
    assert np.isnan(found.lead_time).tolist() == (~told).tolist()
    assert (np.abs(found.lead_time[told]) <= 3600).all()
    assert ((found.correlation_type == CorrelationType.HIGH) == (found.score > 0.8)).all()
    assert (found.score[~told] == 0).all()


@FEW
@given(SEEDS)
def test_a_copy_of_a_test_gets_the_same_evidence(seed):
    world = small_world(seed)
    runs = world.executions
    copied = Executions(
        np.concatenate([runs.test, runs.test + world.n_tests]), np.tile(runs.time, 2), np.tile(runs.red, 2)
    )
    found = correlate(copied, world.events, n_tests=2 * world.n_tests, n_integrations=4, now=world.now)
    first = found.test < world.n_tests
    for name in ("integration", "hits", "incidents", "score", "p_value", "pattern"):
        column = getattr(found, name)
        assert column[first].tolist() == column[~first].tolist(), name
