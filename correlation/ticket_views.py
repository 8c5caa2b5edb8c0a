"""Tickets of an incident or an event: the panel, what people do with it, and the form of a new one."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from correlation.choices import TicketSource
from correlation.jira import JiraError
from correlation.jira_texts import SUMMARY_MAX
from correlation.ticket_creation import DESCRIPTION_MAX, Created, Draft, create_ticket, draft_for, related_tickets
from correlation.ticket_panel import panel_context
from correlation.tickets import KINDS, Subject, TicketError, find_subject, link_ticket, refresh_subject, unlink_ticket
from qa_observability.htmx import wants_partial
from qa_observability.pages import may

VIEW = "correlation.view_ticketlink"
CREATE = "correlation.create_ticket"
QUERY_MAX = 100


class TicketForm(forms.Form):
    project = forms.CharField(max_length=20, help_text="Key of the Jira project, such as PMS.")
    issue_type = forms.CharField(label="Type", max_length=60)
    summary = forms.CharField(max_length=SUMMARY_MAX)
    description = forms.CharField(max_length=DESCRIPTION_MAX, required=False, widget=forms.Textarea(attrs={"rows": 10}))

    def draft(self) -> Draft:
        given = self.cleaned_data
        return Draft(**{**given, "project": given["project"].strip().upper()})


@require_GET
@may(VIEW)
def panel(request: HttpRequest, kind: str, pk: UUID) -> HttpResponse:
    """The tickets of a subject, and with `find` those in Jira that may be about the same."""
    subject = _subject(kind, pk)
    shown: dict[str, Any] = {}
    if "find" in request.GET:
        query = request.GET.get("q", "").replace("\x00", "")[:QUERY_MAX]
        shown = {"is_searched": True, "query": query}
        try:
            shown["related"] = related_tickets(subject, query)
        except JiraError as error:
            shown["problem"] = str(error)
    return _panel(request, subject, **shown)


@require_POST
@may(VIEW)
def change(request: HttpRequest, kind: str, pk: UUID) -> HttpResponse:
    """Link a ticket, take a link away, or ask Jira about those that are linked."""
    subject = _subject(kind, pk)
    try:
        return _panel(request, subject, notice=_do(request, subject))
    except (TicketError, JiraError) as error:
        return _panel(request, subject, problem=str(error), typed=request.POST.get("key", "")[:200])


@require_http_methods(["GET", "POST"])
@may(VIEW, CREATE)
def new(request: HttpRequest, kind: str, pk: UUID) -> HttpResponse:
    """The form of a new ticket, filled in; and its creation."""
    subject = _subject(kind, pk)
    draft = draft_for(subject)
    filled = {name: getattr(draft, name) for name in ("project", "issue_type", "summary", "description")}
    form = TicketForm(request.POST or None, initial=filled)
    created = _created(request, subject, form) if request.method == "POST" and form.is_valid() else None
    if created is None:
        return render(request, "tickets/new.html", {"form": form, "subject": subject, "next": _next(request, subject)})
    return _panel(request, subject, notice=_told(created), problem=created.problem)


def _do(request: HttpRequest, subject: Subject) -> str:
    if key := request.POST.get("unlink"):
        _require(request, "correlation.delete_ticketlink")
        return f"{key[:60]} is no longer linked." if unlink_ticket(subject, key[:60].replace("\x00", "")) else ""
    _require(request, "correlation.add_ticketlink")
    if "refresh" in request.POST:
        count = refresh_subject(subject, user=request.user, now=timezone.now())
        return f"Jira was asked about {count} ticket{'' if count == 1 else 's'}."
    found = request.POST.get("found")
    source = TicketSource.SEARCH if found else TicketSource.MANUAL
    ticket, is_new = link_ticket(subject, found or request.POST.get("key", ""), source=source, user=request.user)
    return f"{ticket.key} is linked." if is_new else f"{ticket.key} was linked already."


def _created(request: HttpRequest, subject: Subject, form: TicketForm) -> Created | None:
    try:
        return create_ticket(subject, form.draft(), user=request.user, now=timezone.now())
    except (TicketError, JiraError) as error:
        form.add_error(None, str(error))
        return None


def _told(created: Created) -> str:
    if created.is_new:
        return f"{created.ticket.key} was created and linked."
    return f"{created.ticket.key} was there already for this, and is linked now."


def _panel(request: HttpRequest, subject: Subject, **shown: Any) -> HttpResponse:
    context = panel_context(request, subject, next_address=_next(request, subject), **shown)
    if wants_partial(request):
        return render(request, "tickets/_tickets.html", context)
    if request.method == "POST" and not shown.get("problem"):
        messages.success(request, shown.get("notice") or "Nothing has changed.")
        return HttpResponseRedirect(context["next"])
    return render(request, "tickets/panel.html", context)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _subject(kind: str, pk: UUID) -> Subject:
    if kind not in KINDS:
        raise Http404
    try:
        return find_subject(kind, pk)
    except ObjectDoesNotExist:
        raise Http404(f"There is no {kind} {pk}.") from None


def _next(request: HttpRequest, subject: Subject) -> str:
    """Return the page that the panel stands on, for those who go on without JavaScript."""
    target = request.POST.get("next", "") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed else reverse("tickets:panel", args=[subject.kind, subject.row.pk])
