"""A world in which every page of the product has something to show, dated before now; every page's address."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.urls import URLPattern, URLResolver, get_resolver

from correlation.models import AlertMute, Incident, IncidentWarning, Ticket, TicketLink
from correlation.services import record_executions
from integrations.inputs import EventInput, ObservationInput
from integrations.models import MaintenanceWindow
from integrations.services import record_events, record_observations
from revenue import revisions
from revenue.config import RevenueConfig
from tests.correlation.factories import a_correlation, an_alert, an_execution

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TYPES = ["fee_sync_error", "pricing_sync_error", "booking_loss"]
INCIDENT = UUID("5ae9a990-7166-4055-9283-8e1d3953fae0")
SEVERITIES = ["low", "medium", "high", "critical"]


def load(now: datetime, superuser: User) -> str:
    """Store it; return the id of the revenue configuration's first revision."""
    _load_health(now)
    _load_correlation(now)
    AlertMute.objects.create(
        integration_id="hmbn", until=now + DAY, reason="Known", created_by=superuser, created_at=now - HOUR
    )
    MaintenanceWindow.objects.create(
        integration_id="vrbo", starts_at=now - 5 * DAY, ends_at=now - 5 * DAY + 3 * HOUR, reason="New rates"
    )
    first = revisions.save(RevenueConfig(), author=superuser, comment="First", expected=None)
    revisions.save(RevenueConfig(currency="EUR"), author=superuser, comment="In euros", expected=first.pk)
    return str(first.pk)


def _load_health(now: datetime) -> None:
    """Airbnb healthy, Vrbo critical after a burst of events and with some history, HMBN in warning, one silent."""
    rates = {"airbnb": "0.004", "vrbo": "0.061", "hmbn": "0.03"}
    record_observations(
        [
            ObservationInput(
                integration_id=slug,
                last_checked=now - timedelta(days=days, minutes=10),
                error_rate=Decimal(rate),
                booking_loss_rate=Decimal("0.01"),
                source="collector",
            )
            for slug, rate in rates.items()
            for days in range(20)
        ],
        now=now,
    )
    moments = [minute * MINUTE for minute in range(1, 50)] + [number * 7 * HOUR for number in range(1, 60)]
    record_events(
        [
            EventInput(
                integration_id="vrbo",
                event_type=TYPES[number % 3],
                severity=SEVERITIES[number % 4],
                message=f"Cleaning fee rejected <b>{number}</b>",
                occurred_at=now - ago,
                source="api",
                metadata={"affectedBookings": 2, "listingId": "LST-204"},
            )
            for number, ago in enumerate(moments)
        ],
        now=now,
    )


def _load_correlation(now: datetime) -> None:
    a_correlation(integration_id="vrbo", last_correlated=now - DAY, first_executed_at=now - 30 * DAY)
    record_executions(
        [
            an_execution(executed_at=now - 3 * DAY + number * HOUR, run_id=f"build-{number}", status=status)
            for number in range(60)
            for status in (["failed"] if number % 9 == 0 else ["passed"])
        ],
        now=now,
    )
    sums = {"severities": {"medium": 8, "high": 4}, "affectedBookings": 12, "unpricedBookings": 12, "lostAmount": "0"}
    for ago, pk in ((DAY, INCIDENT), (8 * DAY, uuid4())):
        incident = Incident.objects.create(
            pk=pk, integration_id="vrbo", onset_at=now - ago, ended_at=now - ago + 2 * HOUR, events=12,
            worst_severity="high", sums={"fee_sync_error": sums},
        )  # fmt: skip
        IncidentWarning.objects.create(incident=incident, test_case_id="flow", first_red_at=now - ago - 24 * MINUTE)
    known = {"title": "Vrbo fees are rejected", "status": "In Progress", "status_category": "indeterminate"}
    for ticket in (Ticket.objects.create(key="PMS-1", fetched_at=now, **known), Ticket.objects.create(key="PMS-2")):
        TicketLink.objects.create(ticket=ticket, incident_id=INCIDENT)
    an_alert(integration_id="vrbo", failed_at=now - 5 * MINUTE)
    an_alert(integration_id="airbnb", failed_at=now - DAY, dismissed_at=now - HOUR)


# Every page that a person can open, by the name of its address; `revision` is filled in.
PAGES = {
    "dashboard": "/dashboard/",
    "integrations:list": "/dashboard/integrations/",
    "integrations:detail": "/dashboard/integrations/vrbo/",
    "revenue:impact": "/dashboard/revenue/impact/",
    "revenue:config": "/dashboard/revenue/config/",
    "revenue:revision": "/dashboard/revenue/config/{revision}/",
    "correlation:insights": "/dashboard/correlation/test-integration/",
    "correlation:run": "/dashboard/correlation/run/?runId=build-9",
    "correlation:test-case": "/dashboard/correlation/test-cases/flow/",
    "alerts:list": "/dashboard/alerts/",
    "incidents:list": "/dashboard/incidents/",
    "incidents:detail": f"/dashboard/incidents/{INCIDENT}/",
    "search": "/dashboard/search/?q=fee",
    "tickets:panel": f"/dashboard/tickets/incident/{INCIDENT}/",
    "tickets:new": f"/dashboard/tickets/incident/{INCIDENT}/new",
    "password_change": "/password/",
    "login": "/login/",
}
# What is no page: answers to forms, files, fragments, redirects, probes.
NO_PAGES = {
    "home", "logout", "healthz", "readyz", "metrics",
    "alerts:bell", "alerts:change", "alerts:unmute",
    "correlation:refresh", "revenue:restore", "search-suggest", "tickets:change",
    "incidents:acknowledge", "incidents:note", "incidents:root-cause",
}  # fmt: skip
# Other faces of the same pages, which look different enough to be looked at.
VARIANTS = [
    "/dashboard/?period=1y",
    "/dashboard/integrations/google/",
    "/dashboard/integrations/vrbo/?period=7d&severity=low",
    "/dashboard/integrations/vrbo/?from=2026-01-01T00:00Z&to=nonsense",
    "/dashboard/correlation/test-integration/?testCase=nothing",
    "/dashboard/alerts/?state=dismissed",
    "/dashboard/incidents/?state=dropped",
    "/dashboard/search/?q=nothing-of-this",
    "/dashboard/search/",
    "/dashboard/nowhere/",
]


def names(patterns: list[URLPattern | URLResolver] | None = None, prefix: str = "") -> Iterator[str]:
    """Yield the names of all addresses but the API's and the vendor's admin."""
    for item in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(item, URLResolver):
            if str(item.pattern).startswith(("admin/", "api/")):
                continue
            own = f"{item.namespace}:" if item.namespace else ""
            yield from names(item.url_patterns, prefix + own)
        elif item.name:
            yield prefix + item.name
