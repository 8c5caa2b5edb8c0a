"""Integrations and events by words, bounded so that a search stays quick however many events there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from integrations.models import Integration, IntegrationEvent


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """Events that hold all words, newest first; `since` is how far back was searched, None for all of them."""

    events: list[IntegrationEvent]
    since: datetime | None


def find_integrations(words: Sequence[str], *, limit: int) -> list[Integration]:
    """Return active integrations with every word in their name or id. One query."""
    found = Integration.objects.active()
    for word in words:
        found = found.filter(Q(name__icontains=word) | Q(slug__icontains=word))
    return list(found[:limit])


def find_events(words: Sequence[str], *, limit: int, among: int) -> FoundEvents:
    """Return events of active integrations with every word in their message, or with the one word as their sender's id.

    Parameters
    ----------
    among : how many of the newest events are searched, besides the rest of the oldest one's moment.

    Notes
    -----
    Two queries, both along the index of the newest events: without the bound, a word that is nowhere would have every
    message read. The newest matches are at hand as soon as `limit` of them are found.
    """
    newest = IntegrationEvent.objects.order_by("-occurred_at")
    since = newest.values_list("occurred_at", flat=True)[among : among + 1].first()
    told = Q()
    for word in words:
        told &= Q(message__icontains=word)
    if len(words) == 1:
        told |= Q(external_id=words[0])
    found = IntegrationEvent.objects.filter(told, integration__is_active=True)
    if since is not None:
        found = found.filter(occurred_at__gt=since)
    return FoundEvents(list(found.select_related("integration").newest_first()[:limit]), since)
