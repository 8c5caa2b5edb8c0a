"""The channels' health, the jobs and the imports as figures for Prometheus: a constant number of queries."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

from django.db.models import Count, Q, Sum
from prometheus_client.core import GaugeMetricFamily

from integrations import overview
from integrations.choices import EventType, HealthStatus, Severity
from integrations.models import (
    ImportBatch,
    IntegrationDay,
    IntegrationEvent,
    JobStanding,
    measure,
)
from integrations.models.imports import ImportState
from qa_observability.gauges import gauge
from qa_observability.periods import DEFAULT_PERIOD, parse_period

LAST_HOUR = timedelta(hours=1)


def health_metrics(*, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield what is known of every active integration."""
    rows = overview.snapshots(parse_period(DEFAULT_PERIOD, now), now=now)
    yield gauge(
        "integration_health_status",
        "1 for the status that the integration has, 0 for the others; unknown where nobody has looked yet.",
        ["integration", "status"],
        (((row.integration_id, status), row.status == status) for row, status in product(rows, HealthStatus.values)),
    )
    yield gauge(
        "integration_stale",
        "1 where the status is out of date: nobody has looked for HEALTH_STALE_AFTER, or what looks by itself fails.",
        ["integration"],
        (([row.integration_id], row.stale) for row in rows),
    )
    yield gauge(
        "integration_last_checked_timestamp_seconds",
        "When the integration was last looked at, as Unix time.",
        ["integration"],
        (([row.integration_id], row.last_checked.timestamp()) for row in rows if row.last_checked),
    )
    yield gauge(
        "integration_error_ratio",
        "Share of failed requests, 0 to 1, where it was measured.",
        ["integration"],
        (([row.integration_id], float(row.error_rate)) for row in rows if row.error_rate is not None),
    )
    yield gauge(
        "integration_booking_loss_ratio",
        "Share of lost bookings, 0 to 1, where it was measured.",
        ["integration"],
        (([row.integration_id], float(row.booking_loss_rate)) for row in rows if row.booking_loss_rate is not None),
    )
    yield from _events([row.integration_id for row in rows], now=now)


def _events(slugs: list[str], *, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield events by type: all from the daily sums, which outlive the events, and the newest by severity.

    Gauges, although they count: a correction or an import that is undone takes events away again, which in a counter
    would look like a restart and a burst of events.
    """
    columns = {kind: measure(kind, "events") for kind in EventType.values}
    days = IntegrationDay.objects.order_by().values("integration_id")
    sums = {row["integration_id"]: row for row in days.annotate(**{kind: Sum(name) for kind, name in columns.items()})}
    yield gauge(
        "integration_events_recorded",
        "Events recorded so far, those past their retention included; falls only where events are deleted by hand.",
        ["integration", "event_type"],
        (((slug, kind), sums[slug][kind] if slug in sums else 0) for slug, kind in product(slugs, EventType.values)),
    )
    lately = IntegrationEvent.objects.filter(occurred_at__gt=now - LAST_HOUR, occurred_at__lte=now).order_by()
    counted = lately.values_list("integration_id", "event_type", "severity").annotate(Count("pk"))
    counts = {tuple(labels): count for *labels, count in counted}
    yield gauge(
        "integration_events_last_hour",
        "Events that occurred within the last hour.",
        ["integration", "event_type", "severity"],
        ((labels, counts.get(labels, 0)) for labels in product(slugs, EventType.values, Severity.values)),
    )


def job_metrics() -> Iterator[GaugeMetricFamily]:
    """Yield when each background job last went well, and whether its newest run failed."""
    # Spreadsheet imports are jobs as well, one for each file: a label of theirs would have values without end.
    jobs = list(JobStanding.objects.exclude(name__startswith="import ").order_by("name"))
    yield gauge(
        "job_last_success_timestamp_seconds",
        "When the newest run of the background job that went well ended, as Unix time.",
        ["name"],
        (([job.name], job.succeeded_at.timestamp()) for job in jobs if job.succeeded_at),
    )
    yield gauge(
        "job_failing",
        "1 where the newest run of the background job that ended has failed.",
        ["name"],
        (([job.name], job.failing_since is not None) for job in jobs),
    )


def import_metrics() -> Iterator[GaugeMetricFamily]:
    """Yield what became of the rows of spreadsheets; those of an import that was undone are not in any more."""
    sums = ImportBatch.objects.aggregate(
        **{name: Sum(name, filter=Q(state=ImportState.IMPORTED)) for name in ("created", "replaced", "unchanged")},
        refused=Sum("errors", filter=Q(state=ImportState.REFUSED)),
    )
    yield gauge(
        "import_rows",
        "Rows of spreadsheets by what became of them; falls where an import is undone or discarded.",
        ["source", "result"],
        ((("spreadsheet", result), rows or 0) for result, rows in sums.items()),
    )
