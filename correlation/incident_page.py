"""What the page of an incident shows, and the API with it: a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, IntegerField, Value, When
from django.db.models.functions import Floor

from correlation.incident_chart import Chart, frame_around, lay_out
from correlation.incident_events import severities_of
from correlation.incident_records import near
from correlation.incident_sums import from_json
from correlation.models import Incident, IncidentEntry, IncidentWarning
from correlation.stakes import costs_of
from integrations.choices import EventType, Severity
from integrations.models import IntegrationEvent
from qa_observability.expressions import Epoch
from revenue.services import EventsCost

_SEVERITIES = [severity.value for severity in Severity]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsOfType:
    """Events of one type, by severity from the worst to the lightest, and what they cost."""

    event_type: str
    label: str
    counts: list[int]
    events: int
    affected_bookings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A test case that failed around the incident; `lead_seconds` is negative where it failed after the onset."""

    warning: IncidentWarning
    lead_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    incident: Incident
    types: list[EventsOfType]
    severities: list[str]
    warnings: list[Warned]
    entries: list[IncidentEntry]
    cost: EventsCost | None
    chart: Chart | None
    before: Incident | None
    after: Incident | None

    @property
    def total(self) -> list[int]:
        return [sum(column) for column in zip(*(row.counts for row in self.types), strict=True)]

    @property
    def bookings(self) -> int:
        return sum(row.affected_bookings for row in self.types)


def read_incident(pk: Any, *, now: datetime) -> Incident | None:
    """Return an incident with what it needs to tell its state; None for an unknown one. One query."""
    rows = Incident.objects.with_recovery(now=now).select_related("integration", "acknowledged_by")
    return rows.filter(pk=pk).first()


def warnings_of(incident: Incident) -> list[Warned]:
    """Return the test cases that warned of an incident, the earliest first. One query."""
    rows = IncidentWarning.objects.filter(incident=incident).select_related("test_case").order_by("first_red_at")
    return [
        Warned(warning=row, lead_seconds=round((incident.onset_at - row.first_red_at).total_seconds())) for row in rows
    ]


def entries_of(incident: Incident) -> list[IncidentEntry]:
    """Return the history of an incident, the oldest entry first. One query."""
    return list(IncidentEntry.objects.filter(incident=incident).select_related("author"))


def types_of(incident: Incident) -> list[EventsOfType]:
    """Return the events of an incident by type, as its sums tell; none where an observation is all there is."""
    return [
        EventsOfType(
            event_type=kind,
            label=EventType(kind).label,
            counts=[row.severities.get(severity, 0) for severity in _shown_severities(incident)],
            events=row.events,
            affected_bookings=row.affected_bookings,
        )
        for kind, row in from_json(incident.sums).items()
    ]


def incident_page(incident: Incident, *, with_costs: bool, with_events: bool) -> IncidentPage:
    """Return everything about an incident; money and the chart of events for those who may see them."""
    costs = costs_of([incident]) if with_costs and incident.events else None
    before, after = near(incident)
    return IncidentPage(
        incident=incident,
        types=types_of(incident),
        severities=[Severity(severity).label for severity in _shown_severities(incident)],
        warnings=warnings_of(incident),
        entries=entries_of(incident),
        cost=costs[0] if costs else None,
        chart=_chart(incident) if with_events else None,
        before=before,
        after=after,
    )


def _shown_severities(incident: Incident) -> Sequence[str]:
    return severities_of(incident)[::-1]


def _chart(incident: Incident) -> Chart | None:
    """Return the drawing of the events around an incident; None where none are kept. One query."""
    frame = frame_around(incident.onset_at, incident.ended_at)
    events = IntegrationEvent.objects.filter(
        integration=incident.integration_id, occurred_at__gte=frame.start, occurred_at__lt=frame.end
    )
    is_own = Case(
        When(severity__in=severities_of(incident), then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    start, width = frame.start.timestamp(), frame.step / timedelta(seconds=1)
    grouped = (
        events.order_by()
        .annotate(bar=Floor((Epoch("occurred_at") - start) / width), is_own=is_own)
        .values_list("bar", "is_own")
        .annotate(count=Count("pk"))
    )
    counts: dict[bool, dict[int, int]] = {True: {}, False: {}}
    for bar, own, count in grouped:
        at = min(max(int(bar), 0), frame.count - 1)
        counts[bool(own)][at] = counts[bool(own)].get(at, 0) + count
    if not counts[True] and not counts[False]:
        return None
    return lay_out(frame, incident.onset_at, incident.ended_at, own=counts[True], hum=counts[False])
