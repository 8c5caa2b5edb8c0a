"""Pages of the channels: the list, and one channel."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from integrations import overview
from integrations.choices import EventType, Severity
from integrations.models import Integration, IntegrationEvent
from qa_observability.api.pagination import NewestFirstPagination
from qa_observability.htmx import render_page_or_partial
from qa_observability.pages import PERIOD_LABELS, may, period_for_page, period_links

EVENTS_PER_PAGE = 50
EVENTS_IN_WORDS = {
    EventType.PRICING_SYNC_ERROR: "Rate sync failures",
    EventType.FEE_SYNC_ERROR: "Fee sync failures",
    EventType.BOOKING_LOSS: "Lost bookings",
}
LEGEND = [("healthy", "Healthy"), ("warning", "Warning"), ("critical", "Critical"), ("unknown", "No data")]


@require_GET
@may("integrations.view_integrationhealth")
def integration_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    period = period_for_page(request, now=now)
    context = {
        "rows": overview.snapshots(period, now=now),
        "period": period,
        "periods": period_links(request, period),
    }
    return render_page_or_partial(request, "integrations/list.html", "integrations/_list.html", context)


@require_GET
@may("integrations.view_integrationhealth", "integrations.view_integrationevent")
def integration_detail(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    period = period_for_page(request, now=now)
    get_object_or_404(Integration, slug=slug)
    (snapshot,) = overview.snapshots(period, now=now, only=slug)
    strip = overview.day_points(overview.strip_period(now), [slug])[slug]
    counts = overview.event_counts(overview.day_points(period, [slug])[slug])
    filters = _filters(request)
    events = IntegrationEvent.objects.in_period(period).filter(integration=slug)
    page = _page_of_events(request, _filtered(events, filters))
    context = {
        "snapshot": snapshot,
        "since": overview.since(snapshot),
        "reasons": overview.reasons(snapshot.observation) if snapshot.observation else [],
        "points": strip,
        "newest_first": strip[::-1],
        "legend": LEGEND,
        "counts": [(EVENTS_IN_WORDS[EventType(kind)], count) for kind, count in counts.items()],
        "total": sum(counts.values()),
        "events": page["results"],
        "newer": page["previous"],
        "older": page["next"],
        "filters": filters,
        "types": EventType.choices,
        "severities": Severity.choices,
        "period": period,
        "period_label": PERIOD_LABELS[period.name],
        "periods": period_links(request, period),
        "may_add": request.user.has_perm("integrations.add_integrationhealth"),
    }
    return render_page_or_partial(request, "integrations/detail.html", "integrations/_detail.html", context)


def _filters(request: HttpRequest) -> dict[str, Any]:
    """Return the filters in the address; what is no event type or severity filters nothing."""
    event_type = request.GET.get("eventType", "")
    severity = request.GET.get("severity", "")
    chosen = {
        "event_type": event_type if event_type in EventType.values else "",
        "severity": severity if severity in Severity.values else "",
        "q": request.GET.get("q", "").replace("\x00", "").strip()[:100],
    }
    return {**chosen, "active": any(chosen.values())}


def _filtered(events: "QuerySet[IntegrationEvent]", filters: dict[str, Any]) -> "QuerySet[IntegrationEvent]":
    if filters["event_type"]:
        events = events.filter(event_type=filters["event_type"])
    if filters["severity"]:
        events = events.filter(severity=filters["severity"])
    if filters["q"]:
        events = events.filter(message__icontains=filters["q"])
    return events


def _page_of_events(request: HttpRequest, events: "QuerySet[IntegrationEvent]") -> dict[str, object]:
    pagination = NewestFirstPagination(time_field="occurred_at", page_size=EVENTS_PER_PAGE)
    try:
        return pagination.read_page(events, Request(request))
    except ValidationError:  # an old or mangled link: start at the newest
        return {
            "results": list(events.order_by("-occurred_at", "-id")[:EVENTS_PER_PAGE]),
            "previous": None,
            "next": None,
        }
