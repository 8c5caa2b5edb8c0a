"""The tables of the alerts' page as they are exported; the same rows that the page shows."""

from collections.abc import Iterator
from typing import Any

from correlation.choices import AlertSeverity, AlertType
from correlation.models import Alert, AlertMute
from correlation.models.alerts import AlertQuerySet
from qa_observability.exports.documents import Column, Document, Kind, Table

CHUNK = 2000
_ALERTS = (
    Column("Raised", Kind.TIME),
    Column("Severity", width=10),
    Column("About", width=18),
    Column("Integration", width=14),
    Column("Test case", width=26),
    Column("Title", width=34),
    Column("Message", width=44),
    Column("Recommendation", width=34),
    Column("Failures", Kind.NUMBER, width=9),
    Column("Messages sent", width=16),
    Column("Dismissed", Kind.TIME),
    Column("Dismissed by", width=14),
)
_MUTES = (
    Column("Integration", width=16),
    Column("Test case", width=34),
    Column("Until", Kind.TIME),
    Column("By", width=16),
    Column("Why", width=40),
)


def alerts_document(shown: dict[str, Any], rows: AlertQuerySet) -> Document:
    """Return the page of the alerts, whose context is `shown`, with all pages of its rows."""
    filters = shown["filters"]
    width = len(_ALERTS) - (2 if filters["state"] == "open" else 0)  # who dismissed it, where somebody did
    names = {row.slug: row.name for row in shown["integrations"]}
    return Document(
        name=f"{filters['state']}-alerts",
        title=f"{filters['state'].capitalize()} alerts",
        filters=(
            ("Integration", names.get(filters["integration"], filters["integration"])),
            ("About", AlertType(filters["type"]).label if filters["type"] else ""),
            ("Severity", AlertSeverity(filters["severity"]).label if filters["severity"] else ""),
        ),
        tables=(
            Table("alerts", "Alerts", _ALERTS[:width], (row[:width] for row in _alerts(rows)), "No alert matches."),
            Table("mutes", "Muted", _MUTES, map(_mute, shown["mutes"]), "Nothing is muted."),
        ),
        generated_at=shown["now"],
    )


def _alerts(rows: AlertQuerySet) -> Iterator[tuple[Any, ...]]:
    for row in rows.newest_first().iterator(chunk_size=CHUNK):
        sent = "; ".join(f"{message.scheme}: {message.get_state_display().lower()}" for message in row.deliveries.all())
        yield (
            row.created_at, row.get_severity_display(), row.get_alert_type_display(), row.integration.name,
            row.test_case.name if row.test_case else None, row.title, row.message, row.recommendation, row.failures,
            sent, row.dismissed_at, _dismissed_by(row),
        )  # fmt: skip


def _dismissed_by(row: Alert) -> str | None:
    if row.dismissed_at is None:
        return None
    return row.dismissed_by.get_username() if row.dismissed_by else "a former user"


def _mute(mute: AlertMute) -> tuple[Any, ...]:
    about = mute.test_case.name if mute.test_case else "All of it" if mute.integration else "Any"
    return (
        mute.integration.name if mute.integration else "Any",
        about,
        mute.until,
        mute.created_by.get_username() if mute.created_by else None,
        mute.reason,
    )
