"""What the panel of tickets shows, on whichever page it stands."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from correlation.jira import what_is_missing
from correlation.jira_texts import Issue
from correlation.tickets import Subject, tickets_of


def panel_context(
    request: HttpRequest,
    subject: Subject,
    *,
    next_address: str,
    notice: str = "",
    problem: str = "",
    typed: str = "",
    is_searched: bool = False,
    query: str = "",
    related: Sequence[Issue] = (),
) -> dict[str, Any]:
    """Return the context of `tickets/_tickets.html`.

    Parameters
    ----------
    next_address : of the page that the panel stands on.
    notice, problem : what came of what somebody has just done.
    typed : what could not be linked, to be mended.
    is_searched, query, related : a search in Jira, its words, and what it found.
    """
    user = request.user
    address = [subject.kind, subject.row.pk]
    return {
        "request": request,
        "subject": subject,
        "tickets": tickets_of(subject),
        "may_link": user.has_perm("correlation.add_ticketlink"),
        "may_unlink": user.has_perm("correlation.delete_ticketlink"),
        "may_create": user.has_perm("correlation.create_ticket"),
        "jira_is_on": not what_is_missing(),
        "panel_address": reverse("tickets:panel", args=address),
        "change_address": reverse("tickets:change", args=address),
        "new_address": reverse("tickets:new", args=address),
        "next": next_address,
        "notice": notice,
        "problem": problem,
        "typed": typed,
        "is_searched": is_searched,
        "query": query,
        "related": related,
    }
