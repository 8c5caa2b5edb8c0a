"""The correlation of a million executions: the engine alone, the same counts by other means, and a whole refresh."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers import (
    Task,
    count_with_duckdb,
    count_with_pandas,
    count_with_polars,
    duckdb_connection,
    pandas_frames,
    polars_frames,
)
from bench.server import ROOT, environment, manage
from bench.simulation import N_INTEGRATIONS, Recipe, World, simulate
from correlation.engine import correlate
from correlation.incidents import find_incidents
from correlation.inputs import DAY, Executions, Maintenance, Parameters
from correlation.matching import Cases, control_moments, match_cases
from correlation.run_views import prepare_runs, view_runs
from correlation.runs import Timeline, build_timeline

RUNS = 5
# 400 test cases every 52 minutes for 90 days are a million executions; the hum is 0.9 million events.
MILLION = Recipe(n_tests=400, days=90, cadences=(52,), hum_per_day=10_000)
HUNDRED_THOUSAND = Recipe(n_tests=400, days=90, cadences=(520,), hum_per_day=1_000)
Report = Callable[[str, str], None]


def measure_correlation(database_url: str, report: Report) -> None:
    """Report the engine at two sizes, its peers, and a refresh with loading and storing."""
    for recipe in (HUNDRED_THOUSAND, MILLION):
        world = simulate(recipe, np.random.default_rng(1))
        size = f"{len(world.executions):,} executions x {recipe.n_tests} x {len(world.events):,} events"
        report(f"correlation of {size}, computed from arrays", f"{_best(lambda w=world: _correlate(w)) * 1000:.0f} ms")
    _measure_peers(world, report)
    _measure_refresh(database_url, report)


def _best(work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _correlate(world: World) -> object:
    return correlate(
        world.executions, world.events, n_tests=world.n_tests, n_integrations=N_INTEGRATIONS, now=world.now
    )


def _measure_peers(world: World, report: Report) -> None:
    """Count cases and controls by all four; a count that differs stops the benchmark."""
    parameters = Parameters()
    incidents = find_incidents(world.events, n_integrations=N_INTEGRATIONS, now=world.now, parameters=parameters)
    runs = prepare_runs(
        world.executions, n_tests=world.n_tests, now=world.now, maintenance=Maintenance(), parameters=parameters
    )
    fresh = _by_time(view_runs(runs, parameters).fresh)
    since = world.now - parameters.lookback

    def by_engine() -> list[Cases]:
        timeline = build_timeline(fresh, world.n_tests)
        return [
            match_cases(timeline, incidents.of(at), since=since, now=world.now, parameters=parameters)
            for at in range(N_INTEGRATIONS)
        ]

    moments = [control_moments(incidents.of(at), since=since, now=world.now, parameters=parameters) for at in range(4)]
    controls = [each[np.isfinite(each)] for each in moments]
    onsets = [incidents.of(at).onset for at in range(N_INTEGRATIONS)]
    lengths = [len(each) for each in (*onsets, *controls)]
    task = Task(
        test=fresh.test, time=fresh.time, red=fresh.red,
        integration=np.repeat(np.tile(np.arange(N_INTEGRATIONS), 2), lengths),
        is_case=np.repeat([True] * N_INTEGRATIONS + [False] * N_INTEGRATIONS, lengths),
        moment=np.concatenate([*onsets, *controls]),
        width=parameters.window, n_tests=world.n_tests, n_integrations=N_INTEGRATIONS,
    )  # fmt: skip
    wanted = _counts(by_engine(), task)
    text = f"cases and controls in {len(task.moment):,} windows x {world.n_tests} test cases"
    report(f"{text}: engine", f"{_best(by_engine) * 1000:.0f} ms")
    peers: list[tuple[str, Callable[[Any, Task], NDArray[np.int64]], Any]] = [
        ("pandas", count_with_pandas, pandas_frames(task)),
        ("Polars", count_with_polars, polars_frames(task)),
        ("DuckDB", count_with_duckdb, duckdb_connection(task)),
    ]
    for name, count, prepared in peers:
        if not np.array_equal(count(prepared, task), wanted):
            raise SystemExit(f"{name} counts otherwise than the engine: the comparison is void.")
        best = _best(lambda c=count, p=prepared: c(p, task))
        report(f"the same counts: {name}", f"{best * 1000:.0f} ms")


def _by_time(timeline: Timeline) -> Executions:
    test = np.repeat(np.arange(timeline.n_tests), timeline.runs_per_test())
    order = np.argsort(timeline.time, kind="stable")
    return Executions(test[order], timeline.time[order], timeline.red[order])


def _counts(cases: list[Cases], task: Task) -> NDArray[np.int64]:
    counts = task.empty()
    for at, own in enumerate(cases):
        counts[:2, 1, at], counts[2:, 1, at] = (own.runs() > 0).sum(axis=2), own.yes.sum(axis=2)
        counts[:2, 0, at], counts[2:, 0, at] = own.controls.sum(axis=2), own.control_yes.sum(axis=2)
    return counts


def _measure_refresh(database_url: str, report: Report) -> None:
    """Load, compute and store in a process of its own, on a database of its own, as the worker does."""
    url = f"{database_url}_correlation" if database_url.startswith("postgres") else f"{database_url}.correlation"
    if url.startswith("postgres"):
        _create_database(database_url, url.rpartition("/")[2])
    manage(url, "migrate", "--verbosity", "0")
    done = subprocess.run(
        [sys.executable, "-m", "bench.correlation"],
        cwd=ROOT, env=environment(url) | {"DJANGO_SETTINGS_MODULE": "qa_observability.settings"},
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    for what, result in json.loads(done.stdout.splitlines()[-1]):
        report(what, result)


def _create_database(database_url: str, name: str) -> None:
    import psycopg  # only where PostgreSQL is measured

    with psycopg.connect(database_url.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(f'create database "{name}"')


def main() -> None:
    """Fill the database that the environment names where it is empty, refresh once, and print the times as JSON."""
    import django

    django.setup()
    from bench.refresh import fill, timed_refresh  # models are importable only once Django is set up

    end = fill(simulate(MILLION, np.random.default_rng(1)), last_day=int(time.time() // DAY))
    rows = timed_refresh(end)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([*rows, ("the same: memory of the process at its peak", f"{peak:.0f} MiB")]))


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
