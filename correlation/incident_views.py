"""Pages of the incidents: the list, one incident, and what people write about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from correlation import annotations, insights
from correlation.choices import IncidentState, RootCause
from correlation.incident_documents import incident_document, incidents_document
from correlation.incident_forms import AcknowledgeForm, NoteForm, RootCauseForm
from correlation.incident_page import incident_page, read_incident
from correlation.incident_records import DEFAULT_SORT, SORTS, IncidentFilters, incidents
from correlation.models import Incident
from integrations.models import Integration
from qa_observability.exports.responses import export_response, wants_export
from qa_observability.htmx import render_page_or_partial
from qa_observability.pages import PERIOD_LABELS, may, page_number, period_for_page, period_links
from qa_observability.spoken import storable

VIEW = "correlation.view_incident"
PER_PAGE = 50


@require_GET
@may(VIEW)
def incident_list(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    period = period_for_page(request, now=now)
    filters, sort = _filters(request), _sort(request)
    with_costs = request.user.has_perm("revenue.view_impact")
    rows = incidents(period, filters, now=now, with_costs=with_costs, sort=sort)
    last_page = max(1, -(-len(rows) // PER_PAGE))
    page = min(page_number(request), last_page)
    context: dict[str, Any] = {
        "rows": rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        "total": len(rows),
        "page": page,
        "last_page": last_page,
        "has_costs": any(row.cost for row in rows),
        "filters": filters,
        "sort": sort,
        "sorts": _sort_links(request, sort),
        "states": IncidentState.choices,
        "causes": RootCause.choices,
        "integrations": list(Integration.objects.active()),
        "period": period,
        "period_label": PERIOD_LABELS[period.name],
        "periods": period_links(request, period),
        "computed_at": insights.computed_at(),
    }
    if wants_export(request):
        return export_response(request, incidents_document(context, rows, now=now))
    return render_page_or_partial(request, "incidents/list.html", "incidents/_list.html", context)


@require_GET
@may(VIEW)
def incident_detail(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One incident; the address of one that became a part of another leads there."""
    found = annotations.current_id(pk)
    if found is None:
        raise Http404("There is no such incident.")
    if found != pk:
        return redirect("incidents:detail", found)
    return _show(request, pk)


@may("correlation.acknowledge_incident")
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    def write(cleaned: dict[str, Any]) -> None:
        annotations.acknowledge(pk, user=request.user, reason=cleaned["reason"], now=timezone.now())

    return _write(request, pk, AcknowledgeForm(request.POST, prefix="ack"), write, "Acknowledged.")


@may("correlation.annotate_incident")
def add_note(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    def write(cleaned: dict[str, Any]) -> None:
        annotations.add_note(pk, user=request.user, text=cleaned["text"], now=timezone.now())

    return _write(request, pk, NoteForm(request.POST, prefix="note"), write, "The note is kept.")


@may("correlation.annotate_incident")
def set_root_cause(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    def write(cleaned: dict[str, Any]) -> None:
        annotations.set_root_cause(
            pk, user=request.user, root_cause=cleaned["root_cause"], text=cleaned["text"], now=timezone.now()
        )

    return _write(request, pk, RootCauseForm(request.POST, prefix="cause"), write, "The root cause is kept.")


def _write(
    request: HttpRequest, pk: UUID, form: forms.Form, write: Callable[[dict[str, Any]], None], done: str
) -> HttpResponseBase:
    """Write what a form holds, or show the page again with what is wrong with it; its links lead on to the page."""
    if request.method != "POST":
        query = request.GET.urlencode()
        return redirect(f"{reverse('incidents:detail', args=[pk])}{'?' if query else ''}{query}")
    if form.is_valid():
        try:
            write(form.cleaned_data)
        except annotations.UnknownIncidentError:
            raise Http404("There is no such incident.") from None
        except annotations.AnnotationError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, done)
            return redirect("incidents:detail", annotations.current_id(pk) or pk)
    found = annotations.current_id(pk)
    if found is None:
        raise Http404("There is no such incident.")
    return _show(request, found, refused=form)


def _show(request: HttpRequest, pk: UUID, *, refused: forms.Form | None = None) -> HttpResponseBase:
    now = timezone.now()
    incident = read_incident(pk, now=now)
    if incident is None:
        raise Http404("There is no such incident.")
    may_see = request.user.has_perm
    shown = incident_page(
        incident,
        with_costs=may_see("revenue.view_impact"),
        with_events=may_see("integrations.view_integrationevent"),
    )
    if wants_export(request):
        return export_response(request, incident_document(shown, now=now))
    context = {
        "shown": shown,
        "incident": incident,
        "now": now,
        "live_url": reverse("incidents:detail", args=[pk]),
        "computed_at": insights.computed_at(),
        "forms": _forms(request, incident, refused),
    }
    return render_page_or_partial(request, "incidents/detail.html", "incidents/_detail.html", context)


def _forms(request: HttpRequest, incident: Incident, refused: forms.Form | None) -> list[dict[str, Any]]:
    """Return the forms that this person may send: `{form, url, title, button}`."""
    cause = {"root_cause": incident.root_cause or RootCause.UNKNOWN, "text": incident.root_cause_text}
    choices: list[tuple[str, forms.Form, str, str, str]] = [
        ("acknowledge_incident", AcknowledgeForm(prefix="ack"), "acknowledge", "Acknowledge", "Acknowledge"),
        ("annotate_incident", NoteForm(prefix="note"), "note", "Add a note", "Add note"),
        ("annotate_incident", RootCauseForm(prefix="cause", initial=cause), "root-cause", "Root cause", "Save"),
    ]
    return [
        {
            "form": refused if refused is not None and isinstance(refused, type(form)) else form,
            "url": reverse(f"incidents:{name}", args=[incident.pk]),
            "name": name,
            "title": title,
            "button": button,
        }
        for permission, form, name, title, button in choices
        if request.user.has_perm(f"correlation.{permission}")
    ]


def _filters(request: HttpRequest) -> IncidentFilters:
    """Return the filters in the address; what is no known value filters nothing."""
    state, cause = request.GET.get("state", ""), request.GET.get("rootCause", "")
    return IncidentFilters(
        integration=storable(request.GET.get("integration", ""), most=50),
        state=state if state in IncidentState.values else "",
        root_cause=cause if cause in RootCause.values else "",
    )


def _sort(request: HttpRequest) -> str:
    sort = request.GET.get("sort", DEFAULT_SORT)
    return sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT


def _sort_links(request: HttpRequest, current: str) -> dict[str, dict[str, str]]:
    """Return `{label, query, direction}` of every column that sorts; most are of interest from the top."""
    links = {}
    for name, (label, _) in SORTS.items():
        query = request.GET.copy()
        descending = current != f"-{name}" and (current == name or name != "integration")
        query["sort"] = f"-{name}" if descending else name
        query.pop("page", None)
        direction = "ascending" if current == name else "descending" if current == f"-{name}" else ""
        links[name] = {"label": label, "query": query.urlencode(), "direction": direction}
    return links
