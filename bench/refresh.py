"""A database of a million executions, and a refresh on it; needs Django to be set up."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Model

from bench.simulation import World
from correlation.computing import refresh_correlations
from correlation.loading import load_world
from correlation.models import TestCase, TestExecution, TestIntegrationCorrelation
from integrations.choices import EventType, Severity
from integrations.models import Integration, IntegrationEvent

BATCH = 5000


def fill(world: World, *, last_day: int) -> datetime:
    """Store a world so that it ends on `last_day` (days since 1970), unless one is stored; return its last moment."""
    newest = TestExecution.objects.order_by("-executed_at").values_list("executed_at", flat=True).first()
    if newest is not None:
        return newest
    shift = last_day * 86_400 - world.now
    slugs = list(Integration.objects.active().order_by("pk").values_list("pk", flat=True))
    names = [f"case-{number:03}" for number in range(world.n_tests)]
    _store(TestCase, (TestCase(pk=name, name=name, suite="bench", source="api") for name in names))
    runs = world.executions
    order = np.argsort(runs.time, kind="stable")
    _store(
        TestExecution,
        (
            TestExecution(
                test_case_id=names[test], status="failed" if red else "passed", executed_at=_moment(at + shift),
                run_id=f"run-{number}",
            )
            for number, (test, at, red) in enumerate(
                zip(runs.test[order].tolist(), runs.time[order].tolist(), runs.red[order].tolist(), strict=True)
            )
        ),
    )  # fmt: skip
    severities, types = list(Severity), list(EventType)
    events = world.events
    _store(
        IntegrationEvent,
        (
            IntegrationEvent(
                integration_id=slugs[channel], event_type=types[number % 3], severity=severities[severity],
                message="Rate push rejected", metadata={}, occurred_at=_moment(at + shift), source="api",
            )
            for number, (channel, at, severity) in enumerate(
                zip(events.integration.tolist(), events.time.tolist(), events.severity.tolist(), strict=True)
            )
        ),
    )  # fmt: skip
    return _moment(world.now + shift)


def timed_refresh(end: datetime) -> list[tuple[str, str]]:
    """Load alone, then a first refresh and a second one, which finds its rows there."""
    start = time.perf_counter()
    loaded = load_world(end - settings.CORRELATION_LOOKBACK, end)
    rows = [(f"refresh: load {len(loaded.executions):,} + {len(loaded.events):,} rows", _since(start))]
    del loaded
    for which in ("first", "second"):
        start = time.perf_counter()
        refresh_correlations(now=end)
        rows.append((f"refresh: load, compute, store, {which} time", _since(start)))
    return [*rows, ("refresh: pairs stored", str(TestIntegrationCorrelation.objects.count()))]


def _store(model: type[Model], rows: Iterable[Model]) -> None:
    remaining: Iterator[Any] = iter(rows)
    while part := list(islice(remaining, BATCH)):
        model._default_manager.bulk_create(part)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _since(start: float) -> str:
    return f"{time.perf_counter() - start:.1f} s"
