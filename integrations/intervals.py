"""The interval that a timeline shows, as the address names it, and how finely. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from qa_observability.periods import Period

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHORTEST, LONGEST = 10 * MINUTE, 400 * DAY
OLDEST = 3650 * DAY
# The finest step for intervals up to a length: some two hundred points, whatever the length. Days beyond.
STEPS = [(3 * HOUR, MINUTE), (18 * HOUR, 5 * MINUTE), (2 * DAY, 15 * MINUTE), (8 * DAY, HOUR)]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z")


@dataclass(frozen=True, slots=True)
class Interval:
    """[start, end) in aware UTC, both at whole steps; `is_whole` where it is the page's whole period."""

    start: datetime
    end: datetime
    step: timedelta
    is_whole: bool

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def bins(self) -> int:
        return self.length // self.step

    @property
    def is_fine(self) -> bool:
        """Whether single events are shown, where there are not too many of them."""
        return self.step == MINUTE

    def moments(self, count: int) -> list[datetime]:
        """Return the starts of `count` equal parts."""
        return [self.start + self.length * part / count for part in range(count)]


def whole_interval(period: Period, *, now: datetime) -> Interval:
    """Return the page's period up to the step under way."""
    step = step_of(period.end - period.start)
    return Interval(period.start, min(period.end, floor(now, step) + step), step, is_whole=True)


def read_interval(start: str, end: str, *, now: datetime) -> Interval:
    """Return the interval between two moments of an address.

    Parameters
    ----------
    start, end : UTC as `2026-03-18T14:05Z`, seconds allowed; widened to whole steps.
    now : nothing later than the coming day can be asked for.

    Raises
    ------
    ValueError : where one is no such moment, or the interval is shorter than 10 min, longer than 400 days, older than
        ten years or ahead; the message says which.
    """
    first, last = _read(start), _read(end)
    if last - first < SHORTEST:
        raise ValueError("is shorter than 10 minutes")
    if last - first > LONGEST:
        raise ValueError("is longer than 400 days")
    if first < now - OLDEST or last > now + 2 * DAY:
        raise ValueError("is too long ago" if first < now else "lies ahead")
    step = step_of(last - first)
    return Interval(floor(first, step), ceiling(last, step), step, is_whole=False)


def step_of(length: timedelta) -> timedelta:
    """Return how finely an interval of this length is counted.

    >>> step_of(timedelta(days=30)), step_of(timedelta(days=1))
    (datetime.timedelta(days=1), datetime.timedelta(seconds=900))
    """
    return next((step for longest, step in STEPS if length <= longest), DAY)


def floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - EPOCH) % step


def ceiling(moment: datetime, step: timedelta) -> datetime:
    return moment + (EPOCH - moment) % step


def text_of(moment: datetime) -> str:
    """Return a moment as addresses have it: UTC to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def neighbours(shown: Interval, whole: Interval) -> dict[str, Interval | None]:
    """Return where one can go from an interval: closer, wider, earlier, later; None where there is nothing more.

    Wider stops at the page's whole period.
    """
    closer = _about(shown, max(shown.length / 2, SHORTEST))
    wider = None if shown.is_whole else _about(shown, shown.length * 2)
    if wider and (wider.length >= whole.length or (wider.start <= whole.start and wider.end >= whole.end)):
        wider = whole
    elif wider:
        wider = _moved(wider, min(timedelta(0), whole.end - wider.end))
        wider = _moved(wider, max(timedelta(0), whole.start - wider.start))
    half = shown.length / 2
    room = whole.end - shown.end
    return {
        "closer": closer if closer.length < shown.length else None,
        "wider": wider,
        "earlier": _moved(shown, -half),
        "later": _moved(shown, min(half, room)) if room > timedelta(0) else None,
    }


def _about(shown: Interval, length: timedelta) -> Interval:
    middle = shown.start + shown.length / 2
    return _snapped(middle - length / 2, middle + length / 2)


def _moved(shown: Interval, by: timedelta) -> Interval:
    moved = floor(shown.start + by, shown.step)
    return replace(shown, start=moved, end=moved + shown.length, is_whole=False)


def _snapped(start: datetime, end: datetime) -> Interval:
    step = step_of(end - start)
    return Interval(floor(start, step), ceiling(end, step), step, is_whole=False)


def _read(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError("needs moments such as 2026-03-18T14:05Z")
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("names a day or time that does not exist") from None
