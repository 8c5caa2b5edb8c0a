"""Test cases and incidents by words."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from correlation.choices import RootCause
from correlation.models import Incident, IncidentEntry, TestCase
from qa_observability.periods import start_of_day


def find_test_cases(words: Sequence[str], *, limit: int) -> list[TestCase]:
    """Return test cases with every word in their name, suite or id. One query."""
    found = TestCase.objects.all()
    for word in words:
        found = found.matching(word)
    return list(found[:limit])


def find_incidents(words: Sequence[str], *, limit: int) -> list[Incident]:
    """Return incidents of active integrations that every word has to do with, newest first. One query.

    A word may be a part of the name of the integration, of what is written about the incident, of its root cause, its
    id, or the UTC day of its onset, such as 2026-03-18.
    """
    found = Incident.objects.filter(integration__is_active=True)
    for word in words:
        written = IncidentEntry.objects.filter(incident=OuterRef("pk"), text__icontains=word)
        causes = [cause for cause in RootCause if word.casefold() in cause.label.casefold()]
        found = found.filter(
            Q(integration__name__icontains=word)
            | Q(integration__slug__icontains=word)
            | Q(root_cause__in=causes)
            | Exists(written)
            | _named(word)
        )
    return list(found.select_related("integration").order_by("-onset_at", "integration")[:limit])


def _named(word: str) -> Q:
    """Match the incident of this id, or those that began on this day; none where it is neither."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
            start = start_of_day(date.fromisoformat(word))
            return Q(onset_at__gte=start, onset_at__lt=start + timedelta(days=1))
        if re.fullmatch(r"[0-9a-fA-F-]{36}", word):
            return Q(pk=UUID(word))
    except (ValueError, OverflowError):  # a 31st of February, the last day that there is
        pass
    return Q(pk__in=[])
