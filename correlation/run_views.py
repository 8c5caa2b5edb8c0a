"""The runs that one integration is compared with."""

from dataclasses import dataclass

from correlation.episodes import episode_starts
from correlation.inputs import ALL_INTEGRATIONS, Executions, Ints, Maintenance, Parameters
from correlation.runs import Timeline, build_timeline


def prepare_runs(
    executions: Executions, *, n_tests: int, now: float, maintenance: Maintenance, parameters: Parameters
) -> Timeline:
    """Runs within the look-back and outside maintenance of all integrations, one per run, in order."""
    if executions.test.max(initial=-1) >= n_tests:
        raise ValueError(f"test must be below n_tests = {n_tests}")
    seen = (executions.time >= now - parameters.lookback) & (executions.time <= now)
    seen &= ~maintenance.covers(executions.time, ALL_INTEGRATIONS)
    return build_timeline(executions if seen.all() else executions.take(seen), n_tests)


@dataclass(frozen=True)
class RunView:
    """All runs, those that do not only repeat a failure, and where failure episodes begin."""

    runs: Timeline
    fresh: Timeline
    starts: Ints


def view_runs(runs: Timeline, parameters: Parameters) -> RunView:
    """Look at runs as the matching and the predictive value need them."""
    fresh = runs.without(runs.repeating(parameters.repeat_gap))
    return RunView(runs, fresh, episode_starts(runs, parameters))


def view_of(whole: RunView, maintenance: Maintenance, integration: int, parameters: Parameters) -> RunView:
    """The view without the runs in maintenance of this integration alone."""
    if not maintenance.names(integration):
        return whole
    return view_runs(whole.runs.without(maintenance.covers(whole.runs.time, integration)), parameters)
