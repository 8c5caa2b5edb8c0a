"""One refresh: load the columns, ask the engine, store what it found. Imported by the worker alone: NumPy is heavy."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from correlation.engine import correlate, match_pairs
from correlation.incident_storing import store_incidents
from correlation.incidents import find_incidents
from correlation.inputs import Parameters
from correlation.loading import load_world
from correlation.outbox import announce_incidents
from correlation.steadiness import count_runs
from correlation.storing import store_pairs, store_steadiness
from qa_observability.periods import start_of_day


def refresh_correlations(*, now: datetime) -> int:
    """Compute all correlations anew and store them; return how many pairs are stored.

    What is stored changes in one transaction: a run that is killed has changed nothing, one that runs twice stores the
    same. A pair without a single hit any more is removed, one that lost its support is brought up to date.
    """
    since = now - settings.CORRELATION_LOOKBACK
    world = load_world(since, now)
    parameters = Parameters(
        window=settings.CORRELATION_WINDOW.total_seconds(), lookback=settings.CORRELATION_LOOKBACK.total_seconds()
    )
    n_tests, end = len(world.tests), now.timestamp()
    context: dict[str, Any] = {"now": end, "maintenance": world.maintenance, "parameters": parameters}
    channels: dict[str, Any] = {"n_integrations": len(world.integrations), "critical": world.critical}
    found = correlate(world.executions, world.events, n_tests=n_tests, **channels, **context)
    incidents = find_incidents(world.events, **channels, **context)
    sure = found.correlated
    warnings = match_pairs(
        world.executions,
        incidents,
        test=found.test[sure],
        integration=found.integration[sure],
        n_tests=n_tests,
        **context,
    )
    runs = world.executions
    steadiness = count_runs(runs.test, runs.time, runs.red, runs.run, world.flagged, n_tests=len(world.tests))
    with transaction.atomic():
        store_pairs(found, world, parameters)
        store_incidents(
            incidents, warnings, world, since=_complete_since(since, now), within=settings.CORRELATION_WINDOW, now=now
        )
        store_steadiness(steadiness, world.tests)
        announce_incidents(now=now)
    return len(found)


def _complete_since(since: datetime, now: datetime) -> datetime:
    """Return the start of the time of which every event is still there, for some may have been cleaned up."""
    return max(since, start_of_day((now - settings.EVENT_RETENTION).astimezone(UTC).date()))
