"""One search over integrations, test cases, incidents and events: what this person may see, in few bounded queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from correlation.models import Incident, TestCase
from correlation.searching import find_incidents, find_test_cases
from integrations.models import Integration, IntegrationEvent
from integrations.searching import find_events, find_integrations
from qa_observability import features
from qa_observability.periods import PERIOD_DAYS, parse_period

SHORTEST, LONGEST, MOST_WORDS = 2, 100, 5
ON_THE_PAGE, WHILE_TYPING = 20, 4
EVENTS_ON_THE_PAGE, EVENTS_WHILE_TYPING = 50_000, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something that was found; `severity` of an event, `at` its moment."""

    url: str
    title: str
    detail: str = ""
    at: datetime | None = None
    severity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The hits of one kind; `has_more` where there are others beyond them, `since` how far back was searched."""

    name: str
    title: str
    hits: list[Hit]
    has_more: bool = False
    since: datetime | None = None

    @property
    def count(self) -> str:
        return f"{len(self.hits)}{'+' if self.has_more else ''}"

    @property
    def in_words(self) -> str:
        return f"{self.count} {self.title.lower() if self.count != '1' else self.title.lower().removesuffix('s')}"


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed: its words, and how much is asked for."""

    text: str
    limit: int
    events: int
    now: datetime

    @property
    def words(self) -> list[str]:
        return self.text.split()[:MOST_WORDS]

    @property
    def is_long_enough(self) -> bool:
        return len(self.text) >= SHORTEST


def typed(text: str, *, now: datetime, while_typing: bool = False) -> Query:
    """Return the query of a text from an address; what no database can hold is left out."""
    cleaned = " ".join(text.replace("\x00", " ").split())[:LONGEST].strip()
    if while_typing:
        return Query(cleaned, WHILE_TYPING, EVENTS_WHILE_TYPING, now)
    return Query(cleaned, ON_THE_PAGE, EVENTS_ON_THE_PAGE, now)


def kinds_for(user: Any) -> list[Callable[[Query], Group]]:
    """Return the searches that are switched on and that this person may make, in the order they are shown."""
    return [find for find, feature, permissions in _KINDS if features.is_on(feature) and user.has_perms([*permissions])]


def search(user: Any, query: Query) -> list[Group]:
    """Return a group for each kind that this person may search, also those without a hit."""
    return [find(query) for find in kinds_for(user)]


def _integrations(query: Query) -> Group:
    found = find_integrations(query.words, limit=query.limit + 1)
    return _group("integrations", "Integrations", found, query, _integration)


def _test_cases(query: Query) -> Group:
    found = find_test_cases(query.words, limit=query.limit + 1)
    return _group("test-cases", "Test cases", found, query, _test_case)


def _incidents(query: Query) -> Group:
    found = find_incidents(query.words, limit=query.limit + 1)
    return _group("incidents", "Incidents", found, query, _incident)


def _events(query: Query) -> Group:
    found = find_events(query.words, limit=query.limit + 1, among=query.events)
    return _group("events", "Events", found.events, query, lambda row: _event(row, query), since=found.since)


def _group(
    name: str, title: str, rows: Sequence[Any], query: Query, show: Callable[[Any], Hit], since: datetime | None = None
) -> Group:
    hits = [show(row) for row in rows[: query.limit]]
    return Group(name=name, title=title, hits=hits, has_more=len(rows) > query.limit, since=since)


def _integration(row: Integration) -> Hit:
    return Hit(url=reverse("integrations:detail", args=[row.slug]), title=row.name, detail=row.slug)


def _test_case(row: TestCase) -> Hit:
    return Hit(url=reverse("correlation:test-case", args=[row.pk]), title=row.name, detail=row.suite)


def _incident(row: Incident) -> Hit:
    detail = f"{row.events:,} event{'s' if row.events != 1 else ''}"
    if row.root_cause:
        detail += f" · {row.get_root_cause_display()}{': ' if row.root_cause_text else ''}{row.root_cause_text}"
    if row.acknowledged_because:
        detail += f" · {row.acknowledged_because}"
    url = reverse("incidents:detail", args=[row.pk])
    return Hit(url=url, title=f"Incident of {row.integration.name}", detail=detail, at=row.onset_at)


def _event(row: IntegrationEvent, query: Query) -> Hit:
    """Return an event, which is shown on its integration's page, in the shortest period that it lies in."""
    periods = (parse_period(name, query.now) for name in PERIOD_DAYS)
    period = next((period.name for period in periods if row.occurred_at >= period.start), "1y")
    # The table there looks for one text, which several words need not be.
    text = query.text if query.text.casefold() in row.message.casefold() else query.words[0]
    address = reverse("integrations:detail", args=[row.integration_id])
    return Hit(
        url=f"{address}?{urlencode({'period': period, 'q': text})}#events",
        title=row.message,
        detail=f"{row.integration.name} · {row.get_event_type_display()}",
        at=row.occurred_at,
        severity=row.severity,
    )


_KINDS: list[tuple[Callable[[Query], Group], str, tuple[str, ...]]] = [
    (_integrations, features.INTEGRATION_HEALTH, ("integrations.view_integrationhealth",)),
    (
        _test_cases,
        features.CORRELATION,
        ("correlation.view_testintegrationcorrelation", "correlation.view_testexecution"),
    ),
    (_incidents, features.CORRELATION, ("correlation.view_incident",)),
    (
        _events,
        features.INTEGRATION_HEALTH,
        ("integrations.view_integrationhealth", "integrations.view_integrationevent"),
    ),
]
