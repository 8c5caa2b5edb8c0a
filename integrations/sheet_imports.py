"""Spreadsheets of observations and events: checked, imported as a whole, undone as a whole.

A batch moves through its states by "update where the state is still X, exactly one row", so that two people, or a
person and a repeated job, never import or undo it twice.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.core.cache import cache
from django.db import transaction
from django.db.models import Min

from integrations.inputs import ObservationInput, RowsError
from integrations.models import ImportBatch, ImportedRow, Integration, IntegrationEvent, IntegrationHealth
from integrations.models.imports import ImportKind, ImportState
from integrations.services import delete_events, delete_observations, record_events, record_observations
from integrations.sheet_checks import (
    COLUMNS,
    OBSERVED,
    Fates,
    Sheet,
    event_fates,
    observation_fates,
    read_sheet,
    report_of,
)
from integrations.sheets.reading import SheetError
from integrations.sheets.writing import as_csv
from qa_observability import history

AT_ONCE_BYTES = 256 * 1024
AT_ONCE_ROWS = 2000
STUCK_AFTER = timedelta(minutes=30)
FORGOTTEN_AFTER = timedelta(days=1)
CHUNK = 2000
UNDER_WAY = (ImportState.UPLOADED, ImportState.IMPORTING, ImportState.UNDOING)
PENDING = (ImportState.UPLOADED, ImportState.REFUSED, ImportState.READY)


class ImportRefusedError(Exception):
    """A step that cannot be taken now; nothing has changed."""


def is_small(batch: ImportBatch) -> bool:
    """Return whether the next step is done while the person waits."""
    return batch.rows <= AT_ONCE_ROWS if batch.rows else len(batch.content or b"") <= AT_ONCE_BYTES


def move(batch: ImportBatch, *, before: Iterable[str], after: str, now: datetime, **fields: Any) -> None:
    """Move a batch to its next state.

    Raises
    ------
    ImportRefusedError : where somebody was faster.
    """
    rows = ImportBatch.objects.filter(pk=batch.pk, state__in=list(before))
    if rows.update(state=after, updated_at=now, **fields) != 1:
        raise ImportRefusedError("Somebody else has just gone on with this import. Look at it again.")
    batch.refresh_from_db()


def check(batch: ImportBatch, *, now: datetime) -> None:
    """Read the file and leave a preview: READY where every row is good, else REFUSED with the errors.

    From then on the rows are kept as CSV, which is read many times faster than XLSX.
    """
    kept = bytes(batch.content or b"")
    try:
        kept = batch.content = as_csv(kept, COLUMNS[ImportKind(batch.kind)])
        sheet = read_sheet(batch, now=now, progress=lambda step, rows: show_progress(batch, step, rows))
        fates = _fates(batch, sheet)
    except SheetError as error:
        move(batch, before=[ImportState.UPLOADED], after=ImportState.REFUSED, now=now, error=str(error), errors=1)
        return
    move(
        batch, before=[ImportState.UPLOADED], after=ImportState.REFUSED if sheet.bad_rows else ImportState.READY,
        now=now, rows=sheet.rows, created=len(fates.new), replaced=len(fates.replacing),
        unchanged=len(fates.unchanged) + len(sheet.repeated), errors=sheet.bad_rows, report=report_of(sheet, fates),
        content=None if sheet.bad_rows else kept, error="" if sheet.rows else "The file has no rows.",
    )  # fmt: skip


def run_import(batch: ImportBatch, *, now: datetime) -> int:
    """Store all rows of an IMPORTING batch, or none; return how many were written.

    The file is checked again, for the data may have changed since the preview. Killed at any line, it has stored
    nothing and can be run again.

    Raises
    ------
    ImportRefusedError : the rows cannot be stored any more; the batch is READY again, with the reason.
    """
    try:
        with transaction.atomic():
            sheet = read_sheet(batch, now=now, progress=lambda step, rows: show_progress(batch, step, rows))
            if sheet.bad_rows:
                raise ImportRefusedError(f"{sheet.bad_rows} rows have become invalid. Upload the file again.")
            # Taken before looking at what is stored, so that nobody changes it in between.
            Integration.objects.lock({row.integration_id for _, row in sheet.given})
            fates = _fates(batch, sheet)
            show_progress(batch, "Storing", len(sheet.given))
            store = _store_observations if batch.kind == ImportKind.OBSERVATIONS else _store_events
            store(batch, fates, now)
            move(
                batch, before=[ImportState.IMPORTING], after=ImportState.IMPORTED, now=now, imported_at=now,
                content=None, error="", created=len(fates.new), replaced=len(fates.replacing),
                unchanged=len(fates.unchanged) + len(sheet.repeated),
            )  # fmt: skip
            written = batch.created + batch.replaced
            history.record_fact(
                [batch], f"Imported {batch.rows:,} rows of {batch.file_name}: {batch.created:,} new, "
                f"{batch.replaced:,} replaced, {batch.unchanged:,} there already.",
            )  # fmt: skip
            return written
    except (ImportRefusedError, SheetError, RowsError) as error:
        rows = ImportBatch.objects.filter(pk=batch.pk, state=ImportState.IMPORTING)
        rows.update(state=ImportState.READY, updated_at=now, error=str(error))
        raise ImportRefusedError(str(error)) from error


def _fates(batch: ImportBatch, sheet: Sheet) -> Fates:
    return observation_fates(sheet.given) if batch.kind == ImportKind.OBSERVATIONS else event_fates(sheet.given)


def _store_observations(batch: ImportBatch, fates: Fates, now: datetime) -> None:
    rows = [row for _, row in fates.new] + [row for _, row, _ in fates.replacing]
    record_observations(rows, now=now, bulk=True)
    previous = {before.pk: _kept_values(before) for _, _, before in fates.replacing}
    written = [*previous, *_stored_keys([row for _, row in fates.new])]
    _link(batch, written, previous)


def _kept_values(row: IntegrationHealth) -> dict[str, Any]:
    return {**history.values_of(row), "updated_at": row.updated_at.isoformat()}


def _moment(values: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(values["updated_at"])


def _stored_keys(rows: list[ObservationInput]) -> list[UUID]:
    """Return the keys of the rows that were just stored under these integrations and moments."""
    wanted = {(row.integration_id, row.last_checked) for row in rows}
    moments = sorted({moment for _, moment in wanted})
    found = []
    for start in range(0, len(moments), CHUNK):
        stored = IntegrationHealth.objects.filter(last_checked__in=moments[start : start + CHUNK])
        for pk, slug, moment in stored.values_list("pk", "integration_id", "last_checked"):
            if (slug, moment) in wanted:
                found.append(pk)
    return found


def _store_events(batch: ImportBatch, fates: Fates, now: datetime) -> None:
    recorded = record_events([row for _, row in fates.new], now=now, bulk=True)
    _link(batch, list(recorded.ids), {})


def _link(batch: ImportBatch, written: list[UUID], previous: dict[UUID, dict[str, Any]]) -> None:
    links = (ImportedRow(batch=batch, row_id=pk, previous=previous.get(pk)) for pk in written)
    ImportedRow.objects.bulk_create(links, batch_size=CHUNK)


def undo(batch: ImportBatch, *, now: datetime) -> int:
    """Take back all rows of an UNDOING batch: new ones are deleted, replaced ones get their old values.

    Rows that somebody has changed, replaced or deleted since stay as they are. Returns how many rows were taken back.
    """
    with transaction.atomic():
        Integration.objects.lock(Integration.objects.values_list("slug", flat=True))
        links = {link.row_id: link.previous for link in batch.imported.order_by("id")}
        untouched = [pk for pk in _untouched(batch, list(links)) if pk in links]
        created = [pk for pk in untouched if links[pk] is None]
        previous = {pk: values for pk in untouched if (values := links[pk]) is not None}
        restored = [_input_of(values) for values in previous.values()]
        delete = delete_observations if batch.kind == ImportKind.OBSERVATIONS else delete_events
        for start in range(0, len(created), CHUNK):
            show_progress(batch, "Undoing", start)
            delete(created[start : start + CHUNK], now=now)
        record_observations(restored, now=now, bulk=True)
        # As old as before, so that the import that had written them can be undone as well.
        stamped = [IntegrationHealth(pk=pk, updated_at=_moment(values)) for pk, values in previous.items()]
        IntegrationHealth.objects.bulk_update(stamped, ["updated_at"], batch_size=CHUNK // 4)
        batch.imported.all().delete()
        kept = len(links) - len(untouched)
        move(batch, before=[ImportState.UNDOING], after=ImportState.UNDONE, now=now, undone_at=now)
        text = f"Undone: {len(created):,} rows removed, {len(restored):,} restored"
        history.record_fact([batch], text + (f", {kept:,} changed since and left alone." if kept else "."))
        batch.report = {"undone": {"removed": len(created), "restored": len(restored), "kept": kept}}
        batch.save(update_fields=["report"])
        return len(untouched)


def _untouched(batch: ImportBatch, pks: list[UUID]) -> list[UUID]:
    """Return those rows that still are as the import left them, in the order of their time."""
    kept: list[UUID] = []
    # The links were written right after the rows, under the same locks: whatever is younger came later.
    since = batch.imported.aggregate(stored=Min("created_at"))["stored"]
    for start in range(0, len(pks), CHUNK):
        part = pks[start : start + CHUNK]
        if batch.kind == ImportKind.OBSERVATIONS:
            rows = IntegrationHealth.objects.filter(pk__in=part, updated_at__lte=since).order_by("last_checked")
            kept += rows.values_list("pk", flat=True)
            continue
        edits = LogEntry.objects.filter(
            object_pk__in=[str(pk) for pk in part], action=LogEntry.Action.UPDATE, timestamp__gt=since
        ).values_list("object_pk", "additional_data")
        # Redaction takes something away; it is no reason to keep the rest.
        edited = {UUID(pk) for pk, facts in edits if "redaction" not in (facts or {})}
        events = IntegrationEvent.objects.filter(pk__in=part).order_by("occurred_at")
        kept += [pk for pk in events.values_list("pk", flat=True) if pk not in edited]
    return kept


def _input_of(values: dict[str, Any]) -> ObservationInput:
    """Return a replaced observation as the services take it."""
    names = ("integration_id", "last_checked", *OBSERVED)
    columns = {column.attname: column for column in IntegrationHealth._meta.concrete_fields}
    return ObservationInput(**{name: columns[name].to_python(values[name]) for name in names})


def discard(batch: ImportBatch, *, now: datetime) -> None:
    """Forget a file that is not to be imported."""
    move(batch, before=PENDING, after=ImportState.DISCARDED, now=now, content=None, report={})


def discard_forgotten(*, now: datetime) -> int:
    """Forget files that nobody has imported for a day; return how many."""
    old = ImportBatch.objects.filter(state__in=PENDING, updated_at__lt=now - FORGOTTEN_AFTER)
    return old.update(state=ImportState.DISCARDED, content=None, report={}, updated_at=now)


def is_stuck(batch: ImportBatch, *, now: datetime) -> bool:
    """Return whether a step should have ended long ago, so that it may be started again."""
    return batch.state in UNDER_WAY and batch.updated_at < now - STUCK_AFTER


STEPS: dict[str, Callable[..., Any]] = {
    ImportState.UPLOADED: check,
    ImportState.IMPORTING: run_import,
    ImportState.UNDOING: undo,
}


def show_progress(batch: ImportBatch, step: str, rows: int) -> None:
    cache.set(f"import:{batch.pk}", (step, rows), timeout=3600)


def progress_of(batch: ImportBatch) -> tuple[str, int] | None:
    """Return the step and the rows it has come to; None before its first sign of life."""
    found: tuple[str, int] | None = cache.get(f"import:{batch.pk}")
    return found
