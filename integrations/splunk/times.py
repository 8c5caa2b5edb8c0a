"""Moments as Splunk writes them, and the ones in names of files. Pure."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_STEP = r"[+-][0-9]{1,5}[smhd]"
_MODIFIER = re.compile(rf"(?P<before>{_STEP})?(?:@(?P<snap>[smhd]))?(?P<after>{_STEP})?")
_CLOCK = r"(?:[T_ -]?(?P<hour>[0-9]{2})[-_:.]?(?P<minute>[0-9]{2})(?:[-_:.]?(?P<second>[0-9]{2}))?(?P<zone>Z)?)?"
_NAMED = re.compile(
    rf"(?<![0-9])(?P<year>20[0-9]{{2}})[-_.]?(?P<month>[0-9]{{2}})[-_.]?(?P<day>[0-9]{{2}}){_CLOCK}(?![0-9])"
)


class TimeError(ValueError):
    """Text that names no moment."""


def resolve(text: str, reference: datetime) -> datetime:
    """Return the moment that a time modifier names, reckoned from `reference`.

    Parameters
    ----------
    text : `now`, seconds since 1970, or an offset, a snap or both: `-1h@h`, `@d`, `-15m`, `-1d@d+6h`; units are s, m,
        h and d. Snaps are in UTC, where Splunk takes the zone of the user: so both ends mean the same everywhere.

    Raises
    ------
    TimeError : for anything else.

    Examples
    --------
    >>> resolve("-1h@h", datetime(2026, 1, 31, 14, 5, tzinfo=UTC)).isoformat()
    '2026-01-31T13:00:00+00:00'
    """
    plain = text.strip().lower()
    if plain in {"now", "now()"}:
        return reference
    if re.fullmatch(r"[0-9]{9,10}", plain):
        return datetime.fromtimestamp(int(plain), tz=UTC)
    match = _MODIFIER.fullmatch(plain.removeprefix("now"))
    if match is None or not any(match.groups()) or (match["after"] and not match["snap"]):
        raise TimeError(f"{text.strip()[:40]!r} is no time; write now, -15m, @h, -1h@h or -1d@d+6h.")
    try:
        moment = reference.astimezone(UTC) + _length(match["before"])
        if match["snap"]:
            begin = datetime(1970, 1, 1, tzinfo=UTC)
            moment -= (moment - begin) % _UNITS[match["snap"]]
        return moment + _length(match["after"])
    except OverflowError:
        raise TimeError(f"{text.strip()[:40]!r} lies too far away.") from None


def time_in_name(name: str) -> datetime | None:
    """Return the moment that a file's name tells, in UTC; None where it tells none.

    A date alone stands for the end of its day.

    >>> [str(time_in_name(name)) for name in ("errors_2026-01-31T14-05Z.json", "20260131.csv", "errors.csv")]
    ['2026-01-31 14:05:00+00:00', '2026-01-31 23:59:59+00:00', 'None']
    """
    for match in _NAMED.finditer(name):
        parts = match.groupdict()
        try:
            day = datetime(int(parts["year"]), int(parts["month"]), int(parts["day"]), tzinfo=UTC)
            if parts["hour"] is None:
                return day.replace(hour=23, minute=59, second=59)
            return day.replace(hour=int(parts["hour"]), minute=int(parts["minute"]), second=int(parts["second"] or 0))
        except ValueError:
            continue  # digits that look like a date, such as a ticket's number
    return None


def _length(step: str | None) -> timedelta:
    return int(step[:-1]) * _UNITS[step[-1]] if step else timedelta()
