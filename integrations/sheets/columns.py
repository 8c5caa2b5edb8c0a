"""The columns of a spreadsheet, the same ones for the template, the export and the import."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the name in its heading, other headings that mean the same, two examples and what may stand in it."""

    name: str
    examples: tuple[str, str]
    meaning: str
    required: bool = False
    also: tuple[str, ...] = ()


OBSERVATIONS: Sequence[Column] = (
    Column("integration", ("airbnb", "vrbo"), "Id or name", required=True, also=("integration_id",)),
    Column("last_checked", ("2026-01-31 14:05", "2026-01-31T15:00:00Z"), "Date and time, UTC", required=True,
           also=("time", "observed_at")),
    Column("status", ("", "warning"), "healthy, warning, critical; empty to follow from the rest"),
    Column("error_rate", ("3.1 %", ""), "3.1, 3.1 % or 0.031"),
    Column("booking_loss_rate", ("0.4 %", "0.2 %"), "3.1, 3.1 % or 0.031", also=("booking_loss",)),
    Column("rate_sync", ("ok", "warning"), "ok, warning, error", also=("pricing_sync_status",)),
    Column("fee_sync", ("ok", ""), "ok, warning, error", also=("fees_sync_status",)),
)  # fmt: skip

EVENTS: Sequence[Column] = (
    Column("integration", ("airbnb", "vrbo"), "Id or name", required=True, also=("integration_id",)),
    Column("occurred_at", ("2026-01-31 14:05", "2026-01-31T15:00:00Z"), "Date and time, UTC", required=True,
           also=("time",)),
    Column("type", ("pricing_sync_error", "booking_loss"), "pricing_sync_error, fee_sync_error, booking_loss",
           required=True, also=("event_type",)),
    Column("severity", ("high", "medium"), "low, medium, high, critical", required=True),
    Column("message", ("Rates rejected: currency mismatch", "Reservation never arrived"), "What happened",
           required=True),
    Column("affected_bookings", ("3", ""), "Whole number from 1; empty counts as 1"),
    Column("loss_amount", ("", "412.50"), "Amount, where it is known"),
    Column("listing_id", ("LST-204", "")  , "The listing concerned", also=("listing",)),
    Column("error_code", ("E4012", ""), "The channel's error code"),
    Column("ticket_keys", ("QA-120, QA-121", ""), "Jira keys, separated by commas", also=("tickets", "jira_key")),
    Column("metadata", ("", '{"region": "EU"}'), "Anything else, as a JSON object"),
    Column("external_id", ("", "order-77-late"), "The sender's own id; the same id is stored once"),
)  # fmt: skip

# Told by exports, for people to read; an import leaves them alone.
IGNORED = frozenset({"source", "id"})


class HeadingError(ValueError):
    """A first line that does not name the columns."""


def match_headings(cells: Sequence[str], columns: Sequence[Column]) -> list[str | None]:
    """Return the column that each heading names, None for those that are left alone; upper case and spaces are free.

    Raises
    ------
    HeadingError : an unknown or repeated heading, or a required one that is missing.
    """
    known = {_key(name): column.name for column in columns for name in (column.name, *column.also)}
    names: list[str | None] = []
    for cell in cells:
        key = _key(cell)
        if not key or key in IGNORED:
            names.append(None)
            continue
        name = known.get(key)
        if name is None:
            offered = ", ".join(column.name for column in columns)
            raise HeadingError(f"There is no column {cell.strip()[:60]!r}. The columns are {offered}.")
        if name in names:
            raise HeadingError(f"The column {name} is there twice.")
        names.append(name)
    missing = [column.name for column in columns if column.required and column.name not in names]
    if missing:
        raise HeadingError(f"The first line must name the columns; {', '.join(missing)} is missing.")
    return names


def _key(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())
