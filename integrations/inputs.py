"""What every door hands to the services, and the rules that no door can skip. Pure."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from integrations.choices import OBSERVED_STATUSES, EventType, HealthStatus, Severity, Source, SyncStatus
from integrations.rules import Measurements, Thresholds, status_of

CLOCK_SKEW = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MESSAGE_MAX = 4000
EXTERNAL_ID_MAX = 200
METADATA_DEPTH_MAX = 20
METADATA_VALUES_MAX = 1000
METADATA_TEXT_MAX = 20_000
AFFECTED_MAX = 1_000_000
LOSS_MAX = Decimal("1000000000")
LOSS_PLACES = 4
RATE_STEP = Decimal("0.0001")
# Read once: an enumeration builds its values anew each time, which a batch of 10,000 rows feels.
_STATUSES = tuple(status.value for status in OBSERVED_STATUSES)
_SYNC_STATUSES = tuple(SyncStatus.values)
_EVENT_TYPES = tuple(EventType.values)
_SEVERITIES = tuple(Severity.values)
_SOURCES = tuple(Source.values)

FieldErrors = dict[str, list[str]]


class RowsError(Exception):
    """Rows that break a rule: `errors` maps their index to their fields and what is wrong with each."""

    def __init__(self, errors: Mapping[int, FieldErrors]) -> None:
        super().__init__(f"{len(errors)} rows are invalid")
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationInput:
    """One observation; rates are ratios in 0..1, None is unknown, a missing status is derived from the rest."""

    integration_id: str
    last_checked: datetime
    source: str
    status: str | None = None
    pricing_sync_status: str | None = None
    fees_sync_status: str | None = None
    booking_loss_rate: Decimal | None = None
    error_rate: Decimal | None = None

    @property
    def measurements(self) -> Measurements:
        return Measurements(
            error_rate=self.error_rate,
            booking_loss_rate=self.booking_loss_rate,
            pricing_sync_status=self.pricing_sync_status,
            fees_sync_status=self.fees_sync_status,
        )

    def rounded(self) -> "ObservationInput":
        """Return this observation with its rates as they are stored: half up to 4 decimals.

        Rounded first and judged then, so that a stored rate and its status always agree. A rate that is not one is
        left for `observation_errors`.
        """
        return replace(
            self, booking_loss_rate=_rounded_rate(self.booking_loss_rate), error_rate=_rounded_rate(self.error_rate)
        )


def _rounded_rate(rate: Decimal | None) -> Decimal | None:
    return rate.quantize(RATE_STEP, ROUND_HALF_UP) if rate is not None and 0 <= rate <= 1 else rate


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInput:
    """One event; `metadata` is kept as it is, but for the two keys that revenue reads."""

    integration_id: str
    event_type: str
    severity: str
    message: str
    occurred_at: datetime
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    external_id: str | None = None


def first_of_each(given: Iterable[EventInput], seen: Collection[tuple[str, str]]) -> list[EventInput]:
    """Return the events whose (integration, externalId) is new, the first of each; those without an id are all new."""
    known = set(seen)
    fresh = []
    for event in given:
        if event.external_id is not None:
            key = (event.integration_id, event.external_id)
            if key in known:
                continue
            known.add(key)
        fresh.append(event)
    return fresh


def affected_bookings(metadata: Mapping[str, Any]) -> int:
    """Return how many bookings an event affected: `affectedBookings` of its metadata, else 1.

    Raises
    ------
    ValueError : where it is given and not a whole number from 1 to 1,000,000.
    """
    value = metadata.get("affectedBookings")
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= AFFECTED_MAX:
        raise ValueError(f"must be a whole number from 1 to {AFFECTED_MAX:,}")
    return value


def loss_amount(metadata: Mapping[str, Any]) -> Decimal | None:
    """Return the known loss of an event: `lossAmount` of its metadata, a number or a decimal text; None without.

    Raises
    ------
    ValueError : where it is given and is negative, above 1,000,000,000, no number, or has more than 4 decimals.
    """
    value = metadata.get("lossAmount")
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        amount = Decimal(str(value).strip())
        if not amount.is_finite() or not 0 <= amount <= LOSS_MAX:
            raise InvalidOperation
        if amount != round(amount, LOSS_PLACES):
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"must be an amount from 0 to {LOSS_MAX:,} with at most {LOSS_PLACES} decimals") from None
    return amount


def observation_errors(given: ObservationInput, *, now: datetime, thresholds: Thresholds) -> FieldErrors:
    """Return what is wrong with an observation, by field; empty where nothing is."""
    errors: FieldErrors = {}
    _check_choice(errors, "status", given.status, _STATUSES, required=False)
    _check_choice(errors, "pricing_sync_status", given.pricing_sync_status, _SYNC_STATUSES, required=False)
    _check_choice(errors, "fees_sync_status", given.fees_sync_status, _SYNC_STATUSES, required=False)
    _check_choice(errors, "source", given.source, _SOURCES)
    _check_moment(errors, "last_checked", given.last_checked, now)
    for name in ("booking_loss_rate", "error_rate"):
        rate = getattr(given, name)
        if rate is not None and not (rate.is_finite() and 0 <= rate <= 1):
            errors[name] = ["Must be a ratio from 0 to 1, such as 0.031 for 3.1 %."]
    if not errors and given.status is None and status_of(given.measurements, thresholds) == HealthStatus.UNKNOWN:
        errors["status"] = ["Nothing is known: give a status, a rate or a sync status."]
    return errors


def event_errors(given: EventInput, *, now: datetime) -> FieldErrors:
    """Return what is wrong with an event, by field; empty where nothing is."""
    errors: FieldErrors = {}
    _check_choice(errors, "event_type", given.event_type, _EVENT_TYPES)
    _check_choice(errors, "severity", given.severity, _SEVERITIES)
    _check_choice(errors, "source", given.source, _SOURCES)
    _check_moment(errors, "occurred_at", given.occurred_at, now)
    if not given.message.strip():
        errors["message"] = ["May not be blank."]
    elif len(given.message) > MESSAGE_MAX:
        errors["message"] = [f"May have at most {MESSAGE_MAX} characters."]
    elif not is_storable(given.message):
        errors["message"] = ["Holds characters that cannot be stored."]
    if given.external_id is not None and not (
        0 < len(given.external_id) <= EXTERNAL_ID_MAX and is_storable(given.external_id)
    ):
        errors["external_id"] = [f"Must be text of 1 to {EXTERNAL_ID_MAX} characters."]
    problem = metadata_problem(given.metadata)
    if problem:
        errors["metadata"] = [problem]
    return errors


def metadata_problem(metadata: Any) -> str | None:
    """Return why `metadata` cannot be stored; None where it can."""
    if not isinstance(metadata, Mapping):
        return "Must be a JSON object."
    for name, read in (("affectedBookings", affected_bookings), ("lossAmount", loss_amount)):
        try:
            read(metadata)
        except ValueError as error:
            return f"{name} {error}."
    return _json_problem(metadata) if metadata else None


def _json_problem(document: Mapping[str, Any]) -> str | None:
    """Walk the document level by level; databases cannot hold NUL, lone surrogates or numbers that are none."""
    level: list[Any] = [document]
    values = text = 0
    for _ in range(METADATA_DEPTH_MAX):
        below: list[Any] = []
        for item in level:
            inside: Iterable[Any] = [*item.keys(), *item.values()] if isinstance(item, Mapping) else item
            for value in inside:
                values += 1
                if isinstance(value, str):
                    text += len(value)
                    if not is_storable(value):
                        return "Holds characters that cannot be stored."
                elif isinstance(value, Mapping | list):
                    below.append(value)
                elif isinstance(value, float) and not math.isfinite(value):
                    return "Holds a number that is not finite."
                elif isinstance(value, int) and abs(value) >= 10**300:
                    return "Holds a number that is too large."
        if values > METADATA_VALUES_MAX or text > METADATA_TEXT_MAX:
            return f"Is too large: at most {METADATA_VALUES_MAX} values and {METADATA_TEXT_MAX} characters."
        if not below:
            return None
        level = below
    return f"Is nested deeper than {METADATA_DEPTH_MAX} levels."


def is_storable(text: str) -> bool:
    """Return whether every database can hold a text: NUL and lone surrogates some cannot."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_choice(
    errors: FieldErrors, name: str, value: str | None, allowed: Sequence[str], *, required: bool = True
) -> None:
    if (value is None and required) or (value is not None and value not in allowed):
        errors[name] = [f"{value!r} is not one of {', '.join(allowed)}."]


def _check_moment(errors: FieldErrors, name: str, moment: datetime, now: datetime) -> None:
    if moment.tzinfo is None:
        errors[name] = ["Must name a time zone."]
    elif moment > now + CLOCK_SKEW:
        errors[name] = ["Lies in the future."]
    elif moment < EARLIEST:
        errors[name] = ["Lies before the year 2000."]
