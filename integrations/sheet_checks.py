"""What a spreadsheet holds and what importing it would do, row by row. Reads the database, writes nothing."""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from integrations.inputs import EventInput, ObservationInput, event_errors, observation_errors
from integrations.models import ImportBatch, Integration, IntegrationEvent, IntegrationHealth
from integrations.models.imports import ImportKind, RateUnit
from integrations.rules import status_of
from integrations.services import thresholds
from integrations.sheets.columns import EVENTS, OBSERVATIONS
from integrations.sheets.parsing import COLUMN_OF_FIELD, CellError, Reader, RowError
from integrations.sheets.reading import SheetError, read_rows

CHUNK = 500
ROWS_MAX = 200_000
SHOWN_ERRORS = 200
SHOWN_ROWS = 20
OBSERVED = (
    "status", "error_rate", "booking_loss_rate", "pricing_sync_status", "fees_sync_status", "source",
)  # fmt: skip
Progress = Callable[[str, int], None]
COLUMNS = {ImportKind.OBSERVATIONS: OBSERVATIONS, ImportKind.EVENTS: EVENTS}


@dataclass(slots=True)
class Sheet:
    """A file as read: the good rows with their numbers, what is wrong with the others, and rows that repeat another."""

    rows: int = 0
    given: list[tuple[int, Any]] = field(default_factory=list)
    errors: list[tuple[int, CellError]] = field(default_factory=list)
    bad_rows: int = 0
    repeated: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Fates:
    """What importing would do: rows that are new, those that replace a stored one, and those that are there already."""

    new: list[tuple[int, Any]] = field(default_factory=list)
    replacing: list[tuple[int, Any, Any]] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)


def read_sheet(batch: ImportBatch, *, now: datetime, progress: Progress = lambda step, rows: None) -> Sheet:
    """Read and check every row of the file.

    Raises
    ------
    SheetError : the file cannot be read, or has more than 200,000 rows.
    """
    kind = ImportKind(batch.kind)
    reader = Reader(_integrations(), None if batch.rates == RateUnit.TELL else batch.rates)
    read = reader.observation if kind == ImportKind.OBSERVATIONS else reader.event
    limits = thresholds()
    sheet = Sheet()
    seen: dict[Any, tuple[int, Any]] = {}
    for number, row in read_rows(io.BytesIO(bytes(batch.content or b"")), COLUMNS[kind]):
        sheet.rows += 1
        if sheet.rows > ROWS_MAX:
            raise SheetError(f"The file has more than {ROWS_MAX:,} rows. Split it.")
        if sheet.rows % 1000 == 0:
            progress("Reading", sheet.rows)
        try:
            given: Any = read(row)
        except RowError as error:
            _refuse(sheet, number, error.errors)
            continue
        if kind == ImportKind.OBSERVATIONS:
            given = with_status(given)
            found = observation_errors(given, now=now, thresholds=limits)
        else:
            found = event_errors(given, now=now)
        errors = [
            CellError(COLUMN_OF_FIELD.get(name, name), row.get(COLUMN_OF_FIELD.get(name, name), ""), message)
            for name, messages in found.items()
            for message in messages
        ]
        key = observation_key(given) if kind == ImportKind.OBSERVATIONS else event_key(given)
        earlier = seen.setdefault(key, (number, given))
        if errors:
            _refuse(sheet, number, errors)
        elif earlier[0] == number:
            sheet.given.append((number, given))
        elif earlier[1] == given or kind == ImportKind.EVENTS:
            sheet.repeated.append((number, earlier[0]))
        else:
            message = f"Row {earlier[0]} says something else of the same integration and time."
            _refuse(sheet, number, [CellError("last_checked", row.get("last_checked", ""), message)])
    return sheet


def _refuse(sheet: Sheet, number: int, errors: list[CellError]) -> None:
    sheet.bad_rows += 1
    sheet.errors += [(number, error) for error in errors]


def _integrations() -> dict[str, str]:
    known: dict[str, str] = {}
    for slug, name in Integration.objects.values_list("slug", "name"):
        known |= {name.lower(): slug}
    return known | {slug: slug for slug in Integration.objects.values_list("slug", flat=True)}


