"""One row of the statistics per endpoint: which values it may have, and what is noted about those it may not; pure."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Record = Mapping[str, object]

COLUMNS = frozenset(
    (
        "endpoint",
        "total_requests",
        "total_errors",
        "client_errors_4xx",
        "server_errors_5xx",
        "keyword_errors",
        "_time",
    )
)
MAX_COUNT = 10**12  # the sum of a million such rows still fits a 64-bit column
EXAMPLES = 20
_WARNINGS_MAX = 100  # different texts; a stream of Splunk messages must not fill the memory
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(2000, 2101)

_NUMBER = re.compile(r"[+]?(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,20})?(?:[eE][+]?[0-9]{1,2})?")
_NEGATIVE = re.compile(r"-[0-9.,eE+]{1,40}")
_EPOCH_TIME = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,20}))?")
_CALENDAR_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]{1,9}))?"
    r" ?([+-][0-9]{2}:?[0-9]{2}|[A-Za-z].*)?"
)


@dataclass(frozen=True, slots=True)
class StatRow:
    """Requests and errors of one URL, over the whole export or over the bucket that starts at `time` (aware, UTC).

    0 <= server_errors <= errors <= requests <= 10^12. `endpoint` still has its query string: never store it.
    """

    line: int
    endpoint: str
    requests: int
    errors: int
    server_errors: int
    time: datetime | None


@dataclass(frozen=True, slots=True)
class RowIssue:
    """A row that was ignored. The reason quotes nothing of the row: values may be personal data."""

    line: int
    reason: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}" if self.file else f"line {self.line}: {self.reason}"


@dataclass(slots=True)
class Report:
    """What an import left out, and what a person should know about the rest.

    rows: rows read, without discarded previews. ignored: rows left out, by reason. examples: the first 20 rows that
    could not be read. warnings: how often each was met. lower_bounds: whether rows are probably missing, so that
    sums are lower bounds.
    """

    rows: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    examples: list[RowIssue] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    lower_bounds: bool = False

    def ignore(self, issue: RowIssue) -> None:
        self.ignored[issue.reason] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(issue)

    def warn(self, text: str, times: int = 1) -> None:
        if text in self.warnings or len(self.warnings) < _WARNINGS_MAX:
            self.warnings[text] += times

    def merge(self, other: "Report") -> None:
        self.rows += other.rows
        self.ignored.update(other.ignored)
        self.examples.extend(other.examples[: EXAMPLES - len(self.examples)])
        for text, times in other.warnings.items():
            self.warn(text, times)
        self.lower_bounds = self.lower_bounds or other.lower_bounds


class IgnoredRowError(ValueError):
    """A row that cannot be used; the message is the reason, one of a few dozen fixed texts."""


def parse_row(record: Record, line: int, report: Report) -> StatRow:
    """Return the row that `record`, column -> text, number, list of these or None, stands for.

    errors = total_errors or, where that is missing, the sum of those parts that are there; corrections are noted in
    `report`. Raises IgnoredRowError when the endpoint, the requests or every kind of error is missing, or a value
    cannot be read.
    """
    endpoint = record.get("endpoint")
    if type(endpoint) is not str or "\n" in endpoint or not endpoint:
        endpoint = _first_endpoint(endpoint, report)
    requests = _count(record, "total_requests")
    if requests is None:
        raise IgnoredRowError("total_requests is missing")
    server_errors = _count(record, "server_errors_5xx")
    errors = _count(record, "total_errors")
    if errors is None:
        errors = _sum_of_parts(record, server_errors)
    if server_errors is None:
        report.warn("server_errors_5xx is missing, counted as 0")
        server_errors = 0
    if server_errors > errors:
        report.warn("total_errors is lower than server_errors_5xx, raised to it")
        errors = server_errors
    if errors > requests:
        report.warn("more errors than requests, reduced to the requests")
        errors = requests
        server_errors = min(server_errors, requests)
    time = record.get("_time")
    moment = None if time is None or time == "" else _moment(time, report)
    return StatRow(line, endpoint, requests, errors, server_errors, moment)


def _sum_of_parts(record: Record, server_errors: int | None) -> int:
    parts = (_count(record, "client_errors_4xx"), server_errors, _count(record, "keyword_errors"))
    known = [part for part in parts if part is not None]
    if not known:
        # Taken as 0 it would make a channel look healthy that nobody has looked at.
        raise IgnoredRowError("total_errors and all of its parts are missing")
    return sum(known)


def _first_endpoint(value: object, report: Report) -> str:
    """Return the first of several values, which CSV joins by line breaks and JSON and XML give as a list."""
    values = value.strip("\n").split("\n", 1) if isinstance(value, str) else value
    if isinstance(values, list | tuple) and values:
        value = values[0]
        if len(values) > 1:
            report.warn("several values in endpoint, the first one taken")
    if value is None or value == "" or value == []:
        raise IgnoredRowError("endpoint is missing")
    if not isinstance(value, str):
        raise IgnoredRowError("endpoint is not a text")
    return value.rstrip("\r")


def _count(record: Record, column: str) -> int | None:
    value = record.get(column)
    if type(value) is str and len(value) <= 12 and value.isascii() and value.isdigit():
        return int(value)
    return _unusual_count(value, column)


def _unusual_count(value: object, column: str) -> int | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or value == "":
        return None
    if isinstance(value, bool | list | dict):
        raise IgnoredRowError(f"{column} is not a number")
    # Python refuses to print an integer of more than 4,300 digits, and such a one is no count anyway.
    text = value.strip() if isinstance(value, str) else "inf" if _is_huge(value) else str(value)
    if _NEGATIVE.fullmatch(text):
        raise IgnoredRowError(f"{column} is negative")
    if not _NUMBER.fullmatch(text):
        raise IgnoredRowError(f"{column} is not a number")
    number = float(text.replace(",", ""))
    if number > MAX_COUNT:
        raise IgnoredRowError(f"{column} is larger than 10^12")
    if not number.is_integer():
        raise IgnoredRowError(f"{column} is not a whole number")
    return int(number)


def _is_huge(value: object) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, int) and abs(value) > 10 * MAX_COUNT


def _moment(value: object, report: Report) -> datetime:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool | list | dict) or _is_huge(value):
        raise IgnoredRowError("_time cannot be read")
    text = str(value).strip()
    if len(text) > 64:
        raise IgnoredRowError("_time cannot be read")
    moment, is_naive = parse_time(text)
    if is_naive:
        report.warn("_time without a zone, taken as UTC")
    return moment


@lru_cache(maxsize=4096)
def parse_time(text: str) -> tuple[datetime, bool]:
    """Return the moment in UTC, and whether the zone had to be assumed.

    Reads seconds since 1970, ISO 8601 with or without offset, and the zone words UTC, GMT and Z. Raises IgnoredRowError
    for other zone words, which mean different offsets in different places, for other texts, and for years outside
    2000..2100.
    """
    is_naive = False
    try:
        if epoch := _EPOCH_TIME.fullmatch(text):
            moment = _EPOCH + timedelta(seconds=int(epoch[1]), microseconds=_microseconds(epoch[2]))
        elif calendar := _CALENDAR_TIME.fullmatch(text):
            zone = calendar[4] or ""
            is_naive = not zone
            if zone[:1].isalpha() and zone.upper() not in ("Z", "UTC", "GMT"):
                raise IgnoredRowError("_time has a zone other than UTC, GMT or an offset")
            offset = zone if zone[:1] in ("+", "-") else "+00:00"
            moment = datetime.fromisoformat(f"{calendar[1]}T{calendar[2]}{offset}").astimezone(UTC)
            moment += timedelta(microseconds=_microseconds(calendar[3]))
        else:
            raise IgnoredRowError("_time cannot be read")
    except OverflowError:
        raise IgnoredRowError("_time is outside the years 2000 to 2100") from None
    except IgnoredRowError:
        raise
    except ValueError:
        raise IgnoredRowError("_time cannot be read") from None
    if moment.year not in _YEARS:
        raise IgnoredRowError("_time is outside the years 2000 to 2100")
    return moment, is_naive


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))
