"""A row's texts into what the services take, or what is wrong with each cell, in words."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.choices import EventType, HealthStatus, Severity, Source, SyncStatus
from integrations.inputs import EventInput, ObservationInput
from integrations.metadata import with_known
from integrations.rates import RateError, read_rate
from integrations.sheets.reading import Row

# The services' names of what a column holds, for the errors that they find.
COLUMN_OF_FIELD = {
    "integration_id": "integration",
    "event_type": "type",
    "pricing_sync_status": "rate_sync",
    "fees_sync_status": "fee_sync",
}
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.{0,20}")


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with one cell."""

    column: str
    value: str
    message: str


class RowError(ValueError):
    """A row with cells that cannot be read."""

    def __init__(self, errors: list[CellError]) -> None:
        super().__init__(f"{len(errors)} cells cannot be read")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Reader:
    """How the cells of one file are read: `integrations` maps ids and lower-case names to ids."""

    integrations: Mapping[str, str]
    rate_unit: str | None = None

    def observation(self, row: Row) -> ObservationInput:
        """Return the observation of a row, or raise RowError."""
        cells = _Cells(row)
        given = ObservationInput(
            integration_id=cells.read("integration", self._integration, required=True),
            last_checked=cells.read("last_checked", read_moment, required=True),
            source=Source.MANUAL,
            status=cells.read("status", lambda text: _choice(text, HealthStatus, HealthStatus.UNKNOWN)),
            error_rate=cells.read("error_rate", self._rate),
            booking_loss_rate=cells.read("booking_loss_rate", self._rate),
            pricing_sync_status=cells.read("rate_sync", lambda text: _choice(text, SyncStatus)),
            fees_sync_status=cells.read("fee_sync", lambda text: _choice(text, SyncStatus)),
        )
        cells.refuse()
        return given

    def event(self, row: Row) -> EventInput:
        """Return the event of a row, or raise RowError."""
        cells = _Cells(row)
        known = {
            "affectedBookings": cells.read("affected_bookings", _whole_number),
            "lossAmount": cells.read("loss_amount", _amount),
            "listingId": cells.read("listing_id", str),
            "errorCode": cells.read("error_code", str),
            "ticketKeys": cells.read("ticket_keys", read_keys),
        }
        given = EventInput(
            integration_id=cells.read("integration", self._integration, required=True),
            event_type=cells.read("type", lambda text: _choice(text, EventType), required=True),
            severity=cells.read("severity", lambda text: _choice(text, Severity), required=True),
            message=cells.read("message", str, required=True),
            occurred_at=cells.read("occurred_at", read_moment, required=True),
            source=Source.MANUAL,
            metadata=with_known(cells.read("metadata", _json_object) or {}, known),
            external_id=cells.read("external_id", str),
        )
        cells.refuse()
        return given

    def _integration(self, text: str) -> str:
        found = self.integrations.get(text) or self.integrations.get(text.lower())
        if found is None:
            raise ValueError(f"There is no integration {text[:60]!r}.")
        return found

    def _rate(self, text: str) -> Decimal:
        return read_rate(text, unit=self.rate_unit).rate


class _Cells:
    """The cells of one row, which collect what is wrong with them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.errors: list[CellError] = []

    def read(self, column: str, read: Callable[[str], Any], *, required: bool = False) -> Any:
        text = self.row.get(column, "").strip()
        if not text:
            if required:
                self.errors.append(CellError(column, "", "Is empty."))
            return None
        try:
            return read(text)
        except (RateError, ValueError) as error:
            self.errors.append(CellError(column, text[:200], str(error)))
            return None

    def refuse(self) -> None:
        if self.errors:
            raise RowError(self.errors)


def read_moment(text: str) -> datetime:
    """Return an aware moment; without a zone it is UTC.

    Raises
    ------
    ValueError : in any other order than year, month, day, or without a time of day.
    """
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Is no date and time. Write it like 2026-01-31 14:05 (UTC).") from None


def read_keys(text: str) -> list[str]:
    """Return ticket keys, such as QA-120, of a text that separates them by commas, semicolons or spaces."""
    keys = [key for key in re.split(r"[,;\s]+", text.strip().upper()) if key]
    for key in keys:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,19}-[0-9]{1,9}", key):
            raise ValueError(f"{key[:40]!r} is no ticket key such as QA-120.")
    return keys


def _choice(text: str, choices: Any, *left_out: str) -> str:
    wanted = text.strip().lower()
    for choice in choices:
        if choice not in left_out and wanted in {choice.value, str(choice.label).lower()}:
            return str(choice.value)
    offered = ", ".join(choice.value for choice in choices if choice not in left_out)
    raise ValueError(f"Is not one of {offered}.")


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("Is no whole number.")
    return int(text)


def _amount(text: str) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError("Is no amount. Write it like 412.50, without currency and thousands separators.") from None
    if not amount.is_finite() or abs(amount) > Decimal(10) ** 12:
        raise ValueError("Is no amount.")
    return f"{amount:f}"


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("Is no JSON.") from None
    if not isinstance(value, dict):
        raise ValueError('Must be a JSON object, such as {"region": "EU"}.')
    return value
