"""Pages of the correlation: the insights, one test case, one run of a pipeline."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from correlation import insights
from correlation.case_history import case_history, executions_of
from correlation.documents import insights_document, run_document, test_case_document
from correlation.lanes import timeline
from correlation.models import Alert, TestCase
from correlation.page_filters import insight_filters, sort_links, sorted_rows
from correlation.refreshes import start_refresh
from correlation.runs_shown import run_shown
from integrations.models import Integration
from qa_observability.exports.responses import export_response, wants_export
from qa_observability.htmx import render_page_or_partial
from qa_observability.pages import PERIOD_LABELS, may, period_for_page, period_links

VIEW = "correlation.view_testintegrationcorrelation"
PER_PAGE = 50
TOP_RECOMMENDATIONS = 5
PAIRS_IN_THE_TABLE = 200


@require_GET
@may(VIEW)
def insights_page(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    period = period_for_page(request, now=now)
    filters = insight_filters(request)
    found = insights.correlations(period, filters.of_rows)
    rows = sorted_rows(found, filters.sort)
    last_page = max(1, -(-len(rows) // PER_PAGE))
    page = min(filters.page, last_page)
    advice = insights.recommendations(found, period)
    drawn = timeline(found, period, now=now)
    context: dict[str, Any] = {
        "rows": rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        "total": len(rows),
        "correlated": sum(row.is_correlated for row in rows),
        "page": page,
        "last_page": last_page,
        "recommendations": advice[:TOP_RECOMMENDATIONS],
        "more_recommendations": advice[TOP_RECOMMENDATIONS:],
        "timeline": drawn,
        "pairs": drawn.rows[:PAIRS_IN_THE_TABLE],
        "filters": filters,
        "sorts": sort_links(request, filters.sort),
        "integrations": list(Integration.objects.active()),
        "period": period,
        "period_label": PERIOD_LABELS[period.name],
        "periods": period_links(request, period),
        "computed_at": insights.computed_at(),
        "under_way": insights.under_way(),
        "may_refresh": request.user.has_perm("correlation.refresh_correlations"),
        "may_upload": request.user.has_perm("correlation.add_testexecution"),
    }
    if wants_export(request):
        document = insights_document(context, rows=rows, recommendations=advice, pairs=drawn.rows, now=now)
        return export_response(request, document)
    return render_page_or_partial(request, "correlation/insights.html", "correlation/_insights.html", context)


@require_POST
@may("correlation.refresh_correlations")
def refresh(request: HttpRequest) -> HttpResponse:
    start_refresh(request.user)
    messages.success(request, "The correlations are being computed anew; this page shows them when they are done.")
    return redirect("correlation:insights")


@require_GET
@may(VIEW, "correlation.view_testexecution")
def test_case_page(request: HttpRequest, test_case_id: str) -> HttpResponseBase:
    now = timezone.now()
    period = period_for_page(request, now=now)
    case = get_object_or_404(TestCase, pk=_storable(test_case_id))
    rows = list(case.correlations.select_related("test_case", "integration").best_first())
    context: dict[str, Any] = {
        "case": case,
        "history": case_history(request, case, period),
        "rows": rows,
        "alerts": list(Alert.objects.open().filter(test_case=case).select_related("integration")),
        "period": period,
        "period_label": PERIOD_LABELS[period.name],
        "periods": period_links(request, period),
        "computed_at": insights.computed_at(),
    }
    if wants_export(request):
        executions = executions_of(case, period, status=context["history"].status)
        return export_response(request, test_case_document(context, executions, now=now))
    return render_page_or_partial(request, "correlation/test_case.html", "correlation/_test_case.html", context)


@require_GET
@may("correlation.view_testexecution")
def run_page(request: HttpRequest) -> HttpResponseBase:
    shown: Any = run_shown(_storable(request.GET.get("runId", "")))
    if shown is None:
        raise Http404("There is no such run.")
    if wants_export(request):
        return export_response(request, run_document(shown, now=timezone.now()))
    return render_page_or_partial(request, "correlation/run.html", "correlation/_run.html", {"run": shown})


def _storable(text: str) -> str:
    """Return an id that a database can be asked for; PostgreSQL refuses NUL, and no id holds it."""
    if "\x00" in text:
        raise Http404("There is no such id.")
    return text
