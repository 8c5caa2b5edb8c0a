"""Pages of the alerts: the list, what people do with it, and the bell of every page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from correlation import alerts
from correlation.alert_documents import alerts_document
from correlation.choices import AlertSeverity, AlertType
from correlation.incident_records import of_alerts
from correlation.models import Alert, AlertDelivery, AlertMute
from correlation.models.alerts import AlertQuerySet
from integrations.maintenance import occurrences_between
from integrations.models import Integration
from qa_observability.api.pagination import NewestFirstPagination
from qa_observability.exports.responses import export_response, wants_export
from qa_observability.htmx import render_page_or_partial
from qa_observability.pages import may
from qa_observability.spoken import storable

PER_PAGE = 50
IN_THE_BELL = 5
STATES = [("open", "Open"), ("dismissed", "Dismissed")]
MUTE_LENGTHS = [("1h", "1 hour"), ("8h", "8 hours"), ("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days")]
_LENGTHS = {
    "1h": timedelta(hours=1),
    "8h": timedelta(hours=8),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}


@require_GET
@may("correlation.view_alert")
def alert_list(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    filters = _filters(request)
    rows = _rows(filters)
    pagination = NewestFirstPagination(time_field="created_at", page_size=PER_PAGE)
    page = pagination.read_page_or_newest(rows, request)
    context: dict[str, Any] = {
        "alerts": page["results"],
        "incidents": of_alerts(page["results"], within=settings.CORRELATION_WINDOW),
        "newer": page["previous"],
        "older": page["next"],
        "filters": filters,
        "states": _state_links(request, filters),
        "open_count": Alert.objects.open().count(),
        "integrations": list(Integration.objects.active()),
        "types": AlertType.choices,
        "severities": AlertSeverity.choices,
        "mutes": list(AlertMute.objects.active(now).select_related("integration", "test_case", "created_by")),
        "mute_lengths": MUTE_LENGTHS,
        "maintenance": occurrences_between(now, now + timedelta(days=1)),
        "now": now,
        "may_dismiss": request.user.has_perm("correlation.dismiss_alert"),
        "may_mute": request.user.has_perm("correlation.add_alertmute"),
        "may_plan": request.user.has_perm("integrations.add_maintenancewindow"),
    }
    if wants_export(request):
        return export_response(request, alerts_document(context, rows))
    return render_page_or_partial(request, "alerts/list.html", "alerts/_list.html", context)


@require_GET
@may("correlation.view_alert")
def bell(request: HttpRequest) -> HttpResponse:
    """The bell of every page; without htmx, the page that it leads to."""
    if not getattr(request, "htmx", None):
        return redirect("alerts:list")
    opened = Alert.objects.open()
    context = {
        "open_count": opened.count(),
        "newest": list(opened.newest_first()[:IN_THE_BELL]),
        "alerts_url": reverse("alerts:list"),
    }
    return render_page_or_partial(request, "alerts/_bell.html", "alerts/_bell.html", context)


@require_POST
@may("correlation.dismiss_alert")
def change(request: HttpRequest) -> HttpResponse:
    """Dismiss one alert or the chosen ones, or mute what one is about."""
    now = timezone.now()
    if muted := request.POST.get("mute"):
        return _mute(request, muted)
    only = request.POST.get("only")
    chosen = _uuids([only] if only else request.POST.getlist("alert"))
    if not chosen:
        messages.error(request, "No alert was chosen.")
    else:
        count = alerts.dismiss_alerts(chosen, user=request.user, now=now)
        messages.success(request, f"{count} alert{'' if count == 1 else 's'} dismissed.")
    return _back(request)


def _mute(request: HttpRequest, pk: str) -> HttpResponse:
    now = timezone.now()
    chosen = _uuids([pk])
    length = _LENGTHS.get(request.POST.get(f"length-{pk}", ""))
    if not request.user.has_perm("correlation.add_alertmute") or not chosen or length is None:
        messages.error(request, "Nothing was muted.")
        return _back(request)
    alert = get_object_or_404(Alert, pk=chosen[0])
    mute = alerts.mute(
        integration_id=alert.integration_id,
        test_case_id=alert.test_case_id,
        until=now + length,
        user=request.user,
        now=now,
        reason=storable(request.POST.get(f"reason-{pk}", "")),
    )
    alerts.dismiss_alerts([alert.pk], user=request.user, now=now)
    messages.success(request, f"Dismissed, and muted until {mute.until:%Y-%m-%d %H:%M} UTC.")
    return _back(request)


@require_POST
@may("correlation.delete_alertmute")
def unmute(request: HttpRequest, pk: UUID) -> HttpResponse:
    ended = alerts.end_mute(pk, now=timezone.now())
    messages.success(request, "The mute has ended." if ended else "That mute had ended already.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the list as it was filtered."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = reverse("alerts:list")
    return HttpResponseRedirect(target)


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _filters(request: HttpRequest) -> dict[str, Any]:
    """Return the filters in the address; what is no known value filters nothing."""
    state = request.GET.get("state", "open")
    alert_type = request.GET.get("type", "")
    severity = request.GET.get("severity", "")
    chosen = {
        "integration": storable(request.GET.get("integration", ""), most=50),
        "type": alert_type if alert_type in AlertType.values else "",
        "severity": severity if severity in AlertSeverity.values else "",
    }
    return {"state": state if state in dict(STATES) else "open", **chosen, "active": any(chosen.values())}


def _state_links(request: HttpRequest, filters: dict[str, Any]) -> list[dict[str, Any]]:
    links = []
    for name, label in STATES:
        query = request.GET.copy()
        query["state"] = name
        query.pop("cursor", None)
        links.append({"label": label, "query": query.urlencode(), "current": name == filters["state"]})
    return links


def _rows(filters: dict[str, Any]) -> AlertQuerySet:
    rows = Alert.objects.open() if filters["state"] == "open" else Alert.objects.dismissed()
    rows = rows.with_names().prefetch_related(
        Prefetch("deliveries", queryset=AlertDelivery.objects.order_by("channel"))
    )
    if filters["integration"]:
        rows = rows.filter(integration_id=filters["integration"])
    if filters["type"]:
        rows = rows.filter(alert_type=filters["type"])
    if filters["severity"]:
        rows = rows.filter(severity=filters["severity"])
    return rows
