"""Observations and events as rows of a spreadsheet, under the columns that an import reads."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from integrations.metadata import split_known
from integrations.models.imports import ImportKind
from integrations.sheet_checks import COLUMNS
from integrations.sheets.writing import Rate

CHUNK = 2000


def headings(kind: str) -> list[str]:
    return [*(column.name for column in COLUMNS[ImportKind(kind)]), "source"]


def export_rows(kind: str, rows: "QuerySet[Any]") -> Iterator[list[Any]]:
    """Yield the cells of each row, read in parts, so that any number of rows fits in memory."""
    cells = _observation_cells if kind == ImportKind.OBSERVATIONS else _event_cells
    return (cells(row) for row in rows.select_related(None).iterator(chunk_size=CHUNK))


def _observation_cells(row: Any) -> list[Any]:
    return [
        row.integration_id, f"{row.last_checked:%Y-%m-%dT%H:%M:%S.%fZ}".replace(".000000Z", "Z"), row.status,
        None if row.error_rate is None else Rate(row.error_rate),
        None if row.booking_loss_rate is None else Rate(row.booking_loss_rate),
        row.pricing_sync_status, row.fees_sync_status, row.source,
    ]  # fmt: skip


def _event_cells(row: Any) -> list[Any]:
    known, rest = split_known(row.metadata)
    keys = known.get("ticketKeys")
    return [
        row.integration_id, f"{row.occurred_at:%Y-%m-%dT%H:%M:%S.%fZ}".replace(".000000Z", "Z"), row.event_type,
        row.severity, row.message, known.get("affectedBookings"), known.get("lossAmount"), known.get("listingId"),
        known.get("errorCode"), ", ".join(map(str, keys)) if isinstance(keys, list) else keys,
        json.dumps(rest, ensure_ascii=False) if rest else None, row.external_id, row.source,
    ]  # fmt: skip
