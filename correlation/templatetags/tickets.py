"""Tickets on other pages."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.urls import reverse

from correlation.ticket_panel import panel_context
from correlation.tickets import Shown, Subject, tickets_of_events
from qa_observability import features

register = template.Library()
VIEW = "correlation.view_ticketlink"


@register.inclusion_tag("tickets/_tickets.html", takes_context=True)
def tickets_panel(context: Any, kind: str, row: Any) -> dict[str, Any]:
    """Show the tickets of an incident or an event, with what people may do with them; nothing to those who may not.

    `kind` is "incident" or "event"; `row` has its integration at hand.
    """
    request = context["request"]
    if not features.is_on(features.CORRELATION) or not request.user.has_perm(VIEW):
        return {"is_hidden": True}
    return panel_context(request, Subject(kind, row), next_address=request.get_full_path())


@register.simple_tag(takes_context=True)
def tickets_of_rows(context: Any, events: Sequence[Any]) -> dict[Any, list[Shown]]:
    """Return the tickets of each of these events by its id, in two queries; of none to those who may not see them."""
    if not features.is_on(features.CORRELATION) or not context["request"].user.has_perm(VIEW):
        return {}
    return tickets_of_events(list(events))


@register.inclusion_tag("tickets/_keys.html", takes_context=True)
def ticket_keys(context: Any, found: dict[Any, list[Shown]], pk: Any) -> dict[str, Any]:
    """Show the keys of one event's tickets, each with its status, and the way to them; `found`: see above."""
    tickets = found.get(pk, [])
    may_link = bool(found) and context["request"].user.has_perm("correlation.add_ticketlink")
    address = reverse("tickets:panel", args=["event", pk]) if tickets or may_link else ""
    return {"tickets": tickets, "address": address}


@register.simple_tag(takes_context=True)
def tickets_in_admin(context: Any, event: Any) -> dict[str, Any] | None:
    """Return what the admin shows of an event's tickets; None to those who may not see them."""
    request = context["request"]
    if not features.is_on(features.CORRELATION) or not request.user.has_perm(VIEW):
        return None
    return panel_context(request, Subject("event", event), next_address="")
