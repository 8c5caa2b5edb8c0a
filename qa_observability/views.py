"""The dashboard, which composes the apps' partials, and the two probes."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import structlog
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.defaults import bad_request, page_not_found, server_error
from django_q.brokers import get_broker

from correlation import insights
from correlation.documents import recommendations_table
from correlation.kpis import kpi_cards as correlation_cards
from integrations import documents as integration_documents
from integrations import overview
from integrations.headline import headline, worst_first
from integrations.models import IntegrationEvent
from qa_observability import features
from qa_observability.api.errors import problem
from qa_observability.exports.documents import Document
from qa_observability.exports.responses import export_response, wants_export
from qa_observability.htmx import render_page_or_partial
from qa_observability.pages import may, period_for_page, period_links
from qa_observability.periods import Period
from revenue.kpis import kpi_cards as revenue_cards

log = structlog.get_logger(__name__)
NEWEST_EVENTS = 10
TOP_RECOMMENDATIONS = 3


@require_GET
@may("integrations.view_integrationhealth", "integrations.view_integrationevent")
def dashboard(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    period = period_for_page(request, now=now)
    context: dict[str, Any] = {"period": period, "periods": period_links(request, period)}
    if features.is_on(features.INTEGRATION_HEALTH):
        rows = worst_first(overview.snapshots(period, now=now))
        slugs = [row.integration_id for row in rows]
        strips = overview.day_points(overview.strip_period(now), slugs)
        newest = IntegrationEvent.objects.in_period(period).filter(integration__is_active=True).newest_first()
        context |= {
            "cards": [_card(row, strips[row.integration_id], period.days) for row in rows],
            "headline": headline(rows, now=now),
            "events": newest.select_related("integration")[:NEWEST_EVENTS],
            "may_add": request.user.has_perm("integrations.add_integrationhealth"),
        }
    context["kpis"] = SimpleLazyObject(lambda: _kpis(request, period))
    if features.is_on(features.CORRELATION) and request.user.has_perm("correlation.view_alert"):
        context["recommendations"] = SimpleLazyObject(lambda: insights.top_recommendations(period, TOP_RECOMMENDATIONS))
    if wants_export(request):
        return export_response(request, _document(context, now=now))
    return render_page_or_partial(request, "dashboard.html", "_dashboard.html", context)


def _document(shown: dict[str, Any], *, now: datetime) -> Document:
    """Return the dashboard's tables, as far as this person sees them."""
    tables = []
    if "cards" in shown:
        tables.append(integration_documents.integrations_table([card["snapshot"] for card in shown["cards"]]))
    if "recommendations" in shown:
        tables.append(recommendations_table(shown["recommendations"]))
    if "events" in shown:
        tables.append(integration_documents.newest_events_table(shown["events"]))
    facts = [(kpi["label"], kpi.get("value") or kpi["error"]) for kpi in shown.get("kpis", [])]
    period = shown["period"]
    return Document(
        name="dashboard", title="Dashboard", facts=facts, period=period, tables=tuple(tables), generated_at=now
    )


def _kpis(request: HttpRequest, period: Period) -> list[dict[str, Any]]:
    """Return the key figures of the modules that are on and that this person may see."""
    cards = []
    if features.is_on(features.REVENUE_IMPACT) and request.user.has_perm("revenue.view_impact"):
        cards += revenue_cards(period)
    if features.is_on(features.CORRELATION) and request.user.has_perm("correlation.view_alert"):
        cards += correlation_cards(period)
    return cards


def _card(row: overview.Snapshot, points: list[overview.DayPoint], days: int) -> dict[str, object]:
    shown = points[-min(days, len(points)) :]
    label = f"Error rate of {row.name}, daily mean, last {len(shown)} days"
    return {"snapshot": row, "points": points, "spark": [point.error_rate for point in shown], "spark_label": label}


class PasswordChange(SuccessMessageMixin, PasswordChangeView):
    """Everybody's own password; the session goes on, those elsewhere end."""

    success_url = reverse_lazy("dashboard")
    success_message = "Your password is changed. Your sessions elsewhere have ended."


@require_GET
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; whether it can work is readyz's question. Open to probes."""
    return JsonResponse({"status": "ok"})


@require_GET
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, migrations, cache and queue, each `ok` or what is wrong in a word. Open to probes."""
    checks = {
        "database": _probe(lambda: connection.ensure_connection()),
        "migrations": _probe(_no_pending_migrations),
        "cache": _probe(lambda: cache.get("readyz")),
        "queue": _probe(lambda: get_broker().queue_size()),
    }
    ready = all(state == "ok" for state in checks.values())
    code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": "ok" if ready else "unavailable", "checks": checks}, status=code)


def _probe(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:  # whatever is wrong, the probe must say so, and say no more than that to strangers
        log.warning("not_ready", error=f"{type(error).__name__}: {error}")
        return "pending" if isinstance(error, PendingMigrationsError) else "unreachable"
    return "ok"


class PendingMigrationsError(Exception):
    """The database is behind the code."""


def _no_pending_migrations() -> None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise PendingMigrationsError("run manage.py migrate")


def handle_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(HTTPStatus.NOT_FOUND, f"There is nothing at {request.path}.")
    return page_not_found(request, exception)


def handle_server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed; the error was logged.")
    return server_error(request)


def handle_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(HTTPStatus.BAD_REQUEST, "The request cannot be read.")
    return bad_request(request, exception)
