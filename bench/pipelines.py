"""Labelled worlds by another recipe: pipelines that run all their tests at once, ramps, memoryless clocks.

The regimes are where most parameters were chosen; these show whether they hold in worlds built differently.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.simulation import EPOCH, MINUTE, N_INTEGRATIONS, ORDERS, World
from correlation.choices import Pattern
from correlation.inputs import DAY, HOUR, Events, Executions, Floats, is_weekend

Draw = Callable[[np.random.Generator, int], Floats]  # minutes


@dataclass(frozen=True)
class Pipelines:
    """A world of pipelines: what differs from world to world."""

    lag: Draw
    days: int = 60
    tests: int = 160
    per_day: tuple[float, float] = (20, 60)  # runs of a pipeline a day
    memoryless: bool = True
    red_until: str = "over"  # over: as long as the incident; once: one run only
    coupling: tuple[float, float] = (0.4, 1.0)
    incidents: tuple[int, int] = (18, 35)
    severities: tuple[float, float, float, float] = (0.25, 0.25, 0.25, 0.25)
    ramp: bool = False
    weekend_only: bool = False
    false_red: float = 0.03  # mean share of red runs without a reason
    broken_pipeline: float = 0.0  # share of runs in which half of the pipeline's tests are red


PIPELINE_WORLDS: dict[str, Pipelines] = {
    "exponential_lags": Pipelines(lambda rng, n: 4 + rng.exponential(18, n)),
    "uniform_lags": Pipelines(lambda rng, n: rng.uniform(5, 55, n)),
    "lognormal_lags": Pipelines(lambda rng, n: rng.lognormal(3.1, 0.4, n)),
    "ramps": Pipelines(lambda rng, n: rng.uniform(10, 40, n), ramp=True),
    "one_red_run": Pipelines(lambda rng, n: rng.uniform(10, 40, n), red_until="once", memoryless=False),
    "thirty_days": Pipelines(lambda rng, n: rng.uniform(10, 40, n), days=30, coupling=(0.6, 1.0), incidents=(12, 20)),
    "weekend_channels": Pipelines(
        lambda rng, n: rng.uniform(10, 40, n), days=90, weekend_only=True, incidents=(12, 22)
    ),
    "medium_only": Pipelines(lambda rng, n: rng.uniform(10, 40, n), severities=(0.4, 0.6, 0.0, 0.0)),
    "flaky_pipelines": Pipelines(lambda rng, n: rng.uniform(10, 40, n), false_red=0.1),
    "broken_pipelines": Pipelines(lambda rng, n: rng.uniform(10, 40, n), broken_pipeline=0.03),
}


def build_pipeline_world(name: str, seed: int) -> World:
    """The world of a name and seed; the same ones give the same world."""
    rng = np.random.default_rng([seed, 77, sorted(PIPELINE_WORLDS).index(name)])
    plan = PIPELINE_WORLDS[name]
    onsets = [_onsets(plan, rng) for _ in range(N_INTEGRATIONS)]
    lasting = [15 * MINUTE + rng.exponential(50 * MINUTE, len(own)) for own in onsets]
    clocks = [_pipeline(plan, rng) for _ in range(8)]
    broken = [rng.random(len(clock)) < plan.broken_pipeline for clock in clocks]
    tests, times, reds, runs, truths = [], [], [], [], []
    for test in range(plan.tests):
        pipeline = test % len(clocks)
        time = clocks[pipeline] + rng.uniform(0, 3 * MINUTE, len(clocks[pipeline]))
        red = rng.random(len(time)) < rng.exponential(plan.false_red)
        red |= broken[pipeline] & (rng.random(len(time)) < 0.5)
        if test % 4 == 0:
            integration = int(rng.integers(N_INTEGRATIONS))
            pattern = ORDERS[rng.integers(3)]
            shown = _couple(plan, rng, pattern, onsets[integration], lasting[integration], time)
            red |= shown[0]
            truths.append((test, integration, pattern, *shown[1:]))
        tests.append(np.full(len(time), test))
        times.append(np.round(time))
        reds.append(red)
        runs.append(pipeline * 100_000 + np.arange(len(time)))
    executions = Executions(*(np.concatenate(column) for column in (tests, times, reds, runs)))
    coupled = np.array([truth[:2] for truth in truths], dtype=np.int64)
    lead, lag, support = np.array([truth[3:] for truth in truths]).T
    patterns = [truth[2] for truth in truths]
    end = EPOCH + plan.days * DAY
    events = _events(plan, rng, onsets, lasting)
    return World(executions, events, plan.tests, end, coupled, patterns, lead, lag, support.astype(int), onsets)


def _onsets(plan: Pipelines, rng: np.random.Generator) -> Floats:
    """Moments of a memoryless clock, two hours of rest after each."""
    number = int(rng.integers(*plan.incidents))
    if plan.weekend_only:
        saturday = 5 + 7 * rng.integers(0, plan.days // 7, number)
        moments = EPOCH + (saturday + rng.integers(0, 2, number)) * DAY + rng.uniform(0, 24, number) * HOUR
    else:
        moments = EPOCH + rng.uniform(0, plan.days, number) * DAY
    moments = np.sort(moments)
    return np.round(moments[np.diff(moments, prepend=-np.inf) > 4 * HOUR])


def _pipeline(plan: Pipelines, rng: np.random.Generator) -> Floats:
    per_day = rng.uniform(*plan.per_day)
    time: Floats
    if plan.memoryless:
        gaps = rng.exponential(DAY / per_day, int(per_day * plan.days))
        time = EPOCH + np.cumsum(gaps)
    else:
        places = np.arange(int(per_day * plan.days), dtype=np.float64)
        time = EPOCH + (places + rng.uniform(0, 0.3)) * DAY / per_day
    quiet = is_weekend(time) & (rng.random(len(time)) < (0.0 if plan.weekend_only else 0.5))
    return np.asarray(time[~quiet & (time < EPOCH + plan.days * DAY)])


def _couple(
    plan: Pipelines, rng: np.random.Generator, pattern: Pattern, onset: Floats, lasting: Floats, time: Floats
) -> tuple[np.ndarray, float, float, int]:
    """Red runs of the coupling, median lead seen, median lag, and at how many incidents it was seen within an hour."""
    seen = rng.random(len(onset)) < rng.uniform(*plan.coupling)
    onset, lasting = onset[seen], lasting[seen]
    size = np.minimum(plan.lag(rng, len(onset)), 59) * MINUTE
    near = rng.uniform(-2, 2, len(onset)) * MINUTE
    lag = {Pattern.TEST_FIRST: -size, Pattern.INTEGRATION_FIRST: size, Pattern.CONCURRENT: near}[pattern]
    start, first = onset + lag, np.searchsorted(time, onset + lag)
    stop = np.maximum(onset + lasting, start + 20 * MINUTE)
    past = first + 1 if plan.red_until == "once" else np.searchsorted(time, stop)
    past = np.minimum(past, len(time))
    change = np.zeros(len(time) + 1, dtype=np.int64)
    np.add.at(change, first, 1)
    np.add.at(change, np.maximum(past, first), -1)
    following = np.append(time, np.inf)[first]
    shown = (past > first) & (np.abs(following - onset) <= HOUR)
    lead = float(np.median((onset - following)[shown])) if shown.any() else np.nan
    return np.cumsum(change)[:-1] > 0, lead, float(np.median(-lag)) if len(lag) else np.nan, int(shown.sum())


def _events(plan: Pipelines, rng: np.random.Generator, onsets: list[Floats], lasting: list[Floats]) -> Events:
    columns = []
    for onset, length in zip(onsets, lasting, strict=True):
        number = 5 + rng.geometric(0.04, len(onset))
        incident = np.repeat(np.arange(len(onset)), number)
        share = rng.beta(2, 1.5, len(incident)) if plan.ramp else rng.random(len(incident))
        share[np.cumsum(number) - number] = 0
        time = onset[incident] + share * length[incident]
        severity = rng.choice(4, len(time), p=plan.severities)
        hum = EPOCH + rng.uniform(0, plan.days, rng.poisson(40 * plan.days)) * DAY
        columns.append((np.append(time, hum), np.append(severity, rng.integers(0, 1, len(hum)))))
    index = np.repeat(np.arange(N_INTEGRATIONS), [len(time) for time, _ in columns])
    return Events(index, np.round(np.concatenate([t for t, _ in columns])), np.concatenate([s for _, s in columns]))
