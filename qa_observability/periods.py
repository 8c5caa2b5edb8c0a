"""The one definition of a period that every figure, list and export uses. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

PERIOD_DAYS = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
DEFAULT_PERIOD = "30d"


@dataclass(frozen=True, slots=True)
class Period:
    """A run of whole UTC days, the last of them still under way when it ends today.

    `start` is included, `end` is not; both are aware datetimes in UTC.
    """

    name: str
    start: datetime
    end: datetime
    days: int

    @property
    def first_day(self) -> date:
        return self.start.date()

    @property
    def last_day(self) -> date:
        """The last day of the period; today for a current one."""
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def dates(self) -> list[date]:
        """Every day of the period, oldest first."""
        return [self.first_day + timedelta(days=offset) for offset in range(self.days)]

    @property
    def previous(self) -> "Period":
        """As many whole days, ending where this period starts."""
        return Period(
            name=self.name,
            start=self.start - timedelta(days=self.days),
            end=self.start,
            days=self.days,
        )


def start_of_day(day: date) -> datetime:
    """Return midnight UTC at the start of `day`."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def parse_period(text: str, now: datetime) -> Period:
    """Return the period called `text` that ends now.

    Parameters
    ----------
    text : `7d`, `30d`, `90d` or `1y` (365 days).
    now : aware datetime of any time zone; its UTC day is the last day of the period.

    Raises
    ------
    ValueError : for any other text, with the allowed ones.

    Notes
    -----
    The end lies at midnight after today rather than at `now`, so that a row written in this very second, or by a
    client whose clock runs a few seconds ahead, is counted: nothing but such rows can lie between the two.

    Examples
    --------
    >>> parse_period("7d", datetime(2026, 1, 10, 15, 0, tzinfo=UTC)).first_day
    datetime.date(2026, 1, 4)
    """
    days = PERIOD_DAYS.get(text)
    if days is None:
        raise ValueError(f"{text!r} is not a period; choose one of {', '.join(PERIOD_DAYS)}")
    today = now.astimezone(UTC).date()
    return Period(
        name=text,
        start=start_of_day(today - timedelta(days=days - 1)),
        end=start_of_day(today + timedelta(days=1)),
        days=days,
    )
