"""From tables to the engine's columns: plain values in large chunks, never a model instance per row."""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np
from django.db.models import F, QuerySet, Window
from django.db.models.functions import Lag
from numpy.typing import NDArray

from correlation.choices import ExecutionStatus
from correlation.inputs import ALL_INTEGRATIONS, CriticalObservations, Events, Executions, Maintenance
from correlation.models import TestCase, TestExecution
from integrations.choices import HealthStatus, Severity, Source
from integrations.maintenance import occurrences_between
from integrations.models import Integration, IntegrationEvent, IntegrationHealth
from qa_observability.expressions import Epoch

CHUNK = 50_000


@dataclass(frozen=True)
class World:
    """Everything that one computation reads; `tests` and `integrations` turn indices back into ids."""

    tests: list[str]
    integrations: list[str]
    executions: Executions
    flagged: NDArray[np.bool_]
    events: Events
    critical: CriticalObservations
    maintenance: Maintenance


def load_world(since: datetime, now: datetime) -> World:
    """Return the executions, events, observations and maintenance of the look-back [since, now]."""
    tests = list(TestCase.objects.order_by("pk").values_list("pk", flat=True))
    integrations = list(Integration.objects.active().order_by("pk").values_list("pk", flat=True))
    channel = {slug: index for index, slug in enumerate(integrations)}
    with _collector_paused():
        executions, flagged = _executions(since, now, {pk: index for index, pk in enumerate(tests)})
        events = _events(since, now, channel)
    return World(
        tests=tests,
        integrations=integrations,
        executions=executions,
        flagged=flagged,
        events=events,
        critical=_critical(since, now, channel),
        maintenance=Maintenance(
            (
                ALL_INTEGRATIONS if window.integration_id is None else channel[window.integration_id],
                window.start.timestamp(),
                window.end.timestamp(),
            )
            for window in occurrences_between(since, now)
            if window.integration_id is None or window.integration_id in channel
        ),
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Rows hold no cycles; looking for some among millions of tuples, again and again, takes longer than reading."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _executions(since: datetime, now: datetime, index_of: Mapping[str, int]) -> tuple[Executions, NDArray[np.bool_]]:
    rows = (
        TestExecution.objects.told()
        .filter(executed_at__range=(since, now))
        .order_by()
        .values_list("test_case_id", Epoch("executed_at"), "status", "run_id", "flaky")
    )
    runs: dict[str, int] = {}
    red_status = ExecutionStatus.FAILED.value
    columns: list[tuple[Any, ...]] = []
    for test, time, status, run, flaky in _columns(rows):
        columns.append(
            (
                np.fromiter((index_of.get(pk, -1) for pk in test), np.int64, len(test)),
                np.array(time, dtype=np.float64),
                np.fromiter((value == red_status for value in status), np.bool_, len(status)),
                np.fromiter((runs.setdefault(name, len(runs)) for name in run), np.int64, len(run)),
                np.array(flaky, dtype=np.bool_),
            )
        )
    test, time, red, run, flagged = _joined(columns, [np.int64, np.float64, np.bool_, np.int64, np.bool_])
    known = test >= 0  # a test case that was created since its index was made waits for the next refresh
    return Executions(test[known], time[known], red[known], run[known]), flagged[known]


def _events(since: datetime, now: datetime, channel: Mapping[str, int]) -> Events:
    rows = (
        IntegrationEvent.objects.filter(occurred_at__range=(since, now), integration__in=list(channel))
        .order_by()
        .values_list("integration_id", Epoch("occurred_at"), "severity")
    )
    rank = {severity.value: index for index, severity in enumerate(Severity)}
    columns = [
        (
            np.fromiter((channel[slug] for slug in slugs), np.int64, len(slugs)),
            np.array(time, dtype=np.float64),
            np.fromiter((rank[value] for value in severity), np.int64, len(severity)),
        )
        for slugs, time, severity in _columns(rows)
    ]
    return Events(*_joined(columns, [np.int64, np.float64, np.int64]))


def _critical(since: datetime, now: datetime, channel: Mapping[str, int]) -> CriticalObservations:
    """Observations that turned critical; those derived from events say nothing that the events do not."""
    rows = (
        IntegrationHealth.objects.filter(last_checked__range=(since, now), integration__in=list(channel))
        .annotate(before=Window(Lag("status"), partition_by="integration_id", order_by=F("last_checked").asc()))
        .filter(status=HealthStatus.CRITICAL)
        .exclude(before=HealthStatus.CRITICAL)
        .exclude(source=Source.DERIVED)
        .order_by()
        .values_list("integration_id", Epoch("last_checked"))
    )
    found = list(rows)
    return CriticalObservations(
        np.array([channel[slug] for slug, _ in found], dtype=np.int64), np.array([time for _, time in found])
    )


def _columns(rows: "QuerySet[Any, tuple[Any, ...]]") -> Iterator[tuple[Any, ...]]:
    """Yield the columns of a chunk of rows after the other."""
    iterator = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(iterator, CHUNK)):
        yield tuple(zip(*chunk, strict=True))


def _joined(columns: Iterable[tuple[Any, ...]], types: list[Any]) -> list[Any]:
    parts = list(zip(*columns, strict=True))
    if not parts:
        return [np.empty(0, dtype=kind) for kind in types]
    return [np.concatenate(part) for part in parts]
