"""Durations, moments and names as the producers of JUnit XML write them. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

YEAR_MS = 365 * 86_400_000
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,4})?|[0-9]+\.")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_DIGITS = re.compile(r"[0-9]+")
_ZONE_WORD = re.compile(r"(.*[0-9])\s*([A-Za-z]{2,5})")
_BLANK_AFTER_T = re.compile(r"(?<=[0-9])T\s+")
_CERTAIN_ZONES = {"UTC", "GMT"}
_HALVES_OF_DAY = {"AM", "PM"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC, and whether its zone had to be assumed; `ambiguous` names a zone word that may mean several."""

    at: datetime
    assumed_zone: bool = False
    ambiguous: str = ""


def parse_moment(text: str, zone: tzinfo) -> Moment | None:
    """Return the moment that `text` names; None where it names none.

    Parameters
    ----------
    text : ISO 8601, RFC 1123, `d Mon yyyy HH:MM:SS`, 13 digits (milliseconds) or 10 digits (seconds) since 1970.
    zone : what a moment without a zone, or with a zone word other than UTC and GMT, is taken to be in.

    Examples
    --------
    >>> moment = parse_moment("2023-04-15T15:03:30 IDT", UTC)
    >>> moment.at.isoformat(), moment.assumed_zone, moment.ambiguous
    ('2023-04-15T15:03:30+00:00', True, 'IDT')
    """
    text = text.strip()[:64]
    ambiguous = ""
    try:
        if _DIGITS.fullmatch(text):
            return _from_epoch(text)
        found = _parse_calendar(text)
        if found is None and (match := _ZONE_WORD.fullmatch(text)) and match[2].upper() not in _HALVES_OF_DAY:
            found = _parse_calendar(match[1])
            if found is not None and match[2].upper() in _CERTAIN_ZONES:
                found = found.replace(tzinfo=UTC)
            else:
                ambiguous = match[2].upper()
        if found is None:
            return None
        assumed = found.tzinfo is None
        aware = found.replace(tzinfo=zone) if assumed else found
        return Moment(aware.astimezone(UTC), assumed_zone=assumed, ambiguous=ambiguous if assumed else "")
    except (ValueError, OverflowError):
        return None


def _from_epoch(digits: str) -> Moment | None:
    if len(digits) == 13:
        return Moment(datetime.fromtimestamp(int(digits) / 1000, UTC))
    if len(digits) == 10:
        return Moment(datetime.fromtimestamp(int(digits), UTC))
    return Moment(datetime.fromisoformat(digits).replace(tzinfo=UTC), assumed_zone=True) if len(digits) == 8 else None


def _parse_calendar(text: str) -> datetime | None:
    for candidate in (text, _BLANK_AFTER_T.sub("T", text)):
        try:
            return datetime.fromisoformat(candidate)
        except ValueError:
            continue
    if re.search(r"[A-Za-z]{2,5}$", text):
        return None  # a zone word: the caller decides what it means
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def parse_durations(texts: Sequence[str | None]) -> tuple[list[int | None], int]:
    """Return the milliseconds of every duration of one file, and how many could not be read.

    Notes
    -----
    In seconds, with an optional unit `s`. Where comma and point both occur, the comma groups thousands. Where only
    commas do, one value that cannot be grouped so, or starts with `0,`, makes it the decimal comma of the whole file.
    What is missing is None; so is what is negative, empty or no number, which is counted. At most one year.

    Examples
    --------
    >>> parse_durations(["1,201.5", "0.2", None, "4.5e-05", "4.990s", "soon"])
    ([1201500, 200, None, 0, 4990, None], 1)
    >>> parse_durations(["0,160", "1,234"]), parse_durations(["1,234", "7"])
    (([160, 1234], 0), ([1234000, 7000], 0))
    """
    cleaned = [None if text is None else text.strip().removesuffix("s").strip() for text in texts]
    only_commas = [text for text in cleaned if text and "," in text and "." not in text]
    decimal_comma = any(text.startswith("0,") or not _THOUSANDS.fullmatch(text) for text in only_commas)
    durations = [None if text is None else _milliseconds(text, decimal_comma) for text in cleaned]
    unread = sum(text is not None and value is None for text, value in zip(cleaned, durations, strict=True))
    return durations, unread


def _milliseconds(text: str, decimal_comma: bool) -> int | None:
    plain = text.replace(",", "." if decimal_comma and "." not in text else "")
    if not _NUMBER.fullmatch(plain):
        return None
    return min(round(min(float(plain), YEAR_MS) * 1000), YEAR_MS)


_VOLATILE = [
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "0x…"),
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "uuid"),
    (re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|[+-][0-9:]+)?"), "time"),
    (re.compile(r"\b1[0-9]{9}(?:[0-9]{3})?\b"), "time"),
]
_BLANKS = re.compile(r"\s+")
_PHP_CLASS = re.compile(r"[A-Za-z0-9_\\]+")


def plain_name(text: str | None, *, strip_volatile: bool = False) -> str:
    """Return a name on one line with single blanks; on request without what differs from run to run.

    >>> plain_name("  creates\\n lead ")
    'creates lead'
    >>> plain_name("handles <Lead at 0x7f3a>", strip_volatile=True)
    'handles <Lead at 0x…>'
    """
    name = _BLANKS.sub(" ", text or "").strip()
    if strip_volatile:
        for pattern, placeholder in _VOLATILE:
            name = pattern.sub(placeholder, name)
    return name


def class_name(text: str | None) -> str:
    """Return a class name; PHP's backslashes become the points that its other attribute has.

    >>> class_name("A\\\\B")
    'A.B'
    """
    name = plain_name(text)
    return name.replace("\\", ".") if _PHP_CLASS.fullmatch(name) else name
