"""Durations as people write them in settings: `1h`, `15min`, `90d`. Pure."""

import re
from datetime import timedelta

_UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PATTERN = re.compile(r"([1-9][0-9]{0,5})(s|min|h|d)")


def parse_duration(text: str) -> timedelta:
    """Return the length of time that `text` names.

    Parameters
    ----------
    text : a whole number from 1 to 999999 and a unit: `s`, `min`, `h` or `d` (24 h).

    Raises
    ------
    ValueError : for anything else; a bare number is refused because its unit would be a guess.

    Examples
    --------
    >>> parse_duration("15min")
    datetime.timedelta(seconds=900)
    """
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration; write a number and a unit, such as 30s, 15min, 1h or 90d")
    return int(match[1]) * _UNITS[match[2]]
