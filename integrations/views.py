"""Pages of the channels: the list, and one channel."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET

from integrations import documents, overview
from integrations.choices import EventType, Severity
from integrations.event_timeline import event_timeline
from integrations.models import Integration, IntegrationEvent
from integrations.timeline import IN_WORDS
from integrations.trend_charts import is_known, trend_charts
from integrations.zoom import Zoom, zoom_of
from qa_observability.api.pagination import NewestFirstPagination
from qa_observability.exports.responses import export_response, wants_export
from qa_observability.htmx import render_page_or_partial
from qa_observability.pages import PERIOD_LABELS, may, period_for_page, period_links
from qa_observability.periods import Period
from qa_observability.spoken import storable

EVENTS_PER_PAGE = 50
LEGEND = [("healthy", "Healthy"), ("warning", "Warning"), ("critical", "Critical"), ("unknown", "No data")]


@require_GET
@may("integrations.view_integrationhealth")
def integration_list(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    period = period_for_page(request, now=now)
    context: dict[str, Any] = {
        "rows": overview.snapshots(period, now=now),
        "period": period,
        "periods": period_links(request, period),
    }
    if wants_export(request):
        return export_response(request, documents.list_document(context["rows"], period, now=now))
    return render_page_or_partial(request, "integrations/list.html", "integrations/_list.html", context)


@require_GET
@may("integrations.view_integrationhealth", "integrations.view_integrationevent")
def integration_detail(request: HttpRequest, slug: str) -> HttpResponseBase:
    now = timezone.now()
    period = period_for_page(request, now=now)
    get_object_or_404(Integration, slug=slug)
    (snapshot,) = overview.snapshots(period, now=now, only=slug)
    strip = overview.day_points(overview.strip_period(now), [slug])[slug]
    points = overview.day_points(period, [slug])[slug]
    before = overview.day_points(period.previous, [slug])[slug]
    counts = overview.event_counts(points)
    zoom = zoom_of(request, period, now=now)
    filters = _filters(request)
    events = _filtered(_events_of(slug, period, zoom), filters)
    pagination = NewestFirstPagination(time_field="occurred_at", page_size=EVENTS_PER_PAGE)
    page = pagination.read_page_or_newest(events, request)
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "since": overview.since(snapshot),
        "reasons": overview.reasons(snapshot.observation) if snapshot.observation else [],
        "points": strip,
        "days_table": documents.days_table(strip),
        "legend": LEGEND,
        "counts": [(IN_WORDS[EventType(kind)], count) for kind, count in counts.items()],
        "total": sum(counts.values()),
        "zoom": zoom,
        "timeline": SimpleLazyObject(lambda: event_timeline(slug, zoom.interval)),
        "trends": trend_charts(points, before),
        "has_days": is_known(points),
        "has_days_before": is_known(before),
        "trends_table": documents.trends_table(points, before),
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
    if wants_export(request):
        return export_response(request, documents.detail_document(context, events, now=now))
    return render_page_or_partial(request, "integrations/detail.html", "integrations/_detail.html", context)


def _events_of(slug: str, period: Period, zoom: Zoom) -> "QuerySet[IntegrationEvent]":
    """Return the events of the period, or of the interval that the timeline shows."""
    events = IntegrationEvent.objects.filter(integration=slug)
    return events.in_period(period) if zoom.is_whole else events.between(zoom.interval.start, zoom.interval.end)


def _filters(request: HttpRequest) -> dict[str, Any]:
    """Return the filters in the address; what is no event type or severity filters nothing."""
    event_type = request.GET.get("eventType", "")
    severity = request.GET.get("severity", "")
    chosen = {
        "event_type": event_type if event_type in EventType.values else "",
        "severity": severity if severity in Severity.values else "",
        "q": storable(request.GET.get("q", ""), most=100).strip(),
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
