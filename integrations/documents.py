"""The tables of the integrations' pages as they are exported; the same rows that the pages show."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from integrations.choices import EventType, Severity, Source, SyncStatus
from integrations.event_timeline import Timeline
from integrations.models import IntegrationEvent
from integrations.overview import DayPoint, Snapshot
from integrations.timeline import IN_WORDS
from integrations.zoom import Zoom
from qa_observability.exports.documents import Column, Document, Kind, Table
from qa_observability.periods import Period

CHUNK = 2000
TREND_WORDS = {"up": "Rising", "down": "Falling", "neutral": "Steady"}
_INTEGRATIONS = (
    Column("Integration"),
    Column("Status", width=10),
    Column("Rate sync", width=10),
    Column("Fee sync", width=10),
    Column("Booking loss", Kind.RATE),
    Column("Error rate", Kind.RATE),
    Column("Trend", width=10),
    Column("Last checked", Kind.TIME),
    Column("Out of date", width=10),
)
_TIME, _INTEGRATION = Column("Time", Kind.TIME), Column("Integration", width=16)
_EVENT = (Column("Type", width=18), Column("Severity", width=10), Column("Message", width=52))
_EVENT_END = (Column("Source", width=15), Column("Details", width=40))
_DAYS = (
    Column("Day", Kind.DAY),
    Column("Worst status", width=14),
    Column("Mean error rate", Kind.RATE),
    Column("Mean booking loss", Kind.RATE),
    *(Column(IN_WORDS[kind], Kind.NUMBER, width=16) for kind in EventType),
    Column("Events", Kind.NUMBER),
)
_TREND = (
    ("Rate sync failures", Kind.NUMBER, 0),
    ("Fee sync failures", Kind.NUMBER, 0),
    ("Booking loss", Kind.RATE, 2),
    ("Error rate", Kind.RATE, 2),
)
_TRENDS = (
    Column("Day", Kind.DAY),
    *(Column(label, kind, places=places) for label, kind, places in _TREND),
    Column("Day before", Kind.DAY),
    *(Column(f"{label} before", kind, places=places) for label, kind, places in _TREND),
)
DAYS_NOTE = "The daily figures are those of the last 90 days, whatever the period and the filters."
_TYPES, _SEVERITIES, _SOURCES = dict(EventType.choices), dict(Severity.choices), dict(Source.choices)
NO_EVENTS = "No event in this selection."


def integrations_table(rows: Iterable[Snapshot]) -> Table:
    """Return integrations as they are now, in the order of the page."""
    return Table("integrations", "Integrations", _INTEGRATIONS, map(_integration, rows), "No integration is active.")


def _integration(row: Snapshot) -> tuple[Any, ...]:
    return (
        row.name,
        row.status.label,
        _sync(row.pricing_sync_status),
        _sync(row.fees_sync_status),
        row.booking_loss_rate,
        row.error_rate,
        TREND_WORDS[row.trend] if row.observation else None,
        row.last_checked,
        "Yes" if row.stale and row.last_checked else "Never checked" if row.last_checked is None else "No",
    )


def _sync(status: str | None) -> str | None:
    return str(SyncStatus(status).label) if status else None


def list_document(rows: Iterable[Snapshot], period: Period, *, now: datetime) -> Document:
    """Return the list of the integrations."""
    tables = (integrations_table(rows),)
    return Document(name="integrations", title="Integrations", tables=tables, generated_at=now, period=period)


def detail_document(shown: dict[str, Any], events: "QuerySet[IntegrationEvent]", *, now: datetime) -> Document:
    """Return the page of one integration, whose context is `shown`: its days, and its events on all their pages."""
    snapshot, filters = shown["snapshot"], shown["filters"]
    return Document(
        name=snapshot.integration_id,
        title=snapshot.name,
        facts=(
            ("Status", snapshot.status.label),
            ("Since", _moment(shown["since"])),
            ("Why", "; ".join(shown["reasons"])),
            ("Last checked", _moment(snapshot.last_checked)),
        ),
        period=shown["period"],
        filters=(
            ("Interval", _interval(shown["zoom"])),
            ("Type", EventType(filters["event_type"]).label if filters["event_type"] else ""),
            ("Severity", Severity(filters["severity"]).label if filters["severity"] else ""),
            ("Message contains", filters["q"]),
        ),
        tables=(
            Table("events", "Events", (_TIME, *_EVENT, *_EVENT_END), _events(events), NO_EVENTS),
            _timeline_table(shown["timeline"]),
            shown["days_table"],
            shown["trends_table"],
        ),
        generated_at=now,
    )


def _timeline_table(timeline: Timeline) -> Table:
    """Return the steps of the timeline that have events, as its "Show data" lists them."""
    columns = (
        Column("Day", Kind.DAY) if timeline.is_daily else Column("From", Kind.TIME),
        *(Column(lane.label, width=24) for lane in timeline.lanes),
        Column("Events", Kind.NUMBER),
    )
    cells = (
        (row.start.date() if timeline.is_daily else row.start, *(cell or None for cell in row.cells), row.total)
        for row in timeline.rows
    )
    return Table("timeline", "Events over time", columns, cells, NO_EVENTS)


def days_table(points: Sequence[DayPoint]) -> Table:
    """Return days, given oldest first, as a table that begins with the newest."""
    return Table("days", "Daily figures", _DAYS, [_day(point) for point in reversed(points)], note=DAYS_NOTE)


def trends_table(points: Sequence[DayPoint], before: Sequence[DayPoint]) -> Table:
    """Return days beside those of the period before, both given oldest first; the table begins with the newest."""
    pairs = zip(reversed(points), reversed(before), strict=True)
    return Table("trends", "Trends", _TRENDS, [_trend(day) + _trend(earlier) for day, earlier in pairs])


def _trend(point: DayPoint) -> tuple[Any, ...]:
    counts = point.event_counts
    rates = point.booking_loss_rate, point.error_rate
    return point.date, counts[EventType.PRICING_SYNC_ERROR], counts[EventType.FEE_SYNC_ERROR], *rates


def newest_events_table(events: Iterable[IntegrationEvent]) -> Table:
    """Return events of several integrations, in the order of the page."""
    cells = ((event.occurred_at, event.integration.name, *_words(event)) for event in events)
    return Table("events", "Newest events", (_TIME, _INTEGRATION, *_EVENT), cells, NO_EVENTS)


def _events(events: "QuerySet[IntegrationEvent]") -> Iterator[tuple[Any, ...]]:
    """Yield the events newest first, read in parts, so that any number of them fits in memory."""
    names = ("occurred_at", "event_type", "severity", "message", "source", "metadata")
    newest_first = events.order_by("-occurred_at", "-id").values_list(*names)
    for moment, kind, severity, message, source, metadata in newest_first.iterator(chunk_size=CHUNK):
        yield moment, _TYPES[kind], _SEVERITIES[severity], message, _SOURCES[source], _details(metadata)


def _words(event: IntegrationEvent) -> tuple[str, str, str]:
    return event.get_event_type_display(), event.get_severity_display(), event.message


def _details(metadata: dict[str, Any]) -> str:
    return "; ".join(f"{key}: {value}" for key, value in metadata.items())


def _day(point: DayPoint) -> tuple[Any, ...]:
    return (
        point.date,
        "No data" if point.status == "unknown" else point.status.label,
        point.error_rate,
        point.booking_loss_rate,
        *(point.event_counts[kind] for kind in EventType.values),
        point.events,
    )


def _interval(zoom: Zoom) -> str:
    return "" if zoom.is_whole else f"{_moment(zoom.interval.start)} to {_moment(zoom.interval.end)}"


def _moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else ""
