"""What a health endpoint says, in the product's own terms: a JSON document and a mapping in, a reading out. Pure.

Nothing is guessed in favour of health: a path that leads nowhere, a word that is not known or a rate that is none is an
error, which leaves the integration without news, never "healthy".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.choices import HealthStatus, SyncStatus
from integrations.event_lists import EventDraft, read_events
from integrations.json_paths import PathError, parse_path, read_path
from qa_observability.spoken import SpokenError

_GOOD = (
    "up ok green pass passed healthy operational good success successful available normal active connected synced "
    "true running ready"
)
_DOUBTFUL = "warn warning yellow amber degraded degraded_performance minor partial partial_outage slow limited"
_BAD = (
    "down fail failed error red critical major major_outage outage unhealthy out_of_service unavailable broken "
    "disconnected false"
)
WORDS: Mapping[str, HealthStatus] = {
    **dict.fromkeys(_GOOD.split(), HealthStatus.HEALTHY),
    **dict.fromkeys(_DOUBTFUL.split(), HealthStatus.WARNING),
    **dict.fromkeys(_BAD.split(), HealthStatus.CRITICAL),
}
_SYNC = {
    HealthStatus.HEALTHY: SyncStatus.OK,
    HealthStatus.WARNING: SyncStatus.WARNING,
    HealthStatus.CRITICAL: SyncStatus.ERROR,
}


class AnswerError(SpokenError):
    """An answer that says nothing usable; the message says what is missing or odd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Where each value lies, as paths; empty where it is not asked for.

    error_rate, booking_loss_rate : a path, or two with ` / ` between them, the first divided by the second.
    units : `fraction` (0.031) or `percent` (3.1) for each rate that is not a quotient.
    words : statuses in the endpoint's own words, lower case, beside the usual ones.
    """

    status: str = ""
    pricing: str = ""
    fees: str = ""
    error_rate: str = ""
    booking_loss_rate: str = ""
    checked_at: str = ""
    events: str = ""
    error_rate_unit: str = "fraction"
    booking_loss_rate_unit: str = "fraction"
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read; None where it was not asked for or is not known. `checked_at` is aware."""

    status: HealthStatus | None
    pricing: SyncStatus | None
    fees: SyncStatus | None
    error_rate: Decimal | None
    booking_loss_rate: Decimal | None
    checked_at: datetime | None
    events: Sequence[EventDraft] = ()

    @property
    def says_something(self) -> bool:
        return any(
            value is not None
            for value in (self.status, self.pricing, self.fees, self.error_rate, self.booking_loss_rate)
        )


def read_answer(document: Any, mapped: Mapped) -> Reading:
    """Return what a document says.

    Raises
    ------
    AnswerError : where a path leads nowhere, a value cannot be understood, or nothing at all is known.
    """
    try:
        status = _status(document, mapped.status, mapped)
        pricing = _status(document, mapped.pricing, mapped)
        fees = _status(document, mapped.fees, mapped)
        reading = Reading(
            status=status,
            pricing=_SYNC[pricing] if pricing else None,
            fees=_SYNC[fees] if fees else None,
            error_rate=_rate(document, mapped.error_rate, mapped.error_rate_unit),
            booking_loss_rate=_rate(document, mapped.booking_loss_rate, mapped.booking_loss_rate_unit),
            checked_at=_moment(document, mapped.checked_at),
            events=read_events(_value(document, mapped.events), mapped.events) if mapped.events else (),
        )
    except PathError as error:
        text = str(error)
        raise AnswerError(f"{text[:1].upper()}{text[1:]}.") from None
    except ValueError as error:
        raise AnswerError(f"In the answer, {error}.") from None
    if not reading.says_something:
        raise AnswerError("The answer says nothing of the health: no status, and every rate is unknown.")
    return reading


def parse_quotient(text: str) -> list[str]:
    """Return the one or two paths of a rate.

    Raises
    ------
    PathError : where one of them is none.
    """
    parts = [part.strip() for part in text.split(" / ", 1)]
    for part in parts:
        parse_path(part)
    return parts


def _value(document: Any, text: str) -> Any:
    return read_path(document, parse_path(text))


def _status(document: Any, text: str, mapped: Mapped) -> HealthStatus | None:
    if not text:
        return None
    value = _value(document, text)
    if value is None:
        return None
    if not isinstance(value, str | bool | int):
        raise ValueError(f"{text} is no word, but {_kind(value)}")
    word = str(value).strip().lower()
    found = mapped.words.get(word) or WORDS.get(word) or WORDS.get(word.replace(" ", "_").replace("-", "_"))
    if found is None:
        raise ValueError(f"{text} says {_shown(value)}, which stands for no status")
    return HealthStatus(found)


def _rate(document: Any, text: str, unit: str) -> Decimal | None:
    if not text:
        return None
    parts = parse_quotient(text)
    values = [_number(_value(document, part), part) for part in parts]
    if any(value is None for value in values):
        return None
    numbers = [value for value in values if value is not None]
    if len(numbers) == 2:
        if numbers[1] == 0:
            return None  # no traffic is unknown, not healthy
        rate = numbers[0] / numbers[1]
    else:
        rate = numbers[0] / 100 if unit == "percent" else numbers[0]
    if not 0 <= rate <= 1:
        limit = "100 %" if unit == "percent" or len(numbers) == 2 else "1 (is the unit right?)"
        raise ValueError(f"{text} is {_shown(f'{rate.normalize():f}')}, which is not a rate from 0 to {limit}")
    return rate


def _number(value: Any, text: str) -> Decimal | None:
    if value is None:
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        number = Decimal(str(value).strip().removesuffix("%").strip()[:60])
        if not number.is_finite() or abs(number.adjusted()) > 30:
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"{text} is no number, but {_shown(value)}") from None
    return number


def _moment(document: Any, text: str) -> datetime | None:
    """Return a time in ISO 8601, UTC where it names no zone, or in seconds or milliseconds since 1970."""
    if not text:
        return None
    value = _value(document, text)
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
            moment = datetime.fromisoformat(value.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        number = _number(value, text)
        if number is None:
            raise ValueError
        seconds = float(number) / 1000 if number > 10**11 else float(number)
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{text} is no time, but {_shown(value)}") from None


def _shown(value: Any) -> str:
    """Return a value for a message: short, printable, and no more of a structure than its kind."""
    if not isinstance(value, str | int | float | bool):
        return _kind(value)
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value)[:40])
    return f"“{text}”"


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "nothing"
