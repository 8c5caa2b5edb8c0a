"""The tables of the incidents' pages as they are exported; the same rows that the pages show."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from correlation.choices import IncidentState, RootCause
from correlation.incident_page import IncidentPage
from correlation.incident_records import IncidentRow
from correlation.models import Incident, IncidentEntry
from integrations.choices import EventType, Severity
from qa_observability.exports.documents import Column, Document, Kind, Table

_WARNINGS = (
    Column("Test case", width=40),
    Column("Test case id", width=26),
    Column("First failed", Kind.TIME),
    Column("Before the onset (s)", Kind.NUMBER),
)
_HISTORY = (
    Column("Written", Kind.TIME),
    Column("By", width=16),
    Column("What", width=16),
    Column("Root cause", width=16),
    Column("Text", width=60),
)
_CHART = (
    Column("From", Kind.TIME),
    Column("Events of the incident", Kind.NUMBER),
    Column("Lighter ones", Kind.NUMBER),
)


def incidents_document(shown: dict[str, Any], rows: Sequence[IncidentRow], *, now: datetime) -> Document:
    """Return the list of incidents, whose page's context is `shown`, with all of its rows."""
    filters = shown["filters"]
    names = {row.slug: row.name for row in shown["integrations"]}
    currency = next((row.cost.currency for row in rows if row.cost), "")
    columns = (
        Column("Began", Kind.TIME),
        Column("Last event", Kind.TIME),
        Column("Integration", width=14),
        Column("State", width=14),
        Column("Lasted (s)", Kind.NUMBER),
        Column("Worst", width=10),
        Column("Events", Kind.NUMBER),
        Column("Tests that warned", Kind.NUMBER),
        *([Column("Cost", Kind.MONEY, currency=currency)] if currency else []),
        Column("Acknowledged", Kind.TIME),
        Column("By", width=14),
        Column("Reason", width=34),
        Column("Root cause", width=16),
        Column("Explanation", width=40),
    )
    return Document(
        name="incidents",
        title="Incidents",
        period=shown["period"],
        filters=(
            ("Integration", names.get(filters.integration, filters.integration)),
            ("State", IncidentState(filters.state).label if filters.state else ""),
            ("Root cause", RootCause(filters.root_cause).label if filters.root_cause else ""),
        ),
        tables=(Table("incidents", "Incidents", columns, _incidents(rows, bool(currency)), "No incident matches."),),
        generated_at=now,
    )


def incident_document(page: IncidentPage, *, now: datetime) -> Document:
    """Return the page of one incident."""
    incident = page.incident
    facts = [
        ("Onset", f"{incident.onset_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("End", "going on" if _lasts(incident) else f"{incident.ended_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("State", incident.state.label),
        ("Root cause", incident.get_root_cause_display()),
        ("Cost of its events", page.cost.total_in_words if page.cost else ""),
    ]
    history = Table("history", "History", _HISTORY, map(_entry, page.entries), "Nobody has written anything yet.")
    return Document(
        name=f"incident-{incident.integration_id}-{incident.onset_at:%Y-%m-%d-%H%M}",
        title=f"Incident of {incident.integration.name}",
        facts=facts,
        tables=(*_tables(page), history),
        generated_at=now,
    )


def _tables(page: IncidentPage) -> Iterator[Table]:
    severities = tuple(Column(severity, Kind.NUMBER) for severity in page.severities)
    events = (
        Column("Type", width=24), *severities, Column("Events", Kind.NUMBER), Column("Affected bookings", Kind.NUMBER),
    )  # fmt: skip
    counts = ((row.label, *row.counts, row.events, row.affected_bookings) for row in page.types)
    yield Table("events", "Events", events, counts, "No event tells of it.")
    if page.chart:
        bars = ((bar.start, bar.own, bar.hum) for bar in page.chart.bars if bar.own or bar.hum)
        yield Table("chart", f"Events per {page.chart.step}", _CHART, bars)
    warned = (
        (row.warning.test_case.name, row.warning.test_case_id, row.warning.first_red_at, row.lead_seconds)
        for row in page.warnings
    )
    yield Table("warnings", "Tests that warned", _WARNINGS, warned, "No correlated test case failed around its onset.")
    if page.cost:
        cost = (
            Column("Type", width=24),
            Column("Events", Kind.NUMBER),
            Column("How it is calculated", width=48),
            Column("Loss", Kind.MONEY, currency=page.cost.currency),
        )
        lines = ((EventType(line.event_type).label, line.events, line.formula, line.loss) for line in page.cost.lines)
        yield Table("cost", "Cost", cost, lines)


def _incidents(rows: Sequence[IncidentRow], has_costs: bool) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        incident = row.incident
        worst = Severity(incident.worst_severity) if incident.worst_severity else Severity.CRITICAL
        yield (
            incident.onset_at, incident.ended_at, incident.integration.name, incident.state.label,
            round(incident.length.total_seconds()), worst.label, incident.events, row.tests,
            *([row.cost.total if row.cost else None] if has_costs else []),
            incident.acknowledged_at, _name(incident, "acknowledged_by", incident.acknowledged_at),
            incident.acknowledged_because, incident.get_root_cause_display(), incident.root_cause_text,
        )  # fmt: skip


def _entry(entry: IncidentEntry) -> tuple[Any, ...]:
    by = "the engine" if entry.kind == "engine" else _name(entry, "author", entry.written_at)
    return entry.written_at, by, entry.get_kind_display(), entry.get_root_cause_display(), entry.text


def _name(row: Any, field: str, is_there: Any) -> str | None:
    user = getattr(row, field)
    return user.get_username() if user else "a former user" if is_there else None


def _lasts(incident: Incident) -> bool:
    return incident.state in {IncidentState.OPEN, IncidentState.ACKNOWLEDGED}
