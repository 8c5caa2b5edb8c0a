"""The page on revenue impact."""

from dataclasses import replace
from io import BytesIO
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.models import Integration
from qa_observability.exports.responses import bad_request, file_response, wants_export
from qa_observability.htmx import render_page_or_partial
from qa_observability.pages import PERIOD_LABELS, may, period_for_page, period_links
from revenue import reports
from revenue.crypto import CryptoError
from revenue.impact import Impact
from revenue.presenter import Presentation, present, sorted_rows
from revenue.services import impact_of

DEFAULT_SORT = "-loss"
COLUMNS = [
    ("integration", "Integration", False),
    ("type", "Type", False),
    ("events", "Events", True),
    ("bookings", "Affected bookings", True),
    ("loss", "Impact", True),
    ("change", "Change", True),
]


@require_GET
@may("revenue.view_impact")
def impact(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    period = period_for_page(request, now=now)
    integrations = list(Integration.objects.active())
    chosen = next((row for row in integrations if row.slug == request.GET.get("integration")), None)
    context: dict[str, Any] = {
        "period": period,
        "period_label": PERIOD_LABELS[period.name],
        "periods": period_links(request, period),
        "integrations": integrations,
        "chosen": chosen,
        "may_see_config": request.user.has_perm("revenue.view_revenueconfigrevision"),
    }
    try:
        found = impact_of(period, integration_id=chosen.slug if chosen else None)
        context |= _shown(request, present(found, now=now), found)
    except CryptoError as error:
        context["error"] = str(error)
    if wants_export(request) and "shown" in context:
        return _report(request, replace(context["shown"], rows=tuple(context["rows"])))
    return render_page_or_partial(request, "revenue/impact.html", "revenue/_impact.html", context)


def _report(request: HttpRequest, shown: Presentation) -> HttpResponseBase:
    """Return the report in the order of the page's table."""
    name = request.GET["format"]
    kind = reports.KINDS.get(name)
    if kind is None:
        return bad_request(request, f"{name!r} is not a kind of file. Choose one of {', '.join(reports.KINDS)}.")
    return file_response(BytesIO(kind.make(shown)), reports.file_name(shown, name), kind.media_type)


def _shown(request: HttpRequest, shown: Presentation, found: Impact) -> dict[str, Any]:
    sort = request.GET.get("sort", DEFAULT_SORT)
    return {
        "shown": shown,
        "rows": sorted_rows(shown.rows, sort),
        "columns": [_column(request, *column, sort=sort) for column in COLUMNS],
        "chart": chart_data(found),
        "chart_title": f"Revenue a day in {found.currency}: at risk, protected, and the benchmark",
    }


def _column(request: HttpRequest, name: str, label: str, numeric: bool, *, sort: str) -> dict[str, Any]:
    """Return what a heading links to: numbers start with the largest, texts with the first letter."""
    descending = sort == f"-{name}" or (sort != name and not numeric)
    return {
        "label": label,
        "numeric": numeric,
        "query": _query(request, sort=name if descending else f"-{name}"),
        "sorted": "descending" if sort == f"-{name}" else "ascending" if sort == name else "",
    }


def _query(request: HttpRequest, **changed: str | None) -> str:
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return query.urlencode()


def chart_data(found: Impact) -> dict[str, Any]:
    """Return what static/js/charts.js draws: one value a day and line."""
    return {
        "labels": [point.date.isoformat() for point in found.series],
        "currency": found.currency,
        "lines": [
            {"label": "At risk", "color": "critical", "fill": True, "values": _floats(found.series, "at_risk")},
            {
                "label": "At risk, period before",
                "color": "muted",
                "pattern": "dashed",
                "values": _floats(found.previous_series, "at_risk"),
                "labels": [point.date.isoformat() for point in found.previous_series],
            },
            {"label": "Protected", "color": "accent", "values": _floats(found.series, "protected")},
            {
                "label": "Benchmark leakage",
                "color": "ink",
                "pattern": "dotted",
                "values": _floats(found.series, "benchmark"),
            },
        ],
    }


def _floats(points: Any, name: str) -> list[float]:
    return [float(getattr(point, name)) for point in points]