def with_status(given: ObservationInput) -> ObservationInput:
    """Return an observation as it would be stored: rates rounded, the status filled in where something is known."""
    rounded = given.rounded()
    derived = status_of(rounded.measurements, thresholds())
    known = rounded.status or (derived.value if derived != "unknown" else None)
    return replace(rounded, status=known)


def observation_key(row: Any) -> tuple[str, datetime]:
    return row.integration_id, row.last_checked


def event_key(row: Any) -> tuple[Any, ...]:
    """Return what makes an event the same as another: the sender's id, or else all that it says."""
    if row.external_id is not None:
        return row.integration_id, row.external_id
    return (
        row.integration_id,
        row.event_type,
        row.severity,
        row.occurred_at,
        row.message,
        json.dumps(row.metadata, sort_keys=True),
    )


def observation_fates(given: Sequence[tuple[int, ObservationInput]]) -> Fates:
    """Compare with what is stored: the same integration and time is replaced, or is there already."""
    fates = Fates()
    for chunk in _chunks(sorted(given, key=lambda pair: pair[1].last_checked)):
        moments = {row.last_checked for _, row in chunk}
        stored = {
            observation_key(row): row
            for row in IntegrationHealth.objects.filter(
                last_checked__in=moments, integration_id__in={row.integration_id for _, row in chunk}
            )
        }
        for number, row in chunk:
            before = stored.get(observation_key(row))
            if before is None:
                fates.new.append((number, row))
            elif all(getattr(before, name) == getattr(row, name) for name in OBSERVED):
                fates.unchanged.append(number)
            else:
                fates.replacing.append((number, row, before))
    return fates


def event_fates(given: Sequence[tuple[int, EventInput]]) -> Fates:
    """Compare with what is stored: an event with a known id, or that says the same as another, is there already."""
    fates = Fates()
    for chunk in _chunks(sorted(given, key=lambda pair: pair[1].occurred_at)):
        rows = [row for _, row in chunk]
        of_these = IntegrationEvent.objects.filter(integration_id__in={row.integration_id for row in rows})
        ids = {row.external_id for row in rows if row.external_id is not None}
        moments = {row.occurred_at for row in rows if row.external_id is None}
        known = {event_key(row) for row in of_these.filter(external_id__in=ids)} if ids else set()
        # An event that came in with an id is told apart by its content where the file does not give the id.
        for row in of_these.filter(occurred_at__in=moments) if moments else []:
            row.external_id = None
            known.add(event_key(row))
        for number, given_row in chunk:
            if event_key(given_row) in known:
                fates.unchanged.append(number)
            else:
                fates.new.append((number, given_row))
    return fates


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


def report_of(sheet: Sheet, fates: Fates) -> dict[str, Any]:
    """Return the preview: the first errors, repeated rows and examples, as JSON can hold them."""
    return {
        "errors": [
            {"row": number, "column": error.column, "value": error.value, "message": error.message}
            for number, error in sheet.errors[:SHOWN_ERRORS]
        ],
        "more_errors": max(0, len(sheet.errors) - SHOWN_ERRORS),
        "repeated": [{"row": number, "of": first} for number, first in sheet.repeated[:SHOWN_ROWS]],
        "repeated_rows": len(sheet.repeated),
        "unchanged": sorted(fates.unchanged)[:SHOWN_ROWS],
        "replacing": [
            {"row": number, "label": str(before), "sides": _sides(before, row)}
            for number, row, before in fates.replacing[:SHOWN_ROWS]
        ],
        "samples": [{"row": number, "text": _in_words(row)} for number, row in _first(fates.new)],
    }


def _first(rows: Iterable[tuple[int, Any]]) -> list[tuple[int, Any]]:
    return sorted(rows, key=lambda pair: pair[0])[:5]


def _sides(before: Any, after: Any) -> list[dict[str, str]]:
    sides = [(name, getattr(before, name), getattr(after, name)) for name in OBSERVED]
    return [
        {"name": COLUMN_OF_FIELD.get(name, name), "old": _shown(old), "new": _shown(new)}
        for name, old, new in sides
        if old != new
    ]


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)


def _in_words(row: Any) -> str:
    if isinstance(row, ObservationInput):
        return f"{row.integration_id} {row.status} at {row.last_checked:%Y-%m-%d %H:%M} UTC"
    return f"{row.integration_id} {row.event_type} at {row.occurred_at:%Y-%m-%d %H:%M} UTC: {row.message[:80]}"
